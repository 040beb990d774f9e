"""Machines with convex costs and bounded output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.planning.certificate import Conditions
from saddlepoint.planning.checks import check_fleet
from saddlepoint.planning.numbered import Numbered
from saddlepoint.printing.grid import grid, number
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels.supply import SupplyCurve

MOST: Final = 100_000_000
"""Machines that a random fleet has at most."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fleet:
    """n machines whose marginal cost 2αx + β rises piece by piece between a minimum and a maximum output.

    names: (n,); gamma: fixed costs, (n,), in money; alpha, beta, lower, upper: one entry per piece, (m,), in money
    per unit squared, money per unit, units, units; first: position of each machine's first piece, (n,). A machine
    with quadratic cost αx² + βx + γ on [lower, upper] is one piece; `simple`: all are, so that m = n.
    """

    names: Sequence[str]
    alpha: Array
    beta: Array
    gamma: Array
    lower: Array
    upper: Array
    first: Index
    simple: bool = field(init=False, repr=False)
    fixed_cost: float = field(init=False, repr=False)
    _supply: SupplyCurve | None = field(init=False, repr=False, default=None)
    _conditions: Conditions | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "simple", len(self.first) == len(self.alpha))
        object.__setattr__(self, "fixed_cost", float(self.gamma.sum()))

    @classmethod
    def of(
        cls,
        alpha: object,
        beta: object,
        gamma: object = 0.0,
        lower: object = 0.0,
        upper: object = np.inf,
        names: Iterable[str] | None = None,
    ) -> Fleet:
        """A fleet from numbers or sequences, one entry per machine; scalars are repeated.

        Rows that follow each other with the same name are the pieces of one machine's cost curve: each has its own
        alpha and beta from its `lower` to its `upper`, where the next one begins. PlanningError P003–P008.
        """
        given = (alpha, beta, gamma, lower, upper)
        a, b, g, l, u = _columns(given)
        labels = Numbered(len(a)) if names is None else [str(name) for name in names]
        first, found = check_fleet(labels, a, b, g, l, u)
        if found:
            raise PlanningError(found)
        a, b, l, u = (np.array(part, dtype=np.float64) for part in (a, b, l, u))
        own = labels if isinstance(labels, Numbered) else tuple(labels[k] for k in first.tolist())
        return cls(names=own, alpha=a, beta=b, gamma=np.add.reduceat(g, first), lower=l, upper=u, first=first)

    @classmethod
    def of_columns(cls, columns: Mapping[str, Sequence[Any]] | Any) -> Fleet:
        """A fleet from columns `alpha`, `beta`, `upper` and, if they are there, `gamma`, `lower`, `name`.

        columns: a mapping, or a pandas or polars data frame. Other names are known too: `min`, `minimum`, `max`,
        `capacity`, `u`, `fixed`, `machine`, `unit`. PlanningError P003–P008.
        """
        from saddlepoint.planning.fleet_table import machines_of_columns

        return cls.of(**machines_of_columns(columns))

    @classmethod
    def of_file(cls, path: object, tab: str | None = None) -> Fleet:
        """A fleet from a .csv or .xlsx file with those columns; `tab` names the sheet of a workbook."""
        from saddlepoint.planning.fleet_table import machines_of_file

        return cls.of(**machines_of_file(path, tab))

    @classmethod
    def random(
        cls,
        n: int,
        seed: int | None = None,
        alpha: tuple[float, float] = (0.05, 0.2),
        beta: tuple[float, float] = (2.0, 5.0),
        gamma: tuple[float, float] = (10.0, 20.0),
        upper: tuple[float, float] = (50.0, 150.0),
    ) -> Fleet:
        """n machines with uniform coefficients, drawn in the order α, β, γ, u from numpy's default_rng(seed).

        PlanningError P010 for a pair whose first number is above its second, or for n below 1.
        """
        ranges = {"alpha": alpha, "beta": beta, "gamma": gamma, "upper": upper}
        found = [_crossed(name, low, high) for name, (low, high) in ranges.items() if not low <= high]
        if n < 1:
            found.append(
                Diagnostic(
                    "P010", f"a fleet of {n} machines is not possible", NOWHERE, why="", fix="Give n ≥ 1."
                )
            )
        if n > MOST:
            fix = f"Give n ≤ {MOST:,}."
            found.append(
                Diagnostic("P010", f"a fleet of {n:,} machines is too large", NOWHERE, why="", fix=fix)
            )
        if seed is not None and seed < 0:
            found.append(
                Diagnostic("P010", f"the seed {seed} is negative", NOWHERE, why="", fix="Give a seed ≥ 0.")
            )
        if found:
            raise PlanningError(found)
        rng = np.random.default_rng(seed)
        a, b, g, u = (rng.uniform(low, high, n) for low, high in ranges.values())
        return cls.of(a, b, g, 0.0, u)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def last(self) -> Index:
        """Position of each machine's last piece, (n,)."""
        return np.append(self.first[1:], len(self.alpha)) - 1

    @property
    def minimum(self) -> Array:
        """Least output of each machine, (n,)."""
        return self.lower if self.simple else self.lower[self.first]

    @property
    def maximum(self) -> Array:
        """Greatest output of each machine, (n,)."""
        return self.upper if self.simple else self.upper[self.last]

    @property
    def capacity(self) -> float:
        """Total of the greatest outputs."""
        return self.supply.capacity

    @property
    def supply(self) -> SupplyCurve:
        """The exact supply curve, sorted when first asked for."""
        if self._supply is None:
            curve = SupplyCurve.of(self.alpha, self.beta, self.lower, self.upper, self.first)
            object.__setattr__(self, "_supply", curve)
        assert self._supply is not None
        return self._supply

    @property
    def conditions(self) -> Conditions:
        """The data of the optimality conditions, prepared when first asked for."""
        if self._conditions is None:
            base = float(self.minimum.sum())
            data = Conditions.of(self.alpha, self.beta, self.lower, self.upper, base)
            object.__setattr__(self, "_conditions", data)
        assert self._conditions is not None
        return self._conditions

    def per_machine(self, pieces: Array) -> Array:
        """Sums over the pieces of each machine, last axis m → n."""
        return pieces if self.simple else np.add.reduceat(pieces, self.first, axis=-1)

    def output(self, positions: Array) -> Array:
        """Output of each machine from the positions within its pieces, last axis m → n."""
        if self.simple:
            return positions
        return self.minimum + self.per_machine(positions - self.lower)

    def positions(self, outputs: Array) -> Array:
        """Positions within the pieces, last axis n → m: a piece is used when those before it are full."""
        if self.simple:
            return outputs
        return np.clip(np.repeat(outputs, self._counts(), axis=-1), self.lower, self.upper)

    def costs(self, positions: Array) -> Array:
        """Production cost of each machine, γ included: αx² + βx + γ for a quadratic one; last axis m → n."""
        variable = (self.alpha * positions + self.beta) * positions
        if not self.simple:
            start = (self.alpha * self.lower + self.beta) * self.lower
            start[self.first] = 0.0
            variable = self.per_machine(variable - start)
        return variable + self.gamma

    def marginal_costs(self, positions: Array) -> Array:
        """2αx + β of the piece in which each machine works (of the fuller one at a step), last axis m → n."""
        marginal = 2.0 * self.alpha * positions + self.beta
        if self.simple:
            return marginal
        used = np.where(positions > self.lower, np.arange(len(self.alpha)), self.first.repeat(self._counts()))
        return np.take_along_axis(marginal, np.maximum.reduceat(used, self.first, axis=-1), axis=-1)

    def _counts(self) -> Index:
        return np.diff(np.append(self.first, len(self.alpha)))

    def merit_order(self) -> dict[str, Any]:
        """Pieces from the cheapest first unit up: rank, machine, marginal cost of first and last unit, range, total.

        `cumulative` is the capacity of all pieces so far, minimum outputs included.
        """
        start, end = 2.0 * self.alpha * self.lower + self.beta, 2.0 * self.alpha * self.upper + self.beta
        order = np.lexsort((end, start))
        width = (self.upper - self.lower)[order]
        owner = np.repeat(np.arange(len(self)), self._counts())[order]
        return {
            "rank": np.arange(1, len(order) + 1),
            "machine": [self.names[k] for k in owner.tolist()],
            "first_marginal_cost": start[order],
            "last_marginal_cost": end[order],
            "lower": self.lower[order],
            "upper": self.upper[order],
            "cumulative": float(self.minimum.sum()) + np.cumsum(width),
        }

    def table(self) -> dict[str, Any]:
        """The fleet as columns, one row per piece: name, alpha, beta, gamma, lower, upper."""
        counts = self._counts()
        gamma = np.zeros(len(self.alpha))
        gamma[self.first] = self.gamma
        names = [name for name, count in zip(self.names, counts.tolist(), strict=True) for _ in range(count)]
        parts = {
            "alpha": self.alpha,
            "beta": self.beta,
            "gamma": gamma,
            "lower": self.lower,
            "upper": self.upper,
        }
        return {"name": names, **parts}

    def __str__(self) -> str:
        table = {k: list(v) if k == "name" else v.tolist() for k, v in self.table().items()}
        lines = grid(list(table), list(zip(*table.values(), strict=True)))
        return "\n".join([*lines, f"total capacity {number(self.capacity)}"])


def _columns(given: tuple[object, ...]) -> Sequence[Array]:
    """Numbers and sequences as columns of one length; PlanningError P006."""
    try:
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in given))
        if columns[0].ndim == 1:
            return columns
        reason = "they are tables, not columns"
    except (ValueError, TypeError) as error:
        reason = str(error)
    text = f"alpha, beta, gamma, lower, upper do not fit together: {reason}"
    raise PlanningError.of("P006", text, NOWHERE, why="", fix="Give numbers, or sequences of one length.")


def _crossed(name: str, low: float, high: float) -> Diagnostic:
    text = f"the range of {name}, from {low:g} to {high:g}, is upside down"
    return Diagnostic("P010", text, NOWHERE, why="", fix="Give the smaller number first.")
