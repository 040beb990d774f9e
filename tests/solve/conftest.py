"""Batches for the tests of the solver layer: random ones and the instances of tests/data/instances."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.solve.route.stages.solver_table import records
from saddlepoint.solve.solution import Options

DATA = Path(__file__).parents[1] / "data" / "instances"
NONE = 0.999e20
"""Sides from here on stand for none: 1e20 has lost its last digit in some files."""


def pattern_of(matrix):
    """The pattern and values (1, nnz) of a dense matrix, zeros left out."""
    matrix = np.atleast_2d(np.asarray(matrix, float))
    columns, rows = np.nonzero(matrix.T)
    indptr = np.searchsorted(columns, np.arange(matrix.shape[1] + 1)).astype(np.int32)
    return Pattern(matrix.shape, indptr, rows.astype(np.int32)), matrix[rows, columns][None]


def make_batch(
    q, A=None, l=None, u=None, lb=None, ub=None, P=None, F=None, g=None, cones=(), integer=None, r=0.0
):
    """A batch from dense data; one-dimensional vectors are shared, two-dimensional ones per scenario."""
    q = np.atleast_2d(np.asarray(q, float))
    n = q.shape[1]
    a, a_values = pattern_of(np.zeros((0, n)) if A is None else A)
    p, p_values = pattern_of(np.zeros((n, n)) if P is None else np.triu(P))
    f, f_values = pattern_of(np.zeros((0, n)) if F is None else F)

    def vector(value, length, default):
        value = np.full(length, default) if value is None else np.asarray(value, float)
        return np.atleast_2d(value) if value.size else np.zeros((1, length))

    vectors = [
        vector(l, a.shape[0], -np.inf),
        vector(u, a.shape[0], np.inf),
        vector(lb, n, 0.0),
        vector(ub, n, np.inf),
        vector(g, f.shape[0], 0.0),
    ]
    integral = np.zeros(n, bool) if integer is None else np.asarray(integer, bool)
    size = max(len(v) for v in (q, *vectors))
    return Batch(
        structure=Structure(P=p, A=a, F=f, cones=tuple(cones), integer=integral),
        size=size,
        P=p_values,
        q=q,
        r=np.full((1, 1), float(r)),
        A=a_values,
        F=f_values,
        **dict(zip(("l", "u", "lb", "ub", "g"), vectors, strict=True)),
    )


def skip_without_licence(name):
    """Leave a test out, by name, where a solver that is installed says that it has no licence."""
    record = next((r for r in records() if r.name == name and "LP" in r.classes), None)
    if record is not None:
        said = record.adapter(make_batch([1.0], [[1.0]], l=[1.0]), Options()).messages.items()
        if any("licen" in text.casefold() for _, text in said):
            pytest.skip(f"{name} is installed without a licence")


def random_batch(seed, n=6, m=4, size=1, quadratic=False):
    """A feasible, bounded problem with equalities, ranges and one-sided rows; q, l, u differ by scenario."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.7)
    x0 = rng.uniform(0, 2, n)
    l, u = A @ x0 - rng.uniform(0, 1, (size, m)), A @ x0 + rng.uniform(0, 1, (size, m))
    l[:, 1::3], u[:, 2::3] = -np.inf, np.inf
    l[:, :1] = u[:, :1] = (A @ x0)[:1]
    P = None
    if quadratic:
        root = rng.normal(size=(n, max(1, n // 2)))
        P = root @ root.T
    return make_batch(rng.normal(size=(size, n)), A, l, u, np.zeros(n), np.full(n, 3.0), P)


def read_mps(path):
    """The minimisation of an .mps.gz file through HiGHS' own reader."""
    import tempfile

    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.mps"
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        highs.readModel(str(plain))
    lp = highs.getLp()
    assert lp.sense_ == highspy.ObjSense.kMinimize
    n, m = lp.num_col_, lp.num_row_
    start, index = np.array(lp.a_matrix_.start_, np.int32), np.array(lp.a_matrix_.index_, np.int32)
    order = np.lexsort((index, np.repeat(np.arange(n), np.diff(start))))
    kinds = list(lp.integrality_)
    integer = np.array([kind == highspy.HighsVarType.kInteger for kind in kinds] or [False] * n, bool)
    none = np.zeros((1, 0))
    a = Pattern((m, n), start, index[order])
    structure = Structure(P=Pattern.empty(n, n), A=a, F=Pattern.empty(0, n), cones=(), integer=integer)

    def row(values):
        return np.array(values, float)[None]

    return Batch(
        structure=structure,
        size=1,
        P=none,
        q=row(lp.col_cost_),
        r=np.array([[lp.offset_]]),
        A=row(lp.a_matrix_.value_)[:, order],
        l=row(lp.row_lower_),
        u=row(lp.row_upper_),
        lb=row(lp.col_lower_),
        ub=row(lp.col_upper_),
        F=none,
        g=none,
    )


def read_mat(path):
    """The QP of a .mat file; its last n rows are the bounds."""
    from scipy.io import loadmat
    from scipy.sparse import csc_matrix, triu

    data = loadmat(path)
    n = int(data["n"].item())
    P, A = csc_matrix(triu(data["P"])), csc_matrix(data["A"])
    m = A.shape[0] - n
    C = csc_matrix(A[:m])
    P.sort_indices()
    C.sort_indices()

    def part(name, rows):
        side = data[name].ravel()[rows].astype(float)
        return np.where(np.abs(side) >= NONE, np.copysign(np.inf, side), side)[None]

    def pattern(matrix):
        return Pattern(matrix.shape, matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32))

    none = np.zeros((1, 0))
    rows, bounds = slice(0, m), slice(m, None)
    structure = Structure(
        P=pattern(P), A=pattern(C), F=Pattern.empty(0, n), cones=(), integer=np.zeros(n, bool)
    )
    return Batch(
        structure=structure,
        size=1,
        P=P.data[None].astype(float),
        q=data["q"].ravel()[None].astype(float),
        r=np.array([[float(data["r"].item())]]),
        A=C.data[None].astype(float),
        l=part("l", rows),
        u=part("u", rows),
        lb=part("l", bounds),
        ub=part("u", bounds),
        F=none,
        g=none,
    )


def references(name):
    with (DATA / "reference.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["set"] == name]


def read_instance(row):
    path = DATA / row["set"] / row["file"]
    return read_mat(path) if path.suffix == ".mat" else read_mps(path)


def pytest_generate_tests(metafunc):
    for name in ("netlib", "miplib", "maros_meszaros"):
        if name in metafunc.fixturenames:
            rows = references(name)
            metafunc.parametrize(name, rows, ids=[row["name"] for row in rows])


@pytest.fixture(scope="session")
def make():
    return make_batch


@pytest.fixture(scope="session")
def randomly():
    return random_batch


@pytest.fixture(scope="session")
def instance():
    return read_instance


@pytest.fixture(scope="session")
def named():
    """A Maros–Mészáros problem by name."""
    return lambda name: read_mat(DATA / "maros_meszaros" / f"{name}.mat")
