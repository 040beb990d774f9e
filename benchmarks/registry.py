"""What is measured: models and drivers, by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MODELS = (
    "a_lp_4",
    "a_lp_400",
    "a_lp_2500",
    "a_int_4",
    "a_int_400",
    "a_int_1000",
    "b_1000",
    "b_1000_csv",
    "c_intra_24",
    "c_intra_8760",
    "c_rows_8760",
)
LARGE = ("a_lp_25000", "a_lp_250000", "a_int_10000", "a_int_100000", "c_intra_87600", "c_rows_87600")
SMOKE = ("a_lp_4", "a_int_4", "c_intra_24")


@dataclass(frozen=True)
class Driver:
    """A way to run a model folder whole. command: the process; extra: its environment; skip: models it cannot do in
    reasonable time."""

    name: str
    command: Callable[[Path], Sequence[str]]
    extra: Mapping[str, str] = field(default_factory=dict)
    skip: Sequence[str] = ()


_OURS = "import sys, saddlepoint; sys.exit(saddlepoint.open(sys.argv[1]).run().exit_code)"


def drivers(cvxlab: str | None) -> tuple[Driver, ...]:
    """Ours first, then its command line, the bare script as a floor, and CVXlab where an interpreter has it."""
    path = {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    }
    ours = Driver("saddlepoint", lambda folder: [sys.executable, "-c", _OURS, str(folder)])
    command = "from saddlepoint.cli import main; main()"
    line = Driver("saddle run", lambda folder: [sys.executable, "-c", command, "run", str(folder)])
    floor = Driver(
        "bare script", lambda folder: [sys.executable, "-m", "benchmarks.floor", str(folder)], path
    )
    if cvxlab is None:
        return ours, line, floor
    rival = str(Path(__file__).with_name("rival_cvxlab.py"))
    slow = (*LARGE, "a_lp_2500", "a_int_400", "a_int_1000", "c_intra_8760")
    return ours, line, floor, Driver("CVXlab", lambda folder: [cvxlab, rival, str(folder)], skip=slow)
