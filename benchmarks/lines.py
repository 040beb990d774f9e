"""Lines of code per capability, by room, of two commits: python -m benchmarks lines f99b896c HEAD

A line counts where it holds code: blank lines, comments and docstrings do not. A capability is what a user can name: a word of the
language, a buffer, a command, an option, a verb of Lab, a solver, a kernel, an error code, a stored fact, a name of CVXlab. They are counted by
asking each tree itself. Functions and classes that both trees have, by name and room, are compared as well: what the same thing takes today.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tokenize
from collections import Counter
from pathlib import Path
from typing import Final

PROBE: Final = """
import inspect, json, sqlite3, sys, tempfile
from pathlib import Path
from click import Group
from click.testing import CliRunner
from saddlepoint.cli import saddle
from saddlepoint.lab import Lab
from saddlepoint.solve.solution import Options
from saddlepoint.uncertain import BUFFERS
try:
    from saddlepoint.errors.codes import CODES
except ImportError:
    from saddlepoint.errors import CODES
try:
    from saddlepoint.solve.kernels.cache import KERNELS
except ImportError:
    from saddlepoint.solve.kernels.table import KERNELS
from saddlepoint.cvxlab import Model

def commands(one):
    if not isinstance(one, Group):
        return [one]
    return [leaf for name in one.list_commands(None) for leaf in commands(one.get_command(None, name))]

def said(*words):
    done = CliRunner().invoke(saddle, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output

def stored():
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "m"
        said("new", folder, "--from", "production_planning")
        said("run", folder)
        with sqlite3.connect(folder / "database.db") as store:
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\\\\_%' ESCAPE '\\\\'")]
            return sum(len(store.execute(f"PRAGMA table_info({name})").fetchall()) for name in tables)

def public(kind):
    return [name for name in dir(kind) if not name.startswith("_")]

leaves = commands(saddle)
json.dump({
    "cli": {"commands": len(leaves), "options": len({text for one in leaves for p in one.params for text in p.opts})},
    "lab": {"verbs": len(public(Lab)), "their arguments": len({(v, p) for v in public(Lab) if callable(getattr(Lab, v)) for p in inspect.signature(getattr(Lab, v)).parameters} )},
    "expr": {"words": len(json.loads(said("operators", "--json"))["operators"])},
    "uncertain": {"buffers": len(BUFFERS)},
    "solve": {"solvers": len(json.loads(said("solvers", "--json"))["solvers"]), "kernels": len(KERNELS), "options": len(Options.__dataclass_fields__)},
    "errors": {"codes": len(CODES)},
    "store": {"facts": stored()},
    "cvxlab": {"names": len(public(Model))},
}, sys.stdout)
"""
"""What a tree can do, room by room, by its own account."""


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code."""
    silent = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            held.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return held


def definitions(text: str, held: set[int]) -> Counter[str]:
    """Name of a function or method → its lines of code; names that a file defines twice are added up."""
    found: Counter[str] = Counter()

    def look(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                look(child, f"{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                found[inside + child.name] += len(
                    held & set(range(child.lineno, (child.end_lineno or 0) + 1))
                )

    look(ast.parse(text), "")
    return found


def measured(package: Path) -> tuple[Counter[str], dict[str, int]]:
    """Room → lines of code; (room, name) → those of a function, where a room has one of that name."""
    rooms: Counter[str] = Counter()
    named: dict[str, list[int]] = {}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room == "examples":
            continue
        text = path.read_text("utf-8")
        held = code_lines(text)
        rooms[room] += len(held)
        for name, lines in definitions(text, held).items():
            named.setdefault(f"{room} {name}", []).append(lines)
    return rooms, {name: lines[0] for name, lines in named.items() if len(lines) == 1}


def tree(commit: str, place: Path) -> Path:
    """The source of a commit, unpacked."""
    packed = subprocess.run(
        ["git", "archive", commit, "src", "examples", "pyproject.toml"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(place, filter="data")
    return place / "src"


def capabilities(source: Path) -> dict[str, dict[str, int]]:
    """What the tree can do, told by itself in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks lines", description=(__doc__ or "").split("\n\n")[1]
    )
    parser.add_argument("then")
    parser.add_argument("now", nargs="?", default="HEAD")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sources = [tree(commit, Path(place) / str(k)) for k, commit in enumerate((asked.then, asked.now))]
        able = [capabilities(source) for source in sources]
        sizes = [measured(source / "saddlepoint") for source in sources]
    print(
        f"{'room':12} {'lines then':>10} {'now':>7}  {'capabilities then':40} {'now':40} {'lines each':>10} {'now':>7}"
    )
    total = [[0, 0], [0, 0]]
    for room in sorted(set(sizes[0][0]) | set(sizes[1][0])):
        counts = [a.get(room, {}) for a in able]
        lines = [size[0][room] for size in sizes]
        for k in range(2):
            total[k][0] += lines[k]
            total[k][1] += sum(counts[k].values())
        print(_row(room, lines, counts))
    print(_row("all", [t[0] for t in total], [{"capabilities": t[1]} for t in total]))
    both = sorted(set(sizes[0][1]) & set(sizes[1][1]))
    then, now = (sum(size[1][name] for name in both) for size in sizes)
    print(
        f"\n{len(both)} functions that both have, by name and room: {then} lines then, {now} now ({now / then - 1:+.1%})"
    )


def _row(room: str, lines: list[int], counts: list[dict[str, int]]) -> str:
    words = [", ".join(f"{n} {what}" for what, n in each.items()) for each in counts]
    each = [f"{n / sum(c.values()):.1f}" if c else "" for n, c in zip(lines, counts, strict=True)]
    return f"{room:12} {lines[0]:10} {lines[1]:7}  {words[0]:40} {words[1]:40} {each[0]:>10} {each[1]:>7}"


if __name__ == "__main__":
    main()
