"""Nothing a person can write, call or meet is missing from the pages."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import sys
from pathlib import Path
from types import ModuleType

import pytest

import saddlepoint
from saddlepoint.declare import problems, sample, scenarios, schema
from saddlepoint.errors.codes import CODES
from saddlepoint.expr.words import OPERATORS
from saddlepoint.model.constants import CONSTANTS
from saddlepoint.solve.solution import Status
from saddlepoint.uncertain.buffers import BUFFERS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"


def text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def codes(name: str) -> set[str]:
    """Every text between backquotes, and its words."""
    quoted = re.findall(r"`([^`\n]+)`", text(name))
    return {word for each in quoted for word in (each, *re.findall(r"\w+", each))}


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_generate"] = module
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_those_of_the_code(generate: ModuleType) -> None:
    for name, page in generate.pages().items():
        assert (DOCS / name).read_text(encoding="utf-8") == page, f"run: python docs/generate.py ({name})"


def test_picture_can_be_drawn(generate: ModuleType, tmp_path: Path) -> None:
    generate.draw(tmp_path / "dispatch.png")
    drawn, kept = (tmp_path / "dispatch.png").read_bytes(), (DOCS / "images" / "dispatch.png").read_bytes()
    assert drawn[:24] == kept[:24], "the picture has another size: python docs/generate.py pictures"


def test_every_code_in_the_source_is_registered() -> None:
    source = Path(saddlepoint.__file__).parent
    files = [p for p in source.rglob("*.py") if p != source / "errors" / "codes.py"]
    used = {c for p in files for c in re.findall(r'"([A-Z]\d{3})"', p.read_text("utf-8"))}
    assert used == set(CODES)


def test_every_error_has_a_section_and_a_remedy() -> None:
    sections = re.split(r"^### ", text("errors.md"), flags=re.M)[1:]
    found = {s.split("\n", 1)[0]: s for s in sections}
    assert set(found) == set(CODES)
    assert [c for c, s in found.items() if f"**{CODES[c]}**" not in s or "*What to do:* " not in s] == []


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("formats.md", schema.SET_KEYS),
        ("formats.md", schema.TABLE_KEYS),
        ("formats.md", schema.VARIABLE_KEYS),
        ("formats.md", schema.USE_KEYS),
        ("formats.md", problems.PROBLEM_KEYS),
        ("formats.md", (*schema.KINDS, *schema.DIMS, *schema.DOMAINS)),
        ("formats.md", CONSTANTS),
        ("scenarios.md", scenarios.KEYS),
        ("scenarios.md", scenarios.CHANGE_KEYS),
        ("scenarios.md", sample.SAMPLE_KEYS),
        ("statuses.md", [s.word for s in Status]),
    ],
)
def test_every_key_is_explained(page: str, keys: object) -> None:
    assert sorted(set(keys) - codes(page)) == []  # type: ignore[call-overload]


def test_every_operator_has_a_section() -> None:
    heads = set(re.findall(r"^### (\S+)", text("operators.md"), flags=re.M))
    assert sorted(set(OPERATORS) - heads - codes("operators.md")) == []


def test_every_status_has_its_sentence() -> None:
    assert [s.word for s in Status if s.sentence not in text("statuses.md")] == []


def test_every_table_of_the_database_is_explained(tmp_path: Path) -> None:
    from saddlepoint.declare.examples import copy_example

    folder = copy_example("production_planning_nonlinear", tmp_path / "plan")
    lab = saddlepoint.open(folder)
    lab.run()
    with sqlite3.connect(lab.database) as store:
        names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: [row[1] for row in store.execute(f'PRAGMA table_info("{name}")')] for name in names}
    store.close()
    said = codes("formats.md")
    own = {name: found for name, found in columns.items() if re.match(r"_[a-z]+$", name)}
    assert set(own) >= {"_runs", "_scenarios", "_convergence", "_tables"}
    missing = [(n, c) for n, cs in own.items() for c in (n, *cs) if c not in said and not c.endswith("_Name")]
    assert missing == []


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(
            r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        )
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_anchors_exist() -> None:
    broken: list[tuple[str, str]] = []
    for page in DOCS.rglob("*.md"):
        for link, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text("utf-8")):
            target = page.parent / link if link else page
            heads = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), flags=re.M)
            if anchor not in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}:
                broken.append((page.name, anchor))
    assert broken == []


def test_the_readme_counts_what_there_is() -> None:
    assert f"with {len(BUFFERS)} assumptions to choose from" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )


def test_every_extra_is_in_the_readme() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in extras if f"| `{name}` |" not in shown] == []


def test_every_example_stands_on_the_first_page():
    page = (DOCS / "index.md").read_text(encoding="utf-8")
    examples = sorted(p.parent.name for p in (DOCS.parent / "examples").glob("*/README.md"))
    assert len(examples) >= 20
    assert [name for name in examples if f"[{name}](" not in page] == []
