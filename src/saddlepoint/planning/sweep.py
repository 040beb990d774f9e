"""Many demands at once: costs, prices and levels over mean, scatter, reliability and buffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.planning.fleet import Fleet
from saddlepoint.planning.plans import CAPACITY_TOLERANCE, Plans, plans
from saddlepoint.records import dataclass
from saddlepoint.uncertain import find


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sweep:
    """Costs and prices of s demands under several buffers.

    varied: the swept parameters by name, each (s,); buffers: names as asked for; level, cost, price: buffer → (s,)
    in units, money, money per unit, NaN where the demand does not fit; plans: buffer → plans of the rows that fit,
    if asked for (`fits[buffer]` has their positions).
    """

    fleet: Fleet
    varied: Mapping[str, Array]
    buffers: tuple[str, ...]
    level: Mapping[str, Array]
    cost: Mapping[str, Array]
    price: Mapping[str, Array]
    fits: Mapping[str, Mask]
    plans: Mapping[str, Plans]

    def __len__(self) -> int:
        return len(self.varied["mean_demand"])

    @property
    def complete(self) -> Mask:
        """Rows that fit under every buffer, (s,)."""
        return np.logical_and.reduce([self.fits[name] for name in self.buffers])

    def table(self, complete: bool = True) -> dict[str, Array]:
        """Columns mean_demand, …, <buffer>_cost, …, <buffer>_D_eff; only rows that fit everywhere unless told."""
        rows = self.complete if complete else np.ones(len(self), dtype=bool)
        varied = {k: v[rows] for k, v in self.varied.items() if k == "mean_demand" or np.ptp(v) > 0.0}
        costs = {f"{name}_cost": self.cost[name][rows] for name in self.buffers}
        levels = {f"{name}_D_eff": self.level[name][rows] for name in self.buffers}
        return {**varied, **costs, **levels}


def sweep(
    fleet: Fleet,
    mean: object = None,
    std: object = 0.0,
    reliability: object = 0.95,
    buffers: Sequence[str] = ("normal", "robust"),
    plan: bool = False,
    **parameters: object,
) -> Sweep:
    """The cheapest plans for every combination of arrays that broadcast together, under each buffer.

    mean, std: units; reliability in (0, 1); parameters: what the buffers need more (`dof`, …), numbers or arrays;
    mean None: 50, 100, … up to the capacity. plan: keep plan matrices and certificates. Demands that do not fit
    are NaN. PlanningError P001, P009 (nothing fits), P900 (arrays that do not
    broadcast), U001–U006.
    """
    means = mean_steps(fleet) if mean is None else mean
    swept = [np.asarray(v, dtype=np.float64) for v in (means, std, reliability)]
    shape = _common_shape(swept)
    mu, sigma, p = (np.broadcast_to(v, shape).reshape(-1) for v in swept)
    if (mu < 0.0).any():
        text = f"a mean demand of {mu.min():g} is negative"
        raise PlanningError.of("P001", text, NOWHERE, why="", fix="Give μ ≥ 0.")
    flat = {k: _flat(v, shape) for k, v in parameters.items() if v is not None}
    names = tuple(dict.fromkeys(buffers))
    level = {name: np.broadcast_to(find(name).effective(mu, sigma, p, **flat), mu.shape) for name in names}
    fits = {name: values <= fleet.capacity + CAPACITY_TOLERANCE for name, values in level.items()}
    if not any(fit.any() for fit in fits.values()):
        raise PlanningError(_nothing_fits(fleet, level))
    found = {
        name: plans(fleet, np.maximum(level[name][fit], 0.0), plan=plan, certificate=plan)
        for name, fit in fits.items()
    }
    cost = {name: _spread(found[name].cost, fit) for name, fit in fits.items()}
    price = {name: _spread(found[name].price, fit) for name, fit in fits.items()}
    varied = {"mean_demand": mu, "std": sigma, "reliability": p}
    return Sweep(
        fleet=fleet,
        varied=varied,
        buffers=names,
        level=level,
        cost=cost,
        price=price,
        fits=fits,
        plans=found if plan else {},
    )


def mean_steps(fleet: Fleet, step: float = 50.0) -> Array:
    """step, 2·step, … up to the capacity of the fleet, in units."""
    return np.arange(1.0, np.floor(fleet.capacity / step) + 1.0) * step


def _common_shape(swept: Sequence[Array]) -> tuple[int, ...]:
    """The shape that means, scatters and reliabilities broadcast to; PlanningError P900."""
    shapes = [array.shape for array in swept]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        told = ", ".join(
            f"{name} {shape}" for name, shape in zip(("mean", "std", "reliability"), shapes, strict=True)
        )
        why = "Every combination is meant, so lengths must agree along each axis or be 1."
        fix = "Give single numbers, arrays of one length, or axes of their own: mean[:, None], reliability[None, :]."
        raise PlanningError.of(
            "P900", f"the arrays do not broadcast together: {told}", NOWHERE, why=why, fix=fix
        ) from None


def _flat(value: object, shape: tuple[int, ...]) -> Any:
    array = np.asarray(value, dtype=np.float64)
    return array if array.ndim == 0 or array.shape != shape else array.reshape(-1)


def _spread(values: Array, rows: Mask) -> Array:
    full = np.full(len(rows), np.nan)
    full[rows] = values
    return full


def _nothing_fits(fleet: Fleet, level: Mapping[str, Array]) -> Diagnostic:
    lowest = {name: float(values.min()) for name, values in level.items() if len(values)}
    text = "no demand of the sweep is feasible" if lowest else "the sweep has no demand"
    shown = ", ".join(f"{value:.6g} under {name}" for name, value in lowest.items())
    why = f"The capacity is {fleet.capacity:.6g}; the smallest levels to cover are {shown}." if lowest else ""
    return Diagnostic(
        "P009",
        text,
        NOWHERE,
        why=why,
        fix="Lower the means, the scatter or the reliability; or add capacity.",
    )
