"""Every word over outcomes, as one problem and by cuts: the same optimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.building.expression import Expression


def _goal(
    m: saddlepoint.Model,
    word: str,
    before: Any,
    cost: Expression,
    kept: Any,
    nodes: Any,
    limits: tuple[float, float],
) -> None:
    """The objective, or a relation beside the expected cost; limits: of the worst and of the tail, which bind."""
    said: dict[str, tuple[float, ...]] = {"expect": (), "worst": (), "cvar": (0.8,)}
    if word in said:
        m.minimise(before + call(word, cost, *said[word], over=nodes))
        return
    m.minimise(before + call("expect", cost, over=nodes))
    if word == "chance":
        m.subject_to(kept=call("chance", kept, 0.7, over=nodes))
    elif word == "worst <=":
        m.subject_to(risk=call("worst", cost, over=nodes) <= limits[0])
    else:
        m.subject_to(risk=call("cvar", cost, 0.8, over=nodes) <= limits[1])


def _once(word: str) -> saddlepoint.Model:
    rng, m = np.random.default_rng(5), saddlepoint.Model("once")
    w = m.set("W", range(14), probability="p")
    m.data("p", w, rng.dirichlet(np.ones(14)))
    need, dear = m.data("need", w, rng.uniform(2, 9, 14)), m.data("dear", w, rng.uniform(1, 3, 14))
    made = m.decide("made", lower=0, upper=200)
    more, lack = (m.decide(name, w, lower=0, upper=200) for name in ("more", "lack"))
    m.subject_to(serve=made + more + lack >= need)
    _goal(m, word, 1.2 * made, dear * more + 6 * lack, made >= need, w, (5.0, 4.0))
    return m


def _tree(word: str) -> saddlepoint.Model:
    rng, m = np.random.default_rng(5), saddlepoint.Model("tree")
    names = ["now", *"abc", *(a + b for a in "abc" for b in "abc")]
    w = m.set("W", names, parent=["", *["now"] * 3, *(a for a in "abc" for _ in "abc")], probability="p")
    m.data("p", w, [1.0, *[1 / 3] * 3, *[1 / 9] * 9])
    need, dear = m.data("need", w, rng.uniform(2, 9, 13)), m.data("dear", w, rng.uniform(1, 3, 13))
    made, lack = (m.decide(name, w, lower=0, upper=20) for name in ("made", "lack"))
    stock = m.decide("stock", w, lower=0, upper=5)
    m.subject_to(serve=call("lag", stock, w, first=1) + made + lack - stock == need)
    _goal(m, word, 0.0, dear * made + 6 * lack + 0.1 * stock, lack <= 0, w, (59.6, 56.5))
    return m


@pytest.mark.parametrize("make", [_once, _tree])
@pytest.mark.parametrize("word", ["expect", "worst", "cvar", "worst <=", "cvar <=", "chance"])
def test_the_optimum_is_that_of_one_problem(
    make: Callable[[str], saddlepoint.Model], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relations that look at several outcomes (cvar) and whole decisions over a tree stay one problem, whatever their number."""
    want = make(word).solve().objective[""][0]
    kernel, nested = "saddlepoint.solve.decomposition.kernel", "saddlepoint.solve.decomposition.nested.kernel"
    monkeypatch.setattr(f"{kernel}.FEWEST", 2)
    monkeypatch.setattr(f"{kernel}.FEWEST_WHOLE", 2)
    monkeypatch.setattr(f"{nested}.FEWEST", 2)
    model = make(word)
    whole = word == "cvar <=" or (word == "chance" and make is _tree)
    assert ("joined by cuts" in str(model.lab.explain())) == (not whole)
    assert model.solve().objective[""][0] == pytest.approx(want, rel=2e-7)
