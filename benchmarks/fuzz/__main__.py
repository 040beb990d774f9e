"""python -m benchmarks.fuzz [CLASS …] [--models N]: small random models with known answers, judged."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.fuzz.judge import VERDICTS
from benchmarks.fuzz.minimise import minimise
from benchmarks.fuzz.run import CLASSES, Outcome, make, outcomes, play, serve

BAD = ("wrong", "raw", "crash", "hang")


def main(arguments: Sequence[str]) -> int:
    """The table of classes and verdicts; 1 if an answer was certified and wrong, or an exception was raw."""
    if arguments and arguments[0] == "--serve":
        name, first, last = arguments[1:]
        serve(name, range(int(first), int(last)))
        return 0
    asked = _parser().parse_args(arguments)
    if asked.show or asked.minimise:
        return _one(asked.show or asked.minimise, bool(asked.minimise))
    return _table(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks.fuzz", description=__doc__)
    parser.add_argument("classes", nargs="*", default=[], help=f"of {', '.join(CLASSES)}; default: all")
    parser.add_argument("--models", type=int, default=700, help="models in all, the same number per class")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds until a model counts as a hang")
    parser.add_argument("--keep", type=Path, help="a file for one line of JSON per model that is not right")
    parser.add_argument("--worst", type=int, default=5, help="how many examples of each verdict are shown")
    parser.add_argument(
        "--show", metavar="CLASS:SEED", help="a program that builds this model, and its findings"
    )
    parser.add_argument(
        "--minimise", metavar="CLASS:SEED", help="the smallest model that fails in the same way"
    )
    return parser


def _one(which: str, small: bool) -> int:
    name, _, seed = which.partition(":")
    case = make(name, int(seed))
    if small:
        case = minimise(case)
    print(case.script())
    for k, finding in enumerate(play(case)):
        print(f"# {k}: {finding.verdict} {finding.reason}")
    return 0


def _table(asked: argparse.Namespace) -> int:
    chosen = asked.classes or list(CLASSES)
    seeds = range(asked.seed, asked.seed + max(1, asked.models // len(chosen)))
    began = time.monotonic()
    found: dict[str, list[Outcome]] = {}
    with ThreadPoolExecutor(asked.workers) as pool:
        jobs = {
            name: pool.submit(lambda n: list(outcomes(n, seeds, asked.patience)), name) for name in chosen
        }
        print(
            f"{'class':12} {'models':>7} {'answers':>8} "
            + " ".join(f"{v:>9}" for v in VERDICTS)
            + "  certified"
        )
        for name, job in jobs.items():
            found[name] = job.result()
            print(line(name, found[name]), flush=True)
    everything = [o for os in found.values() for o in os]
    print(line("all", everything))
    print(f"{time.monotonic() - began:.0f} s")
    _examples(found, asked.worst)
    if asked.keep:
        asked.keep.write_text("".join(_records(everything)))
    return int(any(f.verdict in BAD for o in everything for f in o.findings))


def line(name: str, found: Sequence[Outcome]) -> str:
    """Counts of one class; certified: the share of the scenarios with an optimum whose optimum is certified."""
    counts = Counter(f.verdict for o in found for f in o.findings)
    feasible = counts["right"] + counts["wrong"] + counts["withheld"]
    share = counts["right"] / feasible if feasible else 1.0
    numbers = " ".join(f"{counts[v]:9d}" for v in VERDICTS)
    return f"{name:12} {len(found):7d} {counts.total():8d} {numbers}  {share:.2%}"


def _examples(found: dict[str, list[Outcome]], worst: int) -> None:
    for name, results in found.items():
        for verdict in VERDICTS[1:]:
            bad = [(o, f) for o in results for f in o.findings if f.verdict == verdict]
            seen: set[int] = set()
            for o, f in bad:
                if len(seen) < worst and o.seed not in seen:
                    seen.add(o.seed)
                    print(f"{verdict:9} {name}:{o.seed} [{', '.join(o.flavours)}] {f.reason[:220]}")


def _records(found: Sequence[Outcome]) -> list[str]:
    return [
        json.dumps(
            {
                "class": o.name,
                "seed": o.seed,
                "flavours": o.flavours,
                "verdict": f.verdict,
                "reason": f.reason,
            }
        )
        + "\n"
        for o in found
        for f in dict.fromkeys(o.findings)
        if f.verdict != "right"
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
