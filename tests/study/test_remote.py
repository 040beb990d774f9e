"""Chunks on a dask cluster: the same answers, also when a worker is killed."""

from __future__ import annotations

import os
import pickle
import signal
import sys

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import Diagnostic, Mark, StudyError, UsageError
from saddlepoint.study.remote import spreading

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_killed_worker_changes_nothing(folder) -> None:
    distributed = pytest.importorskip("distributed")
    lps, loops = saddlepoint.open(folder("a_lp_4", "lps")), saddlepoint.open(folder("a_int_4", "loops"))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())

        def kill(done: int, total: int) -> None:
            if pids:
                os.kill(pids.pop(), signal.SIGKILL)
                pids.clear()

        for lab in (lps, loops):
            here = lab.solve(chunk=1)
            there = lab.solve(kill, on=cluster.scheduler_address, chunk=1)
            assert here.exit_code == there.exit_code == 0
            for key, table in here.tables.items():
                assert np.array_equal(there.table(key).values, table.values), key
            for key, answer in here.answers.items():
                assert np.array_equal(there.answers[key].solution.status, answer.solution.status)
                assert np.array_equal(there.answers[key].price, answer.price)
        summary = lps.run(on=cluster.scheduler_address, chunk=2)
        assert summary.counts == {"": {"optimal": 4}}


def test_places_that_do_not_exist(monkeypatch) -> None:
    with pytest.raises(UsageError, match="X132"), spreading("local:none"):
        pass
    with pytest.raises(UsageError, match="X132"), spreading("nowhere://x"):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="X131"), spreading("local"):
        pass


def test_errors_travel() -> None:
    error = StudyError(Diagnostic("K107", "it reads what nobody decided", Mark("a.yml", 3), fix="decide it"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is StudyError and again.diagnostics == error.diagnostics
