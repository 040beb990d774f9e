"""The cheapest plan of one demand with its prices, margins and certificate."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.planning.certificate import Certificate, certify_one
from saddlepoint.planning.demand import Demand
from saddlepoint.planning.fleet import Fleet
from saddlepoint.planning.limits import highest_reliability, largest_mean
from saddlepoint.planning.plans import CAPACITY_TOLERANCE, plan_one
from saddlepoint.records import dataclass

DUST: Final = 1e-9
"""A mean beside the capacity, and a probability, that are none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dispatch:
    """The answer for one fleet and one demand.

    plan: (n,) in units; price: λ, money per unit, the left price at a kink; cost: fixed costs included, objective:
    without them, in money; demand: None where a certain level was asked for; level: D_eff in units.
    """

    fleet: Fleet
    demand: Demand | None
    level: float
    plan: Array
    price: float
    cost: float
    certificate: Certificate

    @property
    def objective(self) -> float:
        """Variable cost Σ αx² + βx, in money."""
        return self.cost - self.fleet.fixed_cost

    @property
    def fixed_cost(self) -> float:
        """Σ γ, in money."""
        return self.fleet.fixed_cost

    @property
    def production(self) -> float:
        """Σ x, in units; above D_eff only where least outputs or negative prices force it."""
        return float(self.plan.sum())

    @property
    def price_range(self) -> tuple[float, float]:
        """Price of one unit less and one unit more: they differ at a kink; (…, ∞) at capacity."""
        left, right = self.fleet.supply.prices_at(np.array([self.level]))
        return float(left[0]), float(right[0])

    @property
    def marginal_costs(self) -> Array:
        """2αx + β, (n,), money per unit."""
        return self.fleet.marginal_costs(self.fleet.positions(self.plan))

    @property
    def nu_upper(self) -> Array:
        """ν⁺, (n,): what one unit more of a machine's capacity would save, money per unit."""
        at_bound = self.plan >= self.fleet.maximum
        return np.where(at_bound, np.maximum(self.price - self.marginal_costs, 0.0), 0.0)

    @property
    def nu_lower(self) -> Array:
        """ν⁻, (n,): what one unit less of a machine's least output would save, money per unit."""
        first = self.fleet.first
        at_start = 2.0 * self.fleet.alpha[first] * self.fleet.minimum + self.fleet.beta[first]
        return np.where(self.plan <= self.fleet.minimum, np.maximum(at_start - self.price, 0.0), 0.0)

    @property
    def slack_upper(self) -> Array:
        """u − x, (n,), units."""
        return self.fleet.maximum - self.plan

    @property
    def slack_lower(self) -> Array:
        """x − l, (n,), units."""
        return self.plan - self.fleet.minimum

    @property
    def costs(self) -> Array:
        """αx² + βx + γ, (n,), money."""
        return self.fleet.costs(self.fleet.positions(self.plan))

    @property
    def cost_shares(self) -> Array:
        """Part of each machine in the total cost, (n,); NaN where the cost is 0."""
        return _share(self.costs)

    @property
    def production_shares(self) -> Array:
        """Part of each machine in the production, (n,); NaN where nothing is produced."""
        return _share(self.plan)

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import html_table

        sentence = f"{self.demand}: {self.level:,.6g} covered for {self.cost:,.6g}, price {self.price:,.6g}"
        columns = {name: list(values) for name, values in self.table().items()}
        rows = [*zip(*columns.values(), strict=True)]
        return html_table(sentence, list(columns), rows, len(rows))

    def table(self) -> dict[str, Any]:
        """One row per machine: bounds, production, slacks, ν⁺, ν⁻, marginal cost, cost and shares as columns."""
        fleet = self.fleet
        coefficients = {"alpha": fleet.alpha, "beta": fleet.beta} if fleet.simple else {}
        return {
            "name": list(fleet.names),
            **coefficients,
            "gamma": fleet.gamma,
            "lower": fleet.minimum,
            "upper": fleet.maximum,
            "production": self.plan,
            "slack_lower": self.slack_lower,
            "slack_upper": self.slack_upper,
            "nu_upper": self.nu_upper,
            "nu_lower": self.nu_lower,
            "marginal_cost": self.marginal_costs,
            "cost": self.costs,
            "cost_share": self.cost_shares,
            "production_share": self.production_shares,
        }


def dispatch(fleet: Fleet, demand: Demand | float) -> Dispatch:
    """The cheapest plan that covers a demand with its reliability, or a certain level, exact and certified.

    PlanningError P002 where D_eff is above the capacity (by more than 1e-6): says by how much, the largest mean and
    the highest reliability that fit; P001 for a negative level.
    """
    if isinstance(demand, Demand):
        level, asked = max(demand.level, 0.0), demand
    else:
        level, asked = float(demand), None
    if level > fleet.capacity + CAPACITY_TOLERANCE:
        raise PlanningError(_too_much(fleet, level, asked))
    if not level >= 0.0:
        text = f"a demand of {level:g} is not a number of at least 0"
        raise PlanningError.of("P001", text, NOWHERE, why="", fix="Give demands of at least 0.")
    level = min(level, fleet.capacity)
    plan, price, cost, certificate = plan_one(fleet, level)
    return Dispatch(
        fleet=fleet, demand=asked, level=level, plan=plan, price=price, cost=cost, certificate=certificate
    )


def prove(fleet: Fleet, level: float, plan: object, price: float) -> Certificate:
    """The certificate of a plan (n,) and a price that came from anywhere, at a demand of `level` units.

    PlanningError P011 where the plan has another number of machines, or numbers that are not finite.
    """
    outputs = np.asarray(plan, dtype=np.float64)
    if outputs.shape != (len(fleet),):
        text = f"the plan has the shape {outputs.shape}, the fleet has {len(fleet)} machines"
        raise PlanningError.of("P011", text, NOWHERE, why="", fix="Give one output per machine.")
    if not (np.isfinite(outputs).all() and np.isfinite([level, price]).all()):
        text = "the plan, the level or the price holds a number that is not finite"
        raise PlanningError.of("P011", text, NOWHERE, why="", fix="Give finite numbers.")
    beyond = max(float((fleet.minimum - outputs).max()), float((outputs - fleet.maximum).max()), 0.0)
    residuals = list(certify_one(fleet.conditions, level, price, fleet.positions(outputs)))
    if not fleet.simple:
        residuals[1] = max(residuals[1], beyond / (level + fleet.conditions.scales.size))
    return Certificate.of(np.array(residuals)[:, None])


def _too_much(fleet: Fleet, level: float, demand: Demand | None) -> Diagnostic:
    over = level - fleet.capacity
    text = f"the demand to cover, {level:.6g}, is {over:.6g} above the capacity of the fleet, {fleet.capacity:.6g}"
    if demand is None:
        return Diagnostic("P002", text, NOWHERE, why="", fix=f"Add {over:.6g} of capacity, or ask for less.")
    rule = demand.rule
    why = f"{rule.title}: D_eff = {rule.formula} = {level:.6g} at p = {demand.reliability:.15g}."
    mean, reliability = largest_mean(demand, fleet.capacity), highest_reliability(demand, fleet.capacity)
    ways = [f"Add {over:.6g} of capacity"]
    if mean is not None and mean > DUST * fleet.capacity:
        ways.append(f"the largest mean that fits is {mean:.6g}")
    elif demand.mean is not None:
        ways.append("no mean fits with these numbers")
    if reliability > DUST:
        ways.append(f"the highest reliability that fits is {reliability:.6g}")
    else:
        ways.append("no reliability can be promised under this assumption")
    return Diagnostic("P002", text, NOWHERE, why=why, fix="; ".join(ways) + ".")


def _share(parts: Array) -> Array:
    total = parts.sum()
    return parts / total if total != 0.0 else np.full(parts.shape, np.nan)
