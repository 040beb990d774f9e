# pyright: basic
"""Cells that other programs wrote into results: compared as what they say, or refused with their place."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.errors import StoreError, UsageError
from saddlepoint.study.results.compare import compare, read_results


def exported(path: Path, values: list[object]) -> Path:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path.mkdir()
    parquet.write_table(arrow.table({"K_Name": ["a", "b"], "values": values}), path / "plan.parquet")
    return path


@pytest.mark.parametrize(
    ("first", "second", "differing"),
    [
        ([datetime.date(2030, 1, 1)] * 2, ["2030-01-01"] * 2, 0),
        ([datetime.datetime(2030, 1, 1, 2)] * 2, ["2030-01-01 02:00", "2030-01-02"], 1),
        ([True, False], [1.0, 1.0], 1),
    ],
)
def test_dates_and_truths_are_compared(tmp_path, first, second, differing: int) -> None:
    one, other = exported(tmp_path / "one", first), exported(tmp_path / "other", second)
    assert sum(d.count for d in compare(read_results(one), read_results(other)).differences) == differing


@pytest.mark.parametrize("values", [[b"\xff\x00", b""], [[1.0, 2.0], []]])
def test_what_is_no_number_in_a_file_is_refused(tmp_path, values) -> None:
    with pytest.raises(UsageError, match=r"X170.*plan\.parquet, row 1: values is"):
        read_results(exported(tmp_path / "one", values))


def test_bytes_in_a_database_are_refused_with_their_row(folder) -> None:
    import saddlepoint

    path = folder("a_lp_4")
    saddlepoint.open(path).run()
    with closing(sqlite3.connect(path / "database.db")) as base, base:
        base.execute("UPDATE production SET \"values\" = x'ff00fe' WHERE id = 2")
    with pytest.raises(StoreError, match=r"(?s)B004.*production\.values cannot be read: row 2 holds bytes"):
        read_results(path)


def test_a_difference_beside_a_large_number_is_told(tmp_path: Path) -> None:
    for name, last in (("one", 1.0), ("other", 0.0)):
        m = saddlepoint.Model(name)
        s = m.set("S", ["a", "b", "c"])
        need = m.data("need", s, [1e9, 1.0, last])
        x = m.decide("x", s, lower=0)
        m.subject_to(met=x >= need)
        m.minimise(saddlepoint.sum(x, over=s))
        m.write(tmp_path / name)
        saddlepoint.open(tmp_path / name).run()
    found = compare(read_results(tmp_path / "one"), read_results(tmp_path / "other"))
    assert "x" in {one.table for one in found.differences}
