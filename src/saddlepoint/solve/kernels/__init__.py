"""Batch kernels: all scenarios of a small problem in one compiled call that releases the GIL.

Each kernel is a file with `unsupported_reason` (why a batch is not for it, None when it is), `solve` (the answers) and,
where a start is needed, `pilot` (the basis of a solved neighbour), a file jit_… of compiled code, and a record in `table`.
Compiled code takes named tuples: `form.Data` (numbers of a batch), a work space, and the answers it fills. What a kernel
does not finish it says by mask; the caller hands those scenarios to a solver. numba is optional: `cache.available`.
"""
