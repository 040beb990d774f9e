"""SMPS: a linear program in periods (CORE, TIME) and what of it is uncertain (STOCH).

Source of the rules: J. R. Birge, M. A. H. Dempster, H. I. Gassmann, E. A. Gunn, A. J. King, S. W. Wallace, "A standard input format for
multiperiod stochastic linear programs", COAL Newsletter 17 (1987) 1–19; H. I. Gassmann, E. Schweitzer, "A comprehensive input
format for stochastic linear programs", Annals of OR 104 (2001) 89–125.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import FileError, Mark, suggest
from saddlepoint.files.mps import BadLine, mps_number, parse_mps
from saddlepoint.files.programs import LARGEST, ProgramFile, program_of
from saddlepoint.files.text import read_bytes
from saddlepoint.records import dataclass

OBJECTIVE: Final = -1
"""The row of a place in the objective."""
RIGHT_SIDE: Final = -1
"""The column of a place on the right-hand side."""
SUM_TOLERANCE: Final = 1e-3
"""How far the probabilities of one block may be from 1 together; files round."""

CoreEntry = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Together:
    """Numbers that come true together, independently of those of other blocks.

    rows, columns: (P,) where they stand in the core (OBJECTIVE, RIGHT_SIDE); values: (R, P) what stands there in each of the R
    realisations; probabilities: (R,).
    """

    rows: Index
    columns: Index
    values: Array
    probabilities: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class SmpsFile:
    """A program whose first columns and rows are decided and known first; right: (m,) right-hand sides as the file has them, before its
    ranges; names: of the realisations, where there is one block of named scenarios.
    """

    core: ProgramFile
    first_columns: int
    first_rows: int
    blocks: tuple[Together, ...]
    right: Array
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many outcomes there are: every combination of realisations."""
        return int(np.prod([float(len(b.probabilities)) for b in self.blocks])) if self.blocks else 1


def read_smps(core: Path, time: Path, stoch: Path) -> SmpsFile:
    """The three files of a two-stage program; FileError F001–F005, F060–F063, F800 (more periods or another form), F801 (a kind of
    uncertainty that is not read), F802 (probabilities)."""
    draft = parse_mps(_plain(core), core.name, lenient=True)
    program = program_of(draft, core.stem)
    rhs = draft.vectors.get("RHS", "")
    columns, rows = _first_stage(_Lines(_plain(time), time.name), program, draft.objective or "")
    right = np.array([draft.rhs.get(i, 0.0) for i in range(len(program.rows))])
    names = _Names.of(program, draft.objective or "", rhs, right)
    drafts = _stochastic(_Lines(_plain(stoch), stoch.name), names)
    blocks = tuple(_block(one, names, stoch.name) for one in drafts)
    single = drafts[0].names if len(drafts) == 1 and drafts[0].names else []
    return SmpsFile(
        core=program, first_columns=columns, first_rows=rows, blocks=blocks, right=right, names=tuple(single)
    )


def _plain(path: Path) -> str:
    """The text without comments, whose letters may be of any encoding."""
    lines = read_bytes(path, limit=LARGEST).replace(b"\r", b"").split(b"\n")
    return b"\n".join(b"" if line.startswith(b"*") else line for line in lines).decode("latin-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What names of the core stand for."""

    program: ProgramFile
    objective: str
    rhs: str
    right: Array
    rows: Mapping[str, int]
    columns: Mapping[str, int]

    @classmethod
    def of(cls, program: ProgramFile, objective: str, rhs: str, right: Array) -> _Names:
        rows, columns = (
            {name: k for k, name in enumerate(names)} for names in (program.rows, program.columns)
        )
        return cls(program=program, objective=objective, rhs=rhs, right=right, rows=rows, columns=columns)

    def place(self, column: str, row: str) -> CoreEntry:
        """Where a number of the core stands; BadLine F062."""
        rows, columns = self.rows, self.columns
        if row != self.objective and row not in rows:
            raise BadLine("F062", f"there is no row {row}", suggest(row, rows))
        i = OBJECTIVE if row == self.objective else rows[row]
        if column in columns:
            return i, columns[column]
        if column in {self.rhs, "RHS", "RIGHT"}:
            return i, RIGHT_SIDE
        raise BadLine("F062", f"there is no column {column}", suggest(column, [*columns, self.rhs]))

    def value(self, place: CoreEntry) -> float:
        """What stands at a place of the core."""
        program, (i, j) = self.program, place
        if i == OBJECTIVE:
            return -program.constant if j == RIGHT_SIDE else float(program.c[j])
        if j == RIGHT_SIDE:
            return float(self.right[i])
        rows, columns, values = program.A
        return float(values[(rows == i) & (columns == j)].sum())


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a file that say something: their number, text and words."""

    text: str
    source: str

    def __iter__(self) -> Iterator[tuple[int, str, list[str]]]:
        for k, line in enumerate(self.text.split("\n"), 1):
            if line.strip():
                yield k, line, line.split()

    def refused(self, k: int, line: str, skip: BadLine) -> FileError:
        return FileError(skip.at(Mark.of_line(self.source, k, line)))


def _first_stage(lines: _Lines, program: ProgramFile, objective: str) -> tuple[int, int]:
    """How many columns and rows belong to the first of two periods."""
    starts: list[tuple[str, str]] = []
    for k, line, words in lines:
        if not line[0].isspace():
            if words[0].upper() == "PERIODS" and "EXPLICIT" in (w.upper() for w in words):
                fix = "Write the first column and row of every period, in the order of the core."
                raise lines.refused(k, line, BadLine("F800", "periods in explicit form are not read", fix))
            continue
        if len(words) < 2:
            fix = "Write the first column, the first row and the name of the period."
            raise lines.refused(k, line, BadLine("F060", "a period has its first column and row", fix))
        starts.append((words[0], words[1]))
    if len(starts) != 2:
        fix = "Give a program of two periods; of more, the tree of outcomes is written as a model (parent:)."
        message = f"the file has {len(starts)} periods"
        raise FileError.of("F800", message, Mark(lines.source), fix=fix)
    column, row = starts[1]
    if column not in program.columns or row not in program.rows:
        message = f"the second period starts at {column}, {row}, which the core does not have"
        fix = (
            suggest(column, program.columns) if column not in program.columns else suggest(row, program.rows)
        )
        raise FileError.of("F062", message, Mark(lines.source), fix=fix)
    return program.columns.index(column), program.rows.index(row)


@dataclass(slots=True)
class _Draft:
    """One block while its lines are read: of every realisation its probability and what it says; parents: of a scenario the one
    that it follows, −1 for the core."""

    probabilities: list[float] = field(default_factory=list[float])
    said: list[dict[CoreEntry, float]] = field(default_factory=list[dict[CoreEntry, float]])
    parents: list[int] = field(default_factory=list[int])
    names: list[str] = field(default_factory=list[str])

    def begin(self, probability: float, parent: int) -> None:
        self.probabilities.append(probability)
        self.said.append({})
        self.parents.append(parent)


def _stochastic(lines: _Lines, names: _Names) -> list[_Draft]:
    section, ended = "", False
    drafts: dict[object, _Draft] = {}
    open_: list[_Draft] = []
    for k, line, words in lines:
        try:
            if not line[0].isspace():
                section, ended = _section(words), words[0].upper() == "ENDATA"
                if ended:
                    break
            elif section == "INDEP":
                _independent(words, names, drafts)
            elif section in ("BLOCKS", "SCENARIOS"):
                _realisation(section, words, names, drafts, open_)
            else:
                raise BadLine("F060", "a line stands in no section", "Remove it.")
        except BadLine as skip:
            raise lines.refused(k, line, skip) from None
    if not ended:
        fix = "Get the whole file; it must end with ENDATA."
        raise FileError.of("F060", "the file ends without ENDATA", Mark(lines.source), fix=fix)
    return list(drafts.values())


def _section(words: Sequence[str]) -> str:
    head, more = words[0].upper(), [w.upper() for w in words[1:]]
    if head in ("STOCH", "ENDATA"):
        return ""
    if head not in ("INDEP", "BLOCKS", "SCENARIOS"):
        fix = "Known: INDEP, BLOCKS, SCENARIOS, each DISCRETE."
        raise BadLine("F801", f"the section {words[0]} is not read", fix)
    if any(w not in ("DISCRETE", "REPLACE") for w in more):
        fix = "Replace the law by discrete values with probabilities; numbers must replace those of the core."
        raise BadLine("F801", f"{words[0]} {' '.join(words[1:])} is not read", fix)
    return head


def _independent(words: Sequence[str], names: _Names, drafts: dict[object, _Draft]) -> None:
    """One value of one number: column, row, value, (period,) probability."""
    if len(words) not in (4, 5):
        fix = "Write column, row, value, period (which may be left out) and probability."
        raise BadLine("F060", "a value of INDEP has four or five fields", fix)
    place = names.place(words[0], words[1])
    draft = drafts.setdefault(place, _Draft())
    draft.begin(mps_number(words[-1]), -1)
    draft.said[-1][place] = mps_number(words[2])


def _begin_scenario(draft: _Draft, name: str, parent: str, probability: float) -> None:
    """One more scenario, below the root or one that came before; F062, F063."""
    if parent.upper() != "ROOT" and parent not in draft.names:
        raise BadLine("F062", f"there is no scenario {parent}", suggest(parent, ["ROOT", *draft.names]))
    if name in draft.names:
        raise BadLine("F063", f"the scenario {name} is there twice", "Give every scenario a name of its own.")
    draft.begin(probability, -1 if parent.upper() == "ROOT" else draft.names.index(parent))
    draft.names.append(name)


def _realisation(
    section: str, words: Sequence[str], names: _Names, drafts: dict[object, _Draft], open_: list[_Draft]
) -> None:
    """BL block period probability, SC scenario parent probability period, or a number of the one that is open."""
    head = words[0].upper()
    if section == "BLOCKS" and head == "BL" and len(words) == 4:
        draft = drafts.setdefault(words[1], _Draft())
        draft.begin(mps_number(words[3]), 0 if draft.said else -1)
        open_[:] = [draft]
    elif section == "SCENARIOS" and head == "SC" and len(words) >= 4:
        draft = drafts.setdefault("", _Draft())
        _begin_scenario(draft, words[1], words[2].strip("'\""), mps_number(words[3]))
        open_[:] = [draft]
    elif open_ and len(words) in (3, 5):
        for row, text in zip(words[1::2], words[2::2], strict=True):
            open_[0].said[-1][names.place(words[0], row)] = mps_number(text)
    else:
        fix = "Write BL block period probability or SC scenario 'ROOT' probability period, then column, row, value."
        raise BadLine("F060", f"this is no line of {section}", fix)


def _block(draft: _Draft, names: _Names, source: str) -> Together:
    """The numbers of every realisation; what one does not say is that of its parent, then of the core."""
    places = list(dict.fromkeys(place for said in draft.said for place in said))
    values = np.zeros((len(draft.said), len(places)))
    base = [names.value(place) for place in places]
    for r, (said, parent) in enumerate(zip(draft.said, draft.parents, strict=True)):
        above = base if parent < 0 else values[parent]
        values[r] = [said.get(place, above[k]) for k, place in enumerate(places)]
    probabilities = np.array(draft.probabilities)
    whole = float(probabilities.sum())
    negative = float(probabilities.min(initial=0.0))
    if negative < 0 or abs(whole - 1.0) > SUM_TOLERANCE:
        row = places[0][0] if places else OBJECTIVE
        at = names.program.rows[row] if row >= 0 else names.objective
        message = f"the probabilities at {at} add up to {whole:.9g}, not to 1"
        if negative < 0:
            message = f"a probability at {at} is {negative:.9g}"
        fix = f"Correct them; {SUM_TOLERANCE:g} of rounding is let pass."
        raise FileError.of("F802", message, Mark(source), fix=fix)
    rows, columns = (np.array([p[k] for p in places], np.int64) for k in (0, 1))
    return Together(rows, columns, values, probabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNumbers:
    """Outcomes of a file. labels: one for each; probabilities: (S,); rows, columns: (P,) the places that change; values: (S, P)."""

    labels: tuple[str, ...]
    probabilities: Array
    rows: Index
    columns: Index
    values: Array


def outcomes_of(
    smps: SmpsFile, most: int = 200_000, sample: int | None = None, seed: int = 0
) -> OutcomeNumbers:
    """All combinations of realisations, or as many draws as asked for, equally likely; FileError F803 for more than `most`."""
    sizes = [len(b.probabilities) for b in smps.blocks]
    if sample is None and smps.size > most:
        count = float(np.prod([float(s) for s in sizes]))
        fix = "Draw some of them: `sample=1000`."
        raise FileError.of("F803", f"the file has {count:.6g} outcomes, more than {most}", fix=fix)
    if sample is not None:
        generator = np.random.default_rng(seed)
        picks = [
            generator.choice(n, sample, p=b.probabilities / b.probabilities.sum())
            for n, b in zip(sizes, smps.blocks, strict=True)
        ]
        probabilities = np.full(sample, 1.0 / sample)
    else:
        grid = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), np.int64)
        picks = list(grid)
        probabilities = np.ones(grid.shape[1])
        for pick, block in zip(picks, smps.blocks, strict=True):
            probabilities = probabilities * block.probabilities[pick]
    count = len(probabilities)
    values = [b.values[pick] for pick, b in zip(picks, smps.blocks, strict=True)]
    named = smps.names if smps.names and sample is None else [str(k + 1) for k in range(count)]
    none = np.zeros(0, np.int64)
    return OutcomeNumbers(
        labels=tuple(named),
        probabilities=probabilities,
        rows=np.concatenate([none, *(b.rows for b in smps.blocks)]),
        columns=np.concatenate([none, *(b.columns for b in smps.blocks)]),
        values=np.concatenate([np.zeros((count, 0)), *values], axis=1),
    )
