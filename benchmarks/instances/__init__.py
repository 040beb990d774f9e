"""Sets of public instances with trusted optima: which are right and certified, feasible with a gap, refused, or wrong."""
