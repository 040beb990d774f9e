"""The documentation site has every page, every link and every picture (`make docs` builds it, warnings as errors)."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("examples/*/README.md")])


def test_every_page_is_in_the_contents() -> None:
    contents = runpy.run_path(str(DOCS / "site" / "conf.py"))["contents"]()
    listed = {
        (DOCS / f"{line}.md").resolve() for line in contents.splitlines() if re.fullmatch(r"[\w./]+", line)
    }
    assert listed == {page for page in PAGES if page != DOCS / "index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not link.startswith(("http", "mailto"))]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_gallery_shows_what_it_draws() -> None:
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"(?:-o|--plot|--output) (gallery/\w+\.png)", text))
    assert drawn == set(re.findall(r"!\[[^\]]+\]\(images/(gallery/\w+\.png)\)", text))
    assert drawn == {f"gallery/{path.name}" for path in (DOCS / "images" / "gallery").iterdir()}
    assert len(drawn) > 15


def test_what_only_the_tests_run_is_not_on_the_site() -> None:
    source = [(DOCS / "gallery.md").read_text(encoding="utf-8")]
    runpy.run_path(str(DOCS / "site" / "conf.py"))["dress"](None, "docs/gallery", source)
    assert "copy_example" not in source[0] and "$ saddle plot" in source[0]
