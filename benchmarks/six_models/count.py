"""How much has to be said: statements, and characters without blanks; numbers, units and descriptions are left out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.six_models.numbers import EXAMPLES

HERE = Path(__file__).parent
_TOLD = re.compile(r"\b(description|unit): *(\"[^\"]*\"|'[^']*'|[^,}\n]*),? *")


@dataclass(frozen=True, slots=True)
class Said:
    """Of one model in one language."""

    statements: int
    characters: int


def ours(model: str) -> Said:
    """Sets, tables, objectives and relations of a starter's three files, without what is reported."""
    texts = [
        (EXAMPLES / model / f"{name}.yml").read_text(encoding="utf-8")
        for name in ("structure_sets", "structure_variables", "problem")
    ]
    sets, tables, problem = (yaml.safe_load(text) for text in texts)
    texts[2] = texts[2].split("\nreport:")[0]
    count = len(sets) + len(tables) + len(problem["objective"]) + len(problem["expressions"])
    return Said(count, _characters(_TOLD.sub("", "\n".join(texts))))


def in_python(model: str, file: str) -> Said:
    """The statements of a function but its imports."""
    text = (HERE / file).read_text(encoding="utf-8")
    made = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == model)
    body = [s for s in made.body if not isinstance(s, ast.Import | ast.ImportFrom)]
    count = sum(isinstance(n, ast.stmt) for s in body for n in ast.walk(s))
    return Said(count, sum(_characters(ast.get_source_segment(text, s) or "") for s in body))


def in_calliope(model: str) -> Said | None:
    """The entries of the mathematics; None where it cannot be said."""
    text = (HERE / "calliope_math.yaml").read_text(encoding="utf-8")
    said: dict[str, Any] = yaml.safe_load(text)[model]
    if set(said) <= {"cannot"}:
        return None
    part = next(p for p in re.split(r"\n(?=\w)", text) if p.startswith(f"{model}:"))
    lines = [line for line in part.splitlines() if not line.strip().startswith(("#", "cannot"))]
    count = sum(_entries(key, value) for key, value in said.items())
    return Said(count, _characters("\n".join(lines)))


def _entries(key: str, value: Any) -> int:
    """One per set, parameter, variable, technology; of a relation or objective one per equation."""
    if key == "cannot":
        return 0
    return sum(len(v["equations"]) if isinstance(v, dict) and "equations" in v else 1 for v in value.values())


def _characters(text: str) -> int:
    return len(re.sub(r"\s", "", re.sub(r"(?m)(^| )#.*$", "", text)))
