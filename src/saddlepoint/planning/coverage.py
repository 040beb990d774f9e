"""The probability that a plan really covers demand: assumed, under rivals, in the worst case, and simulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.planning.demand import Demand
from saddlepoint.records import dataclass
from saddlepoint.uncertain import BUFFERS, Buffer, find
from saddlepoint.uncertain import normal as standard_normal
from saddlepoint.uncertain.record import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Probability of covering demand under one assumption.

    kind: `assumed` (the demand's own), `rival` (another distribution with the same parameters) or `worst case` (the
    least over a family, simulated with the distribution that attains it). simulated: fraction of the draws covered,
    low and high: its confidence interval; NaN where there is nothing to draw from.
    """

    buffer: Buffer
    kind: str
    probability: float
    simulated: float
    low: float
    high: float

    @property
    def consistent(self) -> bool:
        """Whether the computed probability lies in the interval of the simulated one (True without draws)."""
        return np.isnan(self.simulated) or self.low <= self.probability <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a production covers: one line per assumption, the demand's own first.

    production: units; draws, seed, confidence: of the simulation.
    """

    production: float
    demand: Demand
    lines: tuple[Covered, ...]
    draws: int
    seed: int
    confidence: float

    @property
    def assumed(self) -> Covered:
        """The line of the demand's own assumption."""
        return self.lines[0]

    @property
    def kept(self) -> bool:
        """Whether the promised reliability is reached under the demand's own assumption (to 1e-9)."""
        return self.assumed.probability >= self.demand.reliability - 1e-9


def coverage(
    production: float,
    demand: Demand,
    rivals: Sequence[str] | None = None,
    draws: int = 100_000,
    seed: int = 0,
    confidence: float = 0.99,
) -> Coverage:
    """The probability that demand stays at or below a production, in units, under each assumption.

    rivals: names of buffers; None = every one whose parameters the demand has and satisfies. Laws are simulated
    with `draws` values from default_rng(seed) each, and the fraction gets a Wilson interval.
    """
    own = demand.rule
    others = (
        [find(name) for name in rivals] if rivals is not None else [b for b in BUFFERS if _fits(b, demand)]
    )
    chosen = [own, *(b for b in others if b.name != own.name)]
    lines = tuple(_line(b, own, production, demand, draws, seed, confidence) for b in chosen)
    return Coverage(
        production=production, demand=demand, lines=lines, draws=draws, seed=seed, confidence=confidence
    )


def wilson(hits: int, draws: int, confidence: float) -> tuple[float, float]:
    """Confidence interval of a probability from hits in independent draws.

    Source: E. B. Wilson, J. American Statistical Association 22 (1927) 209–212.
    """
    z = float(standard_normal.quantile(0.5 + 0.5 * confidence))
    share, square = hits / draws, z * z / draws
    centre = (share + 0.5 * square) / (1.0 + square)
    half = z / (1.0 + square) * np.sqrt(share * (1.0 - share) / draws + 0.25 * square / draws)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _fits(buffer: Buffer, demand: Demand) -> bool:
    columns = buffer.columns(**demand.parameters())
    return not buffer.findings(columns, np.asarray(demand.reliability, dtype=np.float64))


def _line(
    buffer: Buffer, own: Buffer, production: float, demand: Demand, draws: int, seed: int, confidence: float
) -> Covered:
    columns = buffer.columns(**demand.parameters())
    found = (
        [] if buffer is own else buffer.findings(columns, np.asarray(demand.reliability, dtype=np.float64))
    )
    if found:
        raise PlanningError(found)
    probability = float(buffer.coverage(columns, np.asarray(production, dtype=np.float64)))
    kind = "assumed" if buffer is own else "worst case" if buffer.kind == "ambiguity" else "rival"
    values = _drawn(buffer, columns, production, draws, np.random.default_rng(seed))
    if values is None:
        return Covered(
            buffer=buffer, kind=kind, probability=probability, simulated=np.nan, low=np.nan, high=np.nan
        )
    hits = int((values <= production).sum())
    low, high = wilson(hits, draws, confidence)
    return Covered(
        buffer=buffer, kind=kind, probability=probability, simulated=hits / draws, low=low, high=high
    )


def _drawn(
    buffer: Buffer, columns: Columns, production: float, draws: int, rng: np.random.Generator
) -> Array | None:
    """Values of the law, or of the worst distribution of the family; None where there is nothing to draw from."""
    if draws < 1:
        return None
    if buffer.draw is not None:
        return buffer.draw(columns, (draws,), rng)
    if buffer.worst is None or not production > columns["mean"]:
        return None
    if not (columns["std"] > 0.0 if "std" in columns else columns["upper"] > production):
        return None
    return buffer.worst(columns, np.asarray(production), draws, rng)
