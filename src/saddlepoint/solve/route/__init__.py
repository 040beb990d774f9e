"""Which way a batch goes: validation, presolve, scaling, the choice of solvers and stages."""
