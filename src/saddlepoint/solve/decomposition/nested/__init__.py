"""Declared trees of outcomes by cuts: nested decomposition, every node a problem of its own."""
