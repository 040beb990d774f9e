"""Coverage of the next value by buffers from n values, exactly, given each history."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.promise_worlds import Array, World
from saddlepoint.uncertain import find

PROMISE = 0.95
CONFIDENCE = 0.9
CHUNK = 50
BUFFERS = (
    *("normal", "prediction", "tolerance", "student-t", "lognormal", "gamma", "cantelli", "empirical"),
    *("lognormal-prediction", "gamma-prediction"),
    *("conformal", "order-statistic", "scenario", "split-conformal", "cross-conformal"),
    *("weighted-conformal", "adaptive-conformal", "wasserstein-samples"),
)


def levels(name: str, values: Array, season: int) -> Array | None:
    """(rows,) levels of a buffer; None where so few values do not suffice or the assumption excludes them."""
    from saddlepoint.promises.rolling import tail_dof

    buffer, n = find(name), values.shape[1]
    columns = {
        "mean": values.mean(axis=1),
        "std": values.std(axis=1, ddof=1),
        "dof": np.full(len(values), n - 1.0),
        "samples": values,
        "confidence": np.full(len(values), CONFIDENCE),
    }
    if name == "student-t":
        columns["dof"] = np.array([tail_dof(v) for v in values])
    if name.split("-", maxsplit=1)[0] in ("lognormal", "gamma") and not (values.min(axis=1) > 0.0).all():
        return None
    read = {k: v for k, v in columns.items() if k in (*buffer.needs, *buffer.optional)}
    if "season" in buffer.optional and season > 1:
        read["season"] = np.asarray(float(season))
    p = np.full(len(values), PROMISE)
    if not all(bool(np.all(r.holds(read, p))) for r in buffer.requirements):
        return None
    return buffer.quantile(read, p)


def coverage(world: World, n: int, rows: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """(buffer, mean coverage, part of histories covered with p at least) of every buffer."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Array]] = {}
    for start in range(0, rows, CHUNK):
        values, cdf = world.draw(min(CHUNK, rows - start), n, rng)
        for name in BUFFERS:
            level = levels(name, values, 12 if world.name.startswith("seasonal") else 1)
            if level is not None:
                found.setdefault(name, []).append(cdf(level))
    for name, parts in found.items():
        reached = np.concatenate(parts)
        yield name, float(reached.mean()), float((reached >= PROMISE - 1e-12).mean())
