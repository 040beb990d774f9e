"""The process that test_store_crash.py kills: argv = database, what to do, value, first case."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import RunRecord, Store, open_store, stage
from saddlepoint.store.kept import drop_kept
from saddlepoint.store.restore import restore_kept
from saddlepoint.store.run_records import ScenarioRecords
from saddlepoint.store.staging import Staged
from tests.faults.dying import count_down, forked

CASES = Axis("Cases", tuple(f"{k}" for k in range(200)))
PRODUCTS = Axis("Products", tuple(f"p{k}" for k in range(30)))
OVER = Domain((PRODUCTS, CASES))


def put(staged: Staged, start: int, value: float, count: int = 50) -> None:
    cases = range(start, start + count)
    if f"{start}" in staged.done:
        return
    with staged.chunk(f"{start}"):
        part = Domain((PRODUCTS, CASES.take(cases)))
        for key in ("plan", "price_c1"):
            staged.put(Table.of(key, part, value), ["Cases"], within=OVER)
        ones, positions = np.ones(count), np.array(cases)
        staged.scenarios(
            ScenarioRecords(
                problem="",
                domain=Domain((CASES,)),
                positions=positions,
                status="optimal",
                solver="s",
                route="r",
                numbers={
                    "objective": ones,
                    "iterations": positions,
                    **dict.fromkeys(("seconds", "rel_prim", "rel_dual", "gap", "unc"), ones),
                    "verified": ones > 0,
                },
            )
        )


def run(store: Store, value: float, *, hang: bool = False, name: str = "") -> None:
    with stage(store, RunRecord("2026", "run", options={"value": value}, name=name), resume=True) as staged:
        for start in range(0, 200, 50):
            put(staged, start, value)
            if hang:
                print("staged", flush=True)
                time.sleep(60)
        staged.finish(1.0, 0)


def killed_at(statement: int, path: str, task: str, value: float = 0.0) -> int:
    """Do a task in a process that kill -9 takes at its n-th statement; its exit code, 0 if it came to its end before."""

    def armed() -> None:
        count_down(statement - 1, lambda: os.kill(os.getpid(), signal.SIGKILL), [Store])
        main(path, task, value)

    return forked(armed)


def main(path: str, task: str, value: float, extra: int = 0) -> None:
    with open_store(path) as store:
        if task == "named":
            run(store, value, name="second")
        elif task == "drop":
            drop_kept(store, "first")
        elif task == "restore":
            restore_kept(store, "first", RunRecord("2026", "restore"))
        elif task in ("run", "hang"):
            run(store, value, hang=task == "hang")
        elif task == "loop":
            print("ready", flush=True)
            ((last,),) = store.query('SELECT max("values") FROM plan')
            for k in range(1000):
                run(store, last + k)
        elif task == "partial":
            with stage(store, RunRecord("2026", "run"), partial=True) as staged:
                put(staged, extra, value, 100)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), *map(int, sys.argv[4:]))
