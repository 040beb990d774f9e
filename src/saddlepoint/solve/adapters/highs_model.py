"""HiGHS for questions of our own: silent, on one thread, in a thread apart from a user's own HiGHS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from saddlepoint.arrays import Array, Integers

T = TypeVar("T")


def in_own_thread(work: Callable[[], T]) -> T:
    """What the work gives, done in a thread of its own: the number of threads of a user's own HiGHS is neither met nor changed."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def silent_highs(settings: Mapping[str, Any]) -> Any:
    """A new HiGHS that prints nothing and uses one thread, with these settings."""
    from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

    highs: Any = _Highs()
    for name, value in {"output_flag": False, "threads": 1, **settings}.items():
        highs.setOptionValue(name, value)
    return highs


def linear_model(
    by_column: tuple[Integers, Integers, Array],
    cost: Array,
    lower: Array,
    upper: Array,
    low: Array,
    high: Array,
) -> Any:
    """min cost·x over low ≤ A x ≤ high, lower ≤ x ≤ upper, as HiGHS has it; by_column: starts, rows and values of A."""
    import highspy

    lp: Any = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = by_column
    return lp
