"""python -m benchmarks six_models [--solve]: six starters here, in linopy, GAMSPy and Calliope's mathematics: what has to be said.

--solve also solves each where the package is installed (GAMSPy: where its licence allows it; Calliope needs Python 3.12), and prints
the optima side by side.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from benchmarks.six_models.count import Said, in_calliope, in_python, ours
from benchmarks.six_models.numbers import EXAMPLES

MODELS = ("energy_storage", "unit_commitment", "lot_sizing", "distribution", "backlog", "portfolio")
FIRST = {"energy_storage": 0, "portfolio": 1}
"""The scenario that the models of others are of."""


def main(solve: bool) -> None:
    print("| model | Saddlepoint | linopy | GAMSPy | Calliope's mathematics |\n|---|---|---|---|---|")
    for model in MODELS:
        said = [
            ours(model),
            in_python(model, "in_linopy.py"),
            in_python(model, "in_gamspy.py"),
            in_calliope(model),
        ]
        print(f"| `{model}` | {' | '.join(map(_shown, said))} |")
    if solve:
        for model in MODELS:
            print(
                model,
                *(
                    f"{name} {_optimum(name, model)}"
                    for name in ("saddlepoint", "linopy", "gamspy", "calliope")
                ),
                sep="  ",
            )


def _shown(said: Said | None) -> str:
    return "cannot" if said is None else f"{said.statements} / {said.characters:,}"


def _optimum(tool: str, model: str) -> str:
    try:
        if tool == "saddlepoint":
            import saddlepoint

            answer: Any = saddlepoint.open(EXAMPLES / model).solve()
            return f"{answer.objective[''][FIRST.get(model, 0)]:.10g}"
        return f"{import_module(f'benchmarks.six_models.in_{tool}').optimum(model):.10g}"
    except Exception as error:
        return f"({type(error).__name__}: {str(error).splitlines()[0][:60]})"


if __name__ == "__main__":
    main("--solve" in sys.argv[1:])
