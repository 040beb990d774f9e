"""Repairs in words: large changes are told by their total, their largest cells and where the others are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels import Axis, Domain
from saddlepoint.report.repair_text import repair_lines, repair_sentence
from saddlepoint.study.diagnosis.repair import Change, Repair

HOURS = Domain((Axis("Hours", tuple(map(str, range(1, 41)))),))


def change(before: Array, after: Array, table: str = "demand", cells: Sequence[int] | None = None) -> Change:
    places = np.arange(len(before)) if cells is None else np.array(cells)
    return Change(
        table=table, column="values", domain=HOURS, cells=places, before=before, after=after, unit="MW"
    )


def repair(*changes: Change, kind: Literal["cells", "factor"] = "cells", least: bool = True) -> Repair:
    return Repair(
        changes=changes, kind=kind, least=least, verified=True, objective=np.nan, size=1.0, unlikely=1.0
    )


def test_forty_cells_are_told_by_their_total_the_largest_and_where_the_rest_is() -> None:
    before = np.full(40, 100.0)
    after = before - np.arange(1.0, 41.0)
    assert list(repair_lines([(repair(change(before, after)), [("", 5.0)])])) == [
        "    lower demand in 40 cells by 820 MW in all; the objective is 5 then",
        "         40       by 40 MW, from 100 to 60 (-40 %)",
        "         39       by 39 MW, from 100 to 61 (-39 %)",
        "         38       by 38 MW, from 100 to 62 (-38 %)",
        "         37 more  by 1 … 37 each, 703 MW in all: 1 … 37",
    ]


def test_equal_amounts_take_one_line() -> None:
    cells = np.full(3, 10.0)
    assert list(repair_lines([(repair(change(cells, cells + 5, cells=[4, 5, 6])), ())])) == [
        "    raise demand (5 … 7) by 5 MW each, 15 MW in all"
    ]


def test_cells_of_several_tables_are_told_with_their_table() -> None:
    both = repair(
        change(np.array([5.0, 5.0]), np.array([4.0, 2.0])), change(np.array([1.0]), np.array([3.0]), "limit")
    )
    assert list(repair_lines([(both, [("low", 1.0), ("high", 2.5)])])) == [
        "    lower demand in 2 cells by 4 MW in all, and raise limit (1) by 2 MW, from 1 to 3 (+200 %); "
        "the objective is 1 (low), 2.5 (high) then",
        "         demand: 2  by 3 MW, from 5 to 2 (-60 %)",
        "         demand: 1  by 1 MW, from 5 to 4 (-20 %)",
    ]


def test_what_a_search_has_found_and_factors() -> None:
    one = change(np.array([10.0]), np.array([8.0]), cells=[3])
    assert list(repair_lines([(repair(one, least=False), ())])) == [
        "    lower demand (4) by 2 MW, from 10 to 8 (-20 %) (found by search: a smaller change may do)"
    ]
    assert repair_sentence(repair(one, kind="factor")) == "lower demand by 20 % throughout"


def test_scattered_cells_are_told_by_a_few_groups() -> None:
    plane = Domain((Axis("R", ("a", "b", "c", "d", "e", "f")), Axis("T", tuple("123456789"))))
    cells = np.array([9 * r + t for r in range(6) for t in range(r, 9, 2)])
    before = np.arange(1.0, len(cells) + 1)
    wide = Change(table="limit", column="values", domain=plane, cells=cells, before=before, after=2 * before)
    *_, last = repair_lines([(repair(wide), ())])
    assert last.startswith("         18 more  by 1 … 18 each, 171 in all: ") and last.endswith(
        "; and 2 more groups"
    )


def test_a_number_a_hundred_times_too_large_or_small_is_asked_about() -> None:
    single = np.array([22_000.0])
    assert repair_sentence(repair(change(single, np.array([22.5]), cells=[3]))) == (
        "lower demand (4) by 21977.5 MW, from 22000 to 22.5 (-99.9 %; is its unit right?)"
    )
    assert "unit" not in repair_sentence(repair(change(single, np.array([300.0]), cells=[3])))
    assert "unit" not in repair_sentence(repair(change(single, np.array([0.0]), cells=[3])))
    whole = np.array([10.0, 20.0])
    assert repair_sentence(repair(change(whole, whole * 0.001), kind="factor")) == (
        "lower demand by 99.9 % throughout; is its unit right?"
    )
    assert repair_sentence(repair(change(whole, whole * 1500), kind="factor")) == (
        "raise demand by 149,900 % throughout; is its unit right?"
    )
    assert (
        repair_sentence(repair(change(whole, whole * 0.5), kind="factor"))
        == "lower demand by 50 % throughout"
    )
