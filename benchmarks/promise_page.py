"""The figures of `benchmarks promises` as a page of the documentation."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.promise_cells import BACKTEST, COVERAGE, FRESH, Cell
from benchmarks.promise_power import LOOKED_AT, SEEN, TESTED
from saddlepoint.promises.assumptions import FALSE_WORD

Line = tuple[Cell, Mapping[str, Any]]
CONFIDENT = ("order-statistic", "scenario", "tolerance")


def page(lines: Sequence[Line]) -> str:
    """Coverage, back-tests and back-tests of laws held out, a table for every length of histories, and what is open."""
    first = lines[0][0]
    cpu = sum(one["cpu"] for _, one in lines)
    out = [
        "# Promises kept: coverage and back-tests in simulation",
        "",
        f"Version {first.version}, {time.strftime('%Y-%m-%d')}: `python -m benchmarks promises --replications {first.replications} --seed {first.seed}"
        f" --write` this page, {cpu / 60.0:.0f} minutes of CPU. Promised are 95 %. How to read it: [the tutorial](../tutorials/promises.md).",
    ]
    lengths = list(dict.fromkeys(cell.n for cell, _ in lines))
    out += ["", "## Coverage", "", *_coverage_words(first.replications)]
    for n in lengths:
        out += ["", *_coverage(_of(lines, COVERAGE, n), n)]
    for part, title in ((BACKTEST, "Back-tests"), (FRESH, "Back-tests of laws that were held out")):
        out += ["", f"## {title}", "", *_backtest_words(part, lines, first.replications)]
        for n in lengths:
            out += ["", *_backtests(_of(lines, part, n), n)]
    return "\n".join(out)


def _of(lines: Sequence[Line], part: str, n: int) -> list[Mapping[str, Any]]:
    return [one for cell, one in lines if (cell.part, cell.n) == (part, n)]


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {title} | " + " | ".join(header) + " |",
        "|---" * (1 + len(header)) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def _coverage_words(replications: int) -> list[str]:
    return [
        f"Of the next value, in %, given each of {replications} histories and averaged over them (error about 0.2 points); in brackets the part of",
        "the histories in which it is 95 % or more, where that is what is promised (with a confidence of 90 %).",
    ]


def _coverage(found: Sequence[Mapping[str, Any]], n: int) -> list[str]:
    names = list(dict.fromkeys(name for one in found for name in one["figures"]))
    rows = [[f"`{name}`", *(_covered(name, one["figures"].get(name)) for one in found)] for name in names]
    return _table(f"n = {n}", [one["world"] for one in found], rows)


def _covered(name: str, one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "–"
    kept = f" ({100 * one['kept']:.0f})" if name in CONFIDENT else ""
    return f"{100 * one['coverage']:.1f}{kept}"


def _backtests(found: Sequence[Mapping[str, Any]], n: int) -> list[str]:
    rows = [[one["world"], *(_said(one["figures"].get(name)) for name in TESTED)] for one in found]
    return _table(f"n = {n}", [f"`{name}`" for name in TESTED], rows)


def _said(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "–"
    if one["holds"]:
        return f"*{100 * one['speaks']:.1f}*"
    if one["speaks"] >= SEEN:
        return f"{100 * one['speaks']:.0f}"
    bound = f", bound {_bound(one['bound'])}" if one["bound"] < 1.0 else ""
    needed = f", N {one['needed']}" if one["needed"] else ""
    return f"**{100 * one['speaks']:.0f}** (says so {100 * one['told']:.0f}{bound}{needed})"


def _bound(part: float) -> str:
    """With a decimal where rounding would hide on which side of SEEN it is."""
    return f"{100 * part:.{int(abs(part - SEEN) < 0.01)}f}"


Wrong = tuple[int, str, str, Mapping[str, Any]]
"""Length, world, buffer, and what was said of it where its assumption does not hold."""


def _backtest_words(part: str, lines: Sequence[Line], replications: int) -> Iterator[str]:
    said = [
        (cell.n, one["world"], name, each)
        for cell, one in lines
        if cell.part == part
        for name, each in one["figures"].items()
    ]
    wrong = [one for one in said if not one[3]["holds"]]
    right = [one[3]["speaks"] for one in said if one[3]["holds"]]
    yield f"Part of {replications} back-tests that speak against a buffer (`broken`, an alarm, or its assumption in doubt), in %. *Slanted*: its assumption"
    yield f"holds, nominal at most {100 * FALSE_WORD:g} (here {100 * min(right):.1f} to {100 * max(right):.1f}, on average {100 * sum(right) / len(right):.1f}). **Bold**: it does not, and fewer than 90 speak; in brackets the part that speaks or says, by"
    yield "the name of this law or order, that a history of this length would not show it; the bound of Neyman and Pearson, the most that verdict, alarm and any"
    yield "doubt of its nominal level say together if it knows this world but for place and scale (of `conformal`: any test of order); and about how many values"
    yield "show it in nine of ten histories."
    yield ""
    yield from _together(wrong, replications)
    yield ""
    low = [one for one in wrong if one[3]["speaks"] < SEEN]
    within = [one for one in low if one[3]["bound"] < SEEN]
    silent = [one for one in low if one[3]["told"] < SEEN]
    yield f"Cell by cell, 90 % or more speak in {len(wrong) - len(low)} of {len(wrong)}. In {len(within)} of the other {len(low)} no such doubt could. Neither shown in 90 % nor said to be out of"
    yield "sight: " + ("; ".join(map(_named, silent)) or "none") + "."
    could = [one for one in low if one not in within]
    yield (
        "Below 90 where a test that knows this world could speak in 90 %: "
        + ("; ".join(map(_named, could)) or "none")
        + "."
    )


def _together(wrong: Sequence[Wrong], replications: int) -> Iterator[str]:
    """The part of all back-tests of buffers whose assumption does not hold, with its error."""
    speaks, error = pooled(wrong, "speaks", replications)
    told, told_error = pooled(wrong, "told", replications)
    runs = f"{len(wrong) * replications:,}"
    yield f"Where the assumption does not hold, **{100 * speaks:.1f} % of the {runs} back-tests speak** (error {100 * error:.1f} at most); {100 * told:.1f} % (error {100 * told_error:.1f} at most) speak or"
    yield "say that a history of this length would not show it."


def pooled(wrong: Sequence[Wrong], figure: str, replications: int) -> tuple[float, float]:
    """The mean of a part (`speaks`, `told`) over cells of equally many histories, and the most that its standard error may be.

    Buffers of one world and length are judged by the same histories, so their parts may go together: their standard errors are added.
    Parts that are told are read in at most LOOKED_AT of the silent histories.
    """
    errors: dict[tuple[int, str], float] = {}
    for n, world, _, said in wrong:
        part, many, scale = said[figure], replications, 1.0
        if figure == "told" and said["speaks"] < SEEN:
            scale = 1.0 - said["speaks"]
            part, many = (part - said["speaks"]) / scale, min(LOOKED_AT, round(scale * replications))
        error = scale * (max(part * (1.0 - part), 0.0) / many) ** 0.5
        errors[n, world] = errors.get((n, world), 0.0) + error
    mean = sum(said[figure] for *_, said in wrong) / len(wrong)
    return mean, sum(e * e for e in errors.values()) ** 0.5 / len(wrong)


def _named(one: Wrong) -> str:
    n, world, name, said = one
    bound = f" of {_bound(said['bound'])}" if said["bound"] < 1.0 else ""
    return (
        f"`{name}` in {world}, n = {n} ({100 * said['speaks']:.0f}{bound}, says so {100 * said['told']:.0f})"
    )
