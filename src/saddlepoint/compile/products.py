"""Products of two decisions as columns of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.graph import Rows
from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Index, Integers
from saddlepoint.compile.form import Form
from saddlepoint.compile.program import Multiplied
from saddlepoint.compile.rows import Renaming
from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Node, is_product


def declared_products(nodes: Sequence[Node]) -> list[Node]:
    """The products of two continuous decisions in these expressions, each once."""
    return list({id(n): n for top in nodes for n in top.walk() if is_product(n)}.values())


def unsolved(products: Sequence[Node], problem: str) -> list[Diagnostic]:
    """That a problem with such products is solved by one way only (C850), at the first of them."""
    return [
        Diagnostic(
            "C850",
            f"{problem} multiplies decisions: that is not convex, and only a run from several starts takes it",
            products[0].mark,
            why="`products: global` stands in it: only a search that proves how good a plan can be takes such a problem, and one start, the default, "
            "asks for none.",
            fix="Ask for more than one, `lab.run(starts=8)`, which solves it with proof; or decide one factor in a sub-problem of its own (a hybrid table) and solve "
            "both coupled, which is faster.",
        )
    ]


def with_product_columns(form: Form) -> tuple[Form, Multiplied]:
    """The form without squares and products: each has a column of its own, from the first free one on."""
    keys = [key for terms in _terms(form) for key in _keys(terms, form.fresh)]
    pairs = np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)
    columns = form.fresh + np.arange(len(pairs))

    def moved(terms: Terms) -> Terms:
        if terms.second is None:
            return terms
        own = terms.second >= 0
        key = _key(terms.col, terms.second, form.fresh)
        place = np.searchsorted(pairs, np.where(own, key, pairs[0] if len(pairs) else 0))
        col = np.where(own, form.fresh + place, terms.col).astype(np.int64)
        return replace(terms, col=col, second=None)

    def rows(one: Rows) -> Rows:
        return replace(one, terms=moved(one.terms), more=tuple(moved(t) for t in one.more))

    made = replace(
        form,
        objective=tuple(moved(t) for t in form.objective),
        stated=tuple(rows(r) for r in form.stated),
        rows=tuple(rows(r) for r in form.rows),
        fresh=form.fresh + len(pairs),
    )
    return made, Multiplied(pairs // form.fresh, pairs % form.fresh, columns)


def product_columns(products: Multiplied, names: Renaming | None) -> Multiplied:
    """The columns under their numbers in the problem."""
    if names is None:
        return products
    return Multiplied(names.of(products.left), names.of(products.right), names.of(products.columns))


def _terms(form: Form) -> Iterator[Terms]:
    yield from form.objective
    for one in (*form.stated, *form.rows):
        yield from (one.terms, *one.more)


def _keys(terms: Terms, fresh: int) -> Iterator[Index]:
    if terms.second is not None:
        own = terms.second >= 0
        yield _key(terms.col, terms.second, fresh)[own]


def _key(col: Integers, second: Integers, fresh: int) -> Index:
    low, high = np.minimum(col, second), np.maximum(col, second)
    return low.astype(np.int64) * fresh + high.astype(np.int64)
