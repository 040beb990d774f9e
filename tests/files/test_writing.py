"""Writing whole or not at all, inside the model folder."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.errors import FileError
from saddlepoint.files import Sheet, copy_folder, inside, safe_name
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
