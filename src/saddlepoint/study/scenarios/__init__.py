"""Which scenarios there are, and their numbers."""
