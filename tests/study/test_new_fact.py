"""One more field of the certificates is carried from the solver to every table, with nothing else to edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saddlepoint.lab import Lab
from saddlepoint.records import dataclass
from saddlepoint.solve import judgement as solving
from saddlepoint.solve.solution import Certificates
from saddlepoint.store import last_outcomes, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class More(Certificates):
    worst_row: NDArray[np.int64]
    margin: NDArray[np.float64]


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> None:
    check_claims = solving.check_claims

    def certified(batch, *arguments, **options):
        found = check_claims(batch, *arguments, **options)
        known = {f.name: getattr(found, f.name) for f in fields(Certificates)}
        return More(**known, worst_row=np.full(batch.size, 7), margin=np.linspace(0.25, 0.5, batch.size))

    monkeypatch.setattr(solving, "check_claims", certified)
    monkeypatch.setattr("saddlepoint.solve.solution.Certificates", More)


def test_a_new_fact_reaches_memory_and_store(more: None, folder: Callable[[str], Path]) -> None:
    lab = Lab.open(folder("a_lp_4"))
    result = lab.solve(chunk=2)
    answer = result.answers[""]
    assert (answer.solution.certificates.worst_row == 7).all()
    assert result.certificates[""].columns["worst_row"].tolist() == [7.0] * len(answer.which)
    lab.run(chunk=2)
    with open_store(lab.database, readonly=True) as store:
        header, found = last_outcomes(store)
    assert {row[header.index("worst_row")] for row in found} == {7}
    assert all(0.25 <= row[header.index("margin")] <= 0.5 for row in found)


def test_what_is_taken_back_has_no_facts(more: None, folder: Callable[[str], Path]) -> None:
    answer = Lab.open(folder("a_lp_4")).solve().answers[""]
    gone = answer.erased(np.arange(len(answer.which)) == 0)
    assert np.isnan(gone.solution.certificates.margin[0])
    assert replace(gone).solution.certificates.worst_row[0] == 7


def test_what_an_answer_took_reaches_memory_and_store(
    monkeypatch: pytest.MonkeyPatch, folder: Callable[[str], Path]
) -> None:
    monkeypatch.setattr("saddlepoint.solve.solution.EFFORT", ("seconds", "planned"))
    lab = Lab.open(folder("a_lp_4"))
    assert lab.solve().certificates[""].columns["planned"].all()
    lab.run()
    with open_store(lab.database, readonly=True) as store:
        header, found = last_outcomes(store)
    assert len(found) and {row[header.index("planned")] for row in found} == {1}
    assert "iterations" not in header or {row[header.index("iterations")] for row in found} == {None}
