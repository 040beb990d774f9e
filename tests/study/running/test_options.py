"""The table of options names what a Request holds, and what editors are told of."""

from __future__ import annotations

import pytest

from saddlepoint.errors import UsageError
from saddlepoint.study.running.options import OPTIONS, SolveArguments
from saddlepoint.study.running.request import make_request


def test_editors_and_requests_know_the_same_options() -> None:
    assert list(SolveArguments.__annotations__) == list(OPTIONS)


def test_each_rule_is_applied() -> None:
    wrong = {n: "no such" if o.choices else 0 for n, o in OPTIONS.items() if o.choices or o.positive}
    with pytest.raises(UsageError) as caught:
        make_request({**wrong, "toleranz": 1e-6})
    found = caught.value.diagnostics
    assert [d.code for d in found] == ["X110", *["X111"] * len(wrong)]
    assert "'tolerance'" in found[0].fix or "tolerance" in found[0].fix
    with pytest.raises(UsageError, match="below 1"):
        make_request({"tolerance": 1.0})
