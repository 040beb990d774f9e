"""What a user says of presolve holds, also where HiGHS tries once more."""

from __future__ import annotations

from typing import Any

import pytest

from saddlepoint.solve.adapters.highs import HighsSession
from saddlepoint.solve.solution import Options


@pytest.mark.parametrize("word", ["on", "off", "choose"])
def test_a_second_try_keeps_to_what_the_user_said(randomly: Any, word: str) -> None:
    session = HighsSession(randomly(0), Options(settings={"presolve": word}))
    session._bring(0)  # pyright: ignore[reportPrivateUsage]
    session._again()  # pyright: ignore[reportPrivateUsage]
    assert session._highs.getOptionValue("presolve")[1] == word  # pyright: ignore[reportPrivateUsage]
