"""What is seen of a batch before any solver is asked."""
