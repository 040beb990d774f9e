"""Damage to the files of a model folder: bytes, texts, trees of YAML, cells, workbooks, databases."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ODD = (
    "", " ", "inf", "-inf", "nan", "NaN", "1e308", "-1e308", "1e309", "5e-324", "1e-310", "-0.0", "1e15", "1e20", "-1", "0", "2", "true", "null", "~",
    "1,234", "1.234,5", "1 000", "1_000", "0x10", "007", "1e3", "NO", "on", "12:30", "2030-01-01", "2030-13-45", "٣", "½", "1/2", "10%", "#N/A", "=1+1",
    "@x", "'", '"', "''", "a\x00b", "\x1b[31mred\x1b[0m", "\u202egpj", "\u2066x", "\ufeff", "\u200b", "\ud7ff", "é", "e\u0301", "Ａ", "../../evil", "/etc/passwd", "con",
    "select", "a;b", "a,b", "a\nb", "a\tb", "[", "]", "{", "{a: b}", "[1, 2]", "&a", "*a", "!!python/object:os.system", "!!int x", "|", ">", "%", "`", "?", "x" * 5000,
    "9" * 400, "(" * 300, "sum(", "x <= ", "9**9**9", "Products", "_runs", "sqlite_master", "rows", "exogenous", "T.fuel == 'gas'", "1..", "..5", "1..1000000000",
    "2030-01-01 00:00 .. 2999-12-31 23:00, 1s", "z..a", "1..24, 0",
)  # fmt: skip
"""Texts that are no number, no name, or one that should not be."""

VALUES: tuple[Any, ...] = (
    *ODD, None, True, False, 0, -1, 1e308, float("inf"), float("nan"), 10**30, [], {}, [[]], {"": ""}, ["a", "a"], [None], {"a": {"b": {"c": []}}},
)  # fmt: skip

Change = Callable[[random.Random, Path], None]


def bytes_changed(rng: random.Random, path: Path) -> None:
    """Some bytes put in, taken out or exchanged; a cut; another encoding."""
    held = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(held) + 1)
        chance = rng.random()
        if chance < 0.4 and held:
            held[place % len(held)] = rng.randrange(256)
        elif chance < 0.6:
            held[place:place] = rng.choice(
                [
                    b"\x00",
                    b"\xff\xfe",
                    b"\xef\xbb\xbf",
                    b"\t",
                    b"\r",
                    b"\n---\n",
                    b"\n...\n",
                    b"{",
                    b'"',
                    b"%",
                ]
            )
        elif chance < 0.75:
            del held[place : place + rng.randint(1, 40)]
        elif chance < 0.85:
            start = rng.randrange(len(held) + 1)
            held[place:place] = held[start : start + rng.randint(1, 200)]
        elif chance < 0.93:
            del held[place:]
        else:
            held = bytearray(
                held.decode("utf-8", "replace").encode(
                    rng.choice(["utf-16", "utf-32", "utf-16-le", "cp1252"]), "replace"
                )
            )
    path.write_bytes(bytes(held))


def lines_changed(rng: random.Random, path: Path) -> None:
    """Lines twice, gone, exchanged, moved in or out, or with another text."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for _ in range(rng.randint(1, 3)):
        k = rng.randrange(len(lines))
        match rng.randrange(6):
            case 0:
                lines.insert(k, lines[k])
            case 1:
                del lines[k]
                lines = lines or [""]
            case 2:
                j = rng.randrange(len(lines))
                lines[k], lines[j] = lines[j], lines[k]
            case 3:
                lines[k] = rng.choice(["  ", "\t", "    ", "- ", "? ", "# "]) + lines[k]
            case 4:
                lines[k] = lines[k].strip()
            case _:
                words = lines[k].split(" ")
                words[rng.randrange(len(words))] = rng.choice(ODD)
                lines[k] = " ".join(words)
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")


def tree_changed(rng: random.Random, path: Path) -> None:
    """Keys removed, renamed, twice or of another type; values out of place; deep or long ones; anchors and aliases."""
    tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for _ in range(rng.randint(1, 3)):
        tree = _changed(rng, tree)
    text = yaml.safe_dump(
        tree,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=rng.choice([None, False, True]),
        width=10_000,
    )
    if rng.random() < 0.05:
        text += rng.choice(
            [
                "a: &x [1]\nb: *x\n",
                "<<: {a: 1}\n",
                "deep: " + "[" * 3000 + "]" * 3000,
                "---\na: b\n",
                "a: &a [*a]\n",
                "b: !!set {x}\n",
            ]
        )
    path.write_text(text, encoding="utf-8", errors="replace")


def _changed(rng: random.Random, tree: Any) -> Any:
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.04:
        return rng.choice(VALUES)
    if isinstance(tree, list):
        tree = list(tree)
        k = rng.randrange(len(tree))
        chance = rng.random()
        if chance < 0.12:
            del tree[k]
        elif chance < 0.24:
            tree.insert(k, tree[k])
        elif chance < 0.3:
            tree = {str(n): one for n, one in enumerate(tree)}
        else:
            tree[k] = _changed(rng, tree[k])
        return tree
    key = rng.choice(list(tree))
    chance = rng.random()
    if chance < 0.6:
        return {**tree, key: _changed(rng, tree[key])}
    if chance < 0.7:
        return {k: v for k, v in tree.items() if k != key}
    if chance < 0.8:
        new = rng.choice([*ODD[:40], key.upper() if isinstance(key, str) else "x", rng.choice(list(tree))])
        return {new if k == key else k: v for k, v in tree.items()}
    if chance < 0.9:
        return {**tree, rng.choice([*ODD, *KEYS]): rng.choice([tree[key], *VALUES])}
    other = rng.choice(list(tree))
    return {**tree, key: tree[other], other: tree[key]}


KEYS = (
    "description", "split_problem", "copy_from", "filters", "aggregations", "items", "groups", "type", "coordinates", "domain", "variables_info", "unit", "where",
    "default", "samples", "weights", "covariance", "radius", "value", "blank_fill", "nonneg", "lower", "upper", "fix", "dim", "objective", "expressions", "report",
    "operators", "each", "include", "exclude", "list", "overrides", "runs", "sample", "table", "set", "add", "multiply", "number", "method", "seed", "parent",
)  # fmt: skip


def cells_changed(rng: random.Random, rows: list[list[Any]]) -> list[list[Any]]:
    """A grid with other cells, rows or columns."""
    rows = [list(row) for row in rows] or [[""]]
    for _ in range(rng.randint(1, 3)):
        k = rng.randrange(len(rows))
        j = rng.randrange(max(len(rows[k]), 1))
        match rng.randrange(10):
            case 0:
                del rows[k]
                rows = rows or [[""]]
            case 1:
                rows.insert(k, list(rows[rng.randrange(len(rows))]))
            case 2:
                rows[k] = rows[k][:j]
            case 3:
                rows[k].insert(j, rng.choice(ODD))
            case 4:
                rows = [[c for n, c in enumerate(row) if n != j] for row in rows]
            case 5:
                rows = [[*row[:j], row[j] if j < len(row) else "", *row[j:]] for row in rows]
            case 6:
                rows[0] = [rng.choice(ODD) if n == j else c for n, c in enumerate(rows[0])]
            case 7:
                rows = [list(column) for column in zip(*rows, strict=False)] or [[""]]
            case _:
                if j < len(rows[k]):
                    rows[k][j] = rng.choice(VALUES[: len(ODD) + 9])
    return rows


def csv_changed(rng: random.Random, path: Path) -> None:
    """Other cells, another separator or quoting."""
    rows = cells_changed(rng, list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")))))
    out = io.StringIO()
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(out, delimiter=rng.choice(",,,,;\t|"), quoting=quoting).writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8", errors="replace")


def workbook_changed(rng: random.Random, path: Path) -> None:
    """Cells, names of tabs, tabs; now and then the parts of the archive."""
    if rng.random() < 0.2:
        _archive_changed(rng, path)
        return
    sheets = {name: [list(row) for row in rows] for name, rows in _sheets(path.read_bytes())}
    name = rng.choice(list(sheets))
    chance = rng.random()
    if chance < 0.08 and len(sheets) > 1:
        del sheets[name]
    elif chance < 0.16:
        sheets = {("Other" if k == name else k): v for k, v in sheets.items()}
    else:
        sheets[name] = cells_changed(rng, sheets[name])
    _write(rng, path, sheets)


@lru_cache(maxsize=32)
def _sheets(content: bytes) -> tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]:
    import python_calamine

    book = python_calamine.load_workbook(io.BytesIO(content))
    return tuple(
        (n, tuple(tuple(r) for r in book.get_sheet_by_name(n).to_python())) for n in book.sheet_names
    )


def _write(rng: random.Random, path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, str):
                        (
                            sheet.write_formula
                            if cell.startswith("=") and rng.random() < 0.5
                            else sheet.write_string
                        )(r, c, cell[:32000])
                    elif isinstance(cell, bool | int | float) and abs(cell) < 10**300:
                        sheet.write(r, c, cell)
            if rng.random() < 0.03:
                sheet.write(rng.choice([50_000, 1_048_575]), rng.choice([3, 16_000]), "far")
            if rng.random() < 0.03:
                sheet.merge_range(0, 0, 1, 1, "merged")


def _archive_changed(rng: random.Random, path: Path) -> None:
    held = {item: zipfile.ZipFile(path).read(item) for item in zipfile.ZipFile(path).namelist()}
    name = rng.choice(list(held))
    part = bytearray(held[name])
    chance = rng.random()
    if chance < 0.2:
        del held[name]
    elif chance < 0.4:
        place = rng.randrange(len(part) + 1)
        held[name] = bytes(part[:place])
    else:
        for _ in range(rng.randint(1, 5)):
            place = rng.randrange(len(part) + 1)
            part[place : place + rng.randint(0, 3)] = rng.choice(
                [b"&#0;", b"<x>", b"&evil;", b"99999999", b"", b"]]>", b"<!--", b'"']
            )
        held[name] = bytes(part)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item, content in held.items():
            archive.writestr(item, content)


_SQL = (
    "DROP TABLE {t}", "DELETE FROM {t} WHERE rowid % 2 = 0", "DELETE FROM {t}", "ALTER TABLE {t} RENAME TO other", "ALTER TABLE {t} ADD COLUMN extra TEXT",
    "UPDATE {t} SET {c} = 'text'", "UPDATE {t} SET {c} = NULL", "UPDATE {t} SET {c} = 9e999", "UPDATE {t} SET {c} = x'ff00fe'", "UPDATE {t} SET {c} = 1e308",
    "UPDATE {t} SET {c} = CAST(x'fffe80' AS TEXT)", "ALTER TABLE {t} RENAME COLUMN {c} TO renamed", "ALTER TABLE {t} DROP COLUMN {c}", "PRAGMA user_version = 999",
    "PRAGMA application_id = 77", "CREATE TRIGGER bad AFTER INSERT ON {t} BEGIN DELETE FROM {t}; END", "CREATE VIEW seen AS SELECT * FROM {t}",
    "INSERT INTO {t} SELECT * FROM {t}", "CREATE TABLE foreign_one (a TEXT)", "PRAGMA journal_mode = wal", "UPDATE {t} SET {c} = {c} + 1", "UPDATE {t} SET {c} = -1",
)  # fmt: skip


def database_changed(rng: random.Random, path: Path) -> None:
    """Bytes of the file, or rows, columns and tables by SQL."""
    if rng.random() < 0.4:
        bytes_changed(rng, path)
        return
    with sqlite3.connect(path) as base:
        for _ in range(rng.randint(1, 2)):
            names = [
                n
                for (n,) in base.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                )
            ]
            table = rng.choice(names or ["nothing"])
            columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')] or ["values"]
            try:
                base.execute(rng.choice(_SQL).format(t=f'"{table}"', c=f'"{rng.choice(columns)}"'))
            except sqlite3.Error:
                continue
    base.close()


def gone(rng: random.Random, path: Path) -> None:
    """The file is away, empty, a folder, or a link to nothing."""
    path.unlink()
    match rng.randrange(4):
        case 0:
            path.write_bytes(b"")
        case 1:
            path.mkdir()
        case 2:
            path.symlink_to("nowhere")
        case _:
            pass


def changes_of(path: Path) -> Sequence[Change]:
    """What may be done to a file, by its ending; those that go deep come most often."""
    own: dict[str, Sequence[Change]] = {
        ".yml": (tree_changed,) * 6 + (lines_changed,) * 3,
        ".csv": (csv_changed,) * 6 + (lines_changed,),
        ".xlsx": (workbook_changed,) * 6,
        ".db": (database_changed,) * 8,
    }
    return (
        *own.get(path.suffix, (lines_changed,)),
        bytes_changed,
        *((gone,) if len(path.name) % 3 == 0 else ()),
    )
