"""What outcomes are worth, as a table of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saddlepoint.printing.grid import gap_text, grid
from saddlepoint.solve.decomposition.worth import OutcomeWorth
from saddlepoint.study.outcomes import WeighedOutcomes

if TYPE_CHECKING:
    from saddlepoint.study.policies import Policy

_LEVELS: Final = {"least": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "greatest": 1.0}


def outcome_text(found: Sequence[WeighedOutcomes]) -> str:
    """Every problem and scenario, a paragraph each."""
    return "\n\n".join("\n".join(_lines(one)) for one in found)


def _lines(one: WeighedOutcomes) -> Iterator[str]:
    worth, sign = one.worth, one.sense
    where = " ".join(part for part in (one.problem, one.scenario) if part)
    yield f"{where or 'The problem'}: {len(one.outcomes):,} outcomes, plan and proof {gap_text(one.gap)} apart"
    rows = (
        ("deciding before", sign * worth.here_and_now, "the best expected amount"),
        *worth_rows(worth, sign),
    )
    yield from grid(("", "amount", "meaning"), rows, "  ")
    if np.isinf(worth.of_mean):
        yield "  the decision for the mean outcome leaves some outcome without a plan"
    yield f"  over the outcomes: {quantiles(one)}"
    if one.sampled is not None:
        s = one.sampled
        yield (
            f"  as a sample: with {s.level:.0%} confidence the decision is at most {s.upper:,.4g} from the best "
            f"(mean gap {s.estimate:,.4g}, {s.replications} replications)"
        )
        if s.resampled is not None:
            yield f"  by the bootstrap at most {s.resampled:,.4g} ({s.resamples} resamples of {s.outcomes:,} outcomes)"


def quantiles(one: WeighedOutcomes | Policy) -> str:
    """How what it costs is distributed."""
    return ", ".join(f"{name} {one.quantile(level):,.6g}" for name, level in _LEVELS.items())


def worth_rows(
    worth: OutcomeWorth, sign: int, widths: tuple[float, float] = (0.0, 0.0)
) -> tuple[tuple[str, float, str], ...]:
    """EVPI and VSS with what they are made of; widths: half of their 95 % confidence intervals, 0 where they are exact."""
    known, minded = (f", ± {width:,.3g}" if width else "" for width in widths)
    return (
        ("all known before", sign * worth.wait_and_see, "as if every outcome were known"),
        ("perfect information", worth.perfect_information, f"EVPI: what knowing would be worth{known}"),
        ("mean outcome", sign * worth.mean, "what the mean outcome promises"),
        ("decided for the mean", sign * worth.of_mean, "what that decision brings"),
        ("minding outcomes", worth.stochastic_solution, f"VSS: what it is worth against the mean{minded}"),
    )


def worth_data(worth: OutcomeWorth, sign: int) -> dict[str, float]:
    """The same for machines."""
    return {
        "here_and_now": sign * worth.here_and_now,
        "wait_and_see": sign * worth.wait_and_see,
        "evpi": worth.perfect_information,
        "mean": sign * worth.mean,
        "of_mean": sign * worth.of_mean,
        "vss": worth.stochastic_solution,
    }


def outcome_data(found: Sequence[WeighedOutcomes]) -> dict[str, Any]:
    """The same for machines, with the amount of every outcome."""
    problems = [
        {
            "problem": one.problem,
            "scenario": one.scenario,
            **worth_data(one.worth, one.sense),
            "gap": one.gap,
            "sample_gap": None if one.sampled is None else one.sampled.upper,
            "bootstrap_gap": None if one.sampled is None else one.sampled.resampled,
            "outcomes": dict(zip(one.outcomes, one.costs.tolist(), strict=True)),
        }
        for one in found
    ]
    return {"problems": problems}
