"""Which inputs drive the results: Morris, Sobol, delta and RBD-FAST over uncertain tables and bounds."""
