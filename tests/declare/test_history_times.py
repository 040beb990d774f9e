"""Times of a history in the ways people write them: understood, whatever the order of the rows, or refused with their place."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saddlepoint.declare.history import read_histories
from saddlepoint.declare.moments import moments
from saddlepoint.errors import PlanningError

MONDAYS = [date(2024, 7, 8) + timedelta(weeks=k) for k in range(40)]
WEEKS = [day.isocalendar()[:2] for day in MONDAYS]
FORMS = {
    "KW06/2025": [f"KW{w:02d}/{y}" for y, w in WEEKS],
    "KW 6/25": [f"KW {w}/{y % 100}" for y, w in WEEKS],
    "W28/2024": [f"W{w}/{y}" for y, w in WEEKS],
    "W28-2024": [f"W{w:02d}-{y}" for y, w in WEEKS],
    "Week 28 2024": [f"Week {w} {y}" for y, w in WEEKS],
    "2024 KW28": [f"{y} KW{w:02d}" for y, w in WEEKS],
    "2024-W28": [f"{y}-W{w:02d}" for y, w in WEEKS],
    "28/2024": [f"{w}/{y}" for y, w in WEEKS],
    "28.2024": [f"{w}.{y}" for y, w in WEEKS],
    "202428": [f"{y}{w:02d}" for y, w in WEEKS],
    "Monday 08.07.2024": [f"Monday {day:%d.%m.%Y}" for day in MONDAYS],
    "Mo, 08.07.2024": [f"Mo, {day:%d.%m.%Y}" for day in MONDAYS],
    "Mon 07/08/2024": [f"Mon {day:%m/%d/%Y}" for day in MONDAYS],
    "Mon 2024-07-08": [f"Mon {day}" for day in MONDAYS],
}


def _file(folder: Path, rows: list[tuple[int, str]], header: str = "Week") -> Path:
    path = folder / "h.csv"
    path.write_text(f"{header},Sales\n" + "".join(f'"{label}",{value}\n' for value, label in rows))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_its_monday_and_reversed_files_are_the_same_history(form: str, tmp_path: Path) -> None:
    found = moments(FORMS[form])
    assert found is not None
    assert found.places == tuple(float(day.toordinal()) for day in MONDAYS)
    (history,) = read_histories(_file(tmp_path, [*enumerate(FORMS[form])][::-1]))
    assert history.values.tolist() == [float(k) for k in range(40)]
    assert (history.times, history.season) == (tuple(FORMS[form]), 52)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from([*FORMS]), rows=st.permutations(range(40)))
def test_the_order_of_the_rows_of_a_dated_file_does_not_matter(
    form: str, rows: list[int], tmp_path: Path
) -> None:
    (history,) = read_histories(_file(tmp_path, [(k, FORMS[form][k]) for k in rows]))
    assert history.values.tolist() == [float(k) for k in range(40)]


def test_numbers_behind_a_word_are_times(tmp_path: Path) -> None:
    (history,) = read_histories(_file(tmp_path, [(k, f"Week {k}") for k in range(20, 0, -1)]))
    assert history.values.tolist() == [float(k) for k in range(1, 21)]


def test_months_stay_months_and_the_day_of_the_week_tells_days_from_months() -> None:
    months = moments([f"{k % 12 + 1:02d}/{2020 + k // 12}" for k in range(20)])
    assert months is not None
    assert months.places[12] == date(2021, 1, 1).toordinal()
    days = moments(["Mon 01/04/2024", "Tue 02/04/2024", "Wed 03/04/2024", "Thu 04/04/2024"])
    assert days is not None
    assert days.places[0] == date(2024, 4, 1).toordinal()


@pytest.mark.parametrize(
    ("labels", "said", "place"),
    [
        ([f"{day:%d.%m.}" for day in MONDAYS], "not understood", "h.csv:2:1"),
        ([f"{day:%d.%m}" for day in MONDAYS], "not understood", "h.csv:2:1"),
        ([f"round {chr(97 + k)}" for k in range(20)], "not understood", "h.csv:2:1"),
        ([*map(str, range(40, 53)), *map(str, range(1, 30))], "begin again: 1 after 52", "h.csv:15:1"),
        (
            [f"KW{k}" for k in (*range(9, 0, -1), *range(52, 40, -1))],
            "begin again: KW52 after KW1",
            "h.csv:11:1",
        ),
        ([*FORMS["KW06/2025"][:20], "KW60/2024"], "is no date", "h.csv:22:1"),
    ],
)
def test_times_that_say_no_order_are_refused_with_their_place(
    labels: list[str], said: str, place: str, tmp_path: Path
) -> None:
    with pytest.raises(PlanningError, match=said) as caught:
        read_histories(_file(tmp_path, [*enumerate(labels)]))
    found = caught.value.diagnostics[0]
    assert (found.code, str(found.mark)) == ("U543", place)
    assert found.fix


def test_a_missing_week_is_found_in_every_form_of_weeks(tmp_path: Path) -> None:
    for form in ("KW06/2025", "28/2024", "202428"):
        labels = FORMS[form]
        rows = [*enumerate(labels[:9] + labels[10:])]
        with pytest.raises(PlanningError, match=f"no value between {labels[8]} and {labels[10]}"):
            read_histories(_file(tmp_path, rows))


def test_a_column_named_as_times_must_be_times(tmp_path: Path) -> None:
    rows = [(k, f"{day:%d.%m.}") for k, day in enumerate(MONDAYS)]
    with pytest.raises(PlanningError, match="not understood"):
        read_histories(_file(tmp_path, rows, "Posted"), time="Posted")


@pytest.mark.parametrize("name", ["fit", "backtest"])
def test_rows_without_times_are_said_to_be_taken_as_they_come(name: str, tmp_path: Path) -> None:
    command = import_module(f"saddlepoint.cli.{name}").command
    path = _file(tmp_path, [(k % 7 + k % 3, f"{day:%d.%m.}") for k, day in enumerate(MONDAYS)], "Posted")
    for form in ([], ["--json"]):
        said = CliRunner().invoke(command, [str(path), *form])
        assert "in the order of the file" in " ".join(said.output.split())


def test_buffers_are_listed_and_explained_without_numbers(tmp_path: Path) -> None:
    command = import_module("saddlepoint.cli.buffers").command
    run = CliRunner().invoke
    listed = run(command, [])
    assert listed.exit_code == 0
    assert "cantelli" in listed.output
    assert "mean, std" in listed.output
    assert "needs:   mean, std" in run(command, ["--explain", "cantelli"]).output
    (tmp_path / "s.csv").write_text("values\n" + "".join(f"{k}\n" for k in range(1, 41)))
    samples = ["--samples", str(tmp_path / "s.csv"), "--json"]
    told = ["--mean", "20.5", "--std", "11.69045194450012"]
    assert run(command, samples).output == run(command, [*samples, *told]).output
    assert run(command, ["--std", "3"]).exit_code == 2
