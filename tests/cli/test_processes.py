"""Whole processes: exit codes, what is imported, kills, two at once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saddlepoint.declare.examples import copy_example
from saddlepoint.files import Sheet, read_workbook, write_workbook

HEAVY = (
    "pandas",
    "polars",
    "matplotlib",
    "numba",
    "cvxpy",
    "scipy",
    "clarabel",
    "piqp",
    "highspy",
    "xarray",
    "pydantic",
)
HEAVY += ("xlsxwriter", "openpyxl", "pyarrow", "rich")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def _start(*line: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", "from saddlepoint.cli import main; main()", *map(str, line)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, encoding="utf-8"
    )


def _saddle(*line: object) -> tuple[int, str, str]:
    with _start(*line) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def _imported(code: str) -> set[str]:
    shown = "import sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{shown}"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def _larger(folder: Path, count: int) -> Path:
    """The non-linear example with count × count scenarios."""
    copy_example("production_planning_nonlinear", folder)
    names = {"energy": [f"e{k:03d}" for k in range(count)], "material": [f"m{k:03d}" for k in range(count)]}
    sheets = read_workbook(folder / "sets.xlsx")
    for kind, items in names.items():
        tab = f"_set_SCENARIOS_{kind.upper()}"
        sheets[tab] = Sheet(tab, (f"Scenarios_{kind}_Name",), (list(items),))
    write_workbook(folder / "sets.xlsx", list(sheets.values()))
    book = folder / "input_data" / "input_data.xlsx"
    inputs = read_workbook(book)
    for kind, low, high in (("energy", 100.0, 300.0), ("material", 50.0, 100.0)):
        header = (f"Scenarios_{kind}_Name", "values")
        numbers = [low + (high - low) * k / count for k in range(count)]
        inputs[f"{kind}_avail"] = Sheet(f"{kind}_avail", header, (list(names[kind]), list(numbers)))
    write_workbook(book, [inputs[name] for name in ("products_data", "energy_avail", "material_avail")])
    return folder


def _plan(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "database.db") as db:
        rows = db.execute("SELECT * FROM production ORDER BY id").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return rows


def test_light_imports() -> None:
    assert not _imported("import saddlepoint") & {*HEAVY, "numpy", "yaml", "click", "sqlite3"}
    code = "import sys\nsys.argv = ['saddle', '--help']\nfrom saddlepoint.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    pass"
    assert not _imported(code) & {*HEAVY, "numpy", "yaml", "sqlite3", "python_calamine"}


def test_a_run_imports_only_what_it_needs(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "m")
    code = f"import sys\nsys.argv = ['saddle', 'run', {str(folder)!r}]\nfrom saddlepoint.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0"
    assert not _imported(code) & (set(HEAVY) - {"highspy"})


def test_exit_codes_of_the_process(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "m")
    assert _saddle("run", folder)[0] == 0
    code, out, err = _saddle("run", tmp_path / "missing")
    assert (code, out) == (1, "")
    assert err.startswith("error F001")
    assert "\x1b" not in err
    assert _saddle("run", folder, "--scenario", "x")[0] == 2
    problem = folder / "problem.yml"
    problem.write_text(problem.read_text().replace("- x >= 0", "- x >= 100"))
    assert _saddle("run", folder)[0] == 3


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    code, out, _ = _saddle("run", folder, "--json")
    assert code == 0
    assert json.loads(out)["exit_code"] == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("delay", [0.35, 0.6, 0.9, 1.3])
def test_a_killed_run_leaves_the_previous_results_whole(tmp_path: Path, delay: float) -> None:
    folder = _larger(tmp_path / "m", 40)
    assert _saddle("run", folder)[0] == 0
    before = _plan(folder)
    book = folder / "input_data" / "input_data.xlsx"
    sheets = read_workbook(book)
    numbers = [cell * 1.5 if isinstance(cell, float) else cell for cell in sheets["energy_avail"].columns[1]]
    sheets["energy_avail"] = Sheet(
        "energy_avail", sheets["energy_avail"].header, (sheets["energy_avail"].columns[0], numbers)
    )
    write_workbook(book, list(sheets.values()))
    process = _start("run", folder)
    time.sleep(delay)
    process.kill()
    process.communicate()
    now = _plan(folder)
    assert _saddle("run", folder)[0] == 0
    after = _plan(folder)
    assert after != before
    assert now in ((after,) if process.returncode == 0 else (before, after))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupted_run_ends_with_130(tmp_path: Path) -> None:
    folder = _larger(tmp_path / "m", 60)
    process = _start("run", folder)
    while process.poll() is None and not (folder / "database.db").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    if process.returncode == 0:
        pytest.skip("the run was faster than the signal")
    assert process.returncode in (130, -signal.SIGINT)
    if process.returncode == 130:
        assert "Interrupted" in err
        assert "once more kills" in err
        assert "Traceback" not in err
    assert _saddle("run", folder)[0] == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    "after",
    [
        "raise ImportError('initialization failed')",
        "time.sleep(20)",
        "class Callback:\n            def __del__(self): raise KeyboardInterrupt\n        Callback(); raise ImportError",
    ],
)
def test_an_interrupt_that_native_code_keeps_to_itself_ends_with_130(tmp_path: Path, after: str) -> None:
    """A module in native code that is being imported makes an error of its own of the interrupt, or nothing."""
    folder = copy_example("production_planning", tmp_path / "m")
    code = "import signal, sys, time, click\nfrom saddlepoint.cli import interrupts, main\n"
    code += "interrupts.AGAIN = 0.1\n"
    code += "def native(self, *args, **extra):\n"
    code += "    try:\n        signal.raise_signal(signal.SIGINT)\n"
    code += f"    except KeyboardInterrupt:\n        {after}\n"
    code += f"click.Group.main = native\nsys.argv = ['saddle', 'run', {str(folder)!r}]\nmain()\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=15
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("Interrupted. Earlier results are as they were")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("module", ["click", "saddlepoint.cli.output", "saddlepoint.cli.solvers"])
def test_an_interrupt_before_a_command_has_begun_ends_with_130(module: str) -> None:
    """While the command line itself is still being imported."""
    code = "import signal, sys\nfrom saddlepoint.cli import main\n"
    code += "class Signal:\n    def find_spec(self, name, *_):\n"
    code += f"        if name == {module!r}: signal.raise_signal(signal.SIGINT)\n"
    code += "sys.meta_path.insert(0, Signal())\nsys.argv = ['saddle', 'solvers']\nmain()\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=15
    )
    said = "Interrupted. Earlier results are as they were."
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", said)


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    folder = _larger(tmp_path / "m", 15)
    first, second = _start("run", folder), _start("run", folder)
    ends = [process.communicate(timeout=60) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), ends
    together = _plan(folder)
    alone = _larger(tmp_path / "alone", 15)
    assert _saddle("run", alone)[0] == 0
    assert together == _plan(alone)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_on_output_is_no_traceback(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "m")
    command = [sys.executable, "-c", "from saddlepoint.cli import main; main()", "run", str(folder)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, check=False
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "m")
    (folder / "database.db").mkdir()
    code, _, err = _saddle("run", folder)
    assert code == 1
    assert err.startswith("error B002")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return  # permissions do not bind root
    (folder / "database.db").rmdir()
    folder.chmod(0o500)
    try:
        code, _, err = _saddle("run", folder)
    finally:
        folder.chmod(0o700)
    assert code == 1
    assert err.startswith("error B00")
