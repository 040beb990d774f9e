"""What a back-test gives: levels, misses, costs and regrets of every buffer at every origin, and a judgement of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.printing.grid import percent
from saddlepoint.promises.sight import Unseen
from saddlepoint.records import dataclass
from saddlepoint.uncertain import History

KeptWord = Literal["kept", "kept, dear", "broken", "too short to tell"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JudgedBuffer:
    """One buffer over all origins.

    reached: part of the origins at which demand was covered; low, high: its 95 % confidence limits (Clopper–Pearson);
    level, cost, short, regret: means per period, in units and money; fill: part of the volume that was served;
    word: `kept` where the limits hold the promise, `kept, dear` where even the lower one is above it, `broken` where
    the upper one is below; since: the time from which misses came too often, "" where no alarm was raised; doubt: what
    the values say against the assumption, "" where nothing; unseen: what so few values would not say against it, where
    nothing is said.
    """

    buffer: str
    reached: float
    low: float
    high: float
    level: float
    cost: float
    short: float
    fill: float
    regret: float
    word: KeptWord
    since: str
    doubt: str
    unseen: tuple[Unseen, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the limits hold the promise, be it dearly, and no alarm was raised."""
        return self.word in ("kept", "kept, dear") and not self.since

    def sentence(self, promise: float) -> str:
        """The verdict in words: promised, reached, kept or broken, since when, and what speaks against it."""
        parts = [
            f"promised {percent(promise, 4)} %, reached {100 * self.low:.0f}–{100 * self.high:.0f} %: {self.word}"
        ]
        if self.since:
            parts.append(f"misses too often since {self.since}")
        if self.doubt:
            parts.append(self.doubt)
        return "; ".join(parts)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Backtest:
    """Promises against what came, at T origins.

    places: (T,) of the values that were promised for; actual: (T,); levels, misses, costs, regrets: buffer → (T,), NaN
    levels where a buffer could not be applied; judged: one line per buffer, the cheapest kept one first.
    """

    history: History
    promise: float
    places: Index
    actual: Array
    levels: Mapping[str, Array]
    misses: Mapping[str, Mask]
    costs: Mapping[str, Array]
    regrets: Mapping[str, Array]
    judged: tuple[JudgedBuffer, ...]
    left_out: Mapping[str, str]

    def of(self, buffer: str) -> JudgedBuffer:
        """The line of a buffer; KeyError if it was not tested."""
        return next(one for one in self.judged if one.buffer == buffer)

    @property
    def best(self) -> JudgedBuffer | None:
        """The buffer of least regret among those that kept the promise and raised no alarm."""
        kept = [one for one in self.judged if one.kept]
        return min(kept, key=lambda one: one.regret, default=None)

    def curve(self) -> dict[str, Any]:
        """Cost, coverage and regret of every buffer, as columns: the trade between them."""
        names = [one.buffer for one in self.judged]
        numbers = {
            title: np.array([getattr(one, title) for one in self.judged])
            for title in ("reached", "low", "high", "level", "cost", "short", "fill", "regret")
        }
        return {"buffer": names, **numbers}
