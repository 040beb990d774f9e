"""Comparing in sums: along sets and groups, with the items that came and went."""

import pytest

from saddlepoint.errors import UsageError
from saddlepoint.study.results.compare import TableRows, compare, share
from saddlepoint.study.results.sums import ItemChange, SumDifference, item_changes, sum_differences

LABELS, VALUES = ("Tech_Name", "Hours_Name"), ("values",)


def table(cells: dict[tuple[str, str], float | None]) -> dict[str, TableRows]:
    return {"gen": TableRows(LABELS, VALUES, {key: (value,) for key, value in cells.items()})}


FIRST = table({("pv", "1"): 1.0, ("pv", "2"): 2.0, ("coal", "1"): 5.0, ("gas", "1"): 4.0, ("gas", "2"): None})
SECOND = table({("pv", "1"): 2.0, ("pv", "2"): 1.0, ("wind", "1"): 6.0, ("gas", "1"): 4.5, ("gas", "2"): 1.0})
GROUPS = {"Tech.fuel": {"pv": "none", "wind": "none", "coal": "fossil", "gas": "fossil"}}


def test_sums_along_a_set_the_largest_difference_first() -> None:
    found = sum_differences(FIRST, SECOND, ["Tech"], {})
    assert found == (
        SumDifference("gen", ("wind",), None, 6.0),
        SumDifference("gen", ("coal",), 5.0, None),
        SumDifference("gen", ("gas",), 4.0, 5.5),
    )  # the sum of pv is what it was


def test_sums_along_a_group_and_a_set() -> None:
    found = sum_differences(FIRST, SECOND, ["Tech.fuel", "hours"], GROUPS)
    assert {one.labels: (one.first, one.second) for one in found} == {
        ("none", "1"): (1.0, 8.0),
        ("none", "2"): (2.0, 1.0),
        ("fossil", "1"): (9.0, 4.5),
        ("fossil", "2"): (None, 1.0),
    }
    assert sum_differences(FIRST, SECOND, ["Tech.fuel"], GROUPS, relative=1.0) == ()


def test_items_that_came_and_went() -> None:
    assert item_changes(FIRST, SECOND) == (ItemChange("Tech", ("coal",), ("wind",)),)
    assert item_changes(FIRST, FIRST) == ()


@pytest.mark.parametrize(
    ("key", "near"), [("Tek", "Tech"), ("Tech.fule", "Tech.fuel"), ("Hours.day", "filters")]
)
def test_an_unknown_set_or_group(key: str, near: str) -> None:
    with pytest.raises(UsageError, match="X760") as raised:
        sum_differences(FIRST, SECOND, [key], GROUPS)
    assert near in str(raised.value)


def test_differences_within_the_residuals_of_certified_runs_are_none() -> None:
    def results(*values: float, noise: float = 1e-9) -> dict[str, TableRows]:
        cells = {(label, "t"): (value,) for label, value in zip("abcdefg", values, strict=False)}
        return {"gen": TableRows(LABELS, VALUES, cells, noise)}

    plan = results(5000.0, 4e-13, 3.0)
    assert compare(plan, results(5000.0, 3e-6, 3.0)).same
    assert not compare(plan, results(5000.0, 3e-6, 3.0), absolute=0.0).same
    assert not compare(results(5000.0, 0.0, noise=0.0), results(5000.0, 3e-6, noise=0.0)).same
    (found,) = compare(plan, results(5000.0, 2e-5, 3.0)).differences
    assert [labels[0] for labels, *_ in found.sample] == ["b"]
    assert share(4e-13, 20.0) is None
    assert share(20.0, 25.0) == pytest.approx(0.25)
    assert share(0.0, 0.0) is None
    assert not sum_differences(plan, results(5000.0 + 4e-6, 0.0, 3.0), ["Tech"], {}, 0.0, 1e-9)
    assert sum_differences(plan, results(5000.0 + 4e-6, 0.0, 3.0), ["Tech"], {}, 0.0, 0.0)
