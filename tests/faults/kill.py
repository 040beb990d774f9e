"""kill -9 at random moments over run, load, Parquet, merge and named runs, and nothing lost.

    python -m tests.faults.kill --kills 100 --seed 7

Every round starts a command on the same model folder, kills it after a random time or before a random step (a statement of SQL, an
operation on a file), and looks: the database is whole,
shows the results of exactly one of the runs that were made, and these agree with the record of runs; the folder
`results` holds one whole run; the inputs in the database are those of the files; the next command works. The demand of
the model is changed from round to round, so that each run has results of its own, which are known.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from saddlepoint.files.folder import MANIFEST, owned, refuse_foreign
from saddlepoint.files.parquet import read_parquet

ROOT = Path(__file__).resolve().parents[2]
ITEMS, CASES = 40, 30
LAST = 30
"""The last steps of a command, in which results take the place of earlier ones."""
BY_TIME = 0.25
"""The part of the kills that come after a random time; the others come before a random step."""
SETTINGS = {
    "structure_sets.yml": "K:\nC: {split_problem: true}\n",
    "structure_variables.yml": (
        "make: {type: endogenous, coordinates: [K, C], variables_info: {x: {K: {dim: cols}}}}\n"
        "need: {type: exogenous, coordinates: [K, C], variables_info: {d: {K: {dim: cols}}}}\n"
    ),
    "problem.yml": "objective: [Minimize(sum(x))]\nexpressions: [x >= d]\n",
}
SADDLE = "from saddlepoint.cli import main; main()"
COUNTED = """
import atexit, os, pathlib, signal, sys
from saddlepoint.cli import main
from saddlepoint.store import Store
from tests.faults.dying import count_down

count = count_down(int(sys.argv[1]), lambda: os.kill(os.getpid(), signal.SIGKILL), [os, Store])
report = pathlib.Path(sys.argv[2])
atexit.register(lambda: report.write_text(str(count())))
sys.argv[:] = ["saddle", *sys.argv[3:]]
main()
"""
"""A command that kills itself before a statement of SQL or an operation on a file, and tells how many there were."""


@dataclass(slots=True)
class Tally:
    """What happened: commands, how many of them were killed and of which kind, the kept runs, steps of each kind, which values each target has shown."""

    rounds: int = 0
    killed: int = 0
    last: int = 0
    kept: set[str] = field(default_factory=set)
    by_kind: Counter[str] = field(default_factory=Counter)
    steps: dict[str, int] = field(default_factory=dict)
    shown: dict[str, set[float]] = field(default_factory=lambda: {"database": set(), "parquet": set()})


def make_model(folder: Path) -> None:
    """`make` is at least `need` in every case; its optimum is `need` itself."""
    from saddlepoint.files import Sheet, write_workbook

    (folder / "input_data").mkdir(parents=True)
    for name, text in SETTINGS.items():
        (folder / name).write_text(text)
    tabs = [("_set_K", "K_Name", ITEMS), ("_set_C", "C_Name", CASES)]
    sheets = [Sheet(tab, (title,), ([f"{title[0]}{k}" for k in range(count)],)) for tab, title, count in tabs]
    write_workbook(folder / "sets.xlsx", sheets)


def set_need(folder: Path, value: float) -> None:
    """Every cell of the input table is this value."""
    rows = [f"K{k},C{c},{value}" for k in range(ITEMS) for c in range(CASES)]
    path = folder / "input_data" / "need.csv"
    part = path.with_suffix(".new")
    part.write_text("\n".join(["K_Name,C_Name,values", *rows]) + "\n")
    part.replace(path)


def commands(folder: Path, value: float) -> dict[str, list[list[str]]]:
    """What can be killed: the last command of each is, those before make ready for it."""
    place, parts = str(folder), [str(folder.parent / f"part-{value}-{k}.db") for k in range(2)]
    half = [
        ["run", place, "--scenarios", span, "--output", part]
        for span, part in zip(("0:15", "15:30"), parts, strict=True)
    ]
    return {
        "run": [["run", place, "--chunk", "4"]],
        "resume": [["run", place, "--chunk", "4", "--resume"]],
        "load": [["load", place, "--force"]],
        "parquet": [["run", place, "--to", "parquet", "--chunk", "4"]],
        "parquet resume": [["run", place, "--to", "parquet", "--chunk", "4", "--resume"]],
        "merge": [*half, ["merge", place, *parts]],
        "part of a run": [["run", place, "--scenarios", "0:30", "--chunk", "5"]],
        "named run": [["run", place, "--chunk", "4", "--name", f"named {value:g}"]],
        "keep": [["run", place], ["runs", "keep", place, f"keep {value:g}"]],
    }


def call(arguments: list[str], seconds: float | None = None, counted: tuple[int, Path] | None = None) -> int:
    """A command, killed after some seconds or at a step; its exit code (-9 if it was killed).

    counted: the step, from 0, before which it kills itself, and a file for how many there were.
    """
    start = ["-c", SADDLE] if counted is None else ["-c", COUNTED, str(counted[0]), str(counted[1])]
    process = subprocess.Popen(
        [sys.executable, *start, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p) + os.pathsep + str(ROOT)},
    )
    if seconds is not None:
        time.sleep(seconds)
        process.kill()
    _, said = process.communicate(timeout=120)
    if process.returncode not in (0, -9):
        raise AssertionError(f"{' '.join(arguments)} ended with {process.returncode}: {said}")
    return process.returncode


def stored(database: Path) -> float:
    """The one value of all cells of the results, after every check of the database."""
    with closing(sqlite3.connect(database)) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        plan = store.execute('SELECT count(*), min("values"), max("values") FROM make').fetchone()
        assert plan[0] == ITEMS * CASES and plan[1] == plan[2], plan
        prices = store.execute("SELECT count(*), min(price), max(price) FROM price_c1").fetchone()
        assert prices == (ITEMS * CASES, 1.0, 1.0), prices
        needs = store.execute('SELECT count(*), min("values") = max("values") FROM need').fetchone()
        assert needs == (ITEMS * CASES, 1), needs
        (run,) = store.execute("SELECT run FROM _tables WHERE name = 'make'").fetchone()
        (exit_code,) = store.execute("SELECT exit FROM _runs WHERE id = ?", (run,)).fetchone()
        assert exit_code == 0
        count = store.execute(
            "SELECT count(*), min(objective), max(objective) FROM _scenarios WHERE run = ?", (run,)
        )
        rows, least, most = count.fetchone()
        assert rows == CASES and abs(least - ITEMS * plan[1]) < 1e-6 and abs(most - ITEMS * plan[1]) < 1e-6
    return float(plan[1])


def kept_whole(store: sqlite3.Connection) -> set[str]:
    """The names of the kept runs, each of which holds all inputs and results of the value in its name."""
    names = {name for (name,) in store.execute("SELECT name FROM _runs WHERE kept = 1")}
    for table in ("make", "need") if names else ():
        rows = store.execute(
            f'SELECT name, count(*), min("values"), max("values") FROM kept_{table} GROUP BY name'
        )
        found = {name: rest for name, *rest in rows}
        assert set(found) == names, (table, names, found)
        for name, rest in found.items():
            assert rest == [ITEMS * CASES, *2 * [float(name.split()[1])]], (table, name, rest)
    return names


def in_parquet(results: Path) -> float:
    """The one value of all cells of the folder, which is whole and ours alone."""
    refuse_foreign(results)
    assert owned(results), f"no {MANIFEST}"
    values = [v for p in sorted((results / "make").iterdir()) for v in read_parquet(p).column("values")]
    assert len(values) == ITEMS * CASES and len(set(values)) == 1
    return float(values[0])


def kill_often(folder: Path, kills: int, seed: int, longest: float = 0.0) -> Tally:
    """Rounds until so many commands were killed; AssertionError with the command as soon as something is lost."""
    chance, tally = random.Random(seed), Tally()
    make_model(folder)
    set_need(folder, 1.0)
    begin = time.perf_counter()
    call(["run", str(folder)])
    call(["run", str(folder), "--to", "parquet"])
    longest = longest or (time.perf_counter() - begin) / 2
    made = {"database": 1.0, "parquet": 1.0}
    value = 1.0
    while tally.killed < kills:
        tally.rounds += 1
        value += 1.0
        set_need(folder, value)
        name, steps = chance.choice(list(commands(folder, value).items()))
        for step in steps[:-1]:
            call(step)
        if chance.random() < BY_TIME:
            step = None
            killed = call(steps[-1], chance.uniform(0.3, 1.15) * longest) == -9
        else:
            # no step at first: how many there are is what the command tells when it ends
            step = steps_to_go(chance, tally.steps.get(name, 0))
            report = folder.parent / "steps.txt"
            killed = call(steps[-1], counted=(step, report)) == -9
            if not killed:
                tally.steps[name] = int(report.read_text())
        tally.killed += killed
        tally.by_kind[name] += killed
        tally.last += killed and step is not None and step >= tally.steps[name] - LAST
        look(folder, name, value, killed, made, tally)
        for part in folder.parent.glob("part-*"):
            part.unlink()
    assert call(["run", str(folder)]) == call(["run", str(folder), "--to", "parquet"]) == 0
    assert stored(folder / "database.db") == in_parquet(folder / "results") == value
    return tally


def steps_to_go(chance: random.Random, known: int) -> int:
    """The step before which to kill: any, and every third time one of the last; -1, never, where none is known."""
    if not known:
        return -1
    return (
        chance.randrange(max(0, known - LAST), known) if chance.random() < 1 / 3 else chance.randrange(known)
    )


def look(folder: Path, name: str, value: float, killed: bool, made: dict[str, float], tally: Tally) -> None:
    """Each target shows what it showed before, or what the command has just made."""
    target = "parquet" if name.startswith("parquet") else "database"
    if target == "parquet" and not (folder / "results").exists():
        call(["load", str(folder)])  # a kill between the two renames: any next run of a folder comes first
        from saddlepoint.study.results.parquet import settle_folder

        settle_folder(folder)
    now = {"database": stored(folder / "database.db"), "parquet": in_parquet(folder / "results")}
    for each, shown in now.items():
        allowed = {made[each]} | ({value} if each == target and name != "load" else set())
        assert shown in allowed, f"{name}, value {value}: {each} shows {shown}, made {made}"
    with closing(sqlite3.connect(folder / "database.db")) as store:
        names = kept_whole(store)
    new = {f"{name.split(maxsplit=1)[0]} {value:g}"} if name in ("named run", "keep") else set[str]()
    assert tally.kept <= names <= tally.kept | new, (name, names, tally.kept)
    assert killed or new <= names, f"{name} ended well and its name is not there"
    tally.kept = names
    if not killed and name != "load":
        assert now[target] == value, f"{name} ended well and is not there"
    for each, shown in now.items():
        made[each] = shown
        tally.shown[each].add(shown)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="kill -9 over run, load, Parquet, merge and named runs: nothing is lost."
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work [default: a temporary folder]"
    )
    asked = parser.parse_args()
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)) / "model"
        shutil.rmtree(folder, ignore_errors=True)
        tally = kill_often(folder, asked.kills, asked.seed)
        left = sorted(p.name for p in folder.iterdir() if p.name.startswith("."))
    kinds = ", ".join(f"{name} {count}" for name, count in tally.by_kind.items())
    shown = ", ".join(
        f"{len(values)} different runs seen in the {where}" for where, values in tally.shown.items()
    )
    print(
        f"{tally.killed} of {tally.rounds} commands killed ({kinds}), {tally.last} in their last {LAST} steps; {shown}; {len(tally.kept)} kept runs whole; nothing lost. Left over: {left or 'nothing'}"
    )


if __name__ == "__main__":
    main()
