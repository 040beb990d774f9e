"""Numbers between 0 and 1 that have a unit are no shares: a capacity in another unit is found and raised beyond 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from saddlepoint.declare.examples import copy_example
from saddlepoint.lab import Lab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Capacities in thousands: 0.022 and 0.02 t."""
    made = copy_example("distribution", tmp_path / "d")
    table = made / "input_data" / "oven_hours.csv"
    table.write_text(table.read_text().replace("north,22", "north,0.022").replace("south,20", "south,0.02"))
    return made


def test_it_is_raised_where_it_has_a_unit(folder: Path) -> None:
    first = Lab.open(folder).diagnose().findings[0].repairs[0]
    assert first.tables == ("oven_hours",)
    assert first.verified and (first.changes[0].after > 1).all()


def test_it_stays_below_one_where_it_may_be_a_share(folder: Path) -> None:
    settings = folder / "structure_variables.yml"
    settings.write_text(
        settings.read_text().replace(
            "coordinates: [Plants], unit: t, variables_info: {oven",
            "coordinates: [Plants], variables_info: {oven",
        )
    )
    (found,) = Lab.open(folder).diagnose().findings
    assert found.repairs and all("oven_hours" not in r.tables for r in found.repairs)


def test_a_diagnosis_is_a_few_lines(folder: Path) -> None:
    text = repr(Lab.open(folder).diagnose())
    assert text.splitlines()[0] == "Diagnosis: 1 without an answer"
    assert "served (" in text and "oven (" in text and len(text.splitlines()) == 2 and len(text) < 600
