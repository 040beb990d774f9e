"""A tour in one minute: a model folder from YAML to plans, prices and proof in SQLite, then a plan for uncertain demand.

Run it with `make demo`. Everything is done by the command `saddle`; the results stay in the folder demo/.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent / "demo"
PLAN = "plan"


def main() -> int:
    shutil.rmtree(DEMO / PLAN, ignore_errors=True)
    DEMO.mkdir(exist_ok=True)
    title("1  A model folder: two products, four scenarios, profit that grows with output")
    saddle("new", PLAN, "--from", "production_planning_nonlinear", show=())
    print(excerpt(DEMO / PLAN / "problem.yml"))
    title("2  Plans, prices, proof. The starting point is the profit without growth")
    saddle("run", PLAN, show=("plan:", "Joint", "production:", "Prices", "Certified"))
    title("3  How one scenario got there (* = moves more than its threshold), and that it is a fixed point")
    log = (DEMO / PLAN / "convergence_high-high.log").read_text(encoding="utf-8")
    first, _, rest = log.partition("\n\n")
    kept = [line for line in rest.splitlines() if line and ": Fixed point" not in line]
    print("\n".join((first.splitlines()[0], *kept)))
    title("4  Other starts: where energy is low, another fixed point earns more")
    saddle("run", PLAN, "--global", "--scenario", "Scenarios_energy=low", show=("Joint",))
    title("5  All of it is in one SQLite file, and in one page to send")
    print(rows(DEMO / PLAN / "database.db"))
    saddle("report", PLAN, show=("wrote",))
    title(
        "6  One demand, N(300, 30), to be covered with 95 %: if it is Normal, and if nothing is known of its shape"
    )
    fleet = ("--random", "5", "--seed", "42")
    demand = ("--mean", "300", "--std", "30", "--reliability", "0.95")
    saddle(
        "dispatch", *fleet, *demand, "--buffer", "normal,robust", "--plot", "dispatch.png", show=("Summary",)
    )
    print(
        f"Picture: {shown(DEMO / 'dispatch.png')}; page: {shown(DEMO / PLAN / 'report.html')}; database: {shown(DEMO / PLAN / 'database.db')}"
    )
    return 0


def title(text: str) -> None:
    print(f"\n── {text}", flush=True)


def saddle(*arguments: str, show: Sequence[str]) -> None:
    """Run a command in demo/ and print the parts of its output that begin with the words to show."""
    print("$ saddle " + " ".join(arguments), flush=True)
    command = [str(Path(sys.executable).with_name("saddle")), *arguments]
    environment = {**os.environ, "COLUMNS": "110", "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, cwd=DEMO, env=environment, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    kept = [without_legend(part) for part in parts(done.stdout) if part.startswith(tuple(show))]
    print("\n\n".join(kept), end="\n" if kept else "")


def parts(output: str) -> list[str]:
    """The output cut at blank lines and before each title of a table."""
    blocks: list[list[str]] = [[]]
    for line in output.splitlines():
        if not line:
            blocks.append([])
        elif line.startswith(("A fixed point", "Plan:", "Prices and")):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks if block]


def without_legend(part: str) -> str:
    """Prices without the list of constraints, whose formulas are above."""
    lines = part.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("  c1  ", "  c2  ", "  c3  ")))


def excerpt(path: Path) -> str:
    """The formulas of a problem.yml, without descriptions and blank lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and (not line.startswith(" ") or set("<>=()") & set(line))]
    return "\n".join(f"    {line}" for line in wanted)


def rows(database: Path) -> str:
    """The stored price of energy, read as any SQL program would."""
    query = "SELECT Scenarios_energy_Name, Scenarios_material_Name, price, slack, binding FROM price_production_c1"
    with sqlite3.connect(database) as store:
        found = store.execute(query).fetchall()
    lines = [
        f"{e:5} {m:5} {price:10.6f} {slack + 0:10.6f}   {binds:.0f}" for e, m, price, slack, binds in found
    ]
    return "\n".join([f"sqlite> {query};", *(f"    {line}" for line in lines)])


def shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())
