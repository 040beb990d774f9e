"""Solves on a cluster of two processes, kills one of them, and compares with solving here.

python dask_child.py FOLDER...
"""

from __future__ import annotations

import os
import signal
import sys

import dask
import numpy as np
from distributed import Client, LocalCluster

import saddlepoint


def main(folders: list[str]) -> None:
    patience = {"distributed.comm.timeouts.connect": "5s"}
    with (
        dask.config.set(patience),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
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
        client.wait_for_workers(2, timeout=20)
    print("equal")


if __name__ == "__main__":
    main(sys.argv[1:])
