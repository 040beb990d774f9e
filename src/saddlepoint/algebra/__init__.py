"""Arrays of terms (row, column, coefficient), sparsity patterns, cones, and their operations."""
