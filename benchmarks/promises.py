"""Whether promises are kept: coverage of buffers from n values, and how often a back-test speaks against one.

python -m benchmarks promises [--replications 1000] [--sizes 20 50 200 1000] [--seed 0] [--processes 2] [--record FILE] [--write PAGE]

Twelve ways in which histories come, and six that were held out where the doubts were chosen (back-tests only). Coverage is the probability,
given each history, that the next value is at or below the level, averaged over histories (no second sampling error). What is finished
lies in the record, one line of JSON per cell, and a run with the same settings goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.promise_cells import Cell, cells, figures


def recorded(path: Path | None) -> dict[str, dict[str, Any]]:
    """Finished cells by key; a line that was cut off counts for nothing."""
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text().splitlines() if path is not None and path.exists() else []:
        try:
            one = json.loads(line)
        except ValueError:
            continue
        found[one["key"]] = one
    return found


def run(asked: list[Cell], processes: int, record: Path | None) -> list[tuple[Cell, dict[str, Any]]]:
    """Figures of all cells, those that are not in the record by so many processes; a line to the terminal for each."""
    found = recorded(record)
    left = [cell for cell in asked if cell.key not in found]
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        jobs = {pool.submit(figures, cell): cell for cell in left}
        for k, job in enumerate(as_completed(jobs), len(asked) - len(left) + 1):
            cell, one = jobs[job], job.result()
            found[cell.key] = one
            if record is not None:
                with record.open("a") as file:
                    file.write(json.dumps(one) + "\n")
            told = (
                f"{k} of {len(asked)}: n = {cell.n}, {cell.part}, {one['world']}: {one['cpu']:.1f} s of CPU"
            )
            print(told, file=sys.stderr, flush=True)
    return [(cell, found[cell.key]) for cell in asked]


def main(arguments: list[str]) -> int:
    from benchmarks.promise_page import page
    from saddlepoint import __version__

    parser = argparse.ArgumentParser("benchmarks promises", description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 200, 1000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--record", type=Path, default=Path("promises.jsonl"), help="finished cells")
    parser.add_argument("--write", type=Path, help="the page of the documentation")
    asked = parser.parse_args(arguments)
    todo = list(cells(asked.sizes, asked.replications, asked.seed, __version__))
    text = page(run(todo, asked.processes, asked.record))
    print(text)
    if asked.write is not None:
        asked.write.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
