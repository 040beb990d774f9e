"""One damaged file of a model folder, and every verb of the command on that folder, in this process."""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import random
import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.inputs.damage import changes_of
from benchmarks.inputs.judge import TooLong, Trial, patience
from saddlepoint.cli.commands import saddle

EXAMPLES = Path(__file__).parents[2] / "examples"
MODELS = Path(__file__).parents[2] / "tests" / "data" / "models"
NAMES = (
    *(EXAMPLES / n for n in ("blending", "distribution", "energy_storage", "inventory_plan", "newsvendor", "production_planning")),
    *(MODELS / n for n in ("production_planning_nonlinear_xlsx", "a_int_4", "c_intra_24")),
)  # fmt: skip
DEFECT = "unexpected error"
"""What the command says of an error that it does not know."""


@cache
def sources() -> tuple[Path, ...]:
    """The folders as they are before the damage, each run once so that it has a database."""
    room = Path(
        tempfile.mkdtemp(prefix="inputs-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    )
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    made: list[Path] = []
    for source in NAMES:
        made.append(room / "whole" / source.name)
        shutil.copytree(source, made[-1], copy_function=shutil.copyfile)
    varied = room / "whole" / "varied"
    shutil.copytree(EXAMPLES / "production_planning", varied, copy_function=shutil.copyfile)
    (varied / "scenarios.yml").write_text(_scenarios(), encoding="utf-8")
    for folder in (*made, varied):
        called("run", str(folder))
    return (*made, varied)


def _scenarios() -> str:
    return (
        "overrides:\n    scarce:\n        - {table: resources, multiply: 0.9}\n    plenty:\n        - {table: resources, add: 5}\n"
        "runs:\n    base: []\n    bad: [scarce]\n    good: [scarce, plenty]\n"
    )


def called(*words: str) -> tuple[int, str]:
    """The exit code and all that the command prints."""
    out = io.StringIO()
    code: int = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            saddle.main(args=list(words), prog_name="saddle")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    return code, out.getvalue()


def damaged(seed: int) -> tuple[Path, str, random.Random]:
    """A folder with one damaged file, which file and how, and the stream of chances for what is asked of it."""
    rng = random.Random(seed)
    source = rng.choice(sources())
    folder = source.parent.parent / f"damaged-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".yml", ".csv", ".xlsx", ".db"))
    path = rng.choice(files)
    change = rng.choice(changes_of(path))
    change(rng, path)
    return folder, f"{source.name}: {path.relative_to(folder)} ({change.__name__})", rng


def verbs(rng: random.Random, folder: Path, about: str) -> Sequence[tuple[str, ...]]:
    """What is asked: to check always, the rest more often where the database is damaged."""
    place, out = str(folder), str(folder / "out")
    often = 0.8 if ".db" in about else 0.05
    rest = (
        ("load", place), ("run", place, "--setting", "time_limit=2"), ("run", place, "--json"), ("show", place), ("show", place, "production"),
        ("history", place), ("explain", place), ("scenarios", "list", place), ("export", place, "--to", "csv", "--output", out),
        ("export", place, "--to", "xlsx", "--output", out + ".xlsx"), ("compare", place, str(sources()[0])), ("template", place, "--force"),
        ("run", place, "--to", "parquet"), ("merge", place, str(folder / "database.db")),
    )  # fmt: skip
    return (("check", place), *(v for v in rest if rng.random() < often / 3))


def tried(seed: int) -> Trial:
    """All that is wrong with one seed."""
    trial = Trial()
    folder, about, rng = damaged(seed)
    for words in verbs(rng, folder, about):
        name = f"{words[0]} of {about}"
        try:
            with patience():
                code, said = called(*words)
        except TooLong:
            trial.faults.append(f"{name}: takes too long")
            continue
        _judge(trial, name, code, said)
    return trial


def _judge(trial: Trial, name: str, code: int, said: str) -> None:
    verb = name.split(" ", 1)[0]
    trial.passed.append(f"{verb} {code}")
    trial.codes.update(_codes(said))
    if DEFECT in said:
        trial.faults.append(f"{name}: {said[said.index(DEFECT) :][:300]}")
    elif code == 1 and verb != "compare" and not _codes(said):
        trial.faults.append(f"{name}: exit code 1 without a finding: {said[:200]!r}")
    elif code not in (0, 1, 2, 3, 4):
        trial.faults.append(f"{name}: exit code {code}")
    for letter in "\x1b\u202e\u2066\x00":
        if letter in said:
            trial.faults.append(f"{name}: {letter!r} is printed")


def _codes(said: str) -> set[str]:
    return set(re.findall(r"\b([A-Z]\d{3}):", said))


def show(seed: int) -> str:
    """Which file is damaged and how, and what every verb says, with the trace of an unknown error."""
    os.environ["SADDLE_DEBUG"] = "1"
    folder, about, rng = damaged(seed)
    kept = Path(tempfile.gettempdir()) / f"damaged-{seed}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, symlinks=True)
    lines = [f"{about}; kept in {kept}"]
    for words in verbs(rng, folder, about):
        code, said = called(*words)
        lines.append(f"$ saddle {' '.join(words)}\n{said[:3000]}\n→ {code}")
    return "\n".join(lines)
