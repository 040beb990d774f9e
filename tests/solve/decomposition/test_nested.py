"""Nested decomposition of declared trees against the extensive form."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.decomposition.histories import OutcomeTree, histories_of
from saddlepoint.solve.decomposition.master import dense_batch
from saddlepoint.solve.decomposition.nested.kernel import tree_kernel
from saddlepoint.solve.decomposition.nested.nodes import nodes_of
from saddlepoint.solve.decomposition.nested.tree_search import TreeSearch
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve


def parents_of(branches: tuple[int, ...]) -> np.ndarray:
    """Every node of a depth has as many children as `branches` says."""
    out, last = [-1], [0]
    for count in branches:
        made = [(p, len(out) + k) for k, p in enumerate(np.repeat(last, count).tolist())]
        out += [p for p, _ in made]
        last = [at for _, at in made]
    return np.array(out)


def stores(
    seed: int, branches: tuple[int, ...], *, missing: bool, before: bool, back: int = 1
) -> tuple[Batch, np.ndarray, np.ndarray]:
    """At every node something is made, stored and delivered; the stock of `back` nodes before comes in. missing: what is not delivered is paid for, else it must
    be; before: a store whose size is decided before all. The labels of the columns and the parents of the nodes beside."""
    rng = np.random.default_rng(seed)
    parents = parents_of(branches)
    count, width, first = len(parents), 4, int(before)
    n = first + count * width
    rows, labels = np.zeros((count * (2 + first), n)), np.full(n, -1)
    low, high = np.full(len(rows), -np.inf), np.full(len(rows), np.inf)
    q, ub = np.zeros(n), np.full(n, np.inf)
    share = np.ones(count)
    for v in range(count):
        made, stock, gone, lack = (first + v * width + k for k in range(4))
        labels[made : lack + 1] = v
        kin = np.flatnonzero(parents == parents[v]) if v else np.array([0])
        share[v] = (share[parents[v]] if v else 1.0) / len(kin)
        up = v
        for _ in range(back):
            up = parents[up] if up >= 0 else -1
        rows[v, [made, stock, gone]] = rng.uniform(0.8, 1.2), -1.0, -1.0
        if up >= 0:
            rows[v, first + up * width + 1] = rng.uniform(0.8, 1.0)
        low[v] = high[v] = -2.0 if up < 0 else 0.0
        rows[count + v, [gone, lack]], low[count + v] = (1.0, float(missing)), rng.uniform(1.0, 9.0)
        if before:
            rows[2 * count + v, [stock, 0]], high[2 * count + v] = (1.0, -1.0), 0.0
        q[made], q[stock], q[lack] = share[v] * rng.uniform(1, 6), share[v] * 0.1, share[v] * 20.0
        ub[made], ub[stock], ub[lack] = 7.0, 12.0, 1e3 if missing else 0.0
    if before:
        q[0], ub[0] = 0.4, 30.0
    batch = dense_batch(rows, q=q, r=5.0, l=low, u=high, lb=np.zeros(n), ub=ub, integer=np.zeros(n, bool))
    return batch, labels, parents


@pytest.mark.parametrize(
    ("branches", "missing", "before", "back"),
    [
        ((3, 3), True, True, 1),
        ((2, 1, 3), True, False, 2),
        ((4,), True, True, 1),
        ((2, 2, 2, 2), False, True, 1),
        ((3, 2, 2), False, False, 2),
    ],
)
def test_answer_is_that_of_the_extensive_form(
    branches: tuple[int, ...], missing: bool, before: bool, back: int
) -> None:
    """Where everything must be delivered, nodes below may have no plan: cuts of feasibility, and trees that have none at all."""
    seen = set()
    for seed in range(4):
        batch, labels, parents = stores(seed, branches, missing=missing, before=before, back=back)
        want = solve(batch, Options(solver="highs"))
        found = solve(batch, kernels=(tree_kernel(labels, parents, Options(), fewest=1),))
        assert found.status[0] == want.status[0]
        seen.add(Status(int(want.status[0])))
        if want.status[0] == Status.OPTIMAL:
            assert str(found.method[0]) == "nested decomposition" or find_spec("numba") is None
            assert found.objective[0] == pytest.approx(want.objective[0], rel=1e-7)
            assert found.certificates.verified[0]
    assert Status.OPTIMAL in seen


def test_the_bound_lies_below_the_optimum_and_never_falls() -> None:
    batch, labels, parents = stores(1, (3, 3, 2), missing=True, before=True)
    found = histories_of(batch, 0, labels, OutcomeTree(parents=parents, shares=np.ones(len(parents))))
    assert not isinstance(found, str)
    search = TreeSearch.begun(nodes_of(found), Options())
    best, last = float(solve(batch).objective[0]) - 5.0, -np.inf
    for _ in range(20):
        assert search.ahead()
        assert last <= search.bound <= best + 1e-9 and search.cost >= best - 1e-9
        last = search.bound
    assert last == pytest.approx(best, rel=1e-7)


def test_a_tree_of_many_nodes_takes_the_route_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddlepoint.solve.decomposition.nested.kernel.FEWEST", 7)
    m = saddlepoint.Model("valley")
    names = ["now", *(f"{a}" for a in "ab"), *(f"{a}{b}" for a in "ab" for b in "ab")]
    nodes = m.set("Nodes", names, parent=["", "now", "now", "a", "a", "b", "b"], outcomes=True)
    inflow = m.data("inflow", nodes, [3, 8, 1, 8, 1, 8, 1])
    stock, turbine = m.decide("stock", nodes, lower=0, upper=10), m.decide("turbine", nodes, lower=0, upper=6)
    thermal = m.decide("thermal", nodes, lower=0)
    m.subject_to(
        water=stock == call("lag", stock, nodes, first=5) + inflow - turbine, demand=turbine + thermal >= 6
    )
    m.minimise(call("expect", 20 * thermal, over=nodes))
    assert "7 nodes of a tree are solved one by one and joined by cuts (nested decomposition)" in str(
        m.lab.explain()
    )
    run = m.solve()
    assert run.objective[""] == pytest.approx(60.0)
