"""MARIO's use of CVXlab with the import changed: SADDLEPOINT_MARIO=PYTHON pytest tests/cvxlab/test_mario.py

PYTHON is an interpreter that has MARIO (mariopy 1.3), CVXlab, and what Saddlepoint requires; without it the test is skipped, and says so.
MARIO splits sectors of an input–output table with its packaged model, whose operators have shapes that depend on a constant's value.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import saddlepoint

PYTHON = os.environ.get("SADDLEPOINT_MARIO", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="SADDLEPOINT_MARIO names no interpreter that has MARIO")

SPLIT = """
import builtins, json, pathlib, sys, warnings
warnings.simplefilter("ignore")
builtins.input = lambda prompt="": "y"
if sys.argv[2] == "saddlepoint":
    import saddlepoint.cvxlab
    import saddlepoint.cvxlab.support.util
    sys.modules["cvxlab"] = saddlepoint.cvxlab  # the import changed
    sys.modules["cvxlab.support"] = saddlepoint.cvxlab.support
    sys.modules["cvxlab.support.util"] = saddlepoint.cvxlab.support.util
import mario
import numpy as np
from mario.ops import cvxlab_bridge
from scipy.special import rel_entr
files = pathlib.Path(mario.__file__).parent / "test/supporting_files/add_sectors"
table = mario.parse_from_excel(str(files / "add_sector_iot_table.xlsx"), table="IOT", mode="flows")
new = table.add_sectors(
    io=files / "add_sector_iot_inventories_filled.xlsx", inplace=False, split=True, cvxlab_path=pathlib.Path(sys.argv[1])
)
made = new.matrices["baseline"]
whole = {k: [list(made[k].shape), float(np.nansum(made[k].to_numpy()))] for k in ("Z", "Y", "V", "X")}

import sqlite3, pandas
with sqlite3.connect(pathlib.Path(sys.argv[1]) / "mario_add_sector_split/database.db") as db:
    q = lambda name: pandas.read_sql_query(f"SELECT * FROM {name}", db)
    kinds = q("_set_SECTOR_FROM")
    kind = dict(zip(kinds.iloc[:, 1], kinds.iloc[:, 2]))
    flows = q("Z_use").merge(q("Z0"), on=["region_from_Name", "region_to_Name", "sector_from_Name", "sector_to_Name"], suffixes=("", "0"))
    weighed = [
        kind[r.sector_to_Name] == "new" or (kind[r.sector_to_Name] == "parent" and kind[r.sector_from_Name] == "stable")
        for r in flows.itertuples()
    ]
    added = q("V").merge(q("V0"), on=["factor_Name", "region_to_Name", "sector_to_Name"], suffixes=("", "0"))

def entropy(frame):
    numbers = np.maximum(frame["values"].fillna(0).to_numpy(float), 0)
    return float(rel_entr(numbers, frame["values0"].fillna(0).to_numpy(float) + 1e-8).sum())

print(json.dumps([cvxlab_bridge.cl.__name__, whole, entropy(flows[weighed]) + entropy(added), sum(weighed)]))
"""


def _split(tmp_path: Path, engine: str) -> list[Any]:
    place = tmp_path / engine
    place.mkdir()
    source = str(Path(saddlepoint.__file__).parents[1])
    done = subprocess.run(
        [PYTHON, "-c", SPLIT, str(place), engine],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_sectors_are_split_with_the_import_changed(tmp_path: Path) -> None:
    """The entropy that the model minimises is the same; flows that it does not weigh are free in both."""
    theirs, ours = _split(tmp_path, "cvxlab"), _split(tmp_path, "saddlepoint")
    assert (theirs[0], ours[0]) == ("cvxlab", "saddlepoint.cvxlab")
    for name, (shape, total) in theirs[1].items():
        assert ours[1][name][0] == shape
        assert ours[1][name][1] == pytest.approx(total, rel=1e-3)
    assert ours[3] == theirs[3]
    assert ours[2] == pytest.approx(theirs[2], rel=1e-3)
    assert ours[2] <= theirs[2] + 1e-6 * abs(theirs[2])
