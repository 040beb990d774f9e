"""Small models of every curved operator with their optimum in closed form, in numbers of any size.

`python -m tests.truth.curved 1e-9 1e-6 1e3` prints which of them are certified and right in these sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import saddlepoint

W = np.array([3.0, 1.0, 2.0, 0.5])
N = len(W)
P = np.array([0.2, 0.5, 0.7, 0.9])
LOGIT = np.log(P / (1 - P))


@dataclass(frozen=True)
class Case:
    """A model over four items: objective, relations, data (named `w`, `B`, …), and its optimum."""

    name: str
    objective: str
    relations: tuple[str, ...]
    data: Mapping[str, Any]
    optimum: float
    nonneg: bool = True
    operators: tuple[str, ...] = field(default=())

    def solve(self) -> tuple[str, float]:
        """Status and objective as the product gives them."""
        variables: dict[str, Any] = {
            "plan": {
                "type": "endogenous",
                "coordinates": ["I"],
                "variables_info": {"x": {"I": {"dim": "rows"}, "nonneg": self.nonneg}},
            }
        }
        if "y" in " ".join((self.objective, *self.relations)).replace("entropy", ""):
            variables["other"] = {"type": "endogenous", "coordinates": [], "variables_info": {"y": {}}}
        for name, numbers in self.data.items():
            side = {"I": {"dim": "rows" if name == "d" else "cols"}}
            info = side if np.ndim(numbers) else {}
            variables[name] = {
                "type": "exogenous",
                "coordinates": ["I"] if np.ndim(numbers) else [],
                "variables_info": {name: info},
            }
        result = saddlepoint.define(
            sets={"I": {}},
            items={"I": list("abcd")},
            variables=variables,
            problem={"objective": [self.objective], "expressions": list(self.relations)},
            data=dict(self.data),
        ).solve()
        return str(result.certificates[""].columns["status"][0]), float(result.objective[""][0])

    def error(self) -> float:
        """How far the objective is off, relative; infinite without a certified optimum."""
        status, objective = self.solve()
        return abs(objective - self.optimum) / abs(self.optimum) if status == "optimal" else np.inf


def _share(weights: np.ndarray, total: float) -> np.ndarray:
    return total * weights / weights.sum()


def cases(s: float) -> Iterator[Case]:
    """All models, their numbers of size s."""
    total = {"w": W, "B": s * N}
    yield from _powers(s, total)
    yield from _entropies(s, total)
    yield from _norms(s, total)


def _powers(s: float, total: dict[str, Any]) -> Iterator[Case]:
    yield Case(
        "square", "Maximize(w @ x)", ("w @ x**2 <= B",), {"w": W, "B": 6.5 * s * s}, 6.5 * s,
        operators=("square",),
    )  # fmt: skip
    for p in (1.5, 2.5, 3, 4):
        x = _share(W ** (-1 / (p - 1)), s * N)
        yield Case(f"power {p}", f"Minimize(w @ power(x, {p}))", ("sum(x) >= B",), total, float(W @ x**p))
    yield Case(
        "power in a constraint", "Maximize(w @ x)", ("w @ power(x, 1.5) <= B",),
        {"w": W, "B": 6.5 * s**1.5}, 6.5 * s, operators=("power",),
    )  # fmt: skip
    x = _share(W ** (1 / 0.7), s * N)
    yield Case("power 0.3", "Maximize(w @ power(x, 0.3))", ("sum(x) <= B",), total, float(W @ x**0.3))
    x = _share(W ** (1 / 3), s * N)
    yield Case("power −2", "Minimize(w @ power(x, -2))", ("sum(x) <= B",), total, float(W @ x**-2.0))
    x = _share(W**2, s * N)
    yield Case(
        "sqrt", "Maximize(w @ sqrt(x))", ("sum(x) == B",), total, float(W @ np.sqrt(x)), operators=("sqrt",)
    )
    x = _share(np.sqrt(W), s * N)
    yield Case(
        "inv_pos",
        "Minimize(w @ inv_pos(x))",
        ("sum(x) <= B",),
        total,
        float(W @ (1 / x)),
        operators=("inv_pos",),
    )
    yield Case(
        "quad_over_lin", "Minimize(quad_over_lin(x, y) + c * y)", ("x >= d",), {"d": W * s, "c": 4.0},
        float(4 * s * np.linalg.norm(W)), operators=("quad_over_lin",),
    )  # fmt: skip
    yield Case(
        "geo_mean", "Maximize(geo_mean(x))", ("w @ x <= B",), total, s / np.exp(np.log(W).mean()),
        operators=("geo_mean",),
    )  # fmt: skip
    x = _share(1 / np.sqrt(W), 1.0)
    x = s * N * x / (W @ x)
    yield Case(
        "harmonic_mean", "Maximize(harmonic_mean(x))", ("w @ x <= B",), total, N / (1 / x).sum(),
        operators=("harmonic_mean",),
    )  # fmt: skip


def _entropies(s: float, total: dict[str, Any]) -> Iterator[Case]:
    x = _share(W, s * N)
    yield Case(
        "log", "Maximize(w @ log(x))", ("sum(x) == B",), total, float(W @ np.log(x)), operators=("log",)
    )
    even = 2 * N * W / W.sum()
    yield Case(
        "log1p", "Maximize(w @ log1p(k * x))", ("sum(x) == B",), {"w": W, "k": 1 / s, "B": N * s},
        float(W @ np.log(even)), False, ("log1p",),
    )  # fmt: skip
    if s != 1.0:
        yield Case(
            "entr", "Maximize(sum(entr(x)))", ("sum(x) == B",), {"B": N * s}, -N * s * np.log(s),
            operators=("entr",),
        )  # fmt: skip
    c = W * s
    yield Case(
        "exp",
        "Minimize(sum(exp(x)) - c @ x)",
        (),
        {"c": c},
        float((c - c * np.log(c)).sum()),
        False,
        ("exp",),
    )
    d, double = W * s, 2 * W.sum() * s
    yield Case(
        "rel_entr", "Minimize(sum(rel_entr(x, d)))", ("sum(x) == B",), {"d": d, "B": double},
        float(double * np.log(2)), operators=("rel_entr",),
    )  # fmt: skip
    yield Case(
        "kl_div", "Minimize(sum(kl_div(x, d)))", ("sum(x) == B",), {"d": d, "B": double},
        float(double * np.log(2) - double / 2), operators=("kl_div",),
    )  # fmt: skip
    soft = W @ (np.log1p(np.exp(LOGIT)) - P * LOGIT)
    yield Case(
        "logistic", "Minimize(w @ logistic(k * x) - q @ x)", (), {"w": W, "k": 1 / s, "q": W * P / s},
        float(soft), False, ("logistic",),
    )  # fmt: skip
    share = W / W.sum()
    yield Case(
        "log_sum_exp", "Minimize(log_sum_exp(k * x) - q @ x)", ("sum(x) == 0",),
        {"k": 1 / s, "q": share / s}, float(-(share @ np.log(share))), False, ("log_sum_exp",),
    )  # fmt: skip


def _norms(s: float, total: dict[str, Any]) -> Iterator[Case]:
    length, budget = float(np.linalg.norm(W)), {"w": W, "B": s}
    yield Case(
        "sumsq", "Maximize(w @ x)", ("sumsq(x) <= B",), {"w": W, "B": s * s}, s * length, operators=("sumsq",)
    )
    yield Case("norm2", "Maximize(w @ x)", ("norm2(x) <= B",), budget, s * length, operators=("norm2",))
    yield Case(
        "quad_form", "Maximize(w @ x)", ("quad_form(x, diag(one)) <= B",), {"w": W, "B": s * s, "one": np.ones(N)}, s * length,
        operators=("quad_form",),
    )  # fmt: skip
    yield Case("norm2 in the cost", "Minimize(norm2(x))", ("w @ x >= B",), budget, s / length)
    yield Case(
        "norm 3", "Maximize(w @ x)", ("norm(x, 3) <= B",), budget, s * (W**1.5).sum() ** (2 / 3),
        operators=("norm",),
    )  # fmt: skip
    if s <= 1:
        yield Case(
            "huber", "Maximize(w @ x)", ("sum(huber(x, 1)) <= B",), {"w": W, "B": s * s}, s * length,
            operators=("huber",),
        )  # fmt: skip
    for knee in (s, 1e3 * s, 1e-3 * s):  # all at s, each beyond its knee or each within
        least = s * s if s <= knee else knee * (2 * s - knee)
        yield Case(
            f"huber, knee {knee / s:g}", "Maximize(sum(x))", (f"sum(huber(x, {knee!r})) <= B",),
            {"B": N * least}, N * s, operators=("huber",),
        )  # fmt: skip
    loss = 0.01 * W / s
    lost = float(brink(s, loss))
    yield Case(
        "losses", "Minimize(w @ x)", ("sum(x) - loss @ x**2 >= B",), {"w": W, "loss": loss, "B": s}, lost
    )


def brink(s: float, loss: np.ndarray) -> float:
    """Least cost w·x of a demand s after losses l·x²: w = λ (1 − 2 l x) where x > 0, λ by bisection."""

    def made(price: float) -> np.ndarray:
        return np.maximum(0.0, (1 - W / price) / (2 * loss))

    low, high = W.min(), 1e3
    for _ in range(200):
        middle = 0.5 * (low + high)
        x = made(middle)
        low, high = (middle, high) if (x - loss * x * x).sum() < s else (low, middle)
    return float(W @ made(high))


def main() -> None:
    """Print the cases that are not certified and right, in the sizes of the command line (default: 1e-9 … 1e9)."""
    bad = count = 0
    for size in [float(a) for a in sys.argv[1:]] or [10.0**k for k in range(-9, 10)]:
        for case in cases(size):
            count += 1
            error = case.error()
            if not error <= 1e-6:
                bad += 1
                print(f"{size:g} {case.name}: off by {error:.1e}")
    print(f"{count - bad} of {count} certified and right")


if __name__ == "__main__":
    main()
