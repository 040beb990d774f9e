"""Saddlepoint: a laboratory for planning with convex optimisation.

`open` a model folder or `define` a model from values; both give a Lab, whose methods check, load, solve, explain and show.
`certify` judges anybody's answer to a program in matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from saddlepoint.garbage import uncollected
from saddlepoint.version import __version__ as __version__

if TYPE_CHECKING:
    from pathlib import Path

    from saddlepoint.building import Expression, Model, call
    from saddlepoint.lab import Lab
    from saddlepoint.promises.backtest import backtest
    from saddlepoint.solve.certify import certify

__all__ = [
    "Lab",
    "Model",
    "__version__",
    "backtest",
    "call",
    "certify",
    "define",
    "lag",
    "lead",
    "mean",
    "open",
    "sum",
]


def open(
    folder: str | Path,
    settings: Literal["yaml", "xlsx"] | None = None,
    *,
    trust: bool = False,
    source: Literal["files", "database"] = "files",
    lenient: bool | None = None,
) -> Lab:
    """The lab of a model folder.

    settings: which form of the settings to read, None = the one that is there; trust: whether the folder's own Python
    files (user_defined_operators.py, user_defined_constants.py) may be run; source: where inputs come from, the input files or
    the database as it stands; lenient: whether it is a folder of CVXlab, in which what is odd is a warning (None = look at its
    database and at how its files are laid out). Raises FileError and DeclareError.
    """
    return _lab().open(folder, settings, trust=trust, source=source, lenient=lenient)


def define(
    *,
    sets: object,
    variables: object,
    problem: object,
    items: Mapping[str, object] | None = None,
    data: Mapping[str, object] | None = None,
    scenarios: object = None,
    name: str = "model",
) -> Lab:
    """A lab without any file.

    sets, variables, problem: what the three YAML files say, as text or dicts; items: set key → list of names, or
    columns with filters (none for sets whose items stand in `sets`); data: table key → data frame with label columns and
    `values`, mapping, array or number;
    scenarios: what scenarios.yml says, as text or dicts.
    Raises FileError (YAML text) and DeclareError; the rest when the model is used.
    """
    declared: dict[str, Any] = {"sets": sets, "variables": variables, "problem": problem, "items": items}
    return _lab().of(data, **declared, name=name, scenarios=scenarios)


def sum(x: Expression, over: object = None, where: Expression | None = None, by: object = None) -> Expression:
    """The sum of an expression over one set or a tuple of sets; where: a condition on items; by: a grouping of the set."""
    from saddlepoint.building import call

    return call("sum", x, over=over, where=where, by=by)


def mean(x: Expression, over: object = None, where: Expression | None = None) -> Expression:
    """The mean over one set or several."""
    from saddlepoint.building import call

    return call("mean", x, over=over, where=where)


def lag(
    x: Expression,
    over: object,
    steps: int = 1,
    *,
    first: object = None,
    cyclic: bool | None = None,
    skip: bool | None = None,
) -> Expression:
    """The value some items before; what stands before the first item is said by one of first, cyclic, skip."""
    from saddlepoint.building import call

    return call("lag", x, over, steps, first=first, cyclic=cyclic, skip=skip)


def lead(
    x: Expression,
    over: object,
    steps: int = 1,
    *,
    last: object = None,
    cyclic: bool | None = None,
    skip: bool | None = None,
) -> Expression:
    """The value some items after; what stands after the last item is said by one of last, cyclic, skip."""
    from saddlepoint.building import call

    return call("lead", x, over, steps, last=last, cyclic=cyclic, skip=skip)


def __getattr__(name: str) -> Any:
    if name in ("Model", "call"):
        from saddlepoint import building

        return getattr(building, name)
    if name == "Lab":
        return _lab()
    if name == "backtest":
        from saddlepoint.promises.backtest import backtest

        return backtest
    if name == "certify":
        from saddlepoint.solve.certify import certify

        return certify
    raise AttributeError(f"module 'saddlepoint' has no attribute {name!r}")


def _lab() -> type[Lab]:
    with uncollected():
        from saddlepoint.lab import Lab
    return Lab
