"""The page on architecture tells the floors and rooms of the layer contracts, and names files that exist."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design" / "architecture.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c["containers"][0])
def test_the_page_draws_the_contract(contract: dict) -> None:
    _, _, rest = PAGE.partition(f"<!-- layers: {contract['containers'][0]} -->\n")
    rows = re.findall(r"^\| ([\w, ]+) \|", rest.split("\n\n")[0], re.MULTILINE)[1:]
    drawn = [set(row.split(", ")) for row in rows]
    assert drawn == [set(re.split(r"\s*[|:]\s*", layer)) for layer in contract["layers"]]


def _files_that(pattern: str, allowed: tuple[str, ...]) -> set[str]:
    source = ROOT / "src" / "saddlepoint"
    files = (path.relative_to(source).as_posix() for path in source.rglob("*.py"))
    return {
        f for f in files if not f.startswith(allowed) and re.search(pattern, (source / f).read_text("utf-8"))
    }


def _exceptions(start: str) -> set[str]:
    _, _, rest = PAGE.partition(start)
    return set(re.findall(r"`([a-z_]+/[\w/]*\.py)`", rest.split("\n\n")[0]))


def test_files_are_opened_where_the_page_says() -> None:
    touches = r"\.(unlink|rmdir|touch|mkdir|rename|replace_file)\(|\w\.(read|write)_(bytes|text)\(|(?<!def )(?<![\w.])open\("
    assert _files_that(touches, ("files/", "store/", "__init__.py", "cli/")) == _exceptions(
        "Files are opened in"
    )


def test_clocks_are_read_where_the_page_says() -> None:
    reads = r"\btime\.(perf_counter|monotonic|time)\(\)"
    assert _files_that(reads, ("lab/", "cli/")) == _exceptions("Clocks come in")


def test_named_files_exist() -> None:
    paths = set(re.findall(r"`([a-z_]+/[\w/]*(?:\.py)?)`", PAGE))
    assert len(paths) > 20
    places = {p: ROOT if p.startswith("tests/") else ROOT / "src" / "saddlepoint" for p in paths}
    assert [p for p in sorted(paths) if not (places[p] / p).exists()] == []


def test_both_ends_of_the_way_back_are_in_the_files_it_names() -> None:
    _, _, rest = PAGE.partition("## The way back")
    rows = re.findall(r"^\| (.*`.*) \| (.*) \| (.*`.*) \|$", rest.split("\n## ")[0], re.MULTILINE)
    assert len(rows) >= 10
    for forward, back, where in rows:
        files = [ROOT / "src" / "saddlepoint" / name for name in re.findall(r"`([\w/]+\.py)`", where)]
        source = "\n".join(file.read_text("utf-8") for file in files)
        names = {
            n
            for n in re.findall(r"`(?:\w+\.)?([A-Za-z_]+)`", f"{forward} {back}")
            if not n.startswith("name_")
        } - {"take"}
        assert {n for n in names if not re.search(rf"(def|class) {n}\b", source)} == set(), forward


def test_only_the_store_speaks_sql() -> None:
    spoken = r"\b(SELECT\s.+\sFROM|INSERT INTO|CREATE (INDEX|TABLE|VIEW)|UPDATE .+ SET|DELETE FROM)\b"
    assert _files_that(spoken, ("store/",)) == set()


def _changes() -> list[tuple[str, str, str]]:
    _, _, rest = PAGE.partition("| change | files | example |")
    return re.findall(r"^\| (.*) \| (.*`.*) \| `(\w+)` \|$", rest.split("\n\n")[0], re.MULTILINE)


def test_there_are_examples() -> None:
    assert len(_changes()) == 5


def _knows(file: Path, name: str) -> bool:
    """Whether a name stands in a file as an identifier, or as a text of its own."""
    text = file.read_text("utf-8")
    return name in text and any(
        name == part for node in ast.walk(ast.parse(text)) for _, part in ast.iter_fields(node)
    )


@pytest.mark.parametrize(("files", "example"), [c[1:] for c in _changes()], ids=[c[0] for c in _changes()])
def test_an_example_is_known_where_the_page_says(files: str, example: str) -> None:
    source = ROOT / "src" / "saddlepoint"
    known = [f.relative_to(source).as_posix() for f in sorted(source.rglob("*.py")) if _knows(f, example)]
    known = [f for f in known if not f.startswith("errors/")]
    named = re.findall(r"`([a-z_]+/[\w/]*(?:\.py)?)`", files)
    assert len(known) == len(named), (known, named)
    assert all(any(f.startswith(n) for f in known) for n in named), (known, named)
