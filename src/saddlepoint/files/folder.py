"""A folder of ours that takes the place of an earlier one of ours, and of nothing else.

Which files are ours stands in a manifest. A folder without one, or with files that are not in it, is refused; a swap
that is killed between any two of its steps is completed or taken back by the next one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import sync_folder, write_text
from saddlepoint.files.paths import there
from saddlepoint.printing.sentences import some_of

MANIFEST: Final = "_saddlepoint.json"
"""The file that says what is ours; readers of Parquet folders skip names that begin with _."""
RESULTS: Final = "results"
"""The folder beside a database that a run writes its Parquet files to."""
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What a manifest raises that is none."""
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})
"""Files that the system puts into every folder that somebody looks at."""
_SHOWN: Final = 5


def refuse_foreign(folder: Path) -> None:
    """FileError F046 if the folder holds anything that we did not write, F040 if it is a link."""
    if folder.is_symlink():
        raise FileError(link(folder))
    if not there(folder):
        return
    if not folder.is_dir():
        raise FileError(_foreign(folder, [], "It is a file."))
    found = sorted(_strangers(folder, owned(folder)))
    if found:
        why = "It has no manifest of ours." if owned(folder) is None else "They are not in its manifest."
        raise FileError(_foreign(folder, found, why))


def owned(folder: Path) -> Mapping[str, int] | None:
    """File (with / between folders) → its size, as the manifest says; None if there is no manifest."""
    try:
        return {str(name): int(size) for name, size in _manifest(folder)["files"].items()}
    except _UNREADABLE:
        return None


def tables_in(folder: Path) -> Mapping[str, Path]:
    """Table → the folder of its files, as the manifest says; none if there is no manifest."""
    try:
        return {str(name): folder / str(place) for name, place in _manifest(folder)["tables"].items()}
    except _UNREADABLE:
        return {}


def _manifest(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_text("utf-8"))


def seal(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is complete: its files, and what it is about. FileError F041."""
    files = {name: path.stat().st_size for name, path in _files(folder) if name != MANIFEST}
    write_text(folder / MANIFEST, json.dumps({"saddlepoint": 1, **about, "files": files}, indent=0) + "\n")


def swap(new: Path, folder: Path) -> None:
    """Put a sealed folder in the place of another one of ours, which disappears; FileError F040, F041, F046.

    Readers find the old one or the new one, but for the moment between two renames.
    """
    recover(folder)
    refuse_foreign(folder)
    try:
        if there(folder):
            write_text(_journal(folder), json.dumps({"new": os.path.relpath(new, folder.parent)}))
            folder.rename(_old(folder))
        new.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        recover(folder)
        raise FileError(unwritable(folder, error)) from error
    recover(folder)


def pending(folder: Path) -> bool:
    """Whether a swap was killed and is to be completed or taken back."""
    return there(_old(folder)) or there(_journal(folder))


def recover(folder: Path) -> None:
    """Complete a swap that was killed, or take it back if its new folder is gone; FileError F041."""
    if not pending(folder):
        return
    old, journal = _old(folder), _journal(folder)
    try:
        if not there(folder):
            _restore(folder, old, _announced(folder, journal))
        journal.unlink(missing_ok=True)
        if there(old):
            _retire(old, folder)
    except OSError as error:
        raise FileError(unwritable(folder, error)) from error


def remove_owned(folder: Path) -> bool:
    """Delete what the manifest says is ours; whether the folder is gone. A link is not followed. OSError.

    The manifest goes last, so that a deletion that is killed goes on where it was.
    """
    mine = owned(folder)
    if folder.is_symlink():
        return False
    strangers = set(_strangers(folder, mine)) if mine is not None else set[str]()
    for name, path in list(_files(folder)) if mine is not None else ():
        if name != MANIFEST and name not in strangers:
            path.unlink()
    for each in sorted((p for p in folder.rglob("*") if p.is_dir() and not p.is_symlink()), reverse=True):
        with suppress(OSError):
            each.rmdir()
    if mine is not None and not strangers:
        (folder / MANIFEST).unlink()
    with suppress(OSError):
        folder.rmdir()
    return not there(folder)


def begin_work(folder: Path, marker: str, text: str, rooms: Iterable[str]) -> None:
    """Make a working folder with folders in it, or go on with it; the marker file tells whose it is. FileError F040, F041."""
    try:
        if folder.is_symlink():
            raise FileError(link(folder))
        if not (folder / marker).exists():
            if folder.is_dir():
                folder.rmdir()
            folder.mkdir()
        write_text(folder / marker, text)
        for name in rooms:
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(unwritable(folder, error)) from error


def clear_work(folder: Path, marker: str) -> None:
    """Delete a working folder of ours, known by the marker file in it; anything else stays."""
    if folder.is_symlink() or not (folder / marker).is_file():
        with suppress(OSError):  # a deletion that was killed in its last step leaves it empty
            folder.rmdir()
        return
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != marker:
            each.unlink(missing_ok=True)
    with suppress(OSError):  # the marker last: a deletion that is killed goes on with the next run
        (folder / marker).unlink()
        folder.rmdir()


def _restore(folder: Path, old: Path, new: Path | None) -> None:
    if new is not None and owned(new) is not None:
        with suppress(OSError):
            new.rename(folder)
            return
    if there(old):
        old.rename(folder)


def _announced(folder: Path, journal: Path) -> Path | None:
    """The new folder of a killed swap, if it lies where ours do."""
    try:
        name = str(json.loads(journal.read_text("utf-8"))["new"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    plain = re.fullmatch(rf"\.{re.escape(folder.name)}-\w+\.part(/\w+)?", name.replace(os.sep, "/"))
    new = folder.parent / name
    return new if plain and new.is_dir() and not new.is_symlink() and not new.parent.is_symlink() else None


def _retire(old: Path, folder: Path) -> None:
    """Delete a folder that was replaced; what came into it meanwhile stays, under a name that is seen."""
    if remove_owned(old):
        return
    free = (folder.with_name(f"{folder.name}-kept-{k}") for k in range(1, 10_000))
    old.rename(next(name for name in free if not there(name)))


def _strangers(folder: Path, mine: Mapping[str, int] | None) -> Iterator[str]:
    """What lies in a folder and is not ours: files, links, and folders that hold nothing of ours."""
    parents = {name.rsplit("/", k)[0] for name in mine or {} for k in range(1, name.count("/") + 1)}
    for name, path in _entries(folder):
        if path.is_dir() and not path.is_symlink():
            if name not in parents:
                yield f"{name}/"
        elif path.name in _LITTER or (name == MANIFEST and mine is not None):
            continue
        elif path.is_symlink() or (mine or {}).get(name) != path.stat().st_size:
            yield name


def _entries(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        yield f"{prefix}{path.name}", path
        if path.is_dir() and not path.is_symlink():
            yield from _entries(path, f"{prefix}{path.name}/")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((name, path) for name, path in _entries(folder) if path.is_symlink() or not path.is_dir())


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-old.part")


def _journal(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-swap.json")


def _foreign(folder: Path, found: list[str], why: str) -> Diagnostic:
    shown = f": {some_of(found, _SHOWN)}" if found else ""
    return Diagnostic(
        "F046",
        f"the folder holds what Saddlepoint did not write{shown}",
        Mark(folder.name),
        why=f"{why} The results of a run would take its place, and your own work would be gone.",
        fix=f"Move your files, or the folder {folder.name}, to another place.",
    )


def link(folder: Path) -> Diagnostic:
    """The finding for a link in the place of a folder of ours (F040)."""
    return Diagnostic(
        "F040",
        f"{folder.name!r} is a link, and results replace a folder",
        Mark(folder.name),
        why="What it leads to lies elsewhere and is not ours to replace.",
        fix="Remove the link, or write to a database elsewhere (`database=PLACE`), beside which the folder will be.",
    )


def unwritable(folder: Path, error: OSError) -> Diagnostic:
    """The finding for a folder that the system does not let us write (F041)."""
    return Diagnostic(
        "F041",
        f"the folder cannot be written: {error.strerror or error}",
        Mark(folder.name),
        why="What was there before is unchanged, or comes back with the next run.",
        fix="Check free space and that you may write there; close programs that read the folder.",
    )
