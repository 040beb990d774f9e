"""The alignment law: how labelled shapes combine.

Axes align by position; lengths must agree; length 1 broadcasts and carries no label. Equal length with different
items is an error, unless one of the sides carries no set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from saddlepoint.expr.facts import ONE, Facts, Repeat, Side
from saddlepoint.expr.refusals import AmbiguousDiagonal, AmbiguousProduct, LabelMismatch, ShapeMismatch


def join_sides(left: Side, right: Side, what: str) -> Side:
    """The common side of two operands; the one with labels wins."""
    for mine, other in ((left, right), (right, left)):
        if mine.diagonal and other.length > 1 and what != "the rows":
            raise AmbiguousDiagonal(
                "what has one dimension (the diagonal of a matrix, sums without keepdims) could stand as a column (its rule "
                "here) or as a row (as in CVXPY and CVXlab)",
                "Write tran(diag(A)) for the row; diag(diag(A)) @ X scales the rows of X; sum(X, 1) is a column.",
            )
    if left.length == 1:
        return right if right.length > 1 or right.axes or right.diagonal else left
    if right.length == 1:
        return left
    if left.length != right.length:
        raise ShapeMismatch(
            f"{what} have different lengths: {left} on the left, {right} on the right",
            "Transpose one of them with tran(), or check which sets stand on rows and cols.",
        )
    check_labels(left, right, what)
    return left if left.axes else right


def check_labels(left: Side, right: Side, what: str) -> None:
    """Raise if both sides carry labels and the labels differ."""
    if not left.axes or not right.axes or left.length == 1 or left.positional or right.positional:
        return
    if _items(left) != _items(right):
        raise LabelMismatch(
            f"{what} have equal length ({left.length}) but different items: "
            f"{_name(left)} on the left, {_name(right)} on the right",
            "Use one set (or one filter) on both sides, or a set made with copy_from (in a folder of CVXlab, `lenient=True` "
            "aligns by position, as CVXlab does).",
        )


def _items(side: Side) -> tuple[tuple[str, ...], ...]:
    return tuple(a.items for a in side.axes)


def _name(side: Side) -> str:
    first = [a.items[0] for a in side.axes if a.items]
    return f"{side.name} ({' × '.join(first)}, …)"


def join_repeats(facts: Sequence[Facts]) -> tuple[Repeat, ...]:
    """All intra-problem sets of the operands, in the model's order; equal sets must have equal items."""
    found: dict[int, Repeat] = {}
    for fact in facts:
        for repeat in fact.repeats:
            other = found.setdefault(repeat.rank, repeat)
            if other.axis.items != repeat.axis.items:
                raise LabelMismatch(
                    f"the operands are repeated over different items of {repeat.axis.name}: {_some(other)}, and {_some(repeat)}",
                    "It could be meant for the items that both have, or for all of them with 0 where one has none: for the first "
                    "give both variables the same filter on this set, for the second leave out both filters and write 0 in the "
                    "data (CVXlab refuses it, too).",
                )
    return tuple(found[k] for k in sorted(found))


def _some(repeat: Repeat) -> str:
    shown = ", ".join(repeat.axis.items[:3])
    return shown + ", …" * (len(repeat.axis.items) > 3)


def join(facts: Sequence[Facts], rows: Side, cols: Side) -> Facts:
    """The facts of a result with these sides."""
    return Facts(
        join_repeats(facts),
        rows,
        cols,
        decision=any(f.decision for f in facts),
        varying=any(f.varying for f in facts),
    )


def elementwise(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """Operands entry by entry; a side of length 1 is repeated."""
    _refuse_table(facts)
    rows, cols = facts[0].rows, _width(facts[0])
    for fact in facts[1:]:
        rows = join_sides(rows, fact.rows, "the rows")
        cols = join_sides(cols, _width(fact), "the columns")
    return join(facts, rows, cols)


def _width(fact: Facts) -> Side:
    """The columns; one number has no second reading entry by entry."""
    return ONE if fact.is_scalar and fact.cols.diagonal else fact.cols


def _refuse_table(facts: tuple[Facts, ...]) -> None:
    """In a folder of CVXlab: one dimension beside a column, of which CVXPY makes a table of every row with every entry."""
    flat = any(fact.cols.diagonal and fact.rows.length > 1 for fact in facts)
    if flat and any(_is_loose_column(fact) for fact in facts):
        raise AmbiguousDiagonal(
            "what has one dimension (the diagonal of a matrix, sums without keepdims) beside a column could mean entry by entry "
            "(its rule elsewhere) or every row with every entry (as in CVXPY and CVXlab)",
            "Write sum(diag(diag(A)), 1) for the column, tran(diag(A)) for every row with every entry.",
        )


def _is_loose_column(fact: Facts) -> bool:
    return fact.rows.positional and fact.rows.length > 1 and fact.cols.length == 1 and not fact.cols.diagonal


def same(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """The shape of the first operand."""
    return join(facts, facts[0].rows, facts[0].cols)


def scalar(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """One number for each repeat."""
    return join(facts, ONE, ONE)


def product(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """The matrix product: columns of the left against rows of the right."""
    left, right = facts
    if left.cols.length != right.rows.length:
        raise ShapeMismatch(
            f"a matrix product needs as many columns on the left as rows on the right; left is {left}, right is {right}",
            "Transpose one operand with tran(), or use mult() for the elementwise product.",
        )
    check_labels(left.cols, right.rows, "the columns of the left and the rows of the right operand")
    return join(facts, left.rows, right.cols)


def star(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """`*`: elementwise, refused where it could be read as a matrix product."""
    left, right = facts
    if not left.is_scalar and not right.is_scalar and left.cols.length == right.rows.length:
        raise AmbiguousProduct(
            f"'*' of {left} and {right} could mean the elementwise or the matrix product",
            "Write mult(a, b) for entry by entry, a @ b for the matrix product.",
        )
    if any(_is_loose_column(fact) for fact in facts) and any(
        fact.is_scalar and fact.cols.diagonal for fact in facts
    ):
        raise AmbiguousDiagonal(
            "the sum of what has one dimension (as the diagonal of a matrix) times a column has one dimension, too, in CVXPY and CVXlab",
            "Write mult(column, sum(diag(A))), which is the column in both.",
        )
    return elementwise(facts)


def transposed(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """Rows and columns exchanged; a diagonal becomes a row in every reading, and what it was if exchanged again."""
    return replace(facts[0], rows=facts[0].cols, cols=facts[0].rows)


def diagonal(facts: tuple[Facts, ...], options: object = ()) -> Facts:
    """A vector becomes a diagonal matrix, a square matrix its diagonal (a column)."""
    fact = facts[0]
    if fact.is_vector:
        side = fact.cols if fact.rows.length == 1 else fact.rows
        return fact.sized(side, side)
    if fact.rows.length != fact.cols.length:
        raise ShapeMismatch(
            f"diag needs a vector or a square matrix, not {fact}", "Select the part you mean."
        )
    return fact.sized(fact.rows, Side(diagonal=True))


def reduced(facts: tuple[Facts, ...], options: tuple[object, ...] = ()) -> Facts:
    """Reduction of both axes (axis None), of the rows (0) or of the columns (1); two dimensions stay."""
    axis = options[0] if options else None
    fact = facts[0]
    if axis is None:
        return join(facts, ONE, Side(diagonal=fact.cols.diagonal or fact.rows.diagonal))
    if axis == 0:
        return join(facts, ONE, fact.cols)
    if axis == 1:
        return join(facts, fact.rows, ONE)
    raise ShapeMismatch(
        f"axis must be 0 (over rows), 1 (over columns) or absent, not {axis!r}", "Write 0 or 1."
    )
