"""The page solves and certifies as Saddlepoint does: the port in JavaScript against the original."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.declare.examples import copy_example
from saddlepoint.report.page.content import PageNumbers
from saddlepoint.report.page.living import living_contents
from saddlepoint.solve.proof.residuals import measure

from .node import run

MEASURES = ("rel_prim", "rel_dual", "gap", "unc", "objective")
MEASURE = """
tell(given.batches.map((b) => Certify.measure({ ...b, Pv: Float64Array.from(b.Pv), Av: Float64Array.from(b.Av) },
  Float64Array.from(b.x), Float64Array.from(b.y), Float64Array.from(b.z))));
"""
SOLVE = """
solver().then((highs) => tell(given.models.map((m) => {
  const program = Living.programOf(m.told, Float64Array.from(m.numbers));
  return m.tries.map(([scenario, by]) => {
    const { status, objective, x, prices, certificate, y, z, batch } = Living.solve(highs, program, scenario, by);
    const { q, l, u, lb, ub, Av } = batch;
    return { status, objective, x, prices, certificate, data: Living.dataOf(program, scenario, by) };
  });
})));
"""


def pattern(dense: Any) -> tuple[Pattern, Any]:
    rows, columns = np.nonzero(dense.T)[1], np.nonzero(dense.T)[0]
    start = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=dense.shape[1]))])
    made = Pattern(dense.shape, start.astype(np.int32), rows.astype(np.int32))
    return made, dense[rows, columns]


def random_batch(rng: np.random.Generator, curved: bool) -> tuple[Batch, Any, Any, Any, int]:
    """A problem with a claimed answer: exact, nearly exact, or nonsense."""
    n, m = int(rng.integers(1, 7)), int(rng.integers(1, 6))
    A = np.where(rng.random((m, n)) < 0.6, rng.normal(size=(m, n)) * 10.0 ** rng.integers(-3, 4), 0.0)
    root = rng.normal(size=(n, n)) if curved else np.zeros((n, n))
    P = root @ root.T
    x = np.where(rng.random(n) < 0.3, 0.0, rng.normal(size=n) * 10.0 ** rng.integers(-2, 5))
    y, z = (np.where(rng.random(k) < 0.5, 0.0, rng.normal(size=k)) for k in (m, n))
    q = A.T @ y + z - P @ x
    kind = rng.integers(3)
    if kind:
        x = x * (1.0 + 10.0 ** (-9.0 if kind == 1 else -2.0) * rng.normal(size=n))
    ax = A @ x
    low = np.where(y > 0, ax, np.where(rng.random(m) < 0.5, -np.inf, ax - rng.random(m)))
    high = np.where(y < 0, ax, np.where(rng.random(m) < 0.5, np.inf, ax + rng.random(m) - (kind == 2) * 0.5))
    lb = np.where(z > 0, x, np.where(rng.random(n) < 0.5, -np.inf, x - rng.random(n)))
    ub = np.where(z < 0, x, np.where(rng.random(n) < 0.5, np.inf, x + rng.random(n)))
    (pa, av), (pp, pv) = pattern(A), pattern(np.triu(P))
    structure = Structure(P=pp, A=pa, F=Pattern.empty(0, n), cones=(), integer=np.zeros(n, bool))
    r = np.array([[float(rng.choice([0.0, 1e9, -(q @ x) - 0.5 * x @ P @ x]))]])
    none = np.zeros((1, 0))
    batch = Batch(
        structure=structure, size=1, P=pv[None], q=q[None], r=r, A=av[None], l=low[None], u=high[None], lb=lb[None], ub=ub[None],
        F=none, g=none,
    )  # fmt: skip
    return batch, x, y, z, int(kind)


def told(batch: Batch, x: Any, y: Any, z: Any) -> dict[str, Any]:
    s = batch.structure

    def of(p: Pattern) -> dict[str, Any]:
        return {"rows": p.shape[0], "columns": p.shape[1], "start": p.indptr, "index": p.indices}

    sides = {k: getattr(batch, k)[0] for k in ("q", "l", "u", "lb", "ub")}
    return {"n": s.n, "m": s.m, "A": of(s.A), "P": of(s.P), "Av": batch.A[0], "Pv": batch.P[0], "r": batch.r[0, 0], **sides,
            "x": x, "y": y, "z": z}  # fmt: skip


def test_the_certificate_of_the_page_is_ours() -> None:
    rng = np.random.default_rng(7)
    made = [random_batch(rng, curved=k % 2 == 1) for k in range(300)]
    found = run(MEASURE, {"batches": [told(*one[:4]) for one in made]})
    verdicts = set()
    for (batch, x, y, z, kind), theirs in zip(made, found, strict=True):
        ours = measure(batch, x[None], y[None], z[None], np.zeros((1, 0)))
        verdicts.add(bool(ours.within(1e-6)[0]))
        for name in MEASURES:
            mine = float(getattr(ours, name)[0])
            # residuals that are nearly rounding (kind 1) may be rounded otherwise
            assert theirs[name] == pytest.approx(mine, rel=1e-5 if kind == 1 else 1e-9, abs=1e-9), (
                name,
                kind,
            )
    assert verdicts == {True, False}


def prepared(name: str, room: Path) -> tuple[saddlepoint.Lab, dict[str, Any]]:
    lab = saddlepoint.open(copy_example(name, room / name))
    numbers = PageNumbers()
    made = living_contents(lab.plan(lab.inputs()), numbers)
    assert isinstance(made, dict), made
    return lab, {"told": made, "numbers": np.frombuffer(numbers.bytes())}


def moved(lab: saddlepoint.Lab, contents: dict[str, Any], by: dict[str, float]) -> tuple[list[float], Any]:
    """Factors by label, and what Saddlepoint finds where whole tables are multiplied by them."""
    labels = [f["label"] for f in contents["told"]["factors"]]
    assert set(by) <= set(labels)
    for name, factor in by.items():
        path = next((lab.folder / "input_data").glob(f"{name}.*"))
        lines = path.read_text("utf-8").splitlines()
        at = lines[0].split(",").index("values")
        rows = [line.split(",") for line in lines[1:] if line.strip()]
        for row in rows:
            row[at] = repr(float(row[at]) * factor)
        path.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n", "utf-8")
    return [by.get(label, 1.0) for label in labels], saddlepoint.open(lab.folder).solve()


def test_the_page_finds_what_saddlepoint_finds(tmp_path: Path) -> None:
    """Linear and quadratic, all scenarios, inputs moved one by one and together."""
    cases: list[tuple[dict[str, Any], list[float], Any]] = []
    for k, by in enumerate([{}, {"demand": 0.8, "carbon_price": 1.5, "availability": 0.9}]):
        lab, contents = prepared("energy_storage", tmp_path / str(k))
        cases.append((contents, *moved(lab, contents, by)))
    models = [
        {**contents, "tries": [[s, factors] for s in range(len(contents["told"]["scenarios"]["labels"]))]}
        for contents, factors, _ in cases
    ]
    for (_, _, ours), theirs in zip(cases, run(SOLVE, {"models": models}), strict=True):
        objective = ours.objective[""]
        for s, one in enumerate(theirs):
            assert one["status"] == "optimal"
            assert one["objective"] == pytest.approx(float(objective[s]), rel=1e-9)


def test_models_that_do_not_fit_say_why(tmp_path: Path) -> None:
    for name, words in [
        ("unit_commitment", "whole numbers"),
        ("portfolio", "cones"),
        ("production_planning_nonlinear", "several problems"),
    ]:
        lab = saddlepoint.open(copy_example(name, tmp_path / name))
        assert words in living_contents(lab.plan(lab.inputs()), PageNumbers())  # type: ignore[operator]


def test_an_input_without_polynomial_has_no_slider(tmp_path: Path) -> None:
    """The square of an input is no polynomial of first order; the other inputs keep their sliders."""
    (tmp_path / "m.yml").write_text(
        'sets: {Cases: {split_problem: true, items: [one]}}\ntables:\n  a: {type: exogenous, coordinates: [], variables_info: {a: }}\n  b: {type: exogenous, coordinates: [], variables_info: {b: }}\n'
        '  x: {type: endogenous, coordinates: [], variables_info: {x: {nonneg: true}}}\n'
        'problem: {objective: ["Minimize(b * x)"], expressions: ["x >= a * a"]}\ndata: {a: 3, b: 2}\n', "utf-8",
    )  # fmt: skip
    lab = saddlepoint.open(tmp_path / "m.yml")
    numbers = PageNumbers()
    made = living_contents(lab.plan(lab.inputs()), numbers)
    assert isinstance(made, dict)
    assert [f["label"] for f in made["factors"]] == ["b"]
    assert made["left_out"] == ["a"]


def test_an_input_that_may_not_be_doubled_has_no_slider(tmp_path: Path) -> None:
    """A probability times two is none: it is left out, and the page is made."""
    _, contents = prepared("inventory_plan", tmp_path)
    told = contents["told"]
    assert any("service" in label or "reliab" in label or "promise" in label for label in told["left_out"]), (
        told["left_out"]
    )
    assert told["factors"]


def test_a_model_whose_decisions_follow_outcomes_along_stages_has_no_plan_to_solve() -> None:
    m = saddlepoint.Model("valley")
    months = m.set("Months", range(2))
    rain = m.set("Rain", ["dry", "wet"], probability="likely", along=months)
    m.data("likely", rain, [0.5, 0.5])
    use = m.decide("use", months, rain, lower=0)
    m.subject_to(demand=use >= m.data("need", months, rain, [[1.0, 2], [3, 4]]))
    m.minimise(call("sum", call("expect", use, over=rain), over=months))
    lab = m.lab
    assert living_contents(lab.plan(lab.inputs()), PageNumbers()) == ""  # the page says so once, at its head
