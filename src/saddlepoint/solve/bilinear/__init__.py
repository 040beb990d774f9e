"""Linear problems with products of two decisions: proven bounds by spatial branch and bound, all scenarios at once."""
