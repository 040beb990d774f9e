"""Promises against what came, at every origin of a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.planning import Fleet
from saddlepoint.promises.assumptions import (
    FOLLOWING,
    LAW_OF,
    LINED,
    Objection,
    doubt_chance,
    doubts,
    law_objections,
    order_objection,
)
from saddlepoint.promises.drift import alarm
from saddlepoint.promises.judges import NO_PATTERN, check_asked, first_judge, history_of, limits
from saddlepoint.promises.lined import more_than_chance
from saddlepoint.promises.prices import Prices
from saddlepoint.promises.rolling import levels_of, usable
from saddlepoint.promises.shape import LAWS
from saddlepoint.promises.sight import Unseen, unseen_laws, unseen_orders
from saddlepoint.promises.values import Backtest, JudgedBuffer, KeptWord
from saddlepoint.records import dataclass
from saddlepoint.uncertain import BUFFERS, History, find
from saddlepoint.uncertain.fitting.pattern import terms_of
from saddlepoint.uncertain.fitting.terms import TimeTerms, above, likely

_NOT_PROMISED: Final = "the past does not suffice, or does not satisfy what it assumes"
_ORDER: Final = {"kept": 0, "kept, dear": 0, "too short to tell": 1, "broken": 2}


def backtest(
    history: History | Sequence[float] | Array,
    promise: float = 0.95,
    buffers: Sequence[str] | None = None,
    start: int | None = None,
    window: int | None = None,
    fleet: Fleet | None = None,
    unit_cost: float = 1.0,
    shortage_cost: float | None = None,
    pattern: bool = True,
    **given: float,
) -> Backtest:
    """Every buffer promised for every value from what came before it, and judged by what came.

    history: values in order of time; promise: in (0, 1); buffers: names, None = all that the past can feed; start:
    values before the first promise (None: half, at least 20); window: how many of the past values count (None: all);
    fleet: what production costs (None: unit_cost per unit); shortage_cost: money per unit short (None: unit_cost/(1 −
    promise), at which the promise is what a newsvendor would choose); pattern: take trend, season and memory out where
    the first `start` values have them; given: parameters of buffers (`season`, `memory`, `lower`, …). PlanningError
    U541, U542 (history), U545 (too few origins, or a promise outside (0, 1)), U782 (limits), P002 where a level is above the
    fleet's capacity.
    """
    whole = history_of(history)
    first = first_judge(whole, start)
    check_asked(whole, first, (promise,), pattern, given)
    terms = terms_of(whole.until(first)) if pattern else None
    known = _with_season(given, whole, terms, first)
    names = [find(name).name for name in buffers] if buffers is not None else [b.name for b in BUFFERS]
    left_out = usable(names, known, whole.values)
    places = np.arange(first, len(whole))
    pasts = [whole.values[max(0, k - (window or k)) : k] for k in places.tolist()]
    likelies = pasts if terms is None or terms.plain else [likely(past, terms) for past in pasts]
    asked = {n: levels_of(find(n), pasts, likelies, promise, known) for n in names if n not in left_out}
    levels = {n: level for n, level in asked.items() if not np.isnan(level).any()}
    actual = whole.values[places]
    price = Prices.of(fleet, unit_cost, shortage_cost, promise, float(actual.mean()))
    costs = {n: price.cost(level, actual) for n, level in levels.items()}
    best = price.cost(actual, actual)
    regrets = {n: cost - best for n, cost in costs.items()}
    misses = {n: above(actual, level) for n, level in levels.items()}
    against = _against(whole, terms, levels, promise, int(known.get("season", 1)))
    left_out |= {n: against.left_out(n, promise) for n in asked if n not in levels}
    judged = [
        _judged(n, levels[n], misses[n], actual, costs[n], regrets[n], promise, whole, first, against, window)
        for n in levels
    ]
    judged.sort(key=lambda one: (_ORDER[one.word] + bool(one.since), one.regret))
    return Backtest(
        history=whole,
        promise=promise,
        places=places,
        actual=actual,
        levels=levels,
        misses=misses,
        costs=costs,
        regrets=regrets,
        judged=tuple(judged),
        left_out=left_out,
    )


def _with_season(
    given: Mapping[str, float], history: History, terms: TimeTerms | None, first: int
) -> Mapping[str, float]:
    """The parameters of buffers, with the season of the pattern or of the history where none is given and four of it stand before the first promise."""
    season = terms.season if terms is not None and terms.season > 1 else history.season or 1
    if "season" in given or not 1 < season <= first // 4:
        return given
    return {**given, "season": float(season)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objections:
    """What speaks against the order of the values (as they are, and about a line and a season), and against laws."""

    order: Objection | None
    lined: Objection | None
    laws: Mapping[str, Objection]
    season: int
    unseen: Mapping[str, tuple[Unseen, ...]]
    plain: bool

    def doubts(self, name: str, judges: int, promise: float) -> str:
        """What speaks against the assumption of a buffer; "" if nothing does."""
        order = self.lined if name in LINED else self.order
        return doubts(name, order, self.laws, doubt_chance(name, judges, promise))

    def left_out(self, name: str, promise: float) -> str:
        """Why a buffer has promised nothing; of one without a law also what speaks against it."""
        against = "" if name in LAW_OF else self.doubts(name, 0, promise)
        return f"{_NOT_PROMISED}; {against}" if against else _NOT_PROMISED

    def unseen_by(self, name: str, count: int) -> tuple[Unseen, ...]:
        """What so many values would not say against the assumption of a buffer."""
        if name in FOLLOWING:
            return ()
        law = LAW_OF.get(name, "")
        return (
            *self.unseen.get(law, ()),
            *unseen_orders(count, law in self.unseen, name in LINED or not self.plain),
        )


def _against(
    whole: History, terms: TimeTerms | None, names: Iterable[str], promise: float, season: int
) -> _Objections:
    """Tests on the values, and on what a line and a season leave of them."""
    taken = NO_PATTERN if terms is None else terms
    lined = TimeTerms(season=season, trend=True, memory=False)
    asked = set(names)
    left = whole.values if taken.plain else taken.errors(whole.values) + whole.values.mean()
    laws = sorted({LAW_OF[n] for n in asked & LAW_OF.keys()})
    return _Objections(
        order=order_objection(whole.values, taken),
        lined=order_objection(whole.values, lined) if LINED & asked else None,
        laws=law_objections(whole.values, laws, promise, taken),
        season=season,
        unseen={law: unseen_laws(law, left, promise) for law in laws if law in LAWS},
        plain=taken.plain,
    )


def _judged(
    name: str,
    level: Array,
    misses: Mask,
    actual: Array,
    cost: Array,
    regret: Array,
    promise: float,
    whole: History,
    first: int,
    against: _Objections,
    window: int | None,
) -> JudgedBuffer:
    low, high = (float(x) for x in limits((~misses).sum(), len(misses)))
    word, since = _word(low, high, promise, len(misses)), alarm(misses, promise)
    if name in LINED and (word == "broken" or since is not None):
        word, since = _beyond_chance(name, word, since, misses, promise, whole, against.season, window)
    short = np.maximum(actual - level, 0.0)
    volume = float(actual.sum())
    doubt = against.doubts(name, len(misses), promise)
    return JudgedBuffer(
        buffer=name,
        reached=float((~misses).mean()),
        low=low,
        high=high,
        level=float(level.mean()),
        cost=float(cost.mean()),
        short=float(short.mean()),
        fill=1.0 - float(short.sum()) / volume if volume > 0.0 else float("nan"),
        regret=float(regret.mean()),
        word=word,
        since="" if since is None else whole.time(first + since),
        doubt=doubt,
        unseen=() if doubt else against.unseen_by(name, len(whole)),
    )


def _beyond_chance(
    name: str,
    word: KeptWord,
    since: int | None,
    misses: Mask,
    promise: float,
    whole: History,
    season: int,
    window: int | None,
) -> tuple[KeptWord, int | None]:
    """Word and alarm of a buffer about a line, each only where simulated histories do not have it by chance."""
    more, quiet = more_than_chance(find(name), whole.values, misses, promise, season, window)
    told = "too short to tell" if word == "broken" and not more else word
    return told, since if quiet else None


def _word(low: float, high: float, promise: float, count: int) -> KeptWord:
    if high < promise:
        return "broken"
    if low > promise:
        return "kept, dear"
    return "kept" if count * (1.0 - promise) >= 1.0 else "too short to tell"
