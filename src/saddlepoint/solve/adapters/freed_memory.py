"""What a solver frees and takes again stays with the process: the C library of Linux else gives it back each time, and the kernel clears it anew."""

from __future__ import annotations

from typing import Final

import numpy as np

_LARGEST: Final = (32 << 20) - (64 << 10)
"""Bytes of the largest block from whose release glibc learns, less its own rounding."""


def keep_freed_memory() -> None:
    """Let glibc take blocks of up to 32 MB from its heap, and keep up to 64 MB that are free at its end.

    Both limits follow the largest block that was freed so far (mallopt(3), M_MMAP_THRESHOLD); one is taken here and freed untouched,
    which costs nothing. A large linear program makes HiGHS take and free vectors of all columns some hundred times: a fifth of its time
    is spent on pages that it has just given back. Other C libraries, and limits set by the environment, stay as they are.
    """
    np.empty(_LARGEST, np.uint8)
