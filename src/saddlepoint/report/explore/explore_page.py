"""The page that the server sends: the parts of the report's page, and scripts that ask for what they show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Final

from saddlepoint.report.page.document import VENDORED, embedded, page_part, policy

OWN: Final = ("data.js", "pictures.js", "grids.js", "explore.js")
_BODY: Final = """<a class="skip" href="#scenarios">To the content</a>
<header class="top"><h1>{name}</h1><p class="quiet" id="said"></p></header>
<div class="bar"><nav aria-label="Sections"><ul><li><a href="#scenarios">Scenarios</a></li><li><a href="#tables">Tables</a></li></ul></nav>
<div id="choice" role="region" aria-label="Choice"></div></div>
<main>
<p class="warning" id="trouble" role="alert" hidden></p>
<section id="run" aria-label="Run"></section>
<section id="scenarios" aria-labelledby="scenarios-title"><h2 id="scenarios-title">Scenarios</h2>
<div id="distribution"></div><div class="controls" id="scenario-controls"></div><div id="scenario-table" class="cells"></div></section>
<section id="tables" aria-labelledby="tables-title"><h2 id="tables-title">Tables</h2>
<div class="controls" id="table-controls"></div><p class="about" id="table-about"></p><div id="table-picture"></div><div id="table-cells" class="cells"></div></section>
</main>"""


def explore_page(name: str, token: str, *, words: Mapping[str, str], can_run: bool) -> tuple[str, str]:
    """The page and its content security policy; words: as of `explore_server`."""
    scripts, styles = _parts()
    data = embedded({"token": token, "can_run": can_run, **words})
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(name)}</title>'
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head>{head}<link rel="icon" href="data:,">',
        *(f"<style>{style}</style>" for style in styles),
        "</head><body>",
        _BODY.format(name=escape(name)),
        f'<script type="application/json" id="data">{data}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body></html>\n",
    ]
    return "\n".join(parts), policy(scripts, "'self'")


@cache
def _parts() -> tuple[tuple[str, ...], tuple[str, ...]]:
    scripts = [page_part("parts", n) for n in VENDORED] + [page_part("web", n) for n in OWN]
    return tuple(scripts), (page_part("parts", "tabulator.min.css"), page_part("web", "page.css"))
