"""Runs that are kept: a compact copy of all that a run read and wrote, each combination of labels stored once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from saddlepoint.errors import Mark, StoreError, suggest
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import SET, fold, quote
from saddlepoint.store.json_cells import check_names, read_names, read_texts
from saddlepoint.store.plain_views import KEPT, renew_views
from saddlepoint.store.run_records import RunRecord
from saddlepoint.store.runs import history
from saddlepoint.store.tables import CatalogueEntry, catalogue

LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The columns of a kept table: those of its labels, and the others with their types."""

    number: int
    labels: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def cells(self) -> str:
        """The table of the combinations of labels."""
        return f"_cells_{self.number}"

    @property
    def rows(self) -> str:
        """The table of the numbers."""
        return f"_rows_{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A table as a run keeps it: the rows `batch` of a form; kind: as in the catalogue, or `set`."""

    name: str
    kind: str
    form: KeptForm
    batch: int
    unit: str = ""
    description: str = ""
    content: str = ""


def kept_runs(store: Store) -> tuple[RunRecord, ...]:
    """The runs that are kept, the newest first. StoreError."""
    return tuple(run for run in history(store) if run.kept)


def find_kept(store: Store, run: str | int) -> RunRecord:
    """The kept run of a name or number; StoreError B481."""
    kept = kept_runs(store)
    for one in kept:
        if one.name == str(run) or str(one.id) == str(run):
            return one
    names = [one.name for one in kept]
    fix = suggest(str(run), names) if names else "Keep one: `lab.run(name=NAME)`, or `lab.keep(NAME)`."
    raise StoreError.of("B481", f"no kept run is called {str(run)!r}.", Mark(store.name), fix=fix)


def check_name(store: Store, name: str) -> None:
    """StoreError B480 if a run cannot have this name, or another kept run has it."""
    why = _unfit(name)
    if why:
        fix = "Take letters, digits, spaces and signs like - and _, and not digits alone."
        raise StoreError.of("B480", f"{name!r} cannot name a run.", Mark(store.name), why=why, fix=fix)
    taken = next((run for run in kept_runs(store) if run.name == name), None)
    if taken is not None:
        raise StoreError.of(
            "B480",
            f"run {taken.id} is kept as {name!r} already.",
            Mark(store.name),
            why="Its results would be lost.",
            fix=f"Take another name, or drop that run first: `lab.drop('{name}')`.",
        )


def _unfit(name: str) -> str:
    if not name.strip() or name != name.strip():
        return "It is blank, or begins or ends with a space."
    if len(name) > LONGEST or not name.isprintable():
        return f"A name has at most {LONGEST} characters, all of them printable."
    if name.isdecimal() or any(sign in name for sign in "@:"):
        return "Numbers are the runs' own names, and @ and : part a folder from its run and scenario."
    return ""


def keep_current(store: Store, name: str, note: str = "") -> RunRecord:
    """Keep the current results, and the inputs as loaded, under a name. StoreError B480, B482 (no results)."""
    with store.transaction():
        runs = [info.run for info in catalogue(store) if info.kind == "result" and info.run is not None]
        if not runs:
            fix = "Solve first: `lab.run(name=NAME)` keeps what it finds."
            raise StoreError.of("B482", "there are no results to keep.", Mark(store.name), fix=fix)
        number = max(runs)
        before = next((run for run in kept_runs(store) if run.id == number), None)
        if before is not None and before.name != name:
            fix = f"Nothing is to be done; `lab.drop('{before.name}')` forgets it."
            message = f"the results of run {number} are kept already, as {before.name!r}."
            raise StoreError.of("B480", message, Mark(store.name), fix=fix)
        if before is not None:  # with the tables that came since
            _forget(store, number)
        check_name(store, name)
        keep(store, number, name, note, ())
        renew_views(store)
    return find_kept(store, name)


def _note(store: Store, run: int, copy: Copy) -> None:
    entry = (copy.name, copy.form.number, copy.batch, copy.kind, copy.unit, copy.description, copy.content)
    store.execute("INSERT INTO _kept VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (run, *entry))


def keep(store: Store, run: int, name: str, note: str, made: Collection[Copy]) -> None:
    """Enter a run as kept; made: copies of its results that exist already. StoreError."""
    have = {copy.name for copy in made}
    copies = [*made]
    for info in catalogue(store):
        if info.name not in have and store.has(info.name):
            copies.append(copy_table(store, run, info, info.name))
    copies += [copy_set(store, run, table) for table in store.names() if table.startswith(SET)]
    for copy in copies:
        _note(store, run, copy)
    store.execute(
        "UPDATE _runs SET name = ?, note = coalesce(nullif(?, ''), note), kept = 1 WHERE id = ?",
        (_free(store, name), note, run),
    )


def _free(store: Store, name: str) -> str:
    """The name, with a number where another process has taken it meanwhile: no run is lost for its name."""
    taken = {run.name for run in kept_runs(store)}
    candidates = (name, *(f"{name} ({k})" for k in range(2, len(taken) + 3)))
    return next(one for one in candidates if one not in taken)


def copy_table(store: Store, run: int, info: CatalogueEntry, source: str) -> Copy:
    """Copy a table of the catalogue, or its staged rows, unless the same is kept already. StoreError."""
    columns = store.columns(source)
    labels = tuple(name for name in columns if name.endswith("_Name"))
    form = _form(store, info.name, labels, {n: t for n, t in columns.items() if n not in (*labels, "id")})
    with store.transaction():
        batch = _equal_batch(store, form, source, info.content)
        if batch is None:
            batch = run
            _copy_rows(store, form, batch, source)
    return Copy(
        name=info.name,
        kind=info.kind,
        form=form,
        batch=batch,
        unit=info.unit,
        description=info.description,
        content=info.content,
    )


def copy_set(store: Store, run: int, name: str) -> Copy:
    """Copy a set, with the places of its items. StoreError."""
    columns = store.columns(name)
    label = next(column for column in columns if column != "id")
    form = _form(store, name, (label,), {n: t for n, t in columns.items() if n != label})
    batch = _equal_batch(store, form, name, "")
    if batch is None:
        batch = run
        _copy_rows(store, form, batch, name)
    return Copy(name=name, kind="set", form=form, batch=batch)


def read_forms(store: Store, name: str | None = None) -> dict[int, KeptForm]:
    """Number → form, of all kept tables or of one. StoreError."""
    rows = store.query("SELECT form, name, labels, columns FROM _forms ORDER BY form")
    check_names(store, "_forms", (owner for _, owner, _, _ in rows))
    return {
        number: KeptForm(
            number, read_names(store, "_forms.labels", labels), read_texts(store, "_forms.columns", columns)
        )
        for number, owner, labels, columns in rows
        if name is None or fold(owner) == fold(name)
    }


def _form(store: Store, name: str, labels: tuple[str, ...], columns: Mapping[str, str]) -> KeptForm:
    """The form of a table, made where it is new."""
    for form in read_forms(store, name).values():
        if form.labels == labels and list(form.columns.items()) == list(columns.items()):
            return form
    with store.transaction():
        written = (name, json.dumps(labels), json.dumps(dict(columns)))
        store.execute("INSERT INTO _forms (name, labels, columns) VALUES (?, ?, ?)", written)
        form = KeptForm(int(store.query("SELECT last_insert_rowid()")[0][0]), labels, columns)
        own = [*(f"{quote(label)} TEXT" for label in labels)]
        unique = [f"UNIQUE ({_list(labels)})"] if labels else []
        store.execute(
            f"CREATE TABLE {form.cells} ({', '.join(['_cell INTEGER PRIMARY KEY', *own, *unique])})"
        )
        numbers = [f"{quote(column)} {kind}" for column, kind in columns.items()]
        fields = ", ".join(["_run INTEGER NOT NULL", "_cell INTEGER NOT NULL", *numbers])
        store.execute(f"CREATE TABLE {form.rows} ({fields}, PRIMARY KEY (_run, _cell)) WITHOUT ROWID")
        _view(store, name)
    return form


def _view(store: Store, name: str) -> None:
    """`kept_<table>`: all kept runs of a table, whatever its columns were then."""
    view = f"{KEPT}{name.removeprefix('_')}"
    there = store.query("SELECT sql FROM sqlite_master WHERE lower(name) = lower(?)", (view,))
    if any("FROM _kept AS k" not in made for (made,) in there):  # a user's table or view
        return
    store.execute(f"DROP VIEW IF EXISTS {quote(view)}")
    forms = list(read_forms(store, name).values())
    labels = dict.fromkeys(label for form in forms for label in form.labels)
    columns = dict.fromkeys(column for form in forms for column in form.columns)
    parts = [_runs_of(form, [*labels], [*columns]) for form in forms]
    if parts:
        store.execute(f"CREATE VIEW {quote(view)} AS {' UNION ALL '.join(parts)}")


def _runs_of(form: KeptForm, labels: Sequence[str], columns: Sequence[str]) -> str:
    def field(alias: str, name: str, there: Collection[str]) -> str:
        return f"{alias}.{quote(name)}" if name in there else f"NULL AS {quote(name)}"

    fields = [field("c", name, form.labels) for name in labels]
    fields += [field("v", name, form.columns) for name in columns]
    return f"""SELECT k.run AS run, r.name AS name, {", ".join(fields)}
        FROM _kept AS k CROSS JOIN _runs AS r ON r.id = k.run CROSS JOIN {form.rows} AS v ON v._run = k.batch
        CROSS JOIN {form.cells} AS c ON c._cell = v._cell WHERE k.form = {form.number}"""


def _equal_batch(store: Store, form: KeptForm, source: str, content: str) -> int | None:
    """The rows kept already that equal a table: by the hash of its content, else cell by cell with the newest ones."""
    if content:
        found = store.query("SELECT batch FROM _kept WHERE form = ? AND content = ?", (form.number, content))
        if found:
            return int(found[0][0])
    newest = store.query("SELECT batch FROM _kept WHERE form = ? ORDER BY run DESC LIMIT 1", (form.number,))
    if not newest or content:
        return None
    batch = int(newest[0][0])
    count = f"SELECT count(*) FROM {form.rows} WHERE _run = ?"
    if store.query(count, (batch,)) != store.query(f"SELECT count(*) FROM {quote(source)}"):
        return None
    differs = [f"c.{quote(label)} IS NOT s.{quote(label)}" for label in form.labels]
    differs += [f"v.{quote(column)} IS NOT s.{quote(column)}" for column in form.columns]
    different = store.query(
        f"""SELECT 1 FROM {quote(source)} AS s LEFT JOIN {form.cells} AS c ON c._cell = s.id
        LEFT JOIN {form.rows} AS v ON v._run = ? AND v._cell = s.id
        WHERE v._cell IS NULL OR {" OR ".join(differs) or "0"} LIMIT 1""",
        (batch,),
    )
    return None if different else batch


def _copy_rows(store: Store, form: KeptForm, batch: int, source: str) -> None:
    """Copy the numbers of a table: first the rows whose labels stand at their own place, then the others."""
    cells, rows, labels = form.cells, form.rows, _list(form.labels)
    store.execute(f"DELETE FROM {rows} WHERE _run = ?", (batch,))
    named = [f"c.{quote(label)} IS s.{quote(label)}" for label in form.labels]
    numbers = ", ".join(["?", "c._cell", *(f"s.{quote(column)}" for column in form.columns)])
    if not store.query(f"SELECT 1 FROM {cells} LIMIT 1"):
        into = ", ".join(filter(None, ("_cell", labels)))
        fields = ", ".join(filter(None, ("id", labels)))
        store.execute(f"INSERT INTO {cells} ({into}) SELECT {fields} FROM {quote(source)} ORDER BY id")
    here = " AND ".join(["c._cell = s.id", *named])
    select = f"SELECT {numbers} FROM {quote(source)} AS s CROSS JOIN {cells} AS c ON"
    done = store.execute(f"INSERT INTO {rows} {select} {here}", (batch,))
    if done == store.query(f"SELECT count(*) FROM {quote(source)}")[0][0]:
        return
    strange = f"NOT EXISTS (SELECT 1 FROM {cells} AS c WHERE {here})"
    store.execute(
        f"INSERT OR IGNORE INTO {cells} ({labels}) SELECT {labels} FROM {quote(source)} AS s WHERE {strange} ORDER BY id"
    )
    store.execute(f"INSERT OR IGNORE INTO {rows} {select} {' AND '.join(named)}", (batch,))


def drop_kept(store: Store, run: str | int) -> RunRecord:
    """Forget the inputs and results of a kept run; its line in the history stays. StoreError B481."""
    with store.transaction():
        found = find_kept(store, run)
        _forget(store, found.id or 0)
        renew_views(store)
    return found


def _forget(store: Store, run: int) -> None:
    used = store.query("SELECT DISTINCT form, batch FROM _kept WHERE run = ?", (run,))
    store.execute("DELETE FROM _kept WHERE run = ?", (run,))
    store.execute("UPDATE _runs SET kept = NULL WHERE id = ?", (run,))
    forms = read_forms(store)
    for number, batch in used:
        forget_rows(store, forms[number], batch)
        if not store.query("SELECT 1 FROM _kept WHERE form = ? LIMIT 1", (number,)):
            _forget_form(store, forms[number])


def forget_rows(store: Store, form: KeptForm, batch: int) -> None:
    """Delete rows that no kept run has. StoreError."""
    if not store.query("SELECT 1 FROM _kept WHERE form = ? AND batch = ? LIMIT 1", (form.number, batch)):
        store.execute(f"DELETE FROM {form.rows} WHERE _run = ?", (batch,))


def _forget_form(store: Store, form: KeptForm) -> None:
    ((name,),) = store.query("SELECT name FROM _forms WHERE form = ?", (form.number,))
    store.execute("DELETE FROM _forms WHERE form = ?", (form.number,))
    _view(store, name)
    for table in (form.cells, form.rows):
        store.execute(f"DROP TABLE IF EXISTS {table}")


def forget_copies(store: Store, run: int) -> None:
    """Delete what a run that was killed has copied for keeping. StoreError."""
    if store.has("_forms"):
        for form in read_forms(store).values():
            forget_rows(store, form, run)


def read_copies(store: Store, run: int) -> tuple[Copy, ...]:
    """The tables that a kept run holds, by name. StoreError."""
    forms = read_forms(store)
    rows = store.query(
        "SELECT name, kind, form, batch, unit, description, content FROM _kept WHERE run = ? ORDER BY name",
        (run,),
    )
    check_names(store, "_kept", (name for row in rows for name in row[:2]))
    return tuple(_copy(forms, row) for row in rows)


def _copy(forms: Mapping[int, KeptForm], row: Sequence[Any]) -> Copy:
    name, kind, form, batch, unit, text, content = row
    return Copy(
        name=name,
        kind=kind,
        form=forms[form],
        batch=batch,
        unit=unit or "",
        description=text or "",
        content=content or "",
    )


def select_copy(copy: Copy) -> str:
    """A SELECT of the rows of a kept table under its own columns, `id` first."""
    form = copy.form
    place = "v.id" if "id" in form.columns else "v._cell"
    fields = [f"{place} AS id", *(f"c.{quote(label)}" for label in form.labels)]
    fields += [f"v.{quote(column)}" for column in form.columns if column != "id"]
    return f"""SELECT {", ".join(fields)} FROM main.{form.rows} AS v CROSS JOIN main.{form.cells} AS c
        ON c._cell = v._cell WHERE v._run = {copy.batch}"""


def _list(names: Collection[str]) -> str:
    return ", ".join(map(quote, names))
