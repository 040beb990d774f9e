"""Without numba no kernel is tested: that must not pass in silence."""

from __future__ import annotations

import os

import pytest

from saddlepoint.solve.kernels import cache


def test_kernels_are_tested_at_all():
    if cache.available():
        return
    message = "numba is not installed: the tests of all compiled kernels are left out"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
