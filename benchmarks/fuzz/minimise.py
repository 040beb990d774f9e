"""The smallest model that still fails in the same way."""

from __future__ import annotations

import re

from benchmarks.fuzz.judge import Finding
from benchmarks.fuzz.run import Model, attempt

_ORDER = ("wrong", "raw", "refused", "withheld", "unproven")


def minimise(case: Model, rounds: int = 200) -> Model:
    """Take away scenarios, rows, columns, cones and units as long as a scenario fails in the same way."""
    wanted = _kind(attempt(case))
    if wanted is None:
        return case
    for _ in range(rounds):
        for candidate in case.smaller():
            if _kind(attempt(candidate)) == wanted:
                case = candidate
                break
        else:
            return case
    return case


def _kind(findings: tuple[Finding, ...]) -> tuple[str, str] | None:
    """The worst verdict and its reason without numbers."""
    bad = [f for verdict in _ORDER for f in findings if f.verdict == verdict]
    return (bad[0].verdict, re.sub(r"[-+.\d]+(e[-+]?\d+)?|\(.*\)", "", bad[0].reason)[:40]) if bad else None
