"""One record per operator, by family; the table of all words of the language is expr.words."""
