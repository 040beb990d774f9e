"""Decisions in many stages whose outcomes are independent of each other: policies, by cuts or over the tree of all histories."""
