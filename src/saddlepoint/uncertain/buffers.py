"""The table of buffers, and the calls that find one by name and apply it to rows of an uncertain table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, DataError, Diagnostic, Mark, PlanningError, suggest
from saddlepoint.records import dataclass
from saddlepoint.uncertain.adaptive import ADAPTIVE_CONFORMAL
from saddlepoint.uncertain.balls import WASSERSTEIN_SAMPLES
from saddlepoint.uncertain.calibrated import CALIBRATED
from saddlepoint.uncertain.conformal import CONFORMED
from saddlepoint.uncertain.counts import COUNTS
from saddlepoint.uncertain.laws import LAWS
from saddlepoint.uncertain.moments import FREE
from saddlepoint.uncertain.record import PARAMETERS, SHOWN, Buffer, Columns
from saddlepoint.uncertain.samples import SAMPLED
from saddlepoint.uncertain.scenario_approach import SCENARIO
from saddlepoint.uncertain.tails import TAILS

BUFFERS: Final[tuple[Buffer, ...]] = (
    *(*LAWS, *COUNTS, *FREE, *TAILS, *SAMPLED, *CALIBRATED, *CONFORMED),
    *(ADAPTIVE_CONFORMAL, WASSERSTEIN_SAMPLES, SCENARIO),
)


def _plain(name: str) -> str:
    return "-".join(name.strip().casefold().replace("_", " ").replace("-", " ").split())


_BY_NAME: Final[Mapping[str, Buffer]] = {n: b for b in BUFFERS for n in (b.name, *b.aliases)}


def names() -> tuple[str, ...]:
    """Every name and alias, in the order of the table."""
    return tuple(_BY_NAME)


def readers(parameter: str) -> tuple[str, ...]:
    """The buffers that read a parameter."""
    return tuple(b.name for b in BUFFERS if parameter in (*b.needs, *b.optional))


def find(name: str) -> Buffer:
    """The buffer of this name or alias, whatever its case; PlanningError U001 names the nearest ones."""
    found = _BY_NAME.get(name) or _BY_NAME.get(_plain(name))
    if found is None:
        why = "A buffer says what is assumed of the uncertain quantity."
        raise PlanningError.of("U001", f"there is no buffer {name!r}", why=why, fix=suggest(name, names()))
    return found


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the ladder: the buffer, its level (None where parameters are missing or unfit) and why."""

    buffer: Buffer
    level: float | None
    remark: str


def ladder(mean: float, std: float, p: float, **needed: object) -> tuple[Rung, ...]:
    """Every buffer applied to the same numbers, from the lowest level up, then those that cannot be applied.

    Raises PlanningError where mean, std or p themselves are unusable.
    """
    find("normal").effective(mean, std, p)
    rungs = [_rung(buffer, mean, std, p, needed) for buffer in BUFFERS]
    return tuple(sorted(rungs, key=lambda rung: np.inf if rung.level is None else rung.level))


def _rung(buffer: Buffer, mean: float, std: float, p: float, needed: Mapping[str, object]) -> Rung:
    columns = buffer.columns(mean=mean, std=std, **needed)
    missing = [name for name in buffer.needs if name not in columns]
    if missing:
        return Rung(buffer, None, "needs " + ", ".join(missing))
    found = buffer.findings(columns, np.asarray(p))
    if found:
        return Rung(buffer, None, "; ".join(d.message.removeprefix(f"{buffer.name}: ") for d in found))
    return Rung(buffer, float(buffer.quantile(columns, np.asarray(p))), "")


RowCall = Callable[[Buffer, Columns, Array], Array]


def quantile_rows(columns: Mapping[str, Any], p: object, mark: Callable[[int], Mark] | None = None) -> Array:
    """The level that covers each row with probability p, shape (rows,).

    columns: `distribution` (text, shape (rows,)), parameters by name (numbers, shape (rows,), NaN where a row
    does not need one), `samples` and `weights` of shape (rows, draws); p: number or shape (rows,); mark: row
    → its place. Raises DataError with a finding for every row that is wrong.
    """
    return _by_distribution(columns, p, _quantile, mark)


def floor_rows(columns: Mapping[str, Any], p: object, mark: Callable[[int], Mark] | None = None) -> Array:
    """The level that each row reaches or exceeds with probability p, shape (rows,); see `quantile_rows`.

    A known law has its quantile at 1 − p; a family of distributions is mirrored, as its worst case is another.
    """
    named = np.asarray(columns["distribution"]).astype(str)
    where = mark or (lambda row: Mark(source="row", line=row + 1))
    known = [_BY_NAME.get(_plain(name)) for name in named.tolist()]
    laws = np.array([buffer is None or buffer.kind == "law" for buffer in known], dtype=bool)
    reliability = np.broadcast_to(np.asarray(p, dtype=np.float64), named.shape)
    result, found = np.full(named.shape, np.nan), list[Diagnostic]()
    for chosen, table, sign in ((laws, columns, 1.0), (~laws, _mirrored(columns), -1.0)):
        rows = np.flatnonzero(chosen)
        if len(rows) == 0:
            continue
        part = {name: np.asarray(values)[rows] for name, values in table.items()}
        call: RowCall = (lambda b, c, p: b.quantile(c, 1.0 - p)) if sign > 0.0 else _quantile
        try:
            result[rows] = sign * _by_distribution(
                part, reliability[rows], call, lambda k, r=rows: where(int(r[k]))
            )
        except DataError as error:
            found += error.diagnostics if sign > 0.0 else map(_mirror_words, error.diagnostics)
    if found:
        raise DataError(found)
    return result


def _quantile(buffer: Buffer, columns: Columns, p: Array) -> Array:
    return buffer.quantile(columns, p)


def _mirrored(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of −D."""
    other = {"lower": "upper", "upper": "lower"}
    turned = {"mean", "samples", "lower", "upper"}
    return {
        other.get(k, k): -np.asarray(v, dtype=np.float64) if k in turned else v for k, v in columns.items()
    }


def _mirror_words(finding: Diagnostic) -> Diagnostic:
    """A finding on −D in the words of D."""
    words = (
        finding.message.replace("`upper`", "`\0`").replace("`lower`", "`upper`").replace("`\0`", "`lower`")
    )
    return replace(finding, message=words)


def coverage_rows(
    columns: Mapping[str, Any], level: object, mark: Callable[[int], Mark] | None = None
) -> Array:
    """The probability that each row stays at or below a level (worst case of its family), shape (rows,)."""
    levels = np.broadcast_to(np.asarray(level, dtype=np.float64), (len(columns["distribution"]),))
    keep = {**columns, "_level": levels}
    return _by_distribution(keep, 0.5, lambda b, c, _: b.coverage(c, c["_level"]), mark)


def mean_rows(columns: Mapping[str, Any], mark: Callable[[int], Mark] | None = None) -> Array:
    """The mean of each row, shape (rows,); see `quantile_rows`."""
    return _by_distribution(columns, 0.5, lambda b, c, _: b.mean(c), mark)


def std_rows(columns: Mapping[str, Any], mark: Callable[[int], Mark] | None = None) -> Array:
    """The standard deviation of each row, shape (rows,); DataError U007 where the assumption gives none."""
    return _by_distribution(columns, 0.5, _std, mark, "std")


def cvar_rows(columns: Mapping[str, Any], p: object, mark: Callable[[int], Mark] | None = None) -> Array:
    """The (worst-case) mean of the worst 1 − p of each row, shape (rows,); DataError U007 if unknown."""
    return _by_distribution(columns, p, _cvar, mark, "cvar")


def _std(buffer: Buffer, columns: Columns, _p: Array) -> Array:
    assert buffer.std is not None
    return buffer.std(columns)


def _cvar(buffer: Buffer, columns: Columns, p: Array) -> Array:
    assert buffer.cvar is not None
    return buffer.cvar(columns, p)


def _by_distribution(
    columns: Mapping[str, Any], p: object, call: RowCall, mark: Callable[[int], Mark] | None, wanted: str = ""
) -> Array:
    named = np.asarray(columns["distribution"]).astype(str)
    where = mark or (lambda row: Mark(source="row", line=row + 1))
    reliability = np.broadcast_to(np.asarray(p, dtype=np.float64), named.shape)
    result, found = np.full(named.shape, np.nan), list[Diagnostic]()
    for name in dict.fromkeys(named.tolist()):
        rows = np.flatnonzero(named == name)
        buffer = _BY_NAME.get(_plain(name))
        if buffer is None or (wanted and getattr(buffer, wanted) is None):
            found += [_unfit(name, buffer, wanted, where(row)) for row in rows[:SHOWN].tolist()]
            continue
        own = _own_columns(buffer, columns, rows)
        at = reliability[rows]
        bad = buffer.findings(own, at, lambda k, rows=rows: where(int(rows[k])))
        found += [d if d.mark != NOWHERE else replace(d, mark=where(int(rows[0]))) for d in bad]
        if not bad:
            result[rows] = call(buffer, own, at)
    if found:
        raise DataError(found)
    return result


def _own_columns(buffer: Buffer, columns: Mapping[str, Any], rows: Index) -> Columns:
    """The parameters this buffer reads, for its rows; an optional one that is blank in all stays out."""
    own = {
        k: np.asarray(columns[k], dtype=np.float64)[rows] for k in (*buffer.needs, "_level") if k in columns
    }
    for name in buffer.optional:
        if name in columns and np.isfinite(np.asarray(columns[name], dtype=np.float64)[rows]).any():
            own[name] = np.asarray(columns[name], dtype=np.float64)[rows]
    return own


def _unfit(name: str, buffer: Buffer | None, wanted: str, mark: Mark) -> Diagnostic:
    if buffer is None:
        return Diagnostic("U001", f"there is no distribution {name!r}", mark, fix=suggest(name, names()))
    what = {"std": "no standard deviation", "cvar": "no closed form of the conditional value at risk"}[wanted]
    why = f"It assumes: {buffer.assumption}."
    return Diagnostic(
        "U007", f"the distribution {buffer.name!r} has {what}", mark, why=why, fix="Use `quantile` instead."
    )


def parameters(used: Iterable[Buffer] = BUFFERS) -> tuple[str, ...]:
    """The parameters any of these buffers reads, in the order of `PARAMETERS`."""
    read = {name for buffer in used for name in (*buffer.needs, *buffer.optional)}
    return tuple(name for name in PARAMETERS if name in read)
