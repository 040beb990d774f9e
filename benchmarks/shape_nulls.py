"""Makes the table of promises/shape_nulls.py anew: python -m benchmarks shape_nulls

One line for each number of values: the logarithms of ratios that 20,000 histories of a Normal law (10,000 long ones) exceed with CHANCES.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.promises.shape import mixed, shape_ratios
from saddlepoint.promises.shape_nulls import CHANCES, SIZES

AT_ONCE = 1_000


def main() -> None:
    """Print the table."""
    for count in SIZES:
        rng = np.random.default_rng(count)
        drawn = (rng.normal(size=(AT_ONCE, count)) for _ in range(20 if count < 900 else 10))
        ratios = np.concatenate([mixed(shape_ratios("normal", rows)) for rows in drawn])
        print(count, np.quantile(ratios, 1.0 - np.array(CHANCES)).round(3).tolist(), flush=True)


if __name__ == "__main__":
    main()
