"""python -m benchmarks inputs [formulas] [files]: random formulas and damaged files, in processes of their own.

    python -m benchmarks inputs formulas --count 100000
    python -m benchmarks inputs files --count 50000
    python -m benchmarks inputs --show formulas:17

The table counts what passed, what was refused and by how many codes; every fault is told with the seed that makes it again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from benchmarks.inputs import files, models
from benchmarks.inputs.judge import PATIENCE, Trial

KINDS: dict[str, Callable[[int], Trial]] = {"formulas": models.tried, "files": files.tried}
_MARK = "@inputs "


def serve(kind: str, first: int, last: int) -> None:
    """A line when an input begins, and one when it has ended: who listens knows at which one a process died."""
    for seed in range(first, last):
        _say({"begin": seed})
        trial = KINDS[kind](seed)
        _say({"seed": seed, "codes": sorted(trial.codes), "passed": trial.passed, "faults": trial.faults})


def _say(what: dict[str, Any]) -> None:
    sys.__stdout__.write(f"\n{_MARK}{json.dumps(what)}\n")
    sys.__stdout__.flush()


def outcomes(kind: str, seeds: range) -> Iterator[dict[str, Any]]:
    """What came of every seed, solved in child processes; a death or a native hang is the outcome of its seed."""
    start = seeds.start
    while start < seeds.stop:
        began = start
        for line in _child(kind, range(start, min(seeds.stop, start + 5000))):
            if "begin" in line:
                began = line["begin"]
                continue
            yield line
            start = line["seed"] + 1
        if start <= began and start < min(seeds.stop, start + 5000) and began == start:
            yield {"seed": began, "codes": [], "passed": [], "faults": ["the process dies or never answers"]}
            start = began + 1


def _child(kind: str, seeds: range) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.inputs"]
    command += ["--serve", kind, str(seeds.start), str(seeds.stop)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        try:
            while (text := lines.get(timeout=60 if not seeds else 12 * PATIENCE)) is not None:
                if text.startswith(_MARK):
                    yield json.loads(text.removeprefix(_MARK))
        except queue.Empty:
            process.kill()


def _read(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for text in stream:
        lines.put(text)
    lines.put(None)


def report(kind: str, seeds: range, worst: int, minutes: float = math.inf) -> int:
    """Print what came of the seeds; the number of those with a fault."""
    codes: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    faults: dict[str, list[tuple[int, str]]] = {}
    end, tried = time.monotonic() + 60 * minutes, 0
    for tried, line in enumerate(outcomes(kind, seeds), start=1):
        codes.update(line["codes"])
        passed.update(set(line["passed"]))
        for fault in line["faults"]:
            faults.setdefault(_kind_of(fault), []).append((line["seed"], fault))
        if time.monotonic() > end:
            break
        if tried % 10_000 == 0:
            print(f"{kind}: {tried} tried, {len(faults)} kinds of faults", file=sys.stderr, flush=True)
    for seen in sorted(faults.values(), key=len, reverse=True)[:worst]:
        numbers = sorted({seed for seed, _ in seen})
        print(f"{kind} ×{len(numbers)}, seeds {numbers[:6]}: {seen[0][1]}")
    failed = len({seed for seen in faults.values() for seed, _ in seen})
    stages = ", ".join(f"{name} {count}" for name, count in passed.most_common())
    print(f"{kind}: {tried} inputs; passed: {stages}; {len(codes)} codes of findings; {failed} with a fault")
    return failed


def _kind_of(fault: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|[-+]?\d[\d.e+-]*", "#", fault.rsplit(" (", 1)[0])[:80] + fault[-40:]


def main(arguments: Sequence[str]) -> int:
    """The tables of the kinds asked for; 1 if an input has a fault."""
    parser = argparse.ArgumentParser("benchmarks inputs", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; default all")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so many")
    parser.add_argument("--worst", type=int, default=40, help="kinds of faults that are told")
    parser.add_argument("--show", metavar="KIND:SEED", help="print one input and what came of it")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.serve:
        serve(asked.serve[0], int(asked.serve[1]), int(asked.serve[2]))
        return 0
    if asked.show:
        kind, _, seed = asked.show.partition(":")
        print(SHOWN[kind](int(seed)))
        print(KINDS[kind](int(seed)))
        return 0
    chosen = asked.kinds or list(KINDS)
    return int(
        sum(
            report(k, range(asked.seed, asked.seed + asked.count), asked.worst, asked.minutes) for k in chosen
        )
        > 0
    )


SHOWN: dict[str, Callable[[int], str]] = {"formulas": models.show, "files": files.show}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
