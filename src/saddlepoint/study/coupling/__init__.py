"""Sub-problems that read each other, brought to a common point."""
