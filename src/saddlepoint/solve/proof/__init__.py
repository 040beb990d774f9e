"""Whether an answer is what it claims to be, by our own arithmetic."""
