"""python -m benchmarks cvxlab_folders PATH --cvxlab PYTHON [--every]: model folders through CVXlab and through its names here, table by table.

PATH: a folder below which model folders lie, or a git repository, of whose whole history they are taken (the rule stands in cvxlab_history);
PYTHON: an interpreter that has CVXlab. The Python of a folder is run. Folders are copied; their databases are made anew from the input files. A folder whose
tables agree within the tolerance (relative to the largest number of the table) counts as agreeing; where CVXlab says 0 for what no
formula reads, NULL here is the same, and rows of a scenario that has no plan in either are not compared.
Where CVXlab's own choice of a solver finds no plan it is run once more with HiGHS, then with Clarabel. Where numbers differ, ours are put into the problems that CVXlab gave
to CVXPY: the objective there and the largest violation tell a second optimum (a tie) from a difference.
"""

from __future__ import annotations

import argparse
import ast
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
from typing import Any

from benchmarks.cvxlab_history import extracted, rewritten

SCRIPT = """
import builtins, json, sys, warnings
warnings.simplefilter("ignore")
builtins.input = lambda prompt="": "n"
from pathlib import Path
engine, folder, form, other = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
if engine == "cvxlab":
    import cvxlab
else:
    from saddlepoint import cvxlab
trusted = {"import_custom_operators": True, "import_custom_constants": True} if engine != "cvxlab" else {}
kinds = {path.suffix for path in (folder / "input_data").iterdir()}
several = not (folder / "input_data" / "input_data.xlsx").exists()
files = {"multiple_input_files": several, "input_data_files_type": "csv" if ".csv" in kinds else "xlsx"}
model = cvxlab.Model(folder.name, str(folder.parent), form, log_level="error", **files, **trusted)
model.initialize_model_environment()

def trim():
    # rows that no variable reads, which CVXlab 1.1 refuses
    import openpyxl, sqlite3
    path = folder / "input_data" / "input_data.xlsx"
    book = openpyxl.load_workbook(path)
    with sqlite3.connect(folder / "database.db") as db:
        for sheet in book:
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
            columns = [c for c in rows[0] if str(c).endswith("_Name")]
            try:
                known = set(db.execute("SELECT " + ", ".join(f'"{c}"' for c in columns) + f' FROM "{sheet.title}"'))
            except sqlite3.Error:
                continue
            places = [rows[0].index(c) for c in columns]
            kept = [row for row in rows[1:] if tuple(str(row[k]) for k in places) in known]
            if len(kept) == len(known) < len([row for row in rows[1:] if row[places[0]] is not None]):
                sheet.delete_rows(1, sheet.max_row)
                for row in [rows[0], *kept]:
                    sheet.append(row)
    book.save(path)

try:
    model.refresh_database_and_initialize_problem(force_overwrite=True)
except Exception as error:
    if "length mismatch" not in str(error) or several:
        raise
    trim()
    model.refresh_database_and_initialize_problem(force_overwrite=True)
count = len(model.core.problem.problems_keys)

def run(**how):
    for mode in (("integrated", "parallel") if count > 1 else ("parallel",)):
        try:
            model.run_model(solution_mode=mode, force_overwrite=True, **how)
            return
        except Exception:
            if mode == "parallel":
                raise

def solved():
    return all(word == "optimal" for word in model.core.problem.problem_status.values())

said = {"solver": ""}
try:
    run()
except Exception:
    if engine != "cvxlab":
        raise
for name in ("HIGHS", "CLARABEL") if engine == "cvxlab" else ():
    if model.core.problem.problem_status and solved():
        break
    try:
        run(solver=name)
        said["solver"] = name
    except Exception:
        if name == "CLARABEL" and not model.core.problem.problem_status:
            raise
model.load_results_to_database(force_overwrite=True)
said["status"] = model.core.problem.problem_status

def rows():
    for frame in model.core.problem.numerical_problems.values():
        for problem in frame["problem"]:
            yield problem

def judged():
    import numpy as np
    found = []
    for problem in rows():
        worst = 0.0
        for relation in problem.constraints:
            sizes = [np.abs(np.asarray(a.value, dtype=float)).max(initial=1.0) for a in relation.args]
            worst = max(worst, float(np.max(relation.violation())) / max(sizes))
        found.append([float(np.asarray(problem.objective.value).sum()), worst])
    return found

def put():
    import sqlite3, pandas as pd
    with sqlite3.connect(other) as db:
        for key, table in model.core.index.data.items():
            if table.cvxpy_var is None:
                continue
            ours = pd.read_sql_query(f'SELECT * FROM "{key}"', db)
            many = isinstance(table.cvxpy_var, dict)
            frames = table.coordinates_dataframe
            for one in table.cvxpy_var if many else [None]:
                frame = frames[one] if many else frames
                var = table.cvxpy_var[one] if many else table.cvxpy_var
                labels = [c for c in frame.columns if c in ours.columns and c.endswith("_Name")]
                merged = frame[labels].astype(str).merge(ours.astype({c: str for c in labels}), on=labels, how="left")
                var.value = merged["values"].fillna(0.0).to_numpy(float).reshape(-1, 1)

if engine == "cvxlab" and other and count == 1:
    try:
        said["theirs"] = judged()
        put()
        said["ours"] = judged()
    except Exception as error:
        said["unjudged"] = repr(error)[:200]
print(json.dumps(said))
"""
TIME = 240.0
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


def solved(
    python: str, engine: str, folder: Path, form: str, work: Path, other: Path | str = ""
) -> tuple[Path, str, dict[str, Any]]:
    """A copy of the folder after a run, what went wrong ("" = nothing), and what the run said."""
    place = work / engine / folder.name
    shutil.copytree(folder, place)
    (place / "database.db").unlink(missing_ok=True)
    words = [python, "-c", SCRIPT, engine, str(place), form, str(other)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIME, check=False)
    except subprocess.TimeoutExpired:
        return place, f"more than {TIME:g} s", {}
    if done.returncode == 0:
        return place, "", json.loads(done.stdout.strip().splitlines()[-1])
    lines = done.stderr.strip().splitlines() or [""]
    said = next((line for line in reversed(lines) if "Error" in line or "error" in line), lines[-1])
    return place, said[:200], {}


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


def without_plan(said: dict[str, Any]) -> list[set[str]]:
    """The labels of the scenarios in which a problem has no optimum; an empty set: of all."""
    return [
        set(ast.literal_eval(key.split("Scenario ", 1)[1])) if "Scenario " in key else set()
        for key, word in said.get("status", {}).items()
        if word != "optimal"
    ]


def differences(
    theirs: dict[str, Rows], ours: dict[str, Rows], tolerance: float, without: Sequence[set[str]] = ()
) -> list[str]:
    """What differs, a line per table; without: scenarios whose empty rows here are not compared."""
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
            and not (ours[name].get(key) is None and any(labels <= set(key) for labels in without))
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


def verdict(said: dict[str, Any], tolerance: float = 1e-6) -> tuple[str, list[str]]:
    """What CVXlab's own problems say of our numbers: a word and its figures."""
    if "ours" not in said:
        return "differs", [f"not judged: {said.get('unjudged', 'several problems')}"]
    lines = [
        f"objective {a:.12g} there, {b:.12g} here; largest relative violation {v:.1e} there, {w:.1e} here"
        for (a, v), (b, w) in zip(said["theirs"], said["ours"], strict=True)
    ]
    pairs = list(zip(said["theirs"], said["ours"], strict=True))
    feasible = all(w <= max(tolerance, 2 * v) for (_, v), (_, w) in pairs)
    same = all(abs(a - b) <= 1e-5 * max(1.0, abs(a)) for (a, _), (b, _) in pairs)
    return ("a tie" if feasible and same else "differs"), lines


def compared(folder: Path, form: str, python: str, tolerance: float) -> tuple[str, list[str]]:
    """A word on one folder, and the lines that explain it."""
    with tempfile.TemporaryDirectory() as work:
        there, wrong, said = solved(python, "cvxlab", folder, form, Path(work))
        here, bad, _ = solved(sys.executable, "saddlepoint", folder, form, Path(work))
        if wrong or bad:
            word = "neither runs" if wrong and bad else "runs here only" if wrong else "RUNS THERE ONLY"
            return word, [f"there: {wrong}"] * bool(wrong) + [f"here: {bad}"] * bool(bad)
        without = without_plan(said)
        numbers = tables(there / "database.db"), tables(here / "database.db")
        lines = differences(*numbers, tolerance, without)
        notes = [f"CVXlab solved it with {said['solver']} named only"] if said["solver"] else []
        notes += [f"without a plan there: {sorted(map(sorted, without))}"] if without else []
        if not lines:
            return "agrees", notes
        again = solved(python, "cvxlab", folder, form, Path(work) / "again", here / "database.db")[2]
    word, figures = verdict(again)
    return word, [*notes, *lines, *figures]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cvxlab_folders", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cvxlab", required=True, help="an interpreter that has CVXlab")
    parser.add_argument("--tolerance", type=float, default=0.02, help="relative; that of CVXlab's own check")
    parser.add_argument(
        "--every", action="store_true", help="every version in a history, not the newest of each path"
    )
    asked = parser.parse_args(arguments)
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as kept:
        root = asked.path
        if (root / "objects").is_dir() or (root / ".git").exists():
            for place in extracted(root, Path(kept), asked.every):
                rewritten(place)
            root = Path(kept)
        for folder, form in folders(root):
            word, lines = compared(folder, form, asked.cvxlab, asked.tolerance)
            counts[word] = counts.get(word, 0) + 1
            origin = folder / "origin.txt"
            name = origin.read_text() if origin.exists() else folder.relative_to(root)
            print(f"{name} ({form}): {word}", flush=True)
            for line in lines:
                print(f"    {line}", flush=True)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
