"""One script through CVXlab and through its names here, each on its own copy of a folder: SADDLEPOINT_CVXLAB names the interpreter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from saddlepoint.files import Sheet, write_workbook

PYTHON: Final = os.environ.get("SADDLEPOINT_CVXLAB", "")
beside_cvxlab = pytest.mark.skipif(
    not PYTHON, reason="SADDLEPOINT_CVXLAB names no interpreter that has CVXlab"
)

_START: Final = """
import builtins, json, os, sqlite3, sys, warnings
warnings.simplefilter("ignore")
builtins.input = lambda prompt="": "n"
from pathlib import Path
folder = Path(sys.argv[1])
theirs = sys.argv[2] == "cvxlab"
if theirs:
    import cvxlab
else:
    from saddlepoint import cvxlab
os.chdir(folder)

def opened(form="yml", **more):
    return cvxlab.Model(folder.name, str(folder.parent), form, log_level="error", **more)

def ready(form="yml", **more):
    made = opened(form, **more)
    made.initialize_model_environment()
    made.refresh_database_and_initialize_problem(force_overwrite=True)
    return made

def solved(made, **how):
    made.run_model(force_overwrite=True, **how)
    made.load_results_to_database(force_overwrite=True)
    return made

def table(name):
    with sqlite3.connect(folder / "database.db") as db:
        return [row[0] for row in db.execute(f'SELECT "values" FROM "{name}" ORDER BY id')]

def status(made):
    return list(made.core.problem.problem_status.values())

def refusal(work):
    try:
        work()
    except Exception as error:
        return str(error)
    return ""

said = None
"""
_END: Final = "\nprint(json.dumps(said))\n"


def both(folder: Path, script: str) -> tuple[Any, Any]:
    """What a script leaves in `said`, by CVXlab and by Saddlepoint."""
    return _said(PYTHON, "cvxlab", folder, script), _said(sys.executable, "saddlepoint", folder, script)


def _said(python: str, engine: str, folder: Path, script: str) -> Any:
    place = folder.parent / engine / folder.name
    shutil.copytree(folder, place)
    words = [python, "-c", _START + script + _END, str(place), engine]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    shutil.rmtree(place.parent)
    assert done.returncode == 0, (engine, done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def folder_of(
    tmp_path: Path,
    settings: Sequence[str],
    items: Mapping[str, Mapping[str, Sequence[object]]],
    inputs: Mapping[str, Mapping[str, Sequence[object]]],
) -> Path:
    """A model folder: the three texts of the settings, the columns of each set's tab, the columns of each table's tab."""
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    for name, text in zip(("structure_sets", "structure_variables", "problem"), settings, strict=True):
        (folder / f"{name}.yml").write_text(text)
    tabs = [sheet(f"_set_{key.upper()}", columns) for key, columns in items.items()]
    write_workbook(folder / "sets.xlsx", tabs)
    tables = [
        sheet(name, {"id": range(1, 1 + len(columns["values"])), **columns})
        for name, columns in inputs.items()
    ]
    write_workbook(folder / "input_data" / "input_data.xlsx", tables)
    return folder


def sheet(name: str, columns: Mapping[str, Sequence[object]]) -> Sheet:
    """A tab of these columns."""
    return Sheet(name, tuple(columns), tuple(list(cells) for cells in columns.values()))
