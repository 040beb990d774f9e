"""The table of a set (reference.csv) and what an answer is beside it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

RIGHT_TO = 1e-6
VERDICTS = ("right", "feasible", "refused", "unproven", "WRONG")


@dataclass(frozen=True)
class Instance:
    """A file of a set; status: optimal, infeasible or unbounded; objective: as published, as text."""

    name: str
    path: Path
    status: str
    objective: str


def instances(folder: Path) -> list[Instance]:
    """The lines of reference.csv: name, file, expected_status (else optimal), reference_objective."""
    with (folder / "reference.csv").open(newline="") as file:
        return [
            Instance(
                row["name"],
                folder / row["file"],
                row.get("expected_status") or "optimal",
                row["reference_objective"],
            )
            for row in csv.DictReader(file)
        ]


def verdict(known: Instance, said: dict[str, Any]) -> str:
    """right: certified (or proven infeasible, unbounded) and so it is; WRONG: certified, and it is not; feasible: a plan that keeps all
    rows, with its gap; unproven: the right word without a proof; refused: all else."""
    word, verified = said.get("status", "error"), bool(said.get("verified"))
    if known.status != "optimal":
        if word == known.status:
            return "right" if verified else "unproven"
        return "WRONG" if verified and word in ("optimal", "infeasible", "unbounded") else "refused"
    if word == "optimal":
        return "right" if off(known, said) <= RIGHT_TO else "WRONG"
    if word in ("infeasible", "unbounded") and verified:
        return "WRONG"
    return "feasible" if said.get("feasible") else "refused"


def off(known: Instance, said: dict[str, Any]) -> float:
    """The relative distance of an objective from the published one, with the constant of the file or without."""
    right = float(Fraction(known.objective))
    found = said.get("objective")
    if found is None:
        return float("inf")
    candidates = (found, found - said.get("constant", 0.0))
    return min(abs(v - right) for v in candidates) / max(1.0, abs(right))


def exact_off(known: Instance, exact: str, constant: str) -> Fraction:
    """The relative distance of an exact optimum from the published digits, with the constant of the file or without."""
    right = Fraction(known.objective)
    found = Fraction(exact)
    return min(abs(v - right) for v in (found, found - Fraction(constant))) / max(Fraction(1), abs(right))
