"""Small models with uncertain tables, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import saddlepoint
from saddlepoint.lab import Lab

Model = Callable[..., Lab]


def side(**sets: str) -> dict[str, Any]:
    """variables_info of one variable: set → rows or cols."""
    return {key: {"dim": dim} for key, dim in sets.items()}


def build(
    expressions: list[Any],
    objective: str = "Minimize(sum(x))",
    demand: Mapping[str, Any] | None = None,
    items: Mapping[str, list[str]] | None = None,
    split: tuple[str, ...] = (),
    tables: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    copies: Mapping[str, str] | None = None,
) -> Lab:
    """A model with the decision x over I (cols), unless `tables` says otherwise, and whatever tables are named."""
    items = {"I": ["i1", "i2", "i3"], **(items or {})}
    sets: dict[str, Any] = {key: {"split_problem": key in split} for key in items}
    sets |= {key: {"copy_from": of} for key, of in (copies or {}).items()}
    own: dict[str, Any] = {
        "plan": {
            "type": "endogenous",
            "coordinates": ["I", *split],
            "variables_info": {"x": {**side(I="cols"), "nonneg": True}},
        }
    }
    own |= dict(tables or {})
    return saddlepoint.define(
        sets=sets,
        items=items,
        variables=own,
        problem={"objective": [objective], "expressions": expressions},
        data=data or {},
    )


@pytest.fixture
def model() -> Model:
    return build
