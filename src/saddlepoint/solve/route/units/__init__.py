"""A problem in other units, and its answers back."""
