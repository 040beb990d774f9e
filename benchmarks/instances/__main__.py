"""python -m benchmarks.instances FOLDER: a set of instances (a folder with reference.csv), one process each."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.instances.one import show
from benchmarks.instances.reference import VERDICTS, Instance, exact_off, instances, off, verdict


def main(arguments: Sequence[str]) -> int:
    """The table of a set; 1 if an answer is certified and wrong."""
    if arguments and arguments[0] == "--one":
        show(*arguments[1:])
        return 0
    sys.set_int_max_str_digits(0)  # exact optima have thousands of digits
    asked = _parser().parse_args(arguments)
    known = [i for i in instances(asked.folder) if not asked.names or i.name in asked.names]
    if asked.exact:
        known = [i for i in known if i.status == "optimal"]
    kept = _kept(asked.keep)
    counts: Counter[str] = Counter()
    for instance in known:
        said = kept.get(instance.name) or _child(instance, asked)
        if instance.name not in kept and asked.keep:
            with asked.keep.open("a") as file:
                file.write(json.dumps({"name": instance.name, **said}) + "\n")
        found = verdict(instance, said)
        counts[found] += 1
        print(_line(instance, said, found), flush=True)
    print(", ".join(f"{counts[v]} {v}" for v in VERDICTS if counts[v]), f"of {len(known)}")
    return int(counts["WRONG"] > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks.instances", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="it holds reference.csv: name, file, expected_status, reference_objective"
    )
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for the solvers [60]")
    parser.add_argument(
        "--patience", type=float, default=300.0, help="seconds until a process is ended [300]"
    )
    parser.add_argument("--memory", type=float, default=6000.0, help="MB of each process [6000]")
    parser.add_argument(
        "--exact", action="store_true", help="prove the optima of linear programs in rational arithmetic"
    )
    parser.add_argument(
        "--keep", type=Path, help="a file of what was found; what it holds is not solved again"
    )
    return parser


def _kept(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    return {line["name"]: line for line in map(json.loads, path.read_text().splitlines())}


def _child(instance: Instance, asked: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.instances", "--one", str(instance.path)]
    command += [str(asked.time_limit), "exact" if asked.exact else "floats"]
    size = int(asked.memory * 1e6)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=asked.patience,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return {"status": "error", "message": f"ended after {asked.patience:.0f} s"}
    for text in reversed(done.stdout.splitlines()):
        if text.startswith("@instance "):
            return json.loads(text.removeprefix("@instance "))
    return {"status": "error", "message": f"exit {done.returncode}: {done.stderr.strip()[-200:]}"}


def _line(instance: Instance, said: dict[str, Any], found: str) -> str:
    objective = said.get("objective")
    value = f"{objective:22.14g}" if objective is not None else " " * 22
    parts = [f"{instance.name:16} {found:9} {said['status']:12} {value}"]
    if instance.status == "optimal" and objective is not None:
        if said.get("exact"):
            distance = exact_off(instance, said["exact"], repr(said["constant"]))
            parts.append(f"off {float(distance):.0e}  {said['digits']} digits, {said['pivots']} pivots")
        else:
            parts.append(f"off {off(instance, said):.0e}")
    if found == "feasible" and said.get("gap") is not None:
        parts.append(f"bound {said['bound']:.10g} gap {said['gap']:.2g}")
    parts.append(f"{said.get('cpu', 0):.1f} s {said.get('route', '')}")
    if found not in ("right", "feasible"):
        parts.append(str(said.get("message", ""))[:150])
    return "  ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
