"""python -m benchmarks cvxlab_folders PATH --cvxlab PYTHON: the model folders below PATH through CVXlab and through its names here, table by
table.

PYTHON: an interpreter that has CVXlab. Folders are copied; their databases are made anew from the input files. A folder whose
tables agree within the tolerance (relative to the largest number of the table) counts as agreeing; where CVXlab says 0 for what no
formula reads, or for a scenario without a plan, NULL here is the same.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

SCRIPT = """
import builtins, json, sys, warnings
warnings.simplefilter("ignore")
builtins.input = lambda prompt="": "n"
from pathlib import Path
engine, folder, form = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
if engine == "cvxlab":
    import cvxlab
else:
    from saddlepoint import cvxlab
kinds = {path.suffix for path in (folder / "input_data").iterdir()}
several = not (folder / "input_data" / "input_data.xlsx").exists()
files = {"multiple_input_files": several, "input_data_files_type": "csv" if ".csv" in kinds else "xlsx"}
model = cvxlab.Model(folder.name, str(folder.parent), form, log_level="error", **files)
model.initialize_model_environment()
model.refresh_database_and_initialize_problem(force_overwrite=True)
count = len(model.core.problem.problems_keys)
for mode in (("integrated", "parallel") if count > 1 else ("parallel",)):
    try:
        model.run_model(solution_mode=mode, force_overwrite=True)
        break
    except Exception:
        if mode == "parallel":
            raise
model.load_results_to_database(force_overwrite=True)
print(json.dumps(model.core.problem.problem_status))
"""
TIME = 300.0
"""Seconds that one folder may take."""

Rows = dict[tuple[str, ...], float | None]


def folders(path: Path) -> Iterator[tuple[Path, str]]:
    """Model folders at or below a path, and the forms of settings that they have."""
    for place in sorted(
        {p.parent for name in ("problem.yml", "model_settings.xlsx") for p in path.rglob(name)}
    ):
        if not (place / "input_data").is_dir():
            continue
        if (place / "problem.yml").exists():
            yield place, "yml"
        if (place / "model_settings.xlsx").exists():
            yield place, "xlsx"


def solved(python: str, engine: str, folder: Path, form: str, work: Path) -> tuple[Path, str]:
    """A copy of the folder after a run, and what went wrong ("" = nothing)."""
    place = work / engine / folder.name
    shutil.copytree(folder, place)
    (place / "database.db").unlink(missing_ok=True)
    words = [python, "-c", SCRIPT, engine, str(place), form]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIME, check=False)
    except subprocess.TimeoutExpired:
        return place, f"more than {TIME:g} s"
    lines = done.stderr.strip().splitlines() or [""]
    said = next((line for line in reversed(lines) if "Error" in line or "error" in line), lines[-1])
    return place, "" if done.returncode == 0 else said[:90]


def tables(database: Path) -> dict[str, Rows]:
    """Table → labels → number, of all tables with `values`."""
    found: dict[str, Rows] = {}
    with closing(sqlite3.connect(database)) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in (n for n in names if not n.startswith("_")):
            columns = [row[1] for row in db.execute(f'PRAGMA table_info("{name}")')]
            labels = sorted(c for c in columns if c.endswith("_Name"))
            if "values" in columns and set(columns) == {"id", "values", *labels}:
                chosen = ", ".join(f'"{c}"' for c in [*labels, "values"])
                rows = db.execute(f'SELECT {chosen} FROM "{name}"').fetchall()
                found[name] = {tuple(map(str, row[:-1])): row[-1] for row in rows}
    return found


def differences(theirs: dict[str, Rows], ours: dict[str, Rows], tolerance: float) -> list[str]:
    """What differs, a line per table."""
    found: list[str] = []
    for name, rows in theirs.items():
        if name not in ours:
            found.append(f"{name}: not here")
            continue
        size = max((abs(v) for v in rows.values() if v is not None and math.isfinite(v)), default=0.0)
        off = [
            key
            for key, value in rows.items()
            if _differ(value, ours[name].get(key), tolerance * max(size, 1e-9))
        ]
        if off:
            first = off[0]
            found.append(
                f"{name}: {len(off)} of {len(rows)} cells, first {'/'.join(first)}: {rows[first]} there, {ours[name].get(first)} here"
            )
    return found


def _differ(theirs: float | None, ours: float | None, allowed: float) -> bool:
    if ours is None:
        return theirs not in (None, 0.0)
    return theirs is None or abs(theirs - ours) > allowed


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cvxlab_folders", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cvxlab", required=True, help="an interpreter that has CVXlab")
    parser.add_argument("--tolerance", type=float, default=0.02, help="relative; that of CVXlab's own check")
    asked = parser.parse_args(arguments)
    counts: dict[str, int] = {}
    for folder, form in folders(asked.path):
        with tempfile.TemporaryDirectory() as work:
            there, wrong = solved(asked.cvxlab, "cvxlab", folder, form, Path(work))
            here, bad = solved(sys.executable, "saddlepoint", folder, form, Path(work))
            if wrong or bad:
                word = "neither runs" if wrong and bad else "runs here only" if wrong else "RUNS THERE ONLY"
                lines = [f"there: {wrong}"] * bool(wrong) + [f"here: {bad}"] * bool(bad)
            else:
                lines = differences(
                    tables(there / "database.db"), tables(here / "database.db"), asked.tolerance
                )
                word = "differs" if lines else "agrees"
        counts[word] = counts.get(word, 0) + 1
        print(f"{folder.relative_to(asked.path)} ({form}): {word}", flush=True)
        for line in lines:
            print(f"    {line}")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
