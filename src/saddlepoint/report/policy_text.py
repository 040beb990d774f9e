"""Policies as a table of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels import Table
from saddlepoint.printing.grid import gap_text, grid
from saddlepoint.records import excerpt
from saddlepoint.report.outcome_text import quantiles, worth_data, worth_rows
from saddlepoint.solve.decomposition.multistage.policy_worth import PolicyWorth
from saddlepoint.study.policies import Policy

MOST_LINES = 12
"""Stages of a table of means that are shown."""


def policy_text(found: Sequence[Policy]) -> str:
    """Every problem and scenario, a paragraph each."""
    return "\n\n".join("\n".join(_lines(one)) for one in found)


def _lines(one: Policy) -> Iterator[str]:
    where = " ".join(part for part in (one.problem, one.scenario) if part)
    sizes = sorted(set(one.sizes))
    many = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    yield f"{where or 'The problem'}: {len(one.sizes)} stages of {many} outcomes ({one.outcomes} along {one.stages}), {one.states} {'number' if one.states == 1 else 'numbers'} handed from stage to stage"
    yield f"  route: {one.reason}"
    rows = [("bound", one.bound, "proven: no policy is better"), ("policy", one.amount, _how(one))]
    worth = one.worth
    if worth is not None:
        rows += worth_rows(worth.worth, one.sense, (worth.information_width, worth.solution_width))
    yield from grid(("", "amount", "meaning"), rows, "  ")
    if worth is not None:
        yield from _worth_notes(worth)
    if one.half_width:
        low, high = one.amount - one.half_width, one.amount + one.half_width
        yield f"  95 % confidence interval of the policy: {low:,.8g} to {high:,.8g}"
        normal, drawn = one.confident_gap()
        yield f"  with 95 % confidence at most {normal:,.4g} from the best; by the bootstrap {drawn:,.4g}"
    yield f"  over the histories: {quantiles(one)}"
    if one.passes:
        yield f"  {one.passes} passes, {one.solved:,} stage problems, {one.cuts:,} cuts, {one.seconds:.3g} s"
    yield "  in the mean over histories, by stage:"
    tables = means_by_stage(one)
    for name in one.tables:
        if name in tables:
            yield f"    {name}: {_numbers(tables[name])}"
    prices = [(name, each) for name, each in prices_by_stage(one).items() if any(each.values())]
    if prices:
        yield "  expected prices, by stage:"
    for name, each in prices[:MOST_LINES]:
        yield f"    {name}: {_numbers(each)}"
    if len(prices) > MOST_LINES:
        yield f"    … ({len(prices)} in all)"


def _worth_notes(worth: PolicyWorth) -> Iterator[str]:
    if worth.information_width:
        yield f"  all known before: along {worth.histories:,} of the histories"
    if np.isposinf(worth.worth.of_mean):
        yield "  the first decisions of the mean leave some history without a plan"


def _how(one: Policy) -> str:
    if one.exact:
        return f"expected over all {one.paths:,} histories, {gap_text(one.gap)} from the bound"
    return f"mean of {one.paths:,} sampled histories, ± {one.half_width:,.4g}"


def _numbers(means: Mapping[str, float]) -> str:
    shown = list(means.items())[:MOST_LINES]
    more = f", … ({len(means)} in all)" if len(means) > MOST_LINES else ""
    return ", ".join(f"{stage} {number:,.5g}".strip() for stage, number in shown) + more


def means_by_stage(one: Policy) -> dict[str, dict[str, float]]:
    """Table → stage → the expected total over its other sets; of tables that no stage follows under the label ""."""
    return {key: _by_stage(table, one) for key, table in one.tables.items()}


def _by_stage(table: Table, one: Policy) -> dict[str, float]:
    names = table.domain.names
    values = table.columns["values"].reshape(table.domain.shape)
    if one.stages not in names:
        return {"": float(np.nansum(values))}
    k = names.index(one.stages)
    stages = table.domain.axes[k].items
    if one.outcomes in names:
        values = values * one.shares.reshape([-1 if n == one.outcomes else 1 for n in names])
    other = tuple(i for i in range(len(names)) if i != k)
    return dict(zip(stages, np.nansum(values, axis=other).tolist(), strict=True))


def prices_by_stage(one: Policy) -> dict[str, dict[str, float]]:
    """Relation and item of its sets other than stages and outcomes → stage → the expected price; of relations that no stage
    follows under the label ""."""
    found: dict[str, dict[str, float]] = {}
    for name, table in one.prices.items():
        rest = table.domain.without((one.stages, one.outcomes))
        by_cell = _by_cell(table, one).tolist()
        stages = table.domain.axis(one.stages).items if one.stages in table.domain else ("",)
        for k, numbers in enumerate(by_cell):
            found[rest.called(name, k)] = dict(zip(stages, numbers, strict=True))
    return found


def _by_cell(table: Table, one: Policy) -> Array:
    """(other cells, stages) the prices of a relation, added up over the outcomes, which they are weighed by."""
    names = table.domain.names
    values = table.columns["price"].reshape(table.domain.shape)
    axes = [n for n in names if n not in (one.stages, one.outcomes)]
    order = [*axes, *(n for n in (one.stages, one.outcomes) if n in names)]
    values = values.transpose([names.index(n) for n in order])
    if one.outcomes in names:
        values = np.nansum(values, axis=-1)
    return values.reshape(-1, len(table.domain.axis(one.stages)) if one.stages in names else 1)


def policy_data(found: Sequence[Policy]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            **excerpt(
                one,
                "problem",
                "scenario",
                "route",
                "histories",
                "bound",
                "amount",
                "half_width",
                "exact",
                "paths",
                "gap",
            ),
            "confident_gap": list(one.confident_gap()),
            "passes": one.passes,
            "stage_problems": one.solved,
            "cuts": one.cuts,
            "bounds": list(one.bounds),
            "means": means_by_stage(one),
            "prices": prices_by_stage(one),
            **({} if one.worth is None else _worth_data(one.worth, one.sense)),
        }
        for one in found
    ]


def _worth_data(worth: PolicyWorth, sign: int) -> dict[str, float]:
    widths = {"evpi_half_width": worth.information_width, "vss_half_width": worth.solution_width}
    return {**worth_data(worth.worth, sign), **widths}
