"""Compiled code on disk, and life without numba."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saddlepoint.solve.kernels import cache, simplex
from saddlepoint.solve.kernels.warming import smallest


def run(code: str, folder: Path, **more: str) -> str:
    environment = {**os.environ, "SADDLEPOINT_CACHE_DIR": str(folder), **more}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


STATE = """
import sys
from saddlepoint.solve.kernels import cache
print(cache.available(), cache.ready("dispatch"), "numba" in sys.modules)
"""
SOLVE = """
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.warming import warm_up
warm_up(("dispatch",))
print(cache.ready("dispatch"), sum(cache.load("dispatch").dispatch.stats.cache_hits.values()))
"""
WITHOUT = """
import importlib.util, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "numba":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "numba" else real(name, package)
from saddlepoint.solve.kernels import cache, fixed_point, qp, simplex, waterfill, warming
print(cache.available(), cache.ready("simplex"), simplex.unsupported_reason(warming.smallest()))
try:
    simplex.solve(warming.smallest())
except ImportError as error:
    print("ImportError")
"""


def test_asking_imports_nothing_and_the_second_process_does_not_compile(tmp_path: Path):
    pytest.importorskip("numba")
    assert run(STATE, tmp_path) == "True False False"
    assert run(SOLVE, tmp_path) == "True 0"
    assert run(STATE, tmp_path) == "True True False"
    assert run(SOLVE, tmp_path) == "True 1"


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path):
    pytest.importorskip("numba")
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    look = (
        "from saddlepoint.solve.kernels import cache; print(cache.writable(), cache.load('qp').qp.signatures)"
    )
    assert run(look, blocked) == "False []"
    assert run(STATE, blocked) == "True False False"


def test_without_numba_everything_imports_and_says_no(tmp_path: Path):
    assert run(WITHOUT, tmp_path).splitlines() == ["False False None", "ImportError"]


def test_the_user_s_own_numba_settings_stay_as_they_were():
    pytest.importorskip("numba")
    config: Any = importlib.import_module("numba.core.config")
    before = config.CACHE_DIR
    cache.load("simplex")
    assert before == config.CACHE_DIR


def test_compiled_code_lies_where_it_is_looked_for():
    """Whatever this process has loaded before: a module imported by another than `load` would compile again."""
    pytest.importorskip("numba")
    if not cache.writable():
        pytest.skip("the folder of compiled code cannot be written")
    for kernel in cache.KERNELS:
        if kernel != "simplex" and f"saddlepoint.solve.kernels.jit_{kernel}" not in sys.modules:
            continue
        kept = Path(getattr(cache.load(kernel), kernel).stats.cache_path)
        assert kept.parent == cache.directory(), kernel


def test_chunks_in_threads_give_what_one_call_gives():
    pytest.importorskip("numba")
    batch = smallest()
    rng = np.random.default_rng(0)
    many = replace(batch, size=400, q=rng.normal(size=(400, 1)))
    basis = simplex.pilot(many)
    whole = simplex.solve(many, basis)
    parts = [np.arange(k, k + 100) for k in range(0, 400, 100)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda part: simplex.solve(many.take(part), basis), parts))
    assert (np.concatenate([a.x for a in answers]) == whole.x).all()
    assert whole.done.all()
