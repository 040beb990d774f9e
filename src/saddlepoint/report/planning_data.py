"""Answers of planning as plain data, for JSON and workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from saddlepoint.planning import TOLERANCE, Coverage, Dispatch, ServiceValue
from saddlepoint.records import excerpt


def answer_data(
    answer: Dispatch,
    tolerance: float = TOLERANCE,
    coverage: Coverage | None = None,
    value: ServiceValue | None = None,
) -> dict[str, Any]:
    """One answer as names and numbers, at full precision."""
    left, right = answer.price_range
    data: dict[str, Any] = {
        "buffer": None if answer.demand is None else answer.demand.buffer,
        "D_eff": answer.level,
        **excerpt(answer, "cost", "objective", "fixed_cost", "price"),
        "price_left": left,
        "price_right": right,
        "production": answer.production,
        "machines": answer.table(),
        "certificate": answer.certificate.residuals(),
        "certified": answer.certificate.holds(tolerance),
    }
    if coverage is not None:
        data["coverage"] = coverage_data(coverage)
    if value is not None:
        data["value"] = asdict(value)
    return data


def coverage_data(found: Coverage) -> dict[str, Any]:
    """Probabilities of covering, with how they were simulated."""
    lines = [
        {"assumption": line.buffer.name, **excerpt(line, "kind", "probability", "simulated", "low", "high")}
        for line in found.lines
    ]
    plain = excerpt(found, "production", "draws", "seed")
    return {**plain, "confidence": found.confidence, "lines": lines}


def summary_columns(answers: Sequence[Dispatch]) -> dict[str, list[Any]]:
    """One row per answer, as columns."""
    rows = [answer_data(answer) for answer in answers]
    return {
        title: [row[title] for row in rows] for title in rows[0] if title not in ("machines", "certificate")
    }
