"""One command for all timings: python -m benchmarks [models …]

Whole processes on model folders, ours beside rivals in the same run, then our phases; sub-commands (python -m benchmarks
dispatch, explore, gbd, global_answers, kernels, large_lp, lines, national, outcomes, policy, rivals, smps, six_models, store_rows) time the parts, `fuzz` tries random models with known answers, `operands` every
word on operands of every kind, `instances` public ones. CPU seconds, the
least of the repetitions.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.families import FAMILIES, generate
from benchmarks.measure import Usage, best, measure
from benchmarks.phases import PHASES
from benchmarks.registry import LARGE, MODELS, SMOKE, Driver, drivers

HERE = Path(__file__).parent
_OWN = {
    "__init__",
    "__main__",
    "cones",
    "cvxlab_history",
    "families",
    "floor",
    "formulas",
    "hours",
    "measure",
    "phases",
    "pooling",
    "promise_bounds",
    "promise_cells",
    "promise_coverage",
    "promise_page",
    "promise_power",
    "promise_worlds",
    "registry",
    "rival_cvxlab",
    "rival_solvers",
    "smps_stages",
}


def parts() -> tuple[str, ...]:
    """The sub-commands: every other module of this package, and the packages in it."""
    modules = [path.stem for path in HERE.glob("*.py") if path.stem not in _OWN]
    return tuple(sorted([*modules, *(path.parent.name for path in HERE.glob("*/__main__.py"))]))


def main(arguments: Sequence[str]) -> int:
    """Run a sub-command or the table of models; 1 if one of our runs failed."""
    if arguments and arguments[0] in parts():
        sys.argv = [f"benchmarks {arguments[0]}", *arguments[1:]]
        runpy.run_module(f"benchmarks.{arguments[0]}", run_name="__main__")
        return 0
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as room:
        return _table(asked, Path(room))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks", epilog=f"sub-commands: {', '.join(parts())}")
    parser.add_argument(
        "models", nargs="*", help=f"family_size, of {', '.join(FAMILIES)}; default: {', '.join(MODELS)}"
    )
    parser.add_argument("--smoke", action="store_true", help="the smallest models once, in seconds")
    parser.add_argument("--large", action="store_true", help=f"also {', '.join(LARGE)}")
    parser.add_argument("--folders", type=Path, help="take the models from the folders in this one")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--cvxlab", default=os.environ.get("CVXLAB_PYTHON"), help="an interpreter with CVXlab 1.1"
    )
    parser.add_argument("--all-rivals", action="store_true", help="CVXlab also where it takes minutes")
    parser.add_argument("--json", action="store_true", help="one line of JSON per measurement")
    return parser


def _names(asked: argparse.Namespace) -> Iterable[str]:
    if asked.models:
        return asked.models
    if asked.smoke:
        return SMOKE
    if asked.folders:
        return sorted(path.name for path in asked.folders.iterdir() if (path / "problem.yml").exists())
    return (*MODELS, *LARGE) if asked.large else MODELS


def _table(asked: argparse.Namespace, room: Path) -> int:
    failed = False
    repeat = 1 if asked.smoke else asked.repeat
    chosen = drivers(asked.cvxlab)
    _warm(chosen[:2], room)
    if not asked.json:
        print(f"{'model':14} {'driver':12} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'ratio':>8}")
    for name in _names(asked):
        source = asked.folders / name if asked.folders else generate(name, room / "models")
        ours: Usage | None = None
        for driver in chosen:
            if name in driver.skip and not asked.all_rivals:
                continue
            times = 1 if driver.name == "CVXlab" else repeat
            usage = best([_once(driver, source, room) for _ in range(times)])
            ours = ours or usage
            _tell(asked, name, driver, usage, ours)
            failed |= usage.failed and driver.name.startswith("saddle")
        _tell_phases(asked, name, source, room)
    return int(failed)


def _once(driver: Driver, source: Path, room: Path) -> Usage:
    """One run in a fresh copy of the folder."""
    folder = room / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    for path in (folder, folder / "input_data"):
        path.chmod(0o755)
    return measure(driver.command(folder), folder, driver.extra)


def _warm(chosen: Iterable[Driver], room: Path) -> None:
    """Once before the clock: compiled modules are there."""
    for driver in chosen:
        _once(driver, generate("a_lp_4", room / "models"), room)


def _tell(asked: argparse.Namespace, name: str, driver: Driver, usage: Usage, ours: Usage) -> None:
    if asked.json:
        line = {
            "model": name,
            "driver": driver.name,
            "cpu": usage.cpu,
            "wall": usage.wall,
            "peak": usage.peak,
        }
        print(json.dumps({**line, "failed": usage.failed}), flush=True)
        return
    ratio = usage.cpu / ours.cpu
    print(
        f"{name:14} {driver.name:12} {usage.cpu:8.2f} {usage.wall:8.2f} {usage.peak:8.0f} {ratio:8.2f}"
        + ("  failed: " + usage.output.strip()[-300:] if usage.failed else ""),
        flush=True,
    )


def _tell_phases(asked: argparse.Namespace, name: str, source: Path, room: Path) -> None:
    here = Driver("phases", lambda folder: [sys.executable, "-m", "benchmarks.phases", str(folder)])
    path = {"PYTHONPATH": str(HERE.parent)}
    usage = _once(Driver(here.name, here.command, path), source, room)
    if usage.failed:
        print(f"{name:14} phases failed: {usage.output.strip()[-300:]}", flush=True)
        return
    found = json.loads(usage.output.strip().splitlines()[-1])
    if asked.json:
        print(json.dumps({"model": name, "phases": found}), flush=True)
    else:
        print(f"{'':14} {'  '.join(f'{p} {found[p]:.3f}' for p in PHASES if p in found)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
