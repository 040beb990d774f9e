"""Matrix models handed to `solve`, as programs, and made smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.fuzz.case import Case, Numbers, Scenario, in_units
from benchmarks.fuzz.judge import Finding, judge
from benchmarks.fuzz.whole import counted
from saddlepoint.solve.solve import solve


@dataclass(frozen=True)
class MatrixModel:
    """A case that is solved as a batch."""

    case: Case

    @property
    def flavours(self) -> tuple[str, ...]:
        return self.case.flavours

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        return self.case.scenarios

    def only(self, positions: list[int]) -> MatrixModel:
        return MatrixModel(self.case.only(positions))

    def attempt(self) -> tuple[Finding, ...]:
        return tuple(judge(self.case, solve(self.case.batch())))

    def smaller(self) -> Iterator[MatrixModel]:
        """Simpler models whose answers are still known; whole numbers are counted out again."""
        for case in shrunk(self.case):
            if self.case.integer.any():
                try:
                    case = case.mapped(lambda s, i=case.integer: replace(s, truth=counted(s.numbers, i)))
                except (IndexError, ValueError):
                    continue
            if all(s.truth.status != "unknown" for s in case.scenarios):
                yield MatrixModel(case)

    def script(self) -> str:
        return script(self.case)


def of(draw: Callable[[Generator], Case]) -> Callable[[Generator], MatrixModel]:
    """The drawing of a matrix model."""
    return lambda rng: MatrixModel(draw(rng))


def shrunk(case: Case) -> Iterator[Case]:
    """Simpler models with known answers: fewer scenarios, rows, columns, cones; plain units; no constant."""
    if len(case.scenarios) > 1:
        yield from (case.only([k]) for k in range(len(case.scenarios)))
        yield from (
            case.only([j for j in range(len(case.scenarios)) if j != k]) for k in range(len(case.scenarios))
        )
    m, n = case.scenarios[0].numbers.A.shape
    yield from (case.mapped(lambda s, i=i: without_row(s, i)) for i in range(m))
    first = 0
    for k, cone in enumerate(case.cones):
        rows = np.arange(first, first + cone.size)
        kept = case.cones[:k] + case.cones[k + 1 :]
        yield replace(case.mapped(lambda s, rows=rows: without_cone(s, rows)), cones=kept)
        first += cone.size
    if n > 1:
        for j in range(n):
            yield replace(
                case.mapped(lambda s, j=j: without_column(s, j)), integer=np.delete(case.integer, j)
            )
    yield from plainer(case)


def plainer(case: Case) -> Iterator[Case]:
    """The same model with some of its units one, or without the constant."""
    m, n = case.scenarios[0].numbers.A.shape
    for name in ("objective", "rows", "columns", "blocks"):
        if any(np.any(getattr(s.units, name) != 1) for s in case.scenarios):
            yield case.mapped(lambda s, name=name: _one(s, name))
    for name, size in (("rows", m), ("columns", n)):
        for i in range(size):
            if any(getattr(s.units, name)[i] != 1 for s in case.scenarios):
                yield case.mapped(lambda s, name=name, i=i: _one(s, name, i))
    if any(s.numbers.r for s in case.scenarios):
        yield case.mapped(lambda s: replace(s, numbers=replace(s.numbers, r=0.0)))


def _one(s: Scenario, name: str, at: int | None = None) -> Scenario:
    unit = getattr(s.units, name)
    if at is None:
        return replace(
            s, units=replace(s.units, **{name: np.ones_like(unit) if name != "objective" else 1.0})
        )
    changed = unit.copy()
    changed[at] = 1.0
    return replace(s, units=replace(s.units, **{name: changed}))


def without_row(s: Scenario, i: int) -> Scenario:
    """Row i left out; its price goes into the costs, so that plan and prices stay right."""
    d, t = s.numbers, s.truth
    y = t.y[i] if len(t.y) else 0.0
    q, objective = d.q, t.objective
    if t.status == "optimal" and y:
        q = d.q - y * d.A[i]
        objective = float(0.5 * t.x @ d.P @ t.x + q @ t.x)
    numbers = replace(d, q=q, A=np.delete(d.A, i, 0), l=np.delete(d.l, i), u=np.delete(d.u, i))
    truth = replace(t, objective=objective, y=np.delete(t.y, i) if len(t.y) else t.y)
    if t.status == "infeasible" and y:
        truth = replace(truth, status="unknown")
    return Scenario(numbers, replace(s.units, rows=np.delete(s.units.rows, i)), truth)


def without_cone(s: Scenario, rows: NDArray[np.int64]) -> Scenario:
    """A cone left out; its price goes into the costs."""
    d, t = s.numbers, s.truth
    q, objective, w = d.q, t.objective, t.w
    truth = t
    if t.status == "optimal":
        q = d.q - d.F[rows].T @ w[rows]
        objective = float(0.5 * t.x @ d.P @ t.x + q @ t.x)
    if t.status == "infeasible" and np.any(w[rows]):
        truth = replace(t, status="unknown")
    numbers = replace(d, q=q, F=np.delete(d.F, rows, 0), g=np.delete(d.g, rows))
    truth = replace(truth, objective=objective, w=np.delete(w, rows) if len(w) else w)
    return Scenario(numbers, replace(s.units, blocks=np.delete(s.units.blocks, rows)), truth)


def without_column(s: Scenario, j: int) -> Scenario:
    """Column j fixed at its value of the plan and moved to the constant sides."""
    d, t = s.numbers, s.truth
    x = t.x[j] if len(t.x) else 0.0
    others = np.delete(np.arange(len(d.q)), j)
    q = d.q[others] + d.P[others, j] * x
    l, u, g = d.l - d.A[:, j] * x, d.u - d.A[:, j] * x, d.g + d.F[:, j] * x
    numbers = Numbers(
        d.P[np.ix_(others, others)],
        q,
        d.r,
        d.A[:, others],
        l,
        u,
        d.lb[others],
        d.ub[others],
        d.F[:, others],
        g,
    )
    left, z = (v[others] if len(v) else v for v in (t.x, t.z))
    truth = replace(t, x=left, z=z)
    if t.status == "optimal":
        truth = replace(truth, objective=float(0.5 * left @ numbers.P @ left + q @ left))
    if (t.status == "infeasible" and t.z[j]) or (t.status == "unbounded" and t.z[j]):
        truth = replace(truth, status="unknown")
    return Scenario(numbers, replace(s.units, columns=s.units.columns[others]), truth)


def script(case: Case) -> str:
    """A program that builds the batch of a case and solves it."""
    batch = case.batch()
    s = batch.structure
    lines = [
        "import numpy as np",
        "from numpy import array, float64, inf, int32",
        "from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure",
        "from saddlepoint.solve.solve import solve",
        "",
    ]
    for name in "PAF":
        p = getattr(s, name)
        indices = f"np.array({p.indices.tolist()}, int32)"
        lines.append(f"{name} = Pattern({p.shape}, np.array({p.indptr.tolist()}, int32), {indices})")
    cones = ", ".join(f"Cone(ConeKind.{c.kind.name}, {c.size}, {c.alpha!r})" for c in s.cones)
    lines.append(
        f"structure = Structure(P=P, A=A, F=F, cones=({cones}{',' if s.cones else ''}), integer=np.array({s.integer.tolist()}, bool))"
    )
    for name in ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g"):
        array = getattr(batch, name)
        lines.append(
            f"{name.lower() if name in 'PAF' else name}_ = np.array({array.tolist()}, float).reshape({array.shape})"
        )
    lines += [
        f"batch = Batch(structure=structure, size={batch.size}, P=p_, q=q_, r=r_, A=a_, l=l_, u=u_, lb=lb_, ub=ub_, F=f_, g=g_)",
        "s = solve(batch)",
        "print(s.status, s.objective, s.x, s.method, s.messages)",
    ]
    for k, scenario in enumerate(case.scenarios):
        t, d = scenario.truth, in_units(scenario.numbers, scenario.units)
        value = t.objective * scenario.units.objective + d.r
        lines.append(
            f"# scenario {k}: {t.status}" + (f", objective {value!r}" if t.status == "optimal" else "")
        )
        if len(t.x):
            lines.append(f"#   plan {(t.x * scenario.units.columns).tolist()}")
    return "\n".join(lines)
