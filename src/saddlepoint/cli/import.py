"""`saddle import`: models of other programs as model folders."""

from __future__ import annotations

from pathlib import Path

import click

from saddlepoint.cli.output import echo

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("form", metavar="smps", type=click.Choice(["smps"]))
@click.argument("core", metavar="CORE", type=_FILE)
@click.argument("time", metavar="TIME", type=_FILE)
@click.argument("stoch", metavar="STOCH", type=_FILE)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Draw N outcomes instead of taking all.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws.")
def command(
    form: str, core: Path, time: Path, stoch: Path, folder: Path, sample: int | None, seed: int
) -> None:
    """Make a model folder of a two-stage stochastic program in SMPS files.

    \b
    saddle import smps lands.cor lands.tim lands.sto lands
    saddle import smps storm.cor storm.tim storm.sto storm --sample 1000 --seed 1

    STOCH may hold SCENARIOS, INDEP and BLOCKS with discrete values; without --sample every combination of them is an
    outcome. The folder is like any other: saddle run DIR.
    """
    from saddlepoint.building.smps import model_of
    from saddlepoint.files.smps import outcomes_of, read_smps

    found = read_smps(core, time, stoch)
    numbers = outcomes_of(found, sample=sample, seed=seed)
    model_of(found, numbers, found.core.name).write(folder)
    program = found.core
    parts = f"{found.first_columns} of {len(program.columns)} columns and {found.first_rows} of {len(program.rows)} rows before"
    echo(f"{folder}: {parts}, {len(numbers.labels)} outcomes")
    for note in program.notes:
        echo(f"  {note}")
    off = float(numbers.probabilities.sum()) - 1.0
    if abs(off) > 1e-9:
        echo(f"  the probabilities add up to 1 {off:+.2g}; they are taken as they are")
    echo(f"Next: saddle run {folder}")
