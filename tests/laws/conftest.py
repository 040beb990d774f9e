"""Random declared models, and what they mean, written without any of the package's own arithmetic.

A Story is a model as a person declares it, its formulas also as nested tuples. `Reader` evaluates such a tuple for one
scenario and one combination of intra-problem items, looking every number up by its labels.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

Tree = Any
Labels = dict[str, str]


@dataclass
class View:
    """A variable: table, side of each coordinate, kept items of each coordinate (None = all)."""

    name: str
    table: str
    sides: dict[str, str]
    kept: dict[str, list[str]]
    picked: dict[str, str] = field(default_factory=dict)
    nonneg: bool = False
    constant: str | None = None

    def axis(self, side: str) -> list[str]:
        return [s for s in self.sides if self.sides[s] == side]


@dataclass
class Story:
    """A model in words and numbers."""

    items: dict[str, list[str]]
    split: list[str]
    filters: dict[str, dict[str, list[str]]]
    copies: dict[str, str]
    tables: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    data: dict[str, dict[tuple[str, ...], float]] = field(default_factory=dict)
    goals: list[Tree] = field(default_factory=list)
    sense: int = 1
    relations: list[tuple[Tree, str, Tree]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return bool(self.domains)

    def declared(self) -> dict[str, Any]:
        """The arguments of saddlepoint.define."""
        sets: dict[str, Any] = {}
        for key in self.items:
            sets[key] = {"split_problem": True} if key in self.split else {}
            if key in self.copies:
                sets[key] = {"copy_from": self.copies[key]}
            elif key in self.filters:
                sets[key]["filters"] = {n: sorted(set(v)) for n, v in self.filters[key].items()}
        items: dict[str, Any] = {}
        for key, names in self.items.items():
            if key not in self.copies:
                columns = {f"{key}_{n}": v for n, v in self.filters.get(key, {}).items()}
                items[key] = {f"{key}_Name": names, **columns}
        variables: dict[str, Any] = {}
        for key, (kind, coordinates) in self.tables.items():
            info: dict[str, Any] = {}
            for view in (v for v in self.views.values() if v.table == key):
                about: dict[str, Any] = {}
                for s, side in view.sides.items():
                    about[s] = {} if side == "omitted" else {"dim": side}
                    if s in view.picked:
                        about[s]["filters"] = {"f": view.picked[s]}
                if view.nonneg:
                    about["nonneg"] = True
                if view.constant:
                    about["value"] = view.constant
                info[view.name] = about
            variables[key] = {"type": kind, "coordinates": coordinates, "variables_info": info}
            if key in self.domains:
                variables[key]["domain"] = self.domains[key]
        word = "Minimize" if self.sense > 0 else "Maximize"
        problem = {
            "objective": [f"{word}({text(g)})" for g in self.goals],
            "expressions": [f"{text(a)} {op} {text(b)}" for a, op, b in self.relations],
        }
        return {"sets": sets, "variables": variables, "problem": problem, "items": items}

    def sheet(self, key: str) -> dict[str, list[Any]]:
        """The data of a table as columns."""
        _, coordinates = self.tables[key]
        cells = self.data[key]
        out: dict[str, list[Any]] = {f"{c}_Name": [k[i] for k in cells] for i, c in enumerate(coordinates)}
        return {**out, "values": list(cells.values())}

    @property
    def sheets(self) -> dict[str, dict[str, list[Any]]]:
        return {k: self.sheet(k) for k in self.data}

    def scenarios(self) -> list[Labels]:
        """The split labels on which the problem depends, in the order of the sets."""
        used = {c for v in self.used() for c in self.tables[v.table][1]}
        keys = [s for s in self.items if s in self.split and s in used]
        return [dict(zip(keys, c, strict=True)) for c in itertools.product(*(self.items[k] for k in keys))]

    def used(self) -> list[View]:
        trees = [*self.goals, *(t for a, _, b in self.relations for t in (a, b))]
        return [self.views[n] for n in dict.fromkeys(n for t in trees for n in names(t))]

    def repeats(self, *trees: Tree) -> list[Labels]:
        """Every combination of the intra-problem items in these expressions, in the order of the sets."""
        found: dict[str, list[str]] = {}
        for view in (self.views[n] for t in trees for n in names(t)):
            for s in (*view.axis("intra"), *view.axis("omitted")):
                if not (len(view.kept[s]) == 1 and len(self.items[s]) > 1):
                    found[s] = view.kept[s]
        keys = [s for s in self.items if s in found]
        return [dict(zip(keys, c, strict=True)) for c in itertools.product(*(found[k] for k in keys))]

    def cells(self, view: View, at: Labels) -> list[list[tuple[str, ...]]]:
        """The table coordinates behind every entry of the view's matrix at a scenario and intra combination."""
        _, coordinates = self.tables[view.table]
        rows, cols = ([c for c in coordinates if view.sides.get(c) == d] for d in ("rows", "cols"))
        made = []
        for r in itertools.product(*(view.kept[c] for c in rows)):
            line = []
            for c in itertools.product(*(view.kept[c] for c in cols)):
                here = {**dict(zip(rows, r, strict=True)), **dict(zip(cols, c, strict=True))}
                line.append(tuple(here.get(k) or self._fixed(view, k, at) for k in coordinates))
            made.append(line)
        return made

    def _fixed(self, view: View, key: str, at: Labels) -> str:
        if key in self.split:
            return at[key]
        kept = view.kept[key]
        return kept[0] if len(kept) == 1 else at[key]


def names(tree: Tree) -> list[str]:
    """The variables of an expression."""
    if tree[0] == "var":
        return [tree[1]]
    return [n for part in tree[1:] if isinstance(part, tuple) for n in names(part)]


def text(tree: Tree) -> str:
    """The formula of an expression."""
    op, *args = tree
    if op in ("var", "num"):
        return str(args[0])
    if op in "+-*/@":
        return f"({text(args[0])} {op} {text(args[1])})"
    if op == "neg":
        return f"(-{text(args[0])})"
    return f"{op}({', '.join(text(a) if isinstance(a, tuple) else str(a) for a in args)})"


class Reader:
    """One scenario: a vector of unknowns by label, and expressions as CVXPY or as numbers."""

    def __init__(
        self, story: Story, at: Labels, plan: dict[tuple[str, tuple[str, ...]], float] | None = None
    ):
        import cvxpy as cp

        self.story, self.at, self.cp = story, at, cp
        self.index: dict[tuple[str, tuple[str, ...]], int] = {}
        for view in story.used():
            if story.tables[view.table][0] == "endogenous":
                for repeat in self.repeats_of(view):
                    for line in story.cells(view, {**at, **repeat}):
                        for cell in line:
                            self.index.setdefault((view.table, cell), len(self.index))
        n = len(self.index)
        whole = [i for (t, _), i in self.index.items() if t in story.domains]
        self.x = cp.Variable(n, integer=[np.array(whole)]) if whole else cp.Variable(n)
        if plan is not None:
            self.x.value = np.array([plan[k] for k in self.index])

    def repeats_of(self, view: View) -> list[Labels]:
        return self.story.repeats(("var", view.name))

    def value(self, tree: Tree, repeat: Labels) -> Any:
        """An expression at one intra combination: a CVXPY expression with two dimensions."""
        cp, (op, *args) = self.cp, tree
        if op == "var":
            return self.leaf(self.story.views[args[0]], {**self.at, **repeat})
        if op == "num":
            return cp.Constant(np.array([[float(args[0])]]))
        parts = [self.value(a, repeat) if isinstance(a, tuple) else a for a in args]
        a = parts[0]
        b = parts[1] if len(parts) > 1 else None
        if op in ("+", "-"):
            shape = np.broadcast_shapes(a.shape, b.shape)
            a, b = (cp.broadcast_to(v, shape) for v in (a, b))
            return a + b if op == "+" else a - b
        if op in ("*", "mult"):
            shape = np.broadcast_shapes(a.shape, b.shape)
            return cp.multiply(cp.broadcast_to(a, shape), cp.broadcast_to(b, shape))
        if op == "/":
            shape = np.broadcast_shapes(a.shape, b.shape)
            return cp.broadcast_to(a, shape) / cp.broadcast_to(b, shape)
        if op == "@":
            return a @ b
        if op == "neg":
            return -a
        if op == "tran":
            return a.T
        if op == "sum":
            return cp.sum(a, axis=b, keepdims=True)
        if op == "diag":
            n = max(a.shape)
            if 1 in a.shape:
                return cp.diag(cp.reshape(a, (n,), order="C"))
            return cp.reshape(cp.diag(a), (n, 1), order="C")
        if op == "shift":
            n, k = int(a.value[0, 0]), int(args[1])
            return cp.Constant(np.eye(n, k=-k))
        if op == "square":
            return cp.square(a)
        if op == "sumsq":
            return cp.reshape(cp.sum_squares(a), (1, 1), order="C")
        return {"abs": cp.abs, "pos": cp.pos}[op](a)

    def leaf(self, view: View, at: Labels) -> Any:
        cp = self.cp
        cells = self.story.cells(view, at)
        shape = (len(cells), len(cells[0]))
        kind, _ = self.story.tables[view.table]
        if kind == "constant":
            n = max(shape)
            return cp.Constant(
                {
                    "sum_vector": np.ones(shape),
                    "identity": np.eye(n),
                    "set_length": np.array([[float(n)]]),
                    "arange_0": np.arange(n, dtype=float).reshape(shape),
                    "arange_1": np.arange(1, n + 1, dtype=float).reshape(shape),
                    "lower_triangular": np.tril(np.ones((n, n))),
                }[view.constant or ""]
            )
        if kind == "exogenous":
            return cp.Constant(np.array([[self.story.data[view.table][c] for c in line] for line in cells]))
        flat = [self.index[view.table, c] for line in cells for c in line]
        return cp.reshape(self.x[flat], shape, order="C")

    def objective(self) -> Any:
        s = self.story
        return sum(self.cp.sum(self.value(g, r)) for g in s.goals for r in s.repeats(g))

    def bounds(self) -> list[Any]:
        """What `nonneg` and `boolean` say of the variables that formulas name."""
        made = []
        for view in self.story.used():
            if self.story.tables[view.table][0] != "endogenous":
                continue
            boolean = self.story.domains.get(view.table) == "boolean"
            for repeat in self.repeats_of(view):
                leaf = self.leaf(view, {**self.at, **repeat})
                made += [leaf >= 0] if view.nonneg or boolean else []
                made += [leaf <= 1] if boolean else []
        return made

    def solve(self, moved: tuple[int, int, int, int] | None = None, by: float = 0.0) -> tuple[str, float]:
        """Status and objective; moved: relation, repeat, row and column whose right-hand side is raised by `by`."""
        cp, s, rules = self.cp, self.story, self.bounds()
        for k, (left, op, right) in enumerate(s.relations):
            for j, repeat in enumerate(s.repeats(left, right)):
                a, b = self.value(left, repeat), self.value(right, repeat)
                shape = np.broadcast_shapes(a.shape, b.shape)
                extra = np.zeros(shape)
                if moved is not None and moved[:2] == (k, j):
                    extra[moved[2:]] = by
                a, b = cp.broadcast_to(a, shape), cp.broadcast_to(b, shape) + extra
                rules.append({"<=": a <= b, ">=": a >= b, "==": a == b}[op])
        goal = self.objective() if s.goals else cp.Constant(0.0)
        problem = cp.Problem(cp.Minimize(goal * s.sense), rules)
        tight = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}
        try:
            if s.whole or (problem.is_qp() and not any(g for g in s.goals if _curved(g))):
                problem.solve(solver=cp.HIGHS)
            else:
                problem.solve(solver=cp.CLARABEL, **tight)
        except cp.SolverError:
            return "solver_error", np.nan
        value = problem.value
        return problem.status, np.nan if value is None else float(value) * s.sense


def _curved(tree: Tree) -> bool:
    return tree[0] in ("square", "sumsq", "abs", "pos") or any(
        _curved(t) for t in tree[1:] if isinstance(t, tuple)
    )


def tell(seed: int) -> Story:
    """A random model that has an answer: all right-hand sides leave room for a hidden point."""
    return _Author(np.random.default_rng(seed)).story


class _Author:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        sets = ["A", "B", "C", "A2", "S", "T"]
        order = [str(s) for s in rng.permutation(sets)]
        if order.index("A2") < order.index("A"):
            i, j = order.index("A2"), order.index("A")
            order[i], order[j] = "A", "A2"
        items: dict[str, list[str]] = {}
        filters: dict[str, dict[str, list[str]]] = {}
        for key in order:
            n = int(rng.integers(1, 4)) if key not in "ST" else int(rng.integers(1, 3))
            items[key] = [f"{key.lower()}{i}" for i in rng.permutation(n)] if key != "A2" else items["A"]
            if key not in ("A2", "S", "T"):
                filters[key] = {"f": [str(rng.choice(["u", "v"])) for _ in items[key]]}
        filters["A2"] = filters["A"]
        self.story = Story(items, ["S", "T"], filters, {"A2": "A"})
        self.count = 0
        self.within: dict[str, str | None] = {
            s: self.label_of(s) if rng.random() < 0.25 else None for s in ("A", "B", "C", "A2")
        }
        self.hidden: dict[tuple[str, tuple[str, ...]], float] = {}
        self.write()

    def maybe(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def pick(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def label_of(self, key: str) -> str:
        return str(self.pick(self.story.filters[key]["f"]))

    def kept(self, key: str, label: str | None) -> list[str]:
        if label is None:
            return self.story.items[key]
        return [
            i for i, f in zip(self.story.items[key], self.story.filters[key]["f"], strict=True) if f == label
        ]

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def table(self, kind: str, coordinates: list[str]) -> str:
        key = self.fresh({"endogenous": "dec", "exogenous": "dat", "constant": "con"}[kind])
        order = [str(c) for c in self.rng.permutation(coordinates)]
        if not self.maybe(0.1):
            plain = iter(sorted((c for c in order if c not in "ST"), key="CA2BA".find))
            order = [c if c in "ST" else next(plain) for c in order]
        self.story.tables[key] = (kind, order)
        return key

    def view(self, table: str, sides: dict[str, str], picked: dict[str, str], **more: Any) -> View:
        kept = {s: self.kept(s, picked.get(s)) for s in sides}
        made = View(self.fresh("v"), table, sides, kept, picked, **more)
        self.story.views[made.name] = made
        return made

    def decide(self) -> list[View]:
        plain = [s for s in ("A", "B", "C", "A2") if self.maybe(0.55)]
        splits = ["S", "T"][: self.splits]
        key = self.table("endogenous", [*plain, *splits])
        if self.maybe(0.12):
            self.story.domains[key] = self.pick(["integer", "boolean"])
        views = []
        for _ in range(1 + self.maybe(0.5)):
            sides, picked = {}, {}
            for s in plain:
                sides[s] = self.pick(["rows", "cols", "intra", "omitted", "rows", "cols"])
                if sides[s] in ("intra", "omitted"):
                    if self.within[s] is not None:
                        picked[s] = self.within[s]
                elif self.maybe(0.25):
                    picked[s] = self.label_of(s)
            views.append(self.view(key, sides, picked, nonneg=self.maybe(0.2)))
        low = 0 if any(v.nonneg for v in views) or key in self.story.domains else -2
        top = 1 if self.story.domains.get(key) == "boolean" else 3
        for cell in itertools.product(*(self.story.items[c] for c in self.story.tables[key][1])):
            at = float(self.rng.uniform(low, top))
            self.hidden[key, cell] = float(round(at)) if key in self.story.domains else at
        return views

    def given(self, sides: dict[str, str], picked: dict[str, str], low: float = -2, high: float = 2) -> View:
        """Data with these sides, that vary with some of the split sets, with zeros that differ between scenarios."""
        splits = [s for s in ["S", "T"][: self.splits] if self.maybe(0.5)]
        key = self.table("exogenous", [*sides, *splits])
        cells = list(itertools.product(*(self.story.items[c] for c in self.story.tables[key][1])))
        zeros = 0.3 if low < 0 and self.maybe(0.6) else 0.0
        self.story.data[key] = {
            c: 0.0 if self.maybe(zeros) else round(float(self.rng.uniform(low, high)), 3) for c in cells
        }
        return self.view(key, dict(sides), dict(picked))

    def scalar(self, low: float = -2, high: float = 2) -> Tree:
        if self.maybe(0.3):
            return ("num", round(float(self.rng.uniform(max(low, 0.5), high)), 2))
        s = self.pick(["A", "B", "C"])
        some = {s: "intra"} if self.maybe(0.25) else {}
        picked = {k: w for k in some if (w := self.within[k]) is not None}
        return ("var", self.given(some, picked, low, high).name)

    def like(self, view: View, *dims: str, low: float = -2) -> View:
        sides = {s: d for s, d in view.sides.items() if d in dims}
        return self.given(sides, {s: f for s, f in view.picked.items() if s in sides}, low)

    def term(self, view: View) -> Tree:
        """An affine expression with the shape of the view."""
        x: Tree = ("var", view.name)
        for _ in range(int(self.rng.integers(0, 3))):
            way = int(self.rng.integers(0, 9))
            rows = view.axis("rows")
            if way == 0:
                x = ("*", self.scalar(), x)
            elif way == 1:
                x = ("/", x, self.scalar(0.5, 2))
            elif way == 2:
                x = ("neg", x)
            elif way == 3:
                dims = ("rows", "cols", "intra") if self.maybe(0.5) else ("rows", "cols")
                x = ("mult", ("var", self.like(view, *dims).name), x)
            elif way == 4 and rows:
                x = ("@", ("diag", ("var", self.like(view, "rows").name)), x)
            elif way == 5 and view.axis("cols"):
                x = ("@", x, ("diag", ("var", self.like(view, "cols").name)))
            elif way == 6 and len(rows) == 1:
                x = self.moved(view, rows[0], x)
            elif way == 7:
                x = ("+", x, ("var", self.like(view, "rows", "cols").name))
            elif way == 8:
                x = ("mult", x, ("var", self.like(view, self.pick(["rows", "cols"])).name))
        return x

    def moved(self, view: View, key: str, x: Tree) -> Tree:
        what = self.pick(["set_length", "identity", "lower_triangular"])
        table = self.table("constant", [key])
        picked = {key: view.picked[key]} if key in view.picked else {}
        n = self.view(table, {key: "rows"}, picked, constant=what)
        if len(n.kept[key]) < 2:
            return x
        if what != "set_length":
            return ("@", ("var", n.name), x)
        return ("@", ("shift", ("var", n.name), int(self.rng.integers(-1, 3))), x)

    def one(self, view: View) -> Tree:
        """A scalar expression of a view."""
        x = self.term(view)
        way = int(self.rng.integers(0, 4))
        if way == 0:
            return ("sum", x)
        if way == 1:
            return ("sum", ("sum", x, int(self.rng.integers(0, 2))))
        if way == 2:
            return ("@", ("tran", ("sum", x, 1)), ("sum", ("var", self.like(view, "rows", "cols").name), 1))
        return ("sum", ("mult", x, ("var", self.like(view, "rows", "cols", "intra").name)))

    def write(self) -> None:
        s = self.story
        self.splits = int(self.rng.integers(0, 3))
        views = [v for _ in range(int(self.rng.integers(1, 4))) for v in self.decide()]
        s.sense = self.pick([1, -1])
        curved = ["square", "abs", "pos"] if not s.whole else []
        for _ in range(int(self.rng.integers(1, 3))):
            view = self.pick(views)
            goal = self.one(view)
            if curved and self.maybe(0.5):
                bend: Tree = ("sum", (self.pick(curved), self.term(self.pick(views))))
                goal = ("+", goal, bend) if s.sense > 0 else ("-", goal, bend)
            s.goals.append(goal)
        for view in views:
            s.relations += [
                (("var", view.name), "<=", ("num", 5)),
                (("var", view.name), ">=", ("num", 0 if view.nonneg else -4)),
            ]
        for _ in range(int(self.rng.integers(1, 4))):
            self.relate(views, bool(curved))

    def relate(self, views: list[View], curved: bool) -> None:
        view, other = self.pick(views), self.pick(views)
        if self.maybe(0.6):
            left = self.term(view)
            right: Tree = ("*", self.scalar(), self.one(other)) if self.maybe(0.4) else ("num", 0)
            frame: View | None = view
        else:
            left, right, frame = self.one(view), self.one(other), None
        op = self.pick(["<=", ">=", "<=", ">=", "=="])
        if curved and self.maybe(0.3):
            left, op = (self.pick(["square", "abs", "pos"]), left), "<="
        room = self.room(left, op, right, frame)
        self.story.relations.append((left, op, ("+", right, ("var", room.name))))

    def room(self, left: Tree, op: str, right: Tree, frame: View | None) -> View:
        """Data that the hidden point satisfies, over the coordinates of the relation and all split sets."""
        s = self.story
        sides = {k: d for k, d in frame.sides.items() if d in ("rows", "cols")} if frame else {}
        picked = {k: f for k, f in frame.picked.items() if k in sides} if frame else {}
        repeats = s.repeats(left, right)
        for k in repeats[0]:
            if k not in sides:
                sides[k] = "intra"
                if self.within[k] is not None:
                    picked[k] = self.within[k]
        key = self.table("exogenous", [*sides, *["S", "T"][: self.splits]])
        view = self.view(key, sides, picked)
        blank = itertools.product(*(s.items[c] for c in s.tables[key][1]))
        s.data[key] = dict.fromkeys(blank, 0.0)
        splits = ["S", "T"][: self.splits]
        worst: dict[tuple[str, ...], float] = {}
        for labels in itertools.product(*(s.items[k] for k in splits)):
            at = dict(zip(splits, labels, strict=True))
            for repeat in repeats:
                reader = Sight(s, at, self.hidden)
                gap = reader.value(left, repeat) - reader.value(right, repeat)
                cells = s.cells(view, {**at, **repeat})
                gap = np.broadcast_to(gap, (len(cells), len(cells[0])))
                for i, line in enumerate(cells):
                    for j, cell in enumerate(line):
                        slack = 0.0 if op == "==" else abs(float(self.rng.normal(0, 1)))
                        at_least = float(gap[i, j]) + (slack if op == "<=" else -slack)
                        before = worst.get(cell, at_least)
                        worst[cell] = max(before, at_least) if op == "<=" else min(before, at_least)
        s.data[key].update(worst)
        return view


class Sight:
    """Like Reader, with the numbers of a known plan."""

    def __init__(self, story: Story, at: Labels, plan: dict[tuple[str, tuple[str, ...]], float]) -> None:
        self.reader = object.__new__(Reader)
        import cvxpy as cp

        self.reader.story, self.reader.at, self.reader.cp = story, at, cp
        self.reader.index = {k: i for i, k in enumerate(plan)}
        self.reader.x = cp.Constant(np.array(list(plan.values())))

    def value(self, tree: Tree, repeat: Labels) -> Any:
        return np.asarray(self.reader.value(tree, repeat).value)


@pytest.fixture(scope="session")
def story():
    """seed → a random declared model."""
    return tell


@pytest.fixture(scope="session")
def reader():
    """The independent evaluator."""
    return Reader
