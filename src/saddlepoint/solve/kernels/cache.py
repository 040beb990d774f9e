"""Compiled kernels on disk: where they lie, whether they are there, and how they get there."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

KernelName = Literal[
    "simplex", "lanes", "sparse", "waterfill", "qp", "known_bases", "fixed_point", "dispatch", "walks", "cone"
]

KERNELS: Final[tuple[KernelName, ...]] = (
    "simplex",
    "lanes",
    "sparse",
    "waterfill",
    "qp",
    "known_bases",
    "fixed_point",
    "dispatch",
    "walks",
    "cone",
)


def available() -> bool:
    """Whether numba (the extra `fast`) is installed; imports nothing."""
    return importlib.util.find_spec("numba") is not None


@cache
def directory() -> Path:
    """The folder of compiled code, named by the versions and sources it was made from.

    Under SADDLEPOINT_CACHE_DIR, else NUMBA_CACHE_DIR, else the user's cache folder. numba checks the stamp of an
    entry's own file only, not of the functions it calls, hence the digest of all sources of this folder.
    """
    import platform

    import numpy as np

    here = Path(__file__).parent
    sources = sorted(here.glob("*.py"))
    stamp = hashlib.sha256()
    for source in sources:
        stamp.update(source.read_bytes())
    for word in (
        _numba_version(),
        np.__version__.encode(),
        sys.version.encode(),
        platform.machine().encode(),
    ):
        stamp.update(word)
    return _base() / f"kernels-{stamp.hexdigest()[:16]}"


def _numba_version() -> bytes:
    """What tells one numba from another: its file of versions, as looking its version up costs more than a small run."""
    spec = importlib.util.find_spec("numba")
    places = spec.submodule_search_locations if spec is not None else None
    file = Path(next(iter(places or ()), "")) / "_version.py"
    if file.is_file():
        return file.read_bytes()
    from importlib import metadata

    return metadata.version("numba").encode()


def _base() -> Path:
    for variable in ("SADDLEPOINT_CACHE_DIR", "NUMBA_CACHE_DIR"):
        if os.environ.get(variable):
            return Path(os.environ[variable])
    import platformdirs

    return platformdirs.user_cache_path("saddlepoint")


@cache
def writable() -> bool:
    """Whether compiled code can be kept; where it cannot, every process compiles for itself."""
    folder = directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def ready(kernel: KernelName) -> bool:
    """Whether a call of this kernel will run without compiling first; imports nothing."""
    return available() and (loaded(kernel) or _mark(kernel).exists())


def loaded(kernel: KernelName) -> bool:
    """Whether this process has used the kernel already, so that a call costs nothing but itself."""
    module = sys.modules.get(_module(kernel))
    return module is not None and bool(getattr(module, kernel).signatures)


def load(kernel: KernelName) -> ModuleType:
    """The module with the compiled functions; its code comes from disk where it is there.

    Raises ImportError without numba.
    """
    name = _module(kernel)
    if name in sys.modules:
        return sys.modules[name]
    config: Any = importlib.import_module("numba.core.config")
    before = config.CACHE_DIR
    config.CACHE_DIR = str(directory()) if writable() else before
    try:
        return importlib.import_module(name)
    finally:
        config.CACHE_DIR = before


def note(kernel: KernelName) -> None:
    """Remember that this kernel has been compiled and kept; called after each use."""
    if writable() and not _mark(kernel).exists():
        try:
            _mark(kernel).touch()
        except OSError:
            return


def _module(kernel: KernelName) -> str:
    return f"saddlepoint.solve.kernels.jit_{kernel}"


def _mark(kernel: KernelName) -> Path:
    return directory() / f"{kernel}.ready"
