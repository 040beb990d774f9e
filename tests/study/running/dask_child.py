"""Solves on a cluster of two processes, kills one of them, and compares with solving here; then one model whose outcomes are spread, where
a worker is killed between two passes.

python dask_child.py OUTCOMES FOLDER...
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from typing import Any

import numpy as np
from distributed import Client, LocalCluster

import saddlepoint
from saddlepoint.solve.decomposition.passes import Passes


def main(outcomes: str, folders: list[str]) -> None:
    patience = {"distributed.comm.timeouts.connect": "5s"}
    config: Any = importlib.import_module("dask.config")
    make: Any = LocalCluster
    call: Any = Client
    with (
        config.set(patience),
        make(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        call(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())

        def kill(_done: int, _total: int) -> None:
            if len(pids) == 2:
                os.kill(pids.pop(), signal.SIGKILL)

        for folder in folders:
            lab = saddlepoint.open(folder)
            here = lab.solve(chunk=1)
            there = lab.solve(kill, on=cluster.scheduler_address, chunk=1)
            assert here.exit_code == there.exit_code == 0
            for key, table in here.tables.items():
                assert np.array_equal(there.table(key).values, table.values), key
            for key, answer in here.answers.items():
                assert np.array_equal(there.answers[key].solution.status, answer.solution.status), key
                assert np.array_equal(there.answers[key].price, answer.price), key
            summary = lab.run(on=cluster.scheduler_address, chunk=2)
            assert {sum(words.values()) for words in summary.counts.values()} == {4}
        assert len(pids) == 1
        client.wait_for_workers(2, timeout=60)
        outcomes_stay_on_workers(outcomes, client, cluster.scheduler_address)
        client.wait_for_workers(2, timeout=60)
    print("equal")


def outcomes_stay_on_workers(folder: str, client: Any, address: str) -> None:
    """The outcomes are solved on the workers, pass by pass; what a killed one held is made again by another."""
    lab = saddlepoint.open(folder)
    here = lab.solve(workers=2)  # in threads: the same chunks, so the same cuts
    passes, real = [0], Passes.at

    def at_and_kill(self: Passes, x: Any) -> Any:
        passes[0] += 1
        if passes[0] == 3:
            held = chunks_held(client)
            os.kill(client.run(os.getpid)[max(held, key=lambda worker: held[worker])], signal.SIGKILL)
        return real(self, x)

    Passes.at = at_and_kill
    there = lab.solve(on=address)
    answer = there.answers[""]
    assert passes[0] > 3 and str(answer.solution.method[0]) == "L-shaped"
    for key, table in here.tables.items():
        np.testing.assert_allclose(there.table(key).values, table.values, rtol=1e-9, atol=1e-9)


def chunks_held(client: Any) -> dict[str, int]:
    """How many of the four chunks of outcomes each worker holds, as soon as the scheduler knows of all."""
    for _ in range(100):
        parts = {worker: [k for k in keys if "_given" in k] for worker, keys in client.has_what().items()}
        held = {worker: len(keys) for worker, keys in parts.items()}
        if sum(held.values()) == 4:
            return held
        time.sleep(0.1)
    raise AssertionError(held)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
