"""Batch kernels: all scenarios of a small problem in one compiled call that releases the GIL.

Each kernel has the same three functions: `unsupported_reason` (why a batch is not for it, None when it is),
`solve` (the answers), and, where a start is needed, `pilot` (the basis of a solved neighbour). What a kernel does
not finish it says by mask; the caller hands those scenarios to a solver. numba is optional: `cache.available`.
"""
