"""`saddle certify`: anybody's model file and solution, judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, print_json
from saddlepoint.cli.spelling import as_typed
from saddlepoint.printing.sentences import how_many
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.solve.certify import FileVerdict

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("certify")
@click.argument("model", metavar="MODEL", type=_FILE)
@click.argument("solution", metavar="[SOLUTION]", required=False, type=_FILE)
@click.option("--solver", help="A name that saddle solvers lists.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Of our own solve.")
@click.option("--tolerance", type=float, default=1e-6, show_default=True, help="Of the certificate.")
@click.option("--exact", is_flag=True, help="Prove the optimum in rational arithmetic.")
@click.option("--plan", is_flag=True, help="Print the plan, too: name and value.")
@json_option
def command(
    model: Path,
    solution: Path | None,
    solver: str | None,
    time_limit: float | None,
    tolerance: float,
    exact: bool,
    plan: bool,
    as_json: bool,
) -> int:
    """Judge a solution of a model file, from any program; without one, solve the model and prove the answer.

    \b
    saddle certify blend.mps
    saddle certify blend.mps blend.sol
    saddle certify blend.lp plan.csv --json

    MODEL: .mps, .qps or .lp, plain or .gz. SOLUTION, plain or .gz: that of HiGHS, CBC, Gurobi or SCIP, or a name and a value per line (blank, comma, semicolon
    or tab between them). The exit code is 0 if the plan is proven optimal, 3 if the model is proven infeasible or,
    asked without a plan, unbounded, 4 if the plan breaks a row, is not the best or not proven so, 1 if a file cannot be read.
    """
    from saddlepoint.solve.certify import certify_file
    from saddlepoint.solve.solution import Options

    options = Options(solver=solver, time_limit=time_limit, tolerance=tolerance, exact=exact)
    found = certify_file(model, solution, options)
    if as_json:
        print_json(_data(found))
    else:
        _tell(found, plan)
    return found.verdict.exit_code


def _tell(found: FileVerdict, plan: bool) -> None:
    """Print what was judged, and the verdict; plan: the plan, too."""
    p = found.program
    whole = int(p.whole.sum())
    parts = [how_many(len(p.columns), "column"), how_many(len(p.rows), "row")]
    if whole:
        parts.insert(1, f"{whole:,} of them whole")
    echo(f"{p.name}: {'maximise' if p.maximise else 'minimise'}, {', '.join(parts)}")
    for note in p.notes:
        echo(f"Note: {note}.")
    if found.given is not None and found.given.absent:
        absent = found.given.absent
        they = "it counts" if absent == 1 else "they count"
        echo(f"Note: the solution does not name {how_many(absent, 'column')}; {they} as 0.")
    echo(as_typed(str(found.verdict)))
    if plan and found.verdict.x is not None:
        echo("\n".join(f"{n} {v:.12g}" for n, v in zip(p.columns, found.verdict.x, strict=True)))


_MISS: Final = ("kind", "name", "value", "side", "relative")


def _data(found: FileVerdict) -> dict[str, Any]:
    from saddlepoint.solve.proof.exact import written

    v, p = found.verdict, found.program
    return {
        "model": p.name,
        "maximise": p.maximise,
        "columns": len(p.columns),
        "rows": len(p.rows),
        "notes": p.notes,
        "verdict": v.word,
        **excerpt(v, "exit_code", "sentences", "objective"),
        "exact": None if v.exact is None else written(v.exact),
        "bound": v.bound,
        "gap": v.gap,
        **excerpt(v, "rel_prim", "rel_dual", "unc", "gives_way"),
        "absent": found.given.absent if found.given else 0,
        "misses": [excerpt(miss, *_MISS) for miss in v.misses],
        "plan": {} if v.x is None else dict(zip(p.columns, v.x, strict=True)),
        "prices": {} if v.y is None else dict(zip(p.rows, v.y, strict=True)),
    }
