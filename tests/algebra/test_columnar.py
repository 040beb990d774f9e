"""Values over scenarios: taking, putting, choosing and joining say the same, whatever the fields."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import Coded, Columnar, Notes, concat, size_of
from saddlepoint.algebra.structure import Batch, Pattern, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner(Columnar):
    proven: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Columnar):
    name: str
    cost: NDArray[np.float64]
    plan: NDArray[np.float64]
    tables: dict[str, NDArray[np.float64]]
    inner: Inner
    method: Coded[str]
    notes: Notes


def value(seed: int, size: int, width: int = 3) -> Value:
    rng = np.random.default_rng(seed)
    return Value(
        name="plan",
        cost=rng.random(size),
        plan=rng.random((size, width)),
        tables={"a": rng.random((size, 2)), "b": rng.random((size, 1))},
        inner=Inner(proven=rng.random(size) < 0.5),
        method=Coded.concat([Coded.all(1, "xyz"[k]) for k in rng.integers(0, 3, size)])
        if size
        else Coded(np.zeros(0, np.int16), ()),
        notes=Notes({s: f"note {s}" for s in range(size) if rng.random() < 0.3}),
    )


def rows(v: Value) -> list[tuple[object, ...]]:
    """Everything that is said of each scenario."""
    return [
        (
            v.cost[s],
            *v.plan[s],
            *v.tables["a"][s],
            *v.tables["b"][s],
            bool(v.inner.proven[s]),
            v.method[s],
            v.notes.get(s),
        )
        for s in range(size_of(v))
    ]


@given(st.integers(0, 1000), st.integers(1, 6), st.data())
def test_take_put_where_and_concat_agree_with_lists(seed: int, size: int, data: st.DataObject) -> None:
    one, other = value(seed, size), value(seed + 1, size)
    have, new = rows(one), rows(other)
    some = np.array(data.draw(st.lists(st.integers(0, size - 1), unique=True)), np.int64)
    assert rows(one.take(some)) == [have[s] for s in some]
    put = list(have)
    for s in some.tolist():
        put[s] = new[s]
    assert rows(one.put(some, other.take(some))) == put
    mask = np.isin(np.arange(size), some)
    assert rows(one.where(mask, other)) == put
    assert rows(concat([one, other.take(some), one])) == [*have, *(new[s] for s in some), *have]
    assert rows(one) == have


@given(st.integers(0, 1000), st.integers(1, 8), st.integers(0, 8))
def test_cutting_and_joining_is_nothing(seed: int, size: int, cut: int) -> None:
    one = value(seed, size)
    parts = [p for p in np.split(np.arange(size), [min(cut, size)]) if len(p)]
    joined = concat([one.take(p) for p in parts])
    assert rows(joined) == rows(one)
    assert joined.name == "plan"


def test_only_codes_in_use_are_kept() -> None:
    both = Coded.concat([Coded.all(2, "highs"), Coded.all(1, "clarabel")])
    assert both.take(np.array([2])).values == ("clarabel",)
    assert both.put(np.array([2]), Coded.all(1, "highs")).values == ("highs",)


def test_wider_arrays_are_padded_with_nothing() -> None:
    narrow, wide = value(1, 2, width=1), value(2, 2, width=3)
    both = concat([narrow, wide])
    assert both.plan.shape == (4, 3)
    assert np.isnan(both.plan[:2, 1:]).all()
    put = wide.put(np.array([0]), narrow.take(np.array([1])))
    assert put.plan[0, 0] == narrow.plan[1, 0]
    assert np.isnan(put.plan[0, 1:]).all()
    assert (put.plan[1] == wide.plan[1]).all()


def test_a_field_that_was_never_filled_takes_the_shape_of_what_is_put() -> None:
    empty = Value.filled(
        3, name="", tables={"a": np.zeros((3, 2)), "b": np.zeros((3, 1))}, inner=Inner.filled(3),
        method=Coded.all(3, "none"), notes=Notes(),
    )  # fmt: skip
    found = empty.put(np.array([1]), value(3, 1))
    assert found.plan.shape == (3, 3)
    assert np.isnan(found.plan[[0, 2]]).all()
    assert not found.inner.proven[0]


def test_erased_numbers_are_nan_and_truths_false() -> None:
    gone = value(4, 3).erased(np.array([False, True, False]))
    assert np.isnan(gone.plan[1]).all() and np.isnan(gone.tables["a"][1]).all()
    assert not np.isnan(gone.plan[[0, 2]]).any()
    assert not gone.inner.proven[1]


def test_shared_arrays_of_a_batch_stay_shared() -> None:
    nothing = Pattern.empty(2, 2)
    structure = Structure(
        P=nothing, A=Pattern.empty(0, 2), F=Pattern.empty(0, 2), cones=(), integer=np.zeros(2, bool)
    )
    none = np.zeros((1, 0))
    shared = {"P": none, "r": np.zeros((1, 1)), "A": none, "l": none, "u": none, "F": none, "g": none}
    bounds = {"lb": np.zeros((1, 2)), "ub": np.arange(6.0).reshape(3, 2)}
    batch = Batch(structure=structure, size=3, q=np.ones((1, 2)), **shared, **bounds)
    part = batch.take(np.array([2, 0]))
    assert part.size == 2 and len(part.q) == 1 and part.ub.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    again = concat([batch.take(np.array([0])), batch.take(np.array([1, 2]))])
    assert again.size == 3 and len(again.q) == 1
    assert all(np.array_equal(getattr(again, f.name), getattr(batch, f.name)) for f in fields(Batch)[2:])
    other = concat([batch, replace(batch, q=np.zeros((1, 2)))])
    assert other.q.tolist() == [[1.0, 1.0]] * 3 + [[0.0, 0.0]] * 3 and other.size == 6
