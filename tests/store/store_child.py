"""The process that test_store_crash.py kills: argv = database, what to do, value, statement or first case."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import (
    RunRecord,
    ScenarioRecords,
    Staged,
    Store,
    drop_kept,
    open_store,
    restore_kept,
    stage,
)

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


def kill_at(statement: int) -> None:
    """Let this process die at its n-th statement."""
    count = 0
    original = {name: getattr(Store, name) for name in ("execute", "executemany", "query")}

    def dying(name: str):
        def call(self: Store, *arguments: object) -> object:
            nonlocal count
            count += 1
            if count >= statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return original[name](self, *arguments)

        return call

    for name in original:
        setattr(Store, name, dying(name))


def main(path: str, task: str, value: float, extra: int = 0) -> None:
    if task in ("run", "open", "named", "drop", "restore") and extra:
        kill_at(extra)
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
