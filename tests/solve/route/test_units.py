"""Units of a problem: what is found at once is what the search finds."""

import numpy as np
import pytest

from saddlepoint.solve.route.units.scaling import scale
from tests.solve.conftest import make_batch


@pytest.mark.parametrize("size", [1.0, 3.0, 0.7, 1e-9, 5e12])
@pytest.mark.parametrize("whole", [False, True])
def test_entries_of_one_size_have_the_units_that_a_search_gives(size, whole) -> None:
    """The same entries a hair apart are searched: rows, empty ones among them, columns and objectives have the same units, of every scenario."""
    rng = np.random.default_rng(int(100 * size) % 1000)
    signs = rng.choice([-1.0, 0.0, 1.0], (6, 9), p=[0.2, 0.5, 0.3])
    signs[4], signs[0, 0] = 0.0, 1.0
    integer = rng.random(9) < 0.4 if whole else None
    sides = 10.0 ** rng.uniform(-3, 5, (2, 6))
    parts = {"l": -sides, "u": 2 * sides, "ub": 10.0 ** rng.uniform(0, 8, 9), "integer": integer}
    costs = 10.0 ** rng.uniform(-7, 7, 9)
    found = scale(make_batch(costs, size * signs, **parts))
    apart = 1 + 1e-13 * rng.random(signs.shape)
    searched = scale(make_batch(costs, size * signs * apart, **parts))
    for name in ("column", "row", "cone", "objective"):
        np.testing.assert_array_equal(getattr(found, name), getattr(searched, name), err_msg=name)
