"""One HTML document with everything in it: styles, scripts, data; nothing is fetched, and only these scripts run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from saddlepoint.files.shipped import shipped_bytes

PARTS: Final = "report/page/parts"
VENDORED: Final = ("fflate.min.js", "d3.min.js", "plot.min.js", "tabulator.min.js")
OWN: Final = ("data.js", "pictures.js", "grids.js", "sections.js")
LIVING: Final = ("certify.js", "living.js", "living_section.js")
SOLVER: Final = "highs.js"
_MARK: Final = '<meta name="generator" content="Saddlepoint">'
_HEAD: Final = 1000
"""Bytes of a page within which its mark stands."""
_SOURCE_MAP: Final = re.compile(r"(//|/\*)# sourceMappingURL=\S*( \*/)?")


def document(
    title: str, body: str, data: Mapping[str, Any], blobs: Mapping[str, bytes], *, living: bool = False
) -> str:
    """The document; data: plain values for the scripts, blobs: bytes for them. living: whether the solver goes along.

    Labels of the user's stand in data only, or escaped in the body; the policy of the page allows the scripts by their hashes
    and no connection to anywhere.
    """
    vendored = (*VENDORED, SOLVER) if living else VENDORED
    own = (*OWN, *(LIVING if living else ()), "report.js")
    scripts = [page_part("parts", name) for name in vendored] + [page_part("web", name) for name in own]
    styles = [page_part("parts", "tabulator.min.css"), page_part("web", "page.css")]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            _MARK,
            f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title>",
            '<link rel="icon" href="data:,">',
            *(f"<style>{style}</style>" for style in styles),
            "</head><body>",
            body,
            f'<script type="application/json" id="data">{embedded(data)}</script>',
            *(
                f'<script type="text/plain" id="{escape(name)}">{packed(blob)}</script>'
                for name, blob in blobs.items()
            ),
            *(f"<script>{script}</script>" for script in scripts),
            "</body></html>\n",
        ]
    )


def is_own_page(path: Path) -> bool:
    """Whether a file is a page that was written here, by the mark in its head."""
    try:
        with path.open("rb") as page:
            return _MARK.encode() in page.read(_HEAD)
    except OSError:
        return False


def policy(scripts: Sequence[str], connect: str = "'none'") -> str:
    """The content security policy of a page with these scripts: nothing is loaded, these scripts alone run."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def embedded(data: Any) -> str:
    """Plain values as JSON that no label can leave: `<`, `>` and `&` are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def packed(blob: bytes) -> str:
    """Bytes as text: compressed, in base 64; bytes that are a gzip file already are not compressed again."""
    return base64.b64encode(blob if blob[:2] == b"\x1f\x8b" else gzip.compress(blob, 6, mtime=0)).decode()


def page_part(folder: str, name: str) -> str:
    """A script or style of the page, fit to stand in it; folder: `parts` or `web`."""
    text = shipped_bytes(f"report/page/{folder}/{name}").decode("utf-8")
    return _SOURCE_MAP.sub("", text).replace("</script", "<\\/script").replace("</style", "<\\/style")
