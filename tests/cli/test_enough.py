"""An integer search that is told that it is enough: the best plan so far is a run, feasible, with bound and gap; Ctrl-C says so once there is a plan."""

from __future__ import annotations

import math
import signal
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.cli.enough import Enough


def _bins(folder: Path) -> Path:
    """Packing 70 things into 32 bins, the later ones dearer: no proof within minutes."""
    m = saddlepoint.Model("bins")
    things, bins = m.set("Things", range(70)), m.set("Bins", range(32))
    put, used = m.decide("put", things, bins, domain="boolean"), m.decide("used", bins, domain="boolean")
    size = m.data("size", things, np.random.default_rng(5).integers(20, 47, 70).astype(float))
    price = m.data("price", bins, np.arange(1.0, 33.0))
    m.subject_to(
        once=call("sum", put, over=bins) == 1, fits=call("sum", size * put, over=things) <= 100 * used
    )
    m.minimise(call("sum", price * used))
    m.write(folder)
    return folder


def test_the_best_plan_so_far_is_kept_with_bound_and_gap(tmp_path: Path) -> None:
    lab = saddlepoint.open(_bins(tmp_path / "bins"))
    plans: list[float] = []

    def told(plan: float, _bound: float) -> None:
        plans.append(plan)

    summary = lab.run(searching=told, enough=lambda: any(map(math.isfinite, plans)), solver="highs")
    assert summary.exit_code == 4
    (word,) = summary.counts.values()
    assert word == {"feasible": 1}
    assert summary.seconds < 60
    (one,) = lab.outcomes(summary.run)
    assert one.residual is not None and one.residual <= 1e-6
    assert one.gap is not None and one.gap > 0.1
    assert summary.gap == one.gap
    header, (row,) = lab.show("_scenarios").header, lab.show("_scenarios").rows
    found = dict(zip(header, row, strict=True))
    assert 250 < found["bound"] < found["objective"] <= max(filter(math.isfinite, plans))
    put = {tuple(r[1:-1]): r[-1] for r in lab.show("put").rows}
    assert sum(put.values()) == pytest.approx(70)
    assert "gap" in summary.messages[0]
    lab.export("xlsx", tmp_path / "out.xlsx")
    front = dict(
        openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(max_col=2, values_only=True)
    )
    assert float(front["Largest residual"]) <= 1e-6
    gap = float(front["Largest gap to the bound"].removesuffix(" %"))
    assert gap == pytest.approx(100 * (found["objective"] - found["bound"]) / found["objective"], rel=0.05)


def test_ctrl_c_is_enough_only_once_and_only_with_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[float, float]] = []
    enough = Enough(lambda *both: told.append(both))
    with pytest.raises(KeyboardInterrupt), enough.heard():
        enough.told(math.inf, 3.0)
        signal.raise_signal(signal.SIGINT)
    assert not enough()
    with enough.heard():
        enough.told(7.0, 3.0)
        signal.raise_signal(signal.SIGINT)
        assert enough()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err.count("Ending with the best plan so far") == 1
    assert told == [(math.inf, 3.0), (7.0, 3.0)]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
