"""Parts of scipy, each loaded when a law first needs it."""

from __future__ import annotations

from typing import Any


def special() -> Any:
    import scipy.special

    return scipy.special


def stats() -> Any:
    import scipy.stats

    return scipy.stats
