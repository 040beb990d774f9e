"""A command starts as fast as it loads little: `saddle run` of a linear model leaves alone what other models need."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "design" / "architecture.md"
RUN = """
import sys
from saddlepoint.cli import main
try:
    main()
finally:
    print("\\n".join(sys.modules), file=sys.stderr)
"""


def unneeded() -> tuple[list[str], list[str]]:
    """Our modules and those of others that the page names."""
    text = (
        PAGE.read_text(encoding="utf-8")
        .split("<!-- not loaded by a linear run -->")[1]
        .split("<!-- end -->")[0]
    )
    names = re.findall(r"`([\w.]+)`", text)
    of_others = {"cvxpy", "scipy", "pandas", "numba", "openpyxl", "pyarrow", "urllib.request", "fractions"}
    return [f"saddlepoint.{n}" for n in names if n not in of_others], [n for n in names if n in of_others]


@pytest.mark.parametrize("example", ["production_planning", "production_planning_nonlinear"])
def test_linear_run_loads_none_of_the_rooms_that_the_page_names(example: str, tmp_path: Path) -> None:
    ours, others = unneeded()
    assert len(ours) > 30
    assert len(others) > 5
    assert [name for name in ours if find_spec(name) is None] == []
    folder = shutil.copytree(ROOT / "examples" / example, tmp_path / example)
    said = subprocess.run(
        [sys.executable, "-c", RUN, "run", str(folder)], capture_output=True, text=True, check=True
    )
    loaded = said.stderr.split()
    assert "saddlepoint.solve.adapters.highs" in loaded
    needless = [m for m in loaded if any(m == n or m.startswith(f"{n}.") for n in (*ours, *others))]
    assert needless == []
