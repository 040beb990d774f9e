"""Which prices are right where more than one is."""
