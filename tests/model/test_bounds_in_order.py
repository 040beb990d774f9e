"""Relations of declared bounds come in the order of declaration, whatever the order in which formulas name the variables."""

from __future__ import annotations

import saddlepoint

NAMES = ("zinc", "amber", "mica", "quartz", "beryl", "opal", "jade")


def test_bounds_stand_in_the_order_of_declaration() -> None:
    lab = saddlepoint.define(
        sets={"I": {"items": ["i1", "i2"]}},
        variables={
            f"{name}_t": {"type": "endogenous", "coordinates": ["I"], "variables_info": {name: {"lower": 1, "upper": 2}}}
            for name in NAMES
        },
        problem={
            "objective": [f"Minimize({' + '.join(f'sum({n})' for n in sorted(NAMES))})"],
            "expressions": [{"all": " + ".join(f"sum({n})" for n in reversed(NAMES)) + " >= 3"}],
        },
    )  # fmt: skip
    (problem,) = lab.model.problems
    stated = [c.name for c in problem.constraints]
    assert stated == ["all", *(f"{name}_{end}" for name in NAMES for end in ("lower", "upper"))]
