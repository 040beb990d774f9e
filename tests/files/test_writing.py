"""Writing whole or not at all, inside the model folder."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.errors import FileError
from saddlepoint.files import Sheet, copy_folder, distinct_names, inside, safe_name
from saddlepoint.files.atomic import replacing, write_text
from saddlepoint.files.parquet import read_parquet, write_parquet


def code(caught: pytest.ExceptionInfo[FileError]) -> str:
    return caught.value.diagnostics[0].code


def test_a_failed_write_leaves_what_was_there(tmp_path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_readers_see_the_old_or_the_new_text_and_never_a_part(tmp_path) -> None:
    path = tmp_path / "a.txt"
    texts = {"a" * 200_000, "b" * 200_000}
    write_text(path, min(texts))
    stop = threading.Event()
    seen: set[str] = set()

    def look() -> None:
        while not stop.is_set():
            seen.add(path.read_text())

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(10):
        for text in texts:
            write_text(path, text)
    stop.set()
    thread.join()
    assert seen <= texts


def test_a_folder_that_cannot_be_written_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError) as caught:
        write_text(tmp_path / "file" / "a.txt", "x")
    assert code(caught) == "F041"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "link/x"])
def test_paths_outside_are_refused(tmp_path, name: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(FileError) as caught:
        inside(folder, name)
    assert code(caught) == "F040"
    assert inside(folder, "input_data/a.csv").name == "a.csv"


@given(st.text(), st.text())
def test_safe_names_are_safe_and_distinct(one: str, two: str) -> None:
    name = safe_name(one)
    assert name and len(name.encode()) < 255 * 4 and name == Path(name).name and not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0\n')
    if one != two:
        assert safe_name(one) != safe_name(two)


def test_plain_names_stay() -> None:
    assert safe_name("high-high") == "high-high"
    assert safe_name("$(touch x)").startswith("_")
    assert safe_name("con") != "con"


def test_a_folder_is_copied_once(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.yml").write_text("1")
    (tmp_path / "a" / "database.db").write_text("1")
    copy_folder(tmp_path / "a", tmp_path / "b", skip=["*.db"])
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["x.yml"]
    with pytest.raises(FileError) as caught:
        copy_folder(tmp_path / "a", tmp_path / "b")
    assert code(caught) == "F042"
    with pytest.raises(FileError) as caught:
        copy_folder(tmp_path / "none", tmp_path / "c")
    assert code(caught) == "F001"


def test_parquet_files_and_folders(tmp_path) -> None:
    sheet = Sheet("t", ("Scenario", "values"), (["low", "high", "low"], [1.0, 2.0, 3.0]))
    write_parquet(tmp_path / "t.parquet", sheet)
    assert read_parquet(tmp_path / "t.parquet").columns == sheet.columns
    with pytest.raises(FileError) as caught:
        write_parquet(tmp_path / "t.parquet", sheet, force=False)
    assert code(caught) == "F042"
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError) as caught:
        read_parquet(tmp_path / "bad.parquet")
    assert code(caught) == "F050"


def test_parquet_columns_with_blanks_and_of_several_kinds(tmp_path) -> None:
    sheet = Sheet("t", ("a", "b", "c"), ([1.5, "", None], ["x", 1, ""], ["p", "q", ""]))
    write_parquet(tmp_path / "t.parquet", sheet)
    assert read_parquet(tmp_path / "t.parquet").columns == ([1.5, None, None], ["x", "1", ""], ["p", "q", ""])


def test_a_file_that_comes_meanwhile_is_not_overwritten(tmp_path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(FileError) as caught, replacing(path, force=False) as part:
        part.write_text("ours")
        path.write_text("theirs")
    assert code(caught) == "F042"
    assert path.read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_without_hard_links_a_new_file_gets_its_name_all_the_same(tmp_path, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("os.link", refused)
    write_text(tmp_path / "a.txt", "ours", force=False)
    assert (tmp_path / "a.txt").read_text() == "ours"
    with pytest.raises(FileError) as caught, replacing(tmp_path / "b.txt", force=False) as part:
        part.write_text("ours")
        (tmp_path / "b.txt").write_text("theirs")
    assert code(caught) == "F042" and (tmp_path / "b.txt").read_text() == "theirs"


def test_a_link_is_replaced_and_not_followed(tmp_path) -> None:
    (tmp_path / "outside").write_text("precious")
    (tmp_path / "a.txt").symlink_to(tmp_path / "outside")
    write_text(tmp_path / "a.txt", "ours")
    assert (tmp_path / "outside").read_text() == "precious"
    assert not (tmp_path / "a.txt").is_symlink() and (tmp_path / "a.txt").read_text() == "ours"


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX systems")
def test_rights_of_new_files_when_several_threads_write(tmp_path) -> None:
    """To ask for the mask of the process is to change it for a moment; threads must not take that for the mask."""
    before = os.umask(0o027)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda k: write_text(tmp_path / f"{k}", "x"), range(200)))
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o640}


@pytest.mark.parametrize(
    ("one", "other"),
    [("high", "High"), ("É", "é"), ("x" * 300, "x" * 301), ("a/b", "a_b"), ("ä" * 90, "ä" * 91)],
)
def test_names_are_distinct_without_capitals_and_short_enough(one: str, other: str) -> None:
    names = distinct_names([one, other])
    assert len({name.casefold() for name in names.values()}) == 2
    assert all(len(name.encode()) <= 180 for name in names.values())
