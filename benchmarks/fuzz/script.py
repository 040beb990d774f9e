"""A declared model as a Python script that solves it again."""

from __future__ import annotations

import pprint
from collections.abc import Iterable, Mapping
from typing import Any


def script_of(declared: Mapping[str, Any], solve: str, shown: str, notes: Iterable[str]) -> str:
    """The script; declared: what saddlepoint.define takes; solve: the words of the call; shown: what is printed; notes: what is known."""
    data = {key: value.tolist() for key, value in declared["data"].items()}
    return "\n".join(
        [
            "import numpy as np",
            "import saddlepoint",
            "",
            *(f"{k} = {_pretty(declared[k])}" for k in ("sets", "variables", "problem", "items")),
            f"data = {{k: np.array(v) for k, v in {_pretty(data)}.items()}}",
            "model = saddlepoint.define(sets=sets, variables=variables, problem=problem, items=items, data=data)",
            f"run = model.solve({solve})",
            f"print({shown})",
            *(f"# {note}" for note in notes),
        ]
    )


def _pretty(value: object) -> str:
    return pprint.pformat(value, width=110)
