"""One file per solver: a batch in its form, its words back in ours."""
