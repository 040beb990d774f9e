"""The model folders of a git repository's whole history, in the form that CVXlab 1.1 reads.

A folder counts if a commit of any branch holds, in one directory, the three settings files or `model_settings.xlsx`, with
`sets.xlsx` and files in `input_data`. Of every path the newest such version counts (`every`: all versions); folders with the same content count once.
Settings of forms that CVXlab 1.1 no longer reads are written in its own: the keys and column headers alone change, no formula and no number.
"""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from openpyxl import Workbook, load_workbook

SETTINGS = ({"problem.yml", "structure_sets.yml", "structure_variables.yml"}, {"model_settings.xlsx"})
USED = re.compile(
    r"(structure_\w+|problem)\.yml|model_settings\.xlsx|sets\.xlsx|user_defined_\w+\.py|input_data/.+"
)


def extracted(repository: Path, into: Path, every: bool = False) -> Iterator[Path]:
    """Each folder of the history, written below `into` as NUMBER/NAME."""
    seen: set[str] = set()
    places: set[str] = set()
    for commit in _git(repository, "log", "--all", "--format=%H").decode().split():
        for place, files in _folders(repository, commit).items():
            content = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
            if content in seen or (place in places and not every):
                places.add(place)
                continue
            seen.add(content)
            places.add(place)
            yield _written(
                repository,
                files,
                into / f"{len(seen):03d}" / re.sub(r"\W", "_", place)[-60:],
                f"{place} {commit[:7]}",
            )


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *words], capture_output=True, check=True).stdout


def _folders(repository: Path, commit: str) -> dict[str, dict[str, str]]:
    """Directory → the files that a model reads, and their blobs."""
    below: dict[str, dict[str, str]] = {}
    for entry in _git(repository, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace").split("\0"):
        if entry:
            head, name = entry.split("\t", 1)
            path = PurePosixPath(name)
            for parent in (path.parent, path.parent.parent):
                below.setdefault(str(parent), {})[str(path.relative_to(parent))] = head.split()[2]
    found: dict[str, dict[str, str]] = {}
    for place, files in below.items():
        kept = {name: blob for name, blob in files.items() if USED.fullmatch(name)}
        settings = any(names <= set(kept) for names in SETTINGS)
        if settings and "sets.xlsx" in kept and any(name.startswith("input_data/") for name in kept):
            found[place] = kept
    return found


def _written(repository: Path, files: Mapping[str, str], place: Path, origin: str) -> Path:
    for name, blob in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(_git(repository, "cat-file", "blob", blob))
    (place / "origin.txt").write_text(origin)
    return place


def rewritten(place: Path) -> bool:
    """Write older settings as CVXlab 1.1 reads them; whether the settings themselves (more than headers of columns) changed."""
    if not (place / "problem.yml").exists():
        return False
    texts = {name: place / f"{name}.yml" for name in ("structure_sets", "structure_variables", "problem")}
    sets, tables, problem = (
        yaml.safe_load(path.read_text("utf-8", "replace")) or {} for path in texts.values()
    )
    headers = {key: _headers(key, value or {}) for key, value in sets.items()}
    names = {key: (value or {}).get("table_name") or f"_set_{key}" for key, value in sets.items()}
    _sets_book(place / "sets.xlsx", headers, names)
    if not any("table_name" in (value or {}) for value in sets.values()):
        return False
    labels = {
        old: new for columns in headers.values() for old, new in columns.items() if new.endswith("_Name")
    }
    _inputs(place / "input_data", labels)
    texts["structure_sets"].write_text(yaml.safe_dump({k: _set(v) for k, v in sets.items()}, sort_keys=False))
    texts["structure_variables"].write_text(
        yaml.safe_dump({k: _table(v) for k, v in tables.items()}, sort_keys=False)
    )
    texts["problem"].write_text(yaml.safe_dump(_problem(problem), sort_keys=False))
    return True


def _header(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value).strip()


def _headers(key: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Column header of a set in the older workbook → its header in CVXlab 1.1; columns that are not named here are not read by it."""
    structure = given.get("table_structure") or given.get("table_headers")
    if not structure:
        names = [f"{key}_Name", *(f"{key}_{name}" for name in given.get("filters") or {})]
        return {name: name for name in names}
    found = {_header(structure["name"]): f"{key}_Name"}
    for name, one in (structure.get("filters") or {}).items():
        found[_header(one["header"])] = f"{key}_{name}"
    if "category" in structure:
        found[_header(structure["category"])] = f"{key}_category"
    return found


def _set(given: Mapping[str, Any]) -> dict[str, Any] | None:
    structure = given.get("table_structure") or given.get("table_headers") or {}
    new = {name: given[name] for name in ("split_problem", "copy_from") if name in given}
    filters = {name: one["values"] for name, one in (structure.get("filters") or {}).items()}
    if "set_categories" in given:
        filters["category"] = list(given["set_categories"])
    return ({**new, "filters": filters} if filters else new) or None


def _table(given: Mapping[str, Any]) -> dict[str, Any]:
    new = {{"name": "description", "coordinates_info": "coordinates"}.get(k, k): v for k, v in given.items()}
    if new.pop("integer", False):
        new["domain"] = "integer"
    new["variables_info"] = {name: _variable(one) for name, one in (given["variables_info"] or {}).items()}
    return new


def _variable(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    new: dict[str, Any] = {}
    for name, one in (given or {}).items():
        if name not in ("rows", "cols", "intra"):
            new[name] = one
            continue
        for part in one if isinstance(one, list) else [one]:
            axis: dict[str, Any] = {"dim": name}
            if "set_categories" in part:
                axis["filters"] = {"category": part["set_categories"]}
            elif "filters" in part:
                axis["filters"] = part["filters"]
            new[part["set"]] = axis
    return new or None


def _problem(given: Mapping[Any, Any]) -> dict[Any, Any]:
    words = {"objective function": "objective", "constraints": "expressions"}
    return {words.get(k, k): _problem(v) if isinstance(v, dict) else v for k, v in given.items()}


def _sets_book(path: Path, headers: Mapping[str, Mapping[str, str]], tab_of: Mapping[str, str]) -> None:
    old, new = load_workbook(path, data_only=True), Workbook()
    new.remove(new.active)
    tabs = {name.upper(): name for name in old.sheetnames}
    for key, columns in headers.items():
        if (name := tabs.get(str(tab_of[key]).strip().upper())) is None:
            continue
        rows = [row for row in old[name].iter_rows(values_only=True) if any(cell is not None for cell in row)]
        kept = [k for k, cell in enumerate(rows[0]) if str(cell).strip() in columns]
        sheet = new.create_sheet(f"_set_{key.upper()}")
        for n, row in enumerate(rows):
            sheet.append([columns[str(row[k]).strip()] if n == 0 else row[k] for k in kept])
    new.save(path)


def _inputs(folder: Path, names: Mapping[str, str]) -> None:
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            book = load_workbook(path)
            for sheet in book:
                for cell in sheet[1]:
                    cell.value = names.get(str(cell.value), cell.value)
            book.save(path)
        elif path.suffix == ".csv":
            rows = list(csv.reader(path.read_text("utf-8", "replace").splitlines()))
            rows[0] = [names.get(cell, cell) for cell in rows[0]]
            with path.open("w", newline="") as file:
                csv.writer(file).writerows(rows)
