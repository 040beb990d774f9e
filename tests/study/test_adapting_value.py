"""What decisions gain by reacting: against the same model with numbers that cannot react, and as a command prints it."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint import Model, call
from saddlepoint.errors import StudyError
from saddlepoint.report.adapting_text import adapting_data, adapting_text


def two_stores(adapts: bool = True) -> Model:
    """Stock x before demand is seen; transport y afterwards: of two stores only one can have a high demand (budget 1)."""
    m = Model()
    stores = m.set("S", ["a", "b"])
    d = m.uncertain("D", stores, distribution="support", mean=0, lower=0, upper=10, against="budget(1)")
    x = m.decide("x", stores, lower=0)
    y = m.decide("y", stores, lower=0, adapts="D" if adapts else ())
    most = m.decide("most")
    m.minimise(most)
    m.subject_to(served=call("robust", x + y >= d))
    spent = call("sum", 2 * x + 3 * y, over=stores) <= most
    m.subject_to(total=call("robust", spent) if adapts else spent)
    return m


def test_gain_is_what_a_static_plan_costs_more() -> None:
    (found,) = two_stores().lab.adapting()
    static = float(two_stores(adapts=False).solve().objective[""][0])
    assert static == pytest.approx(40.0)
    assert found.static == pytest.approx([static])
    assert found.rules == pytest.approx([30.0])
    assert found.gain == pytest.approx([10.0])
    assert found.still == ("y",)
    text = adapting_text([found])
    assert "static: y decided once" in text and "25.00 %" in text
    assert adapting_data([found])[0]["static"] == pytest.approx(40.0)


def test_what_must_react_is_named() -> None:
    m = Model()
    weeks = m.set("W", [1, 2])
    d = m.uncertain("D", weeks, distribution="support", mean=5, lower=4, upper=6, against="box")
    s = m.decide("s", weeks, lower=0, adapts="D up to W")
    o = m.decide("o", weeks, lower=0, adapts="D before W")
    m.minimise(call("mean", call("sum", o, over=weeks) + 0.1 * call("sum", s, over=weeks)))
    m.subject_to(balance=call("robust", s == call("lag", s, weeks, first=0) + o - d))
    (found,) = m.lab.adapting()
    assert np.isnan(found.without["s"]).all()
    assert found.still == ("o",)
    assert "s: must react" in adapting_text([found])
    assert float(found.gain[0]) >= 0.0


def test_models_without_rules_are_told() -> None:
    m = Model()
    x = m.decide("x", lower=1)
    m.minimise(x)
    m.subject_to(most=x <= 5)
    with pytest.raises(StudyError, match="no decision of this model adapts"):
        m.lab.adapting()
