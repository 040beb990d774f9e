"""A trade-off between two objectives in words and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saddlepoint.printing.grid import grid

if TYPE_CHECKING:
    from saddlepoint.study.frontier.trace import Frontier


def frontier_text(found: Frontier) -> str:
    """The front of every scenario: a sentence on what it is, its points, and which scenarios have none."""
    sense = {1: "minimised", -1: "maximised"}
    first, second = (f"{name} ({sense[s]})" for name, s in zip(found.names, found.senses, strict=True))
    lines = [f"Trade-off of {first} and {second}"]
    table = found.table
    labels = table.label_columns()
    header = [*labels, *found.names, "rate"]
    rows = [
        [*row]
        for row in zip(
            *labels.values(), *(table.column(n).tolist() for n in (*found.names, "rate")), strict=True
        )
    ]
    if rows:
        lines += [_about(found), *grid(header, rows, "  ", len(labels)), _rate(found)]
    for s, why in found.failed.items():
        place = ", ".join(found.scenarios.coordinates(int(found.which[s]))) or "no front"
        lines.append(f"  {place}: {why}")
    worst = max(found.points.residual.tolist(), default=0.0)
    if rows:
        lines.append(f"Every point is certified: the largest residual is {worst:.1e}.")
    return "\n".join(lines)


def _about(found: Frontier) -> str:
    if found.form == "levels":
        return "Points of the front, each the best of the first at a level of the second:"
    if found.exit_code == 4:
        return f"Corners of the front; there are more between some of them (`points={len(found.points.residual) * 4}`):"
    return "All corners of the front; between two of them it is straight, and nothing lies beyond:"


def _rate(found: Frontier) -> str:
    at = "from a corner to the next" if found.form == "corners" else "there"
    return f"rate: what one unit more of {found.names[1]} changes in {found.names[0]}, {at}."


def frontier_data(found: Frontier) -> dict[str, Any]:
    """The same for machines."""
    table = found.table
    columns = {**table.label_columns(), **{name: table.column(name) for name in table.columns}}
    return {
        "problem": found.problem,
        "objectives": [
            {"name": name, "sense": "minimise" if sense > 0 else "maximise"}
            for name, sense in zip(found.names, found.senses, strict=True)
        ],
        "form": found.form,
        "points": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "without": [
            {**found.scenarios.named(int(found.which[s])), "why": why} for s, why in found.failed.items()
        ],
    }
