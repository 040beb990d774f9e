"""A back-test as a table and as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from saddlepoint.printing.grid import Grid, percent, rounded_together
from saddlepoint.promises import Backtest, JudgedBuffer, Unseen
from saddlepoint.records import excerpt

_SHOWN: Final = 2
"""Laws, those under which least is reached, and orders, those that are seen first, that a line tells of; it names the others."""
_VISIBLE: Final = 0.0005
"""What is reached under a law is told where it is less than promised by as much."""


def backtest_text(found: Backtest, width: int | None = None) -> str:
    """What was promised, one line per buffer, its verdict, and the one to take."""
    history = found.history
    first, last = int(found.places[0]), int(found.places[-1])
    head = (
        f"{history.name}: {len(found.places)} promises of {percent(found.promise)} %, "
        f"for {history.time(first)} to {history.time(last)}, each from what came before"
    )
    told = verdicts(found.judged, found.promise)
    remark = [f"  {history.remark}"] if history.remark else []
    lines = [head, *remark, "", *judgements(found).lines(width), "", *told, *([""] if told else [])]
    lines += blind_spots(found)
    if found.left_out:
        lines += ["Not tested: " + "; ".join(f"{name} ({why})" for name, why in found.left_out.items())]
    return "\n".join([*lines, _advice(found)])


def judgements(found: Backtest) -> Grid:
    """Coverage, level, cost, shortage and regret of every buffer."""
    figures = (
        rounded_together([getattr(one, name) for one in found.judged])
        for name in ("level", "cost", "short", "regret")
    )
    rows = [
        [
            one.buffer,
            f"{_part(one.reached, 1)} %",
            f"{100 * one.low:.0f}–{100 * one.high:.0f} %",
            level,
            cost,
            short,
            f"{_part(one.fill, 2)} %",
            regret,
            one.word,
        ]
        for one, level, cost, short, regret in zip(found.judged, *figures, strict=True)
    ]
    header = ("buffer", "reached", "limits", "D_eff", "cost", "short", "volume", "regret", "verdict")
    return Grid(title="Back-test, means per period", header=header, rows=rows)


def _part(part: float, decimals: int) -> str:
    """As a percentage with so many decimals, more where these would tell all of what is not."""
    text = f"{100.0 * part:.{decimals}f}"
    return percent(part) if part < 1.0 and float(text) == 100.0 else text


def verdicts(judged: Sequence[JudgedBuffer], promise: float) -> list[str]:
    """A sentence for every buffer that is broken, raised an alarm, or whose assumption is in doubt; one for all with the same
    doubt alone."""
    alike: dict[tuple[str, str], list[JudgedBuffer]] = {}
    for one in judged:
        if one.word == "broken" or one.since:
            alike[one.buffer, ""] = [one]
        elif one.doubt:
            alike.setdefault((one.word, one.doubt), []).append(one)
    return [
        f"{group[0].buffer}: {group[0].sentence(promise)}"
        if len(group) == 1
        else f"{', '.join(one.buffer for one in group)}: {word}; {doubt}"
        for (word, doubt), group in alike.items()
    ]


def blind_spots(found: Backtest) -> list[str]:
    """What the history is too short to say against assumptions that it says nothing against, a line for buffers that share it."""
    of: dict[str, list[str]] = {}
    for one in found.judged:
        least = found.promise - _VISIBLE
        laws = sorted((u for u in one.unseen if u.reached < least), key=lambda u: u.reached)
        orders = sorted((u for u in one.unseen if math.isnan(u.reached)), key=lambda u: u.needed)
        shown = (*laws[:_SHOWN], *orders[:_SHOWN])
        others = [u for u in one.unseen if u not in shown]
        text = ", ".join(map(str, shown))
        if others:
            text += "; nor " + ", ".join(_named(u) for u in sorted(others, key=lambda u: u.needed))
        if one.unseen:
            of.setdefault(text.removeprefix("; nor "), []).append(one.buffer)
    count = len(found.history)
    head = f"No doubt is no proof. Fewer than nine in ten histories of {count} values would show:"
    return [head, *(f"  against {', '.join(names)}: {text}" for text, names in of.items()), ""] if of else []


def _named(one: Unseen) -> str:
    return f"{one.what} ({'none would' if one.never else one.needed})"


def _advice(found: Backtest) -> str:
    best = found.best
    if best is None and not found.judged:
        return (
            "No buffer could promise anything: give a longer history, start later, or take a lower promise."
        )
    if best is None:
        return "No buffer kept the promise: values that change call for adaptive-conformal, a shorter window, or a lower promise."
    sure = next((o for o in found.judged if o.kept and not o.doubt), None)
    text = f"Least regret of those that kept the promise: {best.buffer} ({best.regret:.4g} per period)."
    if sure is not None and sure is not best:
        text += f" Nothing speaks against the assumption of {sure.buffer} ({sure.regret:.4g})."
    return text


def backtest_data(found: Backtest) -> dict[str, Any]:
    """The back-test as names and numbers."""
    lines = [
        excerpt(one, *JudgedBuffer.__dataclass_fields__)
        | {"sentence": one.sentence(found.promise), "unseen": [_unseen(u) for u in one.unseen]}
        for one in found.judged
    ]
    return {
        "name": found.history.name,
        **({"remark": found.history.remark} if found.history.remark else {}),
        "promise": found.promise,
        "origins": len(found.places),
        "first": found.history.time(int(found.places[0])),
        "best": None if found.best is None else found.best.buffer,
        "buffers": lines,
        "left_out": dict(found.left_out),
    }


def _unseen(one: Unseen) -> dict[str, Any]:
    reached = None if math.isnan(one.reached) else one.reached
    return {"what": one.what, "needed": one.needed, "reached": reached}


def origins(found: Backtest) -> dict[str, list[Any]]:
    """One row per origin, as columns: time, what came, and the level of every buffer."""
    columns: dict[str, list[Any]] = {
        "time": [found.history.time(int(k)) for k in found.places],
        "actual": found.actual.tolist(),
    }
    return columns | {name: level.tolist() for name, level in found.levels.items()}
