"""One random formula in one random model: checked, compiled, written out; a share of them solved and told."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import saddlepoint
from benchmarks.inputs.formulas import Writer
from benchmarks.inputs.judge import TooLong, Trial, described, patience
from benchmarks.inputs.worlds import SETS, World, world
from saddlepoint.lab import Lab

SOLVED = 0.2
"""The share of the models that compile and are solved as well."""


@dataclass(frozen=True)
class Made:
    """A model of one seed."""

    world: World
    problem: dict[str, Any]

    def lab(self) -> Lab:
        return saddlepoint.define(
            sets=SETS, variables=self.world.tables, problem=self.problem, data=self.world.data
        )


def made(seed: int) -> tuple[Made, random.Random]:
    """The model of a seed, and its stream of chances for what is done with it."""
    rng = random.Random(seed)
    here = world(rng)
    writer = Writer(rng, here, rng.choice([0.0, 0.05, 0.15, 0.5]))
    kind = rng.random()
    problem: dict[str, Any] = {"objective": [f"Minimize({' + '.join(f'sum({n})' for n in here.decisions)})"]}
    relation: Any = writer.relation() if kind < 0.7 else f"{here.decisions[0]} <= 10"
    if rng.random() < 0.1:
        relation = {"named": relation, **_conditions(rng, writer)}
    problem["expressions"] = [relation]
    if 0.7 <= kind < 0.9:
        problem["objective"] = [writer.objective()]
    if kind >= 0.9:
        outcome = f"price({'named' if isinstance(relation, dict) else 'c1'})"
        figure = writer.expression(2)
        problem["report"] = {"figure": f"{figure} + {outcome}" if rng.random() < 0.3 else figure}
    return Made(here, problem), rng


def _conditions(rng: random.Random, writer: Writer) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if rng.random() < 0.7:
        keys["where"] = writer.condition(2)
    if rng.random() < 0.4:
        keys["each"] = rng.choice([["H"], "T", ["H", "T"], "Nobody"])
    return keys


def tried(seed: int) -> Trial:
    """All that is wrong with one seed."""
    model, rng = made(seed)
    trial = Trial()
    try:
        with patience():
            _play(model, rng, trial)
    except TooLong:
        trial.faults.append("takes too long")
    except Exception as error:
        trial.faults.append(f"judging: {described(error)}")
    return trial


def _play(model: Made, rng: random.Random, trial: Trial) -> None:
    lab = trial.stage("define", model.lab)
    if lab is None:
        return
    found = trial.stage("check", lab.check)
    trial.judge("check", found or ())
    if found is None or any(d.severity == "error" for d in found):
        return
    trial.passed.append("sound")
    if rng.random() < 0.2:
        trial.stage("latex", lab.latex)
        trial.stage("explain", lab.explain)
    if rng.random() < SOLVED:
        _solved(lab, trial)


def _solved(lab: Lab, trial: Trial) -> None:
    result = trial.stage("solve", lambda: lab.solve(time_limit=1.0))
    if result is None:
        return
    for table in lab.model.tables:
        if table in result.tables:
            trial.stage("table", lambda table=table: result.table(table))


def show(seed: int) -> str:
    """A model as it is declared."""
    import yaml

    model, _ = made(seed)
    return yaml.safe_dump({"tables": dict(model.world.tables), "problem": model.problem}, sort_keys=False)
