"""`make demo` shows what it promises."""

import importlib.util
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo.py"


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "demo", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DEMO", tmp_path)
    assert module.main() == 0
    shown = capsys.readouterr().out
    plans = ("42.857143", "112.653061", "127.16263", "176.470588", "332.179931")
    prices = ("1.107266 *", "0.847751", "21.665572", "28.619564")
    words = ("Certified: the largest residual", "2.368e+01*", "dispatch.png", "database.db")
    assert [text for text in (*plans, *prices, *words) if text not in shown] == []
    assert len(shown.splitlines()) <= 85
    assert (tmp_path / "dispatch.png").read_bytes().startswith(b"\x89PNG")
