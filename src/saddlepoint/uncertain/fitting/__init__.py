"""From observed values to a law: trend and season, candidates with their errors, goodness of fit, outliers."""
