"""Labels of time: the usual ways of writing dates, for a whole column at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from saddlepoint.declare.moments import moments

WEEKS = [date(2023, 1, 2) + timedelta(weeks=k) for k in range(60)]
MONTHS = [date(2019 + k // 12, 1 + k % 12, 1) for k in range(60)]
DAYS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d.%m.%y",
    "%m/%d/%y",
    "%Y%m%d",
    "%d %b %Y",
)
DAYS = (*DAYS, "%b %d, %Y", "%d-%b-%y", "%Y/%m/%d", "%d.%m.%Y 00:00", "%Y-%m-%d 00:00:00", "%Y-W%W", "%YW%W")


@pytest.mark.parametrize("form", DAYS)
def test_weeks_are_read_in_the_usual_ways(form: str) -> None:
    found = moments([day.strftime(form) for day in WEEKS[: 50 if "W" in form else 60]])
    assert found is not None
    assert found.dated
    assert not found.slips
    assert list(found.places) == [float(day.toordinal()) for day in WEEKS[: len(found.places)]]


@pytest.mark.parametrize(
    "form", ["%Y-%m", "%Y%m", "%m.%Y", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%d/%m/%Y", "%m/%d/%Y"]
)
def test_months_are_read_in_the_usual_ways(form: str) -> None:
    """Where day and month could be either, the even steps decide: 01/02/2019 is a month after 01/01/2019."""
    found = moments([day.strftime(form) for day in MONTHS])
    assert found is not None
    assert found.dated
    assert list(found.places) == [float(day.toordinal()) for day in MONTHS]


def test_numbers_are_numbers_and_names_are_none() -> None:
    years = moments([str(year) for year in range(1960, 2000)])
    assert years is not None
    assert (years.places[0], years.dated) == (1960.0, False)
    assert moments([f"round {chr(97 + k)}" for k in range(20)]) is None
    assert moments(["spring", "summer", "autumn", "winter"]) is None


def test_one_of_many_that_is_no_date_is_a_slip() -> None:
    labels = [str(day) for day in WEEKS]
    for place, wrong in ((17, "2023-13-01"), (59, "Total"), (0, "2023-02-30")):
        found = moments([*labels[:place], wrong, *labels[place + 1 :]])
        assert found is not None
        assert found.slips == (place,)
    total = moments([*map(str, range(40)), "Total"])
    assert total is not None
    assert (total.dated, total.slips) == (False, (40,))
