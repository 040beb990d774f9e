"""Six of the starters in the languages of others: what each takes to say, and that all find the same optimum."""
