"""How Sphinx makes the documentation site of the Markdown pages in docs/ and examples/: `make docs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

project = "Saddlepoint"
copyright = "The authors of Saddlepoint, Apache-2.0"
language = "en"
root_doc = "docs/index"
include_patterns = ["docs/**.md", "examples/*/README.md"]
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "Saddlepoint"
html_static_path: list[str] = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False
html_additional_pages = {"index": "to_docs.html"}
templates_path = ["templates"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#005a8c", "color-brand-content": "#005a8c"},
    "dark_css_variables": {"color-brand-primary": "#56b4e9", "color-brand-content": "#56b4e9"},
}
myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]
# links to files that are no pages stay as they are
myst_url_schemes = ["http", "https", "mailto"]

SECTIONS = {
    "Tutorials": ("production_planning", "indexed_quantities", "coupled", "uncertain_demand", "promises"),
    "Guides": (),
    "Starters": (),
    "Examples": (),
    "Reference": (),
    "Design": (),
}
"""Titles of the contents → the pages that come first; the others follow by name."""


def contents() -> str:
    """The tables of contents that the first page has on the site."""
    parts: list[str] = ["```{toctree}\n:hidden:\n\ngallery\n```\n"]
    for title, first in SECTIONS.items():
        if title == "Examples":
            names = [f"../examples/{p.parent.name}/README" for p in sorted(ROOT.glob("examples/*/README.md"))]
        else:
            folder = title.lower()
            found = sorted(p.stem for p in (ROOT / "docs" / folder).glob("*.md"))
            names = [f"{folder}/{name}" for name in (*first, *(n for n in found if n not in first))]
        parts.append(f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n" + "\n".join(names) + "\n```\n")
    return "\n".join(parts)


def dress(_app: Any, name: str, source: list[str]) -> None:
    """Leave out what only the tests run, and name the languages as Pygments does."""
    text = re.sub(r"<!--.*?-->\n?", "", source[0], flags=re.S)
    text = re.sub(r"^(\s*)```(output|csv|mermaid)\b.*$", r"\1```text", text, flags=re.M)
    text = re.sub(r"\[([^\]]+)\]\((?:\.\./)+(?:src/[^)]*|examples/?)\)", r"\1", text)
    source[0] = f"{text}\n\n{contents()}" if name == root_doc else text


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", dress)
    return {"parallel_read_safe": True}
