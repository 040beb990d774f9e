"""A real browser for the tests of pages: one for a module; whatever a page says on its console or asks of others is a failure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
OWN = ("file:", "data:", "blob:", "http://127.0.0.1:")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="NO BROWSER TESTS: playwright is not installed"
    )
    if not CHROMIUM.exists():
        pytest.skip("NO BROWSER TESTS: /usr/bin/chromium is not there; the page was not tried")
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield made
        made.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """What opens a page; afterwards nothing has been said on the console and nothing asked of the network."""
    said: list[str] = []
    tabs: list[Any] = []

    def open_page(path: Path | str) -> Any:
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        tab.on("console", lambda m: said.append(m.text))
        tab.on("pageerror", lambda e: said.append(str(e)))
        tab.on("dialog", lambda d: (said.append("dialog " + d.message), d.dismiss()))
        tab.on("request", lambda r: r.url.startswith(OWN) or said.append("asked " + r.url))
        tab.goto(path if isinstance(path, str) else path.as_uri())
        tab.wait_for_selector("body[data-ready]", timeout=60_000)
        tabs.append(tab)
        return tab

    yield open_page
    for tab in tabs:
        tab.close()
    assert said == []


def cells(tab: Any, host: str) -> list[list[str]]:
    """The texts of the rows of a table that are drawn."""
    read = "rows => rows.map(r => [...r.querySelectorAll('.tabulator-cell')].map(c => c.innerText.trim()))"
    found: list[list[str]] = tab.eval_on_selector_all(f"{host} .tabulator-row", read)
    return found


def until(tab: Any, expression: str, seconds: float = 60.0) -> None:
    """Wait for a condition; the page's own policy forbids it to a script of the browser's."""
    end = time.monotonic() + seconds
    while not tab.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.05)


UNNAMED = """() => [...document.querySelectorAll('button, select, input, progress, [role=grid]')].filter(e =>
  !(e.tagName === 'BUTTON' && e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label') || e.title)).map(e => e.outerHTML.slice(0, 200))"""
"""A script: what of a page is worked with and has no name."""

CONTRAST = """() => {
  const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length && (c.length < 4 || c[3] > 0.5)) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('h1, h2, h3, p, a, button, td, th, li, label, span, .value')) {
    if (!e.textContent.trim() || !e.offsetParent || e.children.length) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2) + ' ' + e.textContent.slice(0, 30));
  }
  return poor;
}"""
"""A script: the texts of a page whose contrast with their ground is below 4.5 (WCAG 2.1, AA)."""
