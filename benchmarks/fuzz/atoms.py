"""Curved terms of models written as formulas: text, value and slope in natural units, what they are called in the units of a model.

A term is a weight times a convex function of the columns x (n,), drawn with its numbers: `w` the weight, (n,) or one number, `k` and
`h` what stands within, (n,), `P` a matrix (n, n). Within are numbers without unit, but where an atom is a power of x itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

Array = np.ndarray
Numbers = Mapping[str, Array]


@dataclass(frozen=True)
class Atom:
    """text: with x for the columns and {k} … for the place of the term; value, slope: of its numbers and x; each: a weight for every
    column; degree: that of the unit of the weight, where x stands alone; finite: at a column of zero its slope is; at_zero: its value is.
    """

    text: str
    value: Callable[[Numbers, Array], Any]
    slope: Callable[[Numbers, Array], Array]
    each: bool = True
    degree: float | None = None
    finite: bool = True
    at_zero: bool = True
    needs: tuple[str, ...] = ("w", "k")

    def draw(self, rng: Generator, n: int) -> Numbers:
        """Weights of one size from 1e-4 to 10, the rest near one."""
        size = 10.0 ** rng.uniform(-4, 1)
        root = rng.normal(size=(n, n))
        every = {
            "w": size * rng.uniform(0.3, 1.0, n if self.each else 1),
            "k": 10.0 ** rng.uniform(-0.7, 0.7, n),
            "h": rng.uniform(0.1, 1.0, n),
            "P": root.T @ root + 0.1 * np.eye(n),
        }
        return {name: every[name] for name in self.needs}

    def in_units(self, given: Numbers, columns: Array, unit: float) -> Numbers:
        """The numbers where column j is called columns[j] times what it is, and the row or objective `unit` times."""
        out = {name: value / columns for name, value in given.items() if name in ("k", "h")}
        if "P" in given:
            out["P"] = given["P"] / np.outer(columns, columns)
        return {**out, "w": unit * given["w"] / (columns**self.degree if self.degree else 1.0)}

    def without(self, given: Numbers, j: int) -> Numbers:
        """The numbers without those of column j."""
        out = {name: np.delete(value, j) for name, value in given.items() if name in ("k", "h")}
        if "P" in given:
            out["P"] = np.delete(np.delete(given["P"], j, 0), j, 1)
        return {**out, "w": np.delete(given["w"], j) if self.each else given["w"]}

    def written(self, place: str, positive: bool = True) -> str:
        """The term as text; positive: with its sign before it."""
        sign, body = ("-", self.text[1:]) if self.text.startswith("-") else ("+", self.text)
        for name in self.needs:
            body = body.replace(f"{{{name}}}", f"{name}{place}")
        weighted = f"w{place} @ tran({body})" if self.each else f"w{place} * {body}"
        return f" {sign} {weighted}" if positive or sign == "-" else weighted


def _plain(text: str, degree: float, finite: bool = True, at_zero: bool = True, sign: float = 1.0) -> Atom:
    """A power of the columns."""
    return Atom(
        text,
        lambda p, x: p["w"] @ (sign * x**degree),
        lambda p, x: p["w"] * (sign * degree * x ** (degree - 1)),
        degree=degree,
        finite=finite,
        at_zero=at_zero,
        needs=("w",),
    )


def _inner(text: str, value: Callable[[Array], Array], slope: Callable[[Array], Array], **more: bool) -> Atom:
    """A function of every column times a number."""
    return Atom(
        text,
        lambda p, x: p["w"] @ value(p["k"] * x),
        lambda p, x: p["w"] * p["k"] * slope(p["k"] * x),
        **more,
    )


def _of_two(text: str, divergence: bool) -> Atom:
    """rel_entr or kl_div of kx and 1 + hx."""

    def value(p: Numbers, x: Array) -> Any:
        u, y = p["k"] * x, 1 + p["h"] * x
        found = np.where(u > 0, u * np.log(np.where(u > 0, u, 1) / y), 0)
        return p["w"] @ (found - u + y if divergence else found)

    def slope(p: Numbers, x: Array) -> Array:
        u, y = p["k"] * x, 1 + p["h"] * x
        found = p["k"] * (np.log(u / y) + 1) - p["h"] * u / y
        return p["w"] * (found - p["k"] + p["h"] if divergence else found)

    return Atom(text, value, slope, finite=False, needs=("w", "k", "h"))


def _norm(text: str, p: float) -> Atom:
    def length(given: Numbers, x: Array) -> Any:
        return (np.abs(given["k"] * x) ** p).sum() ** (1 / p)

    return Atom(
        text,
        lambda given, x: given["w"][0] * length(given, x),
        lambda given, x: given["w"] * given["k"] * (given["k"] * x / length(given, x)) ** (p - 1),
        each=False,
    )


def _fraction(p: Numbers, x: Array) -> Any:
    return p["w"][0] * ((p["k"] * x) ** 2).sum() / (1 + p["h"] @ x)


def _fraction_slope(p: Numbers, x: Array) -> Array:
    below, above = 1 + p["h"] @ x, ((p["k"] * x) ** 2).sum()
    return p["w"] * (2 * p["k"] ** 2 * x / below - p["h"] * above / below**2)


def _mean(p: Numbers, x: Array) -> Any:
    return np.exp(np.log(p["k"] * x).mean())


def _huber(u: Array) -> Array:
    return np.where(np.abs(u) <= 1, u**2, 2 * np.abs(u) - 1)


ATOMS: Mapping[str, Atom] = {
    "square": _plain("square(x)", 2),
    "power 3": _plain("power(x, 3)", 3),
    "power 1.5": _plain("power(x, 1.5)", 1.5),
    "power 1.2": _plain("power(x, 1.2)", 1.2),
    "power 0.5": _plain("-power(x, 0.5)", 0.5, finite=False, sign=-1),
    "power 0.8": _plain("-power(x, 0.8)", 0.8, finite=False, sign=-1),
    "power -1": _plain("power(x, -1)", -1, finite=False, at_zero=False),
    "power -0.5": _plain("power(x, -0.5)", -0.5, finite=False, at_zero=False),
    "inv_pos": _plain("inv_pos(x)", -1, finite=False, at_zero=False),
    "sqrt": _plain("-sqrt(x)", 0.5, finite=False, sign=-1),
    "root": _inner("-sqrt(mult({k}, x))", lambda u: -np.sqrt(u), lambda u: -0.5 / np.sqrt(u), finite=False),
    "exp": _inner("exp(mult({k}, x))", np.exp, np.exp),
    "log": _inner("-log(mult({k}, x))", lambda u: -np.log(u), lambda u: -1 / u, finite=False, at_zero=False),
    "log1p": _inner("-log1p(mult({k}, x))", lambda u: -np.log1p(u), lambda u: -1 / (1 + u)),
    "entr": _inner(
        "-entr(mult({k}, x))",
        lambda u: np.where(u > 0, u * np.log(np.where(u > 0, u, 1)), 0),
        lambda u: 1 + np.log(u),
        finite=False,
    ),
    "huber": _inner("huber(mult({k}, x), 1)", _huber, lambda u: 2 * np.minimum(u, 1)),
    "logistic": _inner(
        "logistic(mult({k}, x))", lambda u: np.log1p(np.exp(u)), lambda u: 1 / (1 + np.exp(-u))
    ),
    "rel_entr": _of_two("rel_entr(mult({k}, x), 1 + mult({h}, x))", False),
    "kl_div": _of_two("kl_div(mult({k}, x), 1 + mult({h}, x))", True),
    "norm2": _norm("norm2(mult({k}, x))", 2),
    "norm 3": _norm("norm(mult({k}, x), 3)", 3),
    "sumsq": Atom(
        "sumsq(mult({k}, x))",
        lambda p, x: p["w"][0] * ((p["k"] * x) ** 2).sum(),
        lambda p, x: p["w"] * 2 * p["k"] ** 2 * x,
        each=False,
    ),
    "quad_form": Atom(
        "quad_form(x, {P})",
        lambda p, x: p["w"][0] * (x @ p["P"] @ x),
        lambda p, x: p["w"] * 2 * (p["P"] @ x),
        each=False,
        needs=("w", "P"),
    ),
    "quad_over_lin": Atom(
        "quad_over_lin(mult({k}, x), 1 + {h} @ tran(x))",
        _fraction,
        _fraction_slope,
        each=False,
        needs=("w", "k", "h"),
    ),
    "log_sum_exp": Atom(
        "log_sum_exp(mult({k}, x))",
        lambda p, x: p["w"][0] * np.log(np.exp(p["k"] * x).sum()),
        lambda p, x: p["w"] * p["k"] * np.exp(p["k"] * x) / np.exp(p["k"] * x).sum(),
        each=False,
    ),
    "geo_mean": Atom(
        "-geo_mean(mult({k}, x))",
        lambda p, x: -p["w"][0] * _mean(p, x),
        lambda p, x: -p["w"] * _mean(p, x) / (len(x) * x),
        each=False,
        finite=False,
        at_zero=False,
    ),
}
"""Convex functions of nonnegative columns; those that begin with a minus are concave ones, taken away."""
