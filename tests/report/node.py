"""The scripts of the page, run by node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import saddlepoint

PAGE = Path(saddlepoint.__file__).parent / "report" / "page"
HEAD = """
const fs = require("fs"), zlib = require("zlib");
const given = JSON.parse(fs.readFileSync(0, "utf8"), (k, v) => (v === "inf" ? Infinity : v === "-inf" ? -Infinity : v));
global.Certify = require(given.page + "/web/certify.js");
const Living = require(given.page + "/web/living.js"), load = require(given.page + "/parts/highs.js");
const solver = () => load({ instantiateWasm: (imports, receive) => {
  WebAssembly.instantiate(zlib.gunzipSync(fs.readFileSync(given.page + "/parts/highs.wasm.gz")), imports)
    .then((r) => receive(r.instance, r.module));
  return {};
} });
const tell = (found) => console.log(JSON.stringify(found, (k, v) => (ArrayBuffer.isView(v) ? Array.from(v) : v === Infinity ? "inf" : v)).replaceAll('"inf"', "Infinity"));
"""


def run(script: str, given: dict[str, Any]) -> Any:
    """What a script tells of what it is given."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("NODE IS NOT INSTALLED: the solver and the certificate of the page were not tried")
    told = (
        json.dumps({**given, "page": str(PAGE)}, default=_plain)
        .replace("-Infinity", '"-inf"')
        .replace("Infinity", '"inf"')
    )
    done = subprocess.run(
        [node, "-e", HEAD + script], input=told, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
