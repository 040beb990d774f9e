"""What the files say: settings and items, read from a model folder or from memory, and written."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from saddlepoint.declare.data import (
    ignored_inputs,
    input_hash,
    input_hashes,
    read_inputs,
    settings_hash,
    settings_hashes,
)
from saddlepoint.declare.origin import laid_out_by_cvxlab
from saddlepoint.declare.read import FileFormat, Reading, from_mapping, is_model, read_items, read_settings
from saddlepoint.declare.scenarios import Scenarios, read_scenarios, scenarios_from
from saddlepoint.declare.spec import SetItems, SetSpec, Spec, TableSpec, VariableSpec

if TYPE_CHECKING:
    from saddlepoint.declare.one_file import read_one_file
    from saddlepoint.declare.skeleton import FileLayout, write_inputs, write_sets, write_skeleton
    from saddlepoint.declare.template import Templated, template_inputs, template_sets
    from saddlepoint.declare.write import write_spec

__all__ = [
    "FileFormat",
    "FileLayout",
    "Reading",
    "Scenarios",
    "SetItems",
    "SetSpec",
    "Spec",
    "TableSpec",
    "Templated",
    "VariableSpec",
    "from_mapping",
    "ignored_inputs",
    "input_hash",
    "input_hashes",
    "is_model",
    "laid_out_by_cvxlab",
    "read_inputs",
    "read_items",
    "read_one_file",
    "read_scenarios",
    "read_settings",
    "scenarios_from",
    "settings_hash",
    "settings_hashes",
    "template_inputs",
    "template_sets",
    "write_inputs",
    "write_sets",
    "write_skeleton",
    "write_spec",
]

_LATE = {
    "one_file": ("read_one_file",),
    "skeleton": ("FileLayout", "write_inputs", "write_sets", "write_skeleton"),
    "template": ("Templated", "template_inputs", "template_sets"),
    "write": ("write_spec",),
}
"""Files that a run of a folder does not need → what they hold."""


def __getattr__(name: str) -> Any:
    for module, names in _LATE.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
