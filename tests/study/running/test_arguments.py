"""The table of options names what a Request holds, and what editors are told of."""

from __future__ import annotations

from dataclasses import fields
from typing import Unpack, get_type_hints

import numpy as np
import pytest

from saddlepoint.cli.run import command
from saddlepoint.cli.solving import solve_arguments
from saddlepoint.errors import UsageError
from saddlepoint.lab import Lab
from saddlepoint.solve.certify import certify
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import Coupling
from saddlepoint.study.running.arguments import ARGUMENTS, SolveArguments
from saddlepoint.study.running.plan import Request
from saddlepoint.study.running.request import make_request


def test_what_a_run_is_told_is_what_it_holds() -> None:
    held = {f.name for kind in (Options, Coupling) for f in fields(kind)} - {"stop", "tell"}
    of_a_request = {f.name for f in fields(Request)} - {
        "options",
        "coupling",
        "expected",
        "searching",
        "enough",
    }
    assert set(ARGUMENTS) == held | of_a_request


@pytest.mark.parametrize("verb", ["solve", "run", "plan", "explain"])
def test_an_editor_completes_the_options_of_a_verb(verb: str) -> None:
    hints = get_type_hints(getattr(Lab, verb))
    assert hints["arguments"] == Unpack[SolveArguments]
    assert list(SolveArguments.__annotations__) == list(ARGUMENTS)


def test_the_command_line_takes_every_option_that_a_text_can_hold() -> None:
    params = {p.name for p in command.params}
    spelt = {"scenarios": "chosen", "settings": "pairs"}
    assert {spelt.get(name, name) for name in ARGUMENTS if name not in ("kernels", "each")} <= params


def test_a_value_given_on_the_command_line_arrives_as_in_python() -> None:
    line = ["--workers", "3", "--check", "a, b", "--scenario", "low", "--damping", "0.25", "--coupled"]
    line += ["--setting", "presolve=off", "--global", "--exact"]
    context = command.make_context("run", line)
    assert solve_arguments(context.params) == {
        "workers": 3,
        "check": ("a", "b"),
        "scenarios": ("low",),
        "damping": 0.25,
        "mode": "integrated",
        "settings": {"presolve": "off"},
        "starts": 8,
        "exact": True,
    }


WRONG_KINDS = [
    ("scenarios", 3, "a text or a list of texts"),
    ("scenarios", ["low", 3], "a text or a list of texts"),
    ("check", 1.5, "a text or a list of texts"),
    ("chain", "ab", "a list of keys of problems"),
    ("kernels", ["simplex"], "a list of kernels"),
    ("solver", 7, "a text"),
    ("settings", "presolve=off", "a mapping of texts"),
    ("settings", {1: 2}, "a mapping of texts"),
    ("workers", True, "a whole number"),
    ("chunk", 2.5, "a whole number"),
    ("limit", "20", "a whole number"),
    ("seed", -1, "a whole number from 0 on"),
    ("tolerance", "1e-6", "a number"),
    ("time_limit", True, "a number"),
    ("exact", "false", "True or False"),
    ("isolate", 1, "True or False"),
]


@pytest.mark.parametrize(("name", "value", "wanted"), WRONG_KINDS)
def test_a_value_of_another_kind_is_named_with_the_kind_wanted(name: str, value: object, wanted: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_request({name: value})
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("X111", f"{name} must be {wanted}, not {value!r}")
    assert found.fix


def test_values_of_the_right_kind_pass() -> None:
    given = {
        "scenarios": "low",
        "chain": ["a", 2],
        "kernels": [],
        "workers": np.int64(2),
        "time_limit": 3,
        "exact": True,
    }
    request = make_request(given | {"tolerance": np.float64(1e-7), "check": ["x"], "seed": 0, "settings": {}})
    assert (request.scenarios, request.chain, request.kernels) == (("low",), ("a", "2"), ())
    assert (request.options.workers, request.options.time_limit, request.options.exact) == (2, 3, True)
    assert (request.options.tolerance, request.coupling.check, request.coupling.seed) == (1e-7, ("x",), 0)


def test_each_rule_is_applied() -> None:
    wrong = {n: "no such" if o.choices else 0 for n, o in ARGUMENTS.items() if o.choices or o.limits}
    with pytest.raises(UsageError) as caught:
        make_request({**wrong, "toleranz": 1e-6})
    found = caught.value.diagnostics
    assert [d.code for d in found] == ["X110", *["X111"] * len(wrong)]
    assert "'tolerance'" in found[0].fix or "tolerance" in found[0].fix
    with pytest.raises(UsageError, match="below 1"):
        make_request({"tolerance": 1.0})


@pytest.mark.parametrize(
    ("name", "value"), [("tolerance", 1.0), ("tolerance", 0), ("time_limit", -1.0), ("workers", 0)]
)
def test_a_run_and_a_judgement_of_matrices_say_the_same_of_a_number(name: str, value: float) -> None:
    said = []
    for act in (
        lambda: make_request({name: value}),
        lambda: certify([1.0], options=Options(**{name: value})),
    ):
        with pytest.raises(UsageError) as caught:
            act()
        said.append(caught.value.diagnostics)
    assert said[0] == said[1] and len(said[0]) == 1
