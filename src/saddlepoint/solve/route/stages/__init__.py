"""The order of attempts, and one attempt at a batch."""
