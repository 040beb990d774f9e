"""A folder of ours takes the place of one of ours, whatever kills it, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saddlepoint.errors import FileError
from saddlepoint.files.folder import MANIFEST, clear_work, owned, recover, refuse_foreign, seal, swap
from tests.faults.dying import died_at


def made(folder: Path, text: str) -> Path:
    (folder / "plan").mkdir(parents=True)
    (folder / "plan" / "part-0.parquet").write_text(text)
    seal(folder, {"tables": {"plan": "plan"}})
    return folder


def read(folder: Path) -> str:
    return (folder / "plan" / "part-0.parquet").read_text()


def work(parent: Path) -> Path:
    return parent / ".results-0123abcd.part" / "new"


def refused(folder: Path) -> str:
    with pytest.raises(FileError) as caught:
        refuse_foreign(folder)
    (found,) = caught.value.diagnostics
    return f"{found.code} {found.message}"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return made(tmp_path / "results", "old")


def test_a_folder_of_ours_is_replaced(results: Path, tmp_path: Path) -> None:
    swap(made(work(tmp_path), "new"), results)
    assert read(results) == "new"
    assert {p.name for p in tmp_path.iterdir()} == {"results", ".results-0123abcd.part"}


def test_what_a_system_adds_to_a_folder_is_no_reason_to_refuse(results: Path, tmp_path: Path) -> None:
    (results / ".DS_Store").write_text("finder")
    swap(made(work(tmp_path), "new"), results)
    assert read(results) == "new" and not (results / ".DS_Store").exists()


@pytest.mark.parametrize(
    "name", ["thesis.docx", "plan/notes.txt", "mine/deep/down.txt", "plan/part-1.parquet"]
)
def test_a_users_file_is_named_and_stays(results: Path, tmp_path: Path, name: str) -> None:
    mine = results / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("precious")
    assert name in refused(results)
    with pytest.raises(FileError, match="F046"):
        swap(made(work(tmp_path), "new"), results)
    assert mine.read_text() == "precious" and read(results) == "old"


def test_a_file_of_ours_that_somebody_wrote_into_stays(results: Path) -> None:
    (results / "plan" / "part-0.parquet").write_text("another length")
    assert "plan/part-0.parquet" in refused(results)


def test_a_folder_without_a_manifest_a_file_and_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    refuse_foreign(tmp_path / "a")
    refuse_foreign(tmp_path / "none")
    (tmp_path / "a" / "x.txt").write_text("mine")
    assert refused(tmp_path / "a").startswith("F046")
    assert refused(tmp_path / "a" / "x.txt").startswith("F046")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert refused(tmp_path / "link").startswith("F040")


def test_links_in_a_folder_of_ours_are_not_followed(results: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "part-0.parquet").write_text("old")
    (results / "plan" / "part-0.parquet").unlink()
    (results / "plan").rmdir()
    (results / "plan").symlink_to(outside)
    assert "plan" in refused(results)
    assert (outside / "part-0.parquet").read_text() == "old"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 5}', '{"files": {"plan/part-0.parquet": "x"}}'])
def test_a_manifest_that_cannot_be_read_owns_nothing(results: Path, text: str) -> None:
    (results / MANIFEST).write_text(text)
    assert owned(results) is None
    assert refused(results).startswith("F046")


def test_killed_between_any_two_steps_of_a_swap(tmp_path: Path) -> None:
    """Before every operation on a file: then the old results are there or the new ones, once the next run has looked."""
    seen: set[str] = set()
    step = 0
    while True:
        parent = tmp_path / str(step)
        results = made(parent / "results", "old")
        made(work(parent), "new")
        done = died_at(step, lambda: swap(work(parent), results))  # noqa: B023
        recover(results)
        seen.add(read(results))
        refuse_foreign(results)
        left = {p.name for p in parent.iterdir()} - {"results", ".results-0123abcd.part"}
        assert {name for name in left if not name.startswith(".saddle-")} == set()
        swap(made(parent / ".results-ff.part" / "new", "newest"), results)
        assert read(results) == "newest"
        if done:
            break
        step += 1
    assert seen == {"old", "new"} and step > 8


def test_killed_in_the_recovery_too(tmp_path: Path) -> None:
    for first in range(1, 12):
        for second in range(8):
            parent = tmp_path / f"{first}-{second}"
            results = made(parent / "results", "old")
            made(work(parent), "new")
            died_at(first, lambda: swap(work(parent), results))  # noqa: B023
            died_at(second, lambda: recover(results))  # noqa: B023
            recover(results)
            assert read(results) in ("old", "new")
            refuse_foreign(results)


def test_a_forged_journal_moves_nothing_from_elsewhere(tmp_path: Path) -> None:
    parent = tmp_path / "model"
    elsewhere = made(tmp_path / "elsewhere", "theirs")
    parent.mkdir()
    for name in ("../elsewhere", str(elsewhere), ".results-a.part/../../elsewhere"):
        (parent / ".results-swap.json").write_text(json.dumps({"new": name}))
        recover(parent / "results")
        assert not (parent / "results").exists() and read(elsewhere) == "theirs"


def test_what_comes_in_during_the_swap_is_kept_in_sight(tmp_path: Path, results: Path) -> None:
    old = tmp_path / ".results-old.part"
    results.rename(old)
    (old / "thesis.docx").write_text("precious")
    made(results, "new")
    recover(results)
    assert (tmp_path / "results-kept-1" / "thesis.docx").read_text() == "precious"
    assert read(results) == "new" and not old.exists()


def test_a_disk_that_takes_no_more(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second rename fails: the old folder comes back at once."""
    new = made(work(tmp_path), "new")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self == new:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(FileError, match="No space left"):
        swap(new, results)
    assert read(results) == "old" and read(new) == "new"


def test_working_folders_go_whenever_their_deletion_was_killed(tmp_path: Path) -> None:
    for step in range(12):
        folder = tmp_path / str(step)
        (folder / "new" / "plan").mkdir(parents=True)
        (folder / "new" / "plan" / "part.parquet").write_text("x")
        (folder / "_marker").write_text("ours")
        died_at(step, lambda: clear_work(folder, "_marker"))  # noqa: B023
        clear_work(folder, "_marker")
        assert not folder.exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "x").write_text("precious")
    clear_work(mine, "_marker")
    assert (mine / "x").read_text() == "precious"
