"""The pages do what they say: their Python and their commands run, in order, in an empty folder.

```python            run; all blocks of a page share their names
```output            what the Python block before it printed
```console           `$ saddle …`, `$ cat FILE`, `$ echo $?`, each followed by what it prints
```yaml my/file.yml  written to that file (any language)
<!-- python …-->     run, and not shown to the reader

In printed text `...` stands for anything within a line, and a line `...` for any lines.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"^```(?P<kind>\w+)[ ]*(?P<name>\S*)\n(?P<body>.*?)^```$|^<!-- python\n(?P<hidden>.*?)^-->$",
    re.M | re.S,
)


@dataclass(slots=True)
class Reader:
    """Somebody who reads a page from the top and does what it says."""

    page: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    printed: str = ""
    code: int = 0

    def read(self) -> None:
        text = self.page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 2
            if block["hidden"] is not None:
                self.python(block["hidden"], line)
            elif block["name"]:
                self.write(block["name"], block["body"])
            elif block["kind"] in ("python", "output", "console"):
                getattr(self, block["kind"])(block["body"], line)

    def python(self, body: str, line: int) -> None:
        source = compile("\n" * (line - 1) + body, str(self.page), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(source, self.names)
        self.printed = out.getvalue()

    def output(self, body: str, line: int) -> None:
        self.compare(body, self.printed, line)

    def console(self, body: str, line: int) -> None:
        for part in re.split(r"^(?=\$ )", body, flags=re.M):
            command, _, expected = part.partition("\n")
            if command.strip():
                self.compare(expected, self.done(command.removeprefix("$ ")), line)
            line += part.count("\n")

    def done(self, command: str) -> str:
        program, *arguments = shlex.split(command, comments=True)
        if command == "echo $?":
            return str(self.code)
        if program == "cat":
            return "".join(Path(name).read_text(encoding="utf-8") for name in arguments)
        assert program == "saddle", f"{self.page.name} runs {program!r}"
        return self.saddle(arguments)

    def saddle(self, arguments: list[str]) -> str:
        from saddlepoint.cli import saddle

        out = io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            pytest.raises(SystemExit) as end,
        ):
            saddle.main(arguments, prog_name="saddle")
        self.code = int(end.value.code or 0)
        return out.getvalue()

    def write(self, name: str, body: str) -> None:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")

    def compare(self, expected: str, printed: str, line: int) -> None:
        wanted, got = _tidy(expected), _tidy(printed)
        same = re.fullmatch(_pattern(wanted), got and got + "\n", re.S) is not None
        assert same, f"{self.page.relative_to(ROOT)}:{line}\n--- page\n{wanted}\n--- printed\n{got}"


SLOW = re.compile(r"[\d,]+ of [\d,]+ scenarios, .* left")
"""What a run says of its progress where it takes longer than a moment."""


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.strip("\n").splitlines())
    return "\n".join(line for line in lines if not SLOW.fullmatch(line))


def _pattern(expected: str) -> str:
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", r"[^\n]*") + r"\n"
        for line in expected.splitlines()
    ]
    return "".join(lines)


def test_a_difference_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "page.md"
    Reader(page).compare("a ... c\n...\nlast", "a b c\nx\ny\nlast\n", 1)
    for wrong in ("a ... d\n...\nlast", "a ... c\nlast", "a ... c\n...\nlas"):
        with pytest.raises(AssertionError):
            Reader(page).compare(wrong, "a b c\nx\ny\nlast\n", 1)


NEEDS = {"unit_commitment.md": ["pyscipopt"], "uncertain_demand.md": ["piqp"]}
"""Optional solvers whose digits or proofs a page shows."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDS.get(page.name, ()):
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "COLUMNS", "120")
    Reader(page).read()
