"""Ways in which several quantities hold together with one probability: one record each, for formulas and promises alike."""

from __future__ import annotations

from typing import Final, Literal

from saddlepoint.records import dataclass

Degree = Literal["safe", "exact", "approximate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRecord:
    """A way to hold together. degree, provided: exact, safe or approximate, and what for; why: what is done; copula: what
    is fitted to values that were observed together, empty where nothing is."""

    name: str
    degree: Degree
    why: str
    provided: str = ""
    copula: str = ""


INDEPENDENT: Final = JointRecord(
    name="independent",
    degree="exact",
    provided="if they are independent",
    why="probabilities are multiplied, split where it is cheapest",
)
TOGETHER: Final = (
    JointRecord(
        name="equal",
        degree="safe",
        why="failures are added up as if they never happened together (Bonferroni), the same for each",
    ),
    JointRecord(
        name="cheapest",
        degree="safe",
        why="failures are added up as if they never happened together (Bonferroni), split where it is cheapest",
    ),
    INDEPENDENT,
    JointRecord(
        name="gaussian",
        degree="approximate",
        why="the probability of a Gaussian copula is simulated",
        copula="a Gaussian copula",
    ),
    JointRecord(
        name="vine",
        degree="approximate",
        why="the probability of a vine copula is simulated",
        copula="a vine copula",
    ),
)
WAYS: Final = tuple(way.name for way in TOGETHER)
ALIASES: Final = {"bonferroni": "cheapest"}


def find_together(name: str) -> JointRecord | None:
    """The record of a name or alias, None where there is no such way."""
    meant = ALIASES.get(name, name)
    return next((way for way in TOGETHER if way.name == meant), None)
