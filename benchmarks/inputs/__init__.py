"""Random formulas over random tables, and damaged files: whatever is given, the answer is a model or a finding."""
