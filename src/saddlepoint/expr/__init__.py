"""What the formulas mean: text → Formula → typed Node."""
