"""SMPS files: what they say, as a model at its known optimum, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.building.smps import model_of
from saddlepoint.cli.commands import saddle
from saddlepoint.errors import FileError
from saddlepoint.files.smps import outcomes_of, read_smps

CORE = """\
* a shop: order x at 4, sell y1 at 10 up to the demand, dump y2 at 1; at most 200 in stock
NAME          shop
ROWS
 N  COST
 L  SHELF
 E  STOCK
 L  DEMAND
COLUMNS
    x         COST               4   SHELF              1
    x         STOCK             -1
    y1        COST             -10   STOCK              1
    y1        DEMAND             1
    y2        COST              -1   STOCK              1
RHS
    RHS       SHELF            200   DEMAND            60
ENDATA
"""
TIME = "TIME shop\nPERIODS\n    x   COST   P1\n    y1  STOCK  P2\nENDATA\n"
INDEP = (
    "STOCH shop\nINDEP DISCRETE\n    RHS DEMAND 100 P2 0.3\n    RHS DEMAND 60 P2 0.5\n    RHS DEMAND 20 P2 0.2\n"
    "    y2 COST -1 P2 0.5\n    y2 COST -2 P2 0.5\nENDATA\n"
)
BLOCKS = "STOCH shop\nBLOCKS DISCRETE\n BL B P2 0.25\n    RHS DEMAND 100\n    y1 COST -12\n BL B P2 0.75\n    RHS DEMAND 50\nENDATA\n"
SCENARIOS = (
    "STOCH shop\nSCENARIOS DISCRETE\n SC low 'ROOT' 0.5 P2\n    RHS DEMAND 20\n    y1 COST -12\n SC high low 0.5 P2\n"
    "    RHS DEMAND 80\nENDATA\n"
)


def files(folder: Path, stoch: str, core: str = CORE, time: str = TIME) -> tuple[Path, Path, Path]:
    for name, text in (("s.cor", core), ("s.tim", time), ("s.sto", stoch)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "s.cor", folder / "s.tim", folder / "s.sto"


def best(demand: list[float], price: list[float], dump: list[float], shares: list[float]) -> float:
    """The optimum lies at a demand: sell what is asked for, dump the rest."""
    d, p, w, s = map(np.array, (demand, price, dump, shares))
    return min(4 * x - s @ (p * np.minimum(x, d) + w * np.maximum(x - d, 0)) for x in (0.0, *demand))


@pytest.mark.parametrize(
    ("stoch", "want"),
    [
        (
            INDEP,
            best([100, 60, 20] * 2, [10] * 6, [1] * 3 + [2] * 3, [0.15, 0.25, 0.1] * 2),
        ),
        (BLOCKS, best([100, 50], [12, 12], [1, 1], [0.25, 0.75])),
        (SCENARIOS, best([20, 80], [12, 12], [1, 1], [0.5, 0.5])),
    ],
)
def test_every_section_gives_the_optimum(tmp_path: Path, stoch: str, want: float) -> None:
    found = read_smps(*files(tmp_path, stoch))
    assert (found.first_columns, found.first_rows) == (1, 1)
    model = model_of(found, outcomes_of(found))
    assert model.solve().objective[""][0] == pytest.approx(want)


def test_command_makes_a_folder_that_runs(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        saddle.main(["import", "smps", *map(str, files(tmp_path, INDEP)), str(tmp_path / "shop")])
    assert left.value.code == 0
    result = saddlepoint.open(tmp_path / "shop").solve()
    assert result.objective[""][0] == pytest.approx(best([100, 60, 20], [10] * 3, [1.5] * 3, [0.3, 0.5, 0.2]))


def test_names_of_scenarios_are_items_and_draws_are_equally_likely(tmp_path: Path) -> None:
    found = read_smps(*files(tmp_path, SCENARIOS))
    assert outcomes_of(found).labels == ("low", "high")
    drawn = outcomes_of(found, sample=7, seed=1)
    assert len(drawn.labels) == 7 and (drawn.probabilities == 1 / 7).all()
    assert set(drawn.values[:, 0]) <= {20.0, 80.0}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("INDEP DISCRETE", "INDEP NORMAL", "F801"),
        ("INDEP DISCRETE", "DISTRIB", "F801"),
        ("DEMAND 20 P2 0.2", "DEMAND 20 P2 0.3", "F802"),
        ("DEMAND 60 P2 0.5", "DEMAND 60 P2 -0.5", "F802"),
        ("RHS DEMAND 20", "RHS DEMNAD 20", "F062"),
        ("y2 COST -1", "y3 COST -1", "F062"),
        ("DEMAND 20 P2", "DEMAND 2o P2", "F061"),
        ("    RHS DEMAND 20 P2 0.2\n", "    RHS DEMAND\n", "F060"),
        ("ENDATA\n", "", "F060"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in INDEP
    with pytest.raises(FileError) as caught:
        read_smps(*files(tmp_path, INDEP.replace(old, new)))
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].fix


def test_periods_and_sizes_that_are_not_read(tmp_path: Path) -> None:
    for time, code in (
        (TIME.replace("ENDATA", "    y2 DEMAND P3\nENDATA"), "F800"),
        (TIME.replace("PERIODS", "PERIODS EXPLICIT"), "F800"),
        (TIME.replace("y1  STOCK", "y9  STOCK"), "F062"),
    ):
        with pytest.raises(FileError) as caught:
            read_smps(*files(tmp_path, INDEP, time=time))
        assert caught.value.diagnostics[0].code == code
    with pytest.raises(FileError) as caught:
        outcomes_of(read_smps(*files(tmp_path, INDEP)), most=5)
    assert caught.value.diagnostics[0].code == "F803"


@pytest.mark.parametrize(
    ("kind", "width", "ends"),
    [("L", 4, (-4, 0)), ("G", 4, (0, 4)), ("E", 4, (0, 4)), ("E", -4, (-4, 0)), ("L", 0, (0, 0))],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_range_moves_with_the_right_hand_side(
    tmp_path: Path, kind: str, width: int, ends: tuple[int, int], sign: int
) -> None:
    """y is free in a band about 10 or 20; the second of three scenarios says nothing of it and keeps the 30 of the core."""
    core = (
        f"NAME t\nROWS\n N COST\n L FIRST\n {kind} BAND\nCOLUMNS\n x COST 1 FIRST 1\n y COST {sign} BAND 1\nRHS\n"
        f" RHS FIRST 1 BAND 30\nRANGES\n R BAND {width}\nENDATA\n"
    )
    time = "TIME t\nPERIODS\n x FIRST P1\n y BAND P2\nENDATA\n"
    stoch = (
        "STOCH t\nSCENARIOS DISCRETE\n SC a ROOT 0.25 P2\n RHS BAND 10\n SC b ROOT 0.25 P2\n y COST "
        f"{sign}\n SC c ROOT 0.5 P2\n RHS BAND 20\nENDATA\n"
    )
    found = read_smps(*files(tmp_path, stoch, core, time))
    middle = 0.25 * 10 + 0.25 * 30 + 0.5 * 20
    want = middle + ends[0] if sign > 0 else -(middle + ends[1])
    assert model_of(found, outcomes_of(found)).solve().objective[""][0] == pytest.approx(want)


@pytest.mark.parametrize(
    ("time", "stoch", "code"),
    [
        ("TIME t\nPERIODS\n    x\n    y1\nENDATA\n", INDEP, "F060"),
        (TIME, "STOCH t\nBLOCKS DISCRETE\n BL B P2 0.5\nENDATA\n", "F802"),
        (TIME, SCENARIOS.replace("SC high", "SC low"), "F063"),
    ],
)
def test_lines_that_lack_or_repeat_something(tmp_path: Path, time: str, stoch: str, code: str) -> None:
    with pytest.raises(FileError) as caught:
        read_smps(*files(tmp_path, stoch, time=time))
    assert caught.value.diagnostics[0].code == code
