"""The notebooks of docs/notebooks run from top to bottom, and what they show is small."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def shown(code: str, names: dict[str, Any], place: str) -> str:
    """What a cell prints, and what a notebook would show of its last expression."""
    tree = ast.parse(code, place)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, place, "exec"), names)
        value = eval(compile(ast.Expression(last.value), place, "eval"), names) if last else None
    picture = getattr(value, "_repr_png_", None)
    if picture is not None and picture():
        return "a picture"
    page = getattr(value, "_repr_html_", None)
    return out.getvalue() + ((page() if page else None) or ("" if value is None else repr(value)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("IPython", reason="a notebook shows pictures with it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mpl.use("Agg")
    from matplotlib import pyplot

    book, names, told = json.loads(path.read_text(encoding="utf-8")), {"__name__": "notebook"}, list[str]()
    for k, cell in enumerate(book["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            told.append(shown("".join(cell["source"]), names, f"{path.name}, cell {k}"))
    pyplot.close("all")
    assert max(map(len, told)) < 12_000
    assert told.count("a picture") == (4 if path.stem == "uncertain_demand" else 2)
    words = {
        "uncertain_demand": ("holds", "covered for"),
        "model_folder": ("more rows", "dear battery", "report.html"),
    }
    assert [word for word in words[path.stem] if not any(word in text for text in told)] == []


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["model_folder", "uncertain_demand"]
