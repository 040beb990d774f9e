"""What goes wrong and what a person can do about it: marks, findings, and one error per stage."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the user's material.

    source: file name relative to the model folder, "" when there is none; line and column count from 1;
    cell is "Sheet!B7" for workbooks; text is the source line, and (start, end) the part of it to mark,
    counted from 0.
    """

    source: str = ""
    line: int | None = None
    column: int | None = None
    _: KW_ONLY
    cell: str | None = None
    text: str | None = None
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        if self.cell is not None:
            return f"{self.source}, {self.cell}" if self.source else self.cell
        parts = [self.source or "<input>"]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


NOWHERE: Final = Mark()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong (message), where (mark), why it matters and how to mend it."""

    code: str
    message: str
    mark: Mark = NOWHERE
    _: KW_ONLY
    why: str = ""
    fix: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return render(self)


class SaddleError(Exception):
    """All findings of one stage, raised once.

    `diagnostics` holds at least one finding; the text of the exception renders them all.
    """

    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        if not found:
            raise ValueError("a SaddleError needs at least one Diagnostic")
        self.diagnostics = found
        super().__init__("\n\n".join(render(d) for d in found))

    def __reduce__(self) -> tuple[type[SaddleError], tuple[tuple[Diagnostic, ...]]]:
        """It is made again from its findings, not from its text, when it travels between processes."""
        return type(self), (self.diagnostics,)


class FileError(SaddleError):
    """A file is missing, unreadable, unsafe or of the wrong form."""


class DeclareError(SaddleError):
    """The settings (sets, tables, variables, problems) do not follow the schema."""


class ExpressionError(SaddleError):
    """A formula cannot be read, or its parts do not fit together."""


class ModelError(SaddleError):
    """Names, sets, tables and formulas do not resolve to one model."""


class DataError(SaddleError):
    """Input data are missing, duplicate, of the wrong kind or out of range."""


class RewriteError(SaddleError):
    """A chance constraint or another rewrite is not possible for this problem."""


class CompileError(SaddleError):
    """A problem is not convex, or its data do not allow it to be compiled."""


class SolveError(SaddleError):
    """No solver can take the problem, or the solver's input is unusable."""


class StudyError(SaddleError):
    """Scenarios, coupling or comparison are asked for in a way that has no meaning."""


class PlanningError(SaddleError):
    """A fleet, a demand or a service level is unusable."""


class StoreError(SaddleError):
    """The database is locked, foreign, damaged, newer than this program or read-only."""


class UsageError(SaddleError):
    """A command or a function was called with arguments that exclude each other or name nothing."""


@contextmanager
def extra(name: str) -> Generator[None]:
    """Around the imports of an optional package: UsageError X131, with the extra to install, if it is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"this needs the package {error.name}, which is not installed"
        fix = f'Install it: pip install "saddlepoint[{name}]".'
        raise UsageError(Diagnostic("X131", message, fix=fix)) from error


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, whatever their case, best first."""
    import difflib

    table: dict[str, list[str]] = {}
    for k in known:
        table.setdefault(k.casefold(), []).append(k)
    found = difflib.get_close_matches(name.casefold(), list(table), n=count, cutoff=0.6)
    return [k for f in found for k in table[f]][:count]


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known names, or lists what there is."""
    names = list(known)
    close = nearest(name, names)
    if close:
        return "Did you mean " + " or ".join(repr(c) for c in close) + "?"
    if not names:
        return "Nothing of the kind is declared."
    shown = ", ".join(repr(n) for n in names[:8]) + (", …" if len(names) > 8 else "")
    return f"Known: {shown}."


def render(diagnostic: Diagnostic) -> str:
    """The finding as text: place and sentence, the marked source line, why, fix."""
    mark = diagnostic.mark
    place = "" if mark == NOWHERE else f"{mark}: "
    lines = [f"{diagnostic.severity} {diagnostic.code}: {place}{diagnostic.message}"]
    lines += _quote(mark)
    if diagnostic.why:
        lines.append(f"  why: {diagnostic.why}")
    if diagnostic.fix:
        lines.append(f"  fix: {diagnostic.fix}")
    return "\n".join(map(_harmless, lines))


_OBEYED: Final = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160), *range(0x202A, 0x202F)), "\ufffd"
)
"""Characters that a terminal obeys instead of showing them (tab excepted)."""


def _harmless(line: str) -> str:
    return "\n".join(part.translate(_OBEYED) for part in line.split("\n"))


_WIDEST: Final = 200


def _quote(mark: Mark) -> Sequence[str]:
    if not mark.text:
        return ()
    first = max(0, mark.start - 60) if len(mark.text) > _WIDEST else 0
    text = mark.text[first : first + _WIDEST]
    cut = ("… " if first else "", " …" if first + _WIDEST < len(mark.text) else "")
    start = mark.start - first
    width = max(1, min(mark.end - mark.start, len(text) - start))
    return (f"    {cut[0]}{text}{cut[1]}", "    " + " " * (len(cut[0]) + start) + "^" * width)


CODES: Final[dict[str, str]] = {
    "E101": "A formula is empty.",
    "E102": "A formula cannot be read.",
    "E103": "A construct has no meaning in a formula.",
    "E104": "A formula calls something that is no operator.",
    "E105": "A name in a formula is no variable of its problem.",
    "E106": "A formula is too long or nested too deep.",
    "E107": "A strict inequality or != cannot be a constraint.",
    "E108": "A comparison is chained.",
    "E109": "An expression is no relation.",
    "E110": "An objective does not say Minimize or Maximize, or a word stands where it has no meaning.",
    "E111": "An operator got the wrong arguments.",
    "E112": "A number overflows.",
    "E120": "A set, or a column of a set, that a formula names does not exist.",
    "E121": "A condition asks for something that is not known before the solve, or has no order.",
    "E122": "An expression does not run over the set that is named.",
    "E123": "An item or label that a formula names does not exist.",
    "E124": "Nothing is said of what stands before the first or after the last item.",
    "E125": "Two sets are no grouping, or no copy, of each other.",
    "E126": "A reduction has no item left.",
    "E127": "A condition asks whether a table has a row that it must have.",
    "E128": "A figure asks for a relation that its problem does not have.",
    "E129": "A value that is missing for some items (skip=True) is used where every item is needed.",
    "E201": "The shapes of two parts do not fit.",
    "E202": "Two parts have equal lengths but different items.",
    "E203": "A product with * could be elementwise or a matrix product.",
    "E204": "Two decisions are multiplied.",
    "E205": "An operator of data is given a decision.",
    "E206": "Something is divided by a decision.",
    "E207": "A power of a decision has no convex form.",
    "E208": "An option of an operator is no plain number.",
    "E209": "A relation holds no decision of its problem.",
    "E210": "An uncertain variable is used like a number.",
    "E211": "A statistic is asked of something that is not uncertain.",
    "E212": "A user's operator failed or gave something unusable.",
    "E213": "A Python file of the user fails.",
    "E301": "An operator has no value for these data.",
    "E302": "A part of the data is not a finite number.",
    "E303": "Data without a limit stand where they are no bound.",
    "E360": "A product with a yes/no decision needs the bounds of the other factor.",
    "E370": "A formula is used as true or false in Python.",
    "E371": "A value of Python cannot stand in a formula.",
    "E390": "What has one dimension meets a matrix or a row entry by entry.",
    "M001": "A table names a set that is not declared.",
    "M002": "A variable uses a set that is no coordinate of its table.",
    "M003": "A variable is declared twice.",
    "M004": "A set has no filter of this name.",
    "M005": "No item has this filter label.",
    "M006": "A filter of a variable names no label.",
    "M007": "A constant has no name, or there is no constant of this name.",
    "M008": "A variable has a name that formulas cannot use.",
    "M010": "A table is decided for several scenarios at once.",
    "M011": "A table has a role in a problem that is not declared.",
    "M012": "A hybrid table is not decided in exactly one problem.",
    "M013": "A table is decided in two problems.",
    "M014": "A problem uses a table that has no role in it.",
    "M015": "There is no problem, or a problem is empty.",
    "M016": "Two expressions have the same name.",
    "M017": "A set copies a set that is not declared.",
    "M018": "A set has no items.",
    "M019": "A set stands on a side where it cannot stand.",
    "M020": "A constant does not fit the shape of its variable.",
    "M021": "A table names a set twice.",
    "M022": "A problem both minimises and maximises.",
    "M024": "A Python file of the model folder is not loaded, because nobody said that it is trusted.",
    "M023": "A variable is used in no formula.",
    "M025": "An objective counts a summand several times.",
    "M026": "A chance constraint has a condition.",
    "M027": "A relation is said to hold for each item of a set over which it does not run.",
    "M028": "A relation with a sum is repeated over a set that only the sum has (a warning).",
    "M029": "A number in a relation is so large that it is no limit.",
    "K280": "An override changes no number.",
    "S070": "The parent of an item is no item of its set.",
    "S071": "An item is among its own ancestors.",
    "M080": "The name of a table that the language adds is taken.",
    "M082": "The penalty of a soft relation cannot be used.",
    "M083": "A chance constraint cannot be soft.",
    "M440": "Some objectives have a priority, and others have none.",
    "M442": "Definitions go round in a circle.",
    "M443": "A name cannot be defined.",
    "M444": "A definition is used in no formula.",
    "M441": "A relation or a figure has the name of a priority.",
    "M090": "Units are equal but for a factor.",
    "M091": "Units differ in kind.",
    "M092": "Units may differ in kind.",
    "M460": "Different items of equal number meet by their position.",
    "M461": "A relation of data is checked.",
    "D001": "There are no data for a table.",
    "D002": "A table has no column of this name.",
    "D003": "A row has an unknown label.",
    "D004": "Two rows stand for the same coordinates.",
    "D005": "A cell that a formula reads has no value.",
    "D006": "A cell is no number.",
    "D008": "A column of a table is ignored.",
    "D009": "A number is written as text.",
    "D010": "Data in memory are given for something that is no input table.",
    "D011": "Data in memory do not fit the coordinates of their table.",
    "D012": "An input file or tab is ignored.",
    "D013": "A number is too large or too small to be computed with.",
    "D014": "A table has more cells than can be held.",
    "D080": "A unit cannot be converted to that of its table.",
    "C101": "A problem is not convex.",
    "C102": "Data became non-zero where the compiled problem has no place for them.",
    "C103": "An operator needs CVXPY, or has no form for this route.",
    "C104": "A chance constraint has not been rewritten.",
    "C105": "Data lost the sign on which convexity relies.",
    "C106": "CVXPY's cone form of a problem is not affine in its data.",
    "C107": "A problem needs a cone that is not solved.",
    "C108": "A relation has no decision left somewhere, and does not hold there.",
    "C440": "The bounds of a decision cross in the data.",
    "C160": "The penalty of a soft relation is negative in some scenario.",
    "F001": "A file or folder is missing.",
    "F002": "A file cannot be read.",
    "F003": "A text file has an encoding that is not Unicode.",
    "F004": "A text file contains a NUL character.",
    "F005": "A settings file is too large.",
    "F006": "A path cannot be used.",
    "F010": "A text is not YAML.",
    "F011": "A YAML key is there twice.",
    "F012": "A YAML anchor or alias is used.",
    "F013": "A YAML tag is used.",
    "F014": "A YAML file holds several documents.",
    "F015": "A tab character stands where YAML needs spaces.",
    "F016": "YAML is nested too deeply.",
    "F017": "A YAML key is no text.",
    "F020": "A workbook cannot be read.",
    "F021": "A workbook unpacks to a dangerous size.",
    "F022": "A workbook declares XML entities.",
    "F023": "A cell of a workbook lies far away from the others.",
    "F025": "A table in a workbook has merged cells.",
    "F030": "A tab or CSV file is empty.",
    "F031": "A column name is there twice.",
    "F032": "A row of a CSV file has too few or too many fields.",
    "F033": "A row of a CSV file cannot be read.",
    "F040": "A path leads out of the model folder.",
    "F041": "A file or folder cannot be written.",
    "F042": "A file or folder exists and is not overwritten.",
    "F043": "Tables or texts do not fit into one workbook.",
    "F044": "A table has several input files.",
    "F045": "No tab of a workbook belongs to its table.",
    "F046": "A folder holds what Saddlepoint did not write.",
    "F050": "A Parquet file cannot be read.",
    "F051": "Parquet needs pyarrow, which is not installed.",
    "F060": "A model file does not follow its format.",
    "F061": "A number in a model or solution file is none.",
    "F062": "A model file names a row or column that it does not declare.",
    "F063": "A model or solution file says something twice.",
    "F064": "A part of a model file is not taken.",
    "F065": "Two readers do not agree on a model file, or one refuses it.",
    "F066": "A solution file holds no plan that can be read.",
    "F067": "A solution names what its program does not have.",
    "F130": "A set has its items in two places.",
    "L101": "A number that a solver would see is not finite.",
    "L102": "The quadratic part of an objective is not convex.",
    "L103": "A solver is not known.",
    "L104": "A solver is not installed.",
    "L105": "No solver, or not the one named, takes this class of problems.",
    "L106": "A solver does not have a setting.",
    "L107": "A solver refuses the value of a setting.",
    "L108": "A setting of a solver names a file.",
    "L120": "Exact arithmetic is asked for a problem that is not linear.",
    "Y001": "A settings file is missing.",
    "Y002": "A folder holds both forms of the settings.",
    "Y003": "A folder is not a model folder.",
    "Y010": "A key is not known.",
    "Y011": "A setting has the wrong form.",
    "Y012": "A setting must be true or false.",
    "Y013": "A setting must be a number.",
    "Y014": "A setting is none of the allowed words.",
    "Y015": "A setting is missing.",
    "Y016": "A name is declared twice.",
    "Y017": "A name cannot be used.",
    "Y018": "A list names something twice.",
    "Y020": "A set copies a set that cannot be copied.",
    "Y021": "The groups of a set cannot be read, or its items come from two places.",
    "Y022": "A range of items cannot be read.",
    "Y030": "A domain does not fit its table.",
    "Y031": "A constant has no value, or a value stands where there is no constant.",
    "Y033": "A key of uncertain tables does not fit its table.",
    "Y035": "A table has a condition or a default that its type cannot have.",
    "Y040": "Parts of an unnamed problem stand beside named problems.",
    "Y041": "A problem has neither objective nor expressions.",
    "Y042": "Two formulas of a problem have the same name.",
    "Y043": "A problem has more descriptions than formulas.",
    "Y050": "A tab of the settings workbook is missing.",
    "Y051": "A key is missing in the settings workbook.",
    "Y052": "Rows of the settings workbook contradict each other.",
    "Y053": "A column of the settings workbook is ignored.",
    "Y054": "A cell of the settings workbook is not short YAML.",
    "Y055": "A set cannot stand in the settings workbook.",
    "Y060": "A Python value is no setting.",
    "Y440": "A priority is no whole number from 1 on.",
    "Y441": "A relation that is not soft has a priority.",
    "Y120": "A semicontinuous variable has no upper bound.",
    "Y121": "A lower bound lies above the upper bound.",
    "S001": "The workbook of sets is missing.",
    "S002": "A set has no tab.",
    "S003": "The column of item names is missing.",
    "S004": "A column of filter or aggregation labels is missing.",
    "S005": "An item is there twice.",
    "S006": "An item has no name.",
    "S007": "A filter label is not allowed.",
    "S008": "An item has no filter label.",
    "S009": "A set is empty.",
    "S010": "A column of a set is ignored.",
    "S011": "The tab of a copied set is ignored.",
    "S012": "An item is an error value or a formula without a result.",
    "S013": "Two items differ only in case.",
    "S014": "Items are given for a set that is not declared.",
    "S015": "Items are given in a form that cannot be read.",
    "R001": "A chance constraint is an equality.",
    "R002": "Nothing in a chance constraint is uncertain.",
    "R003": "An uncertain variable does not stand linearly in a chance constraint.",
    "R004": "A row mixes draws with a distribution, or draws of two sets.",
    "R005": "Two variables look at the same uncertain cells.",
    "R006": "A ball around draws needs a row that is linear in them.",
    "R007": "A statistic of this expression is not known.",
    "R008": "The parts of a rewritten chance constraint do not fit.",
    "R009": "A sum of uncertain parts has no closed form.",
    "R010": "A probability of a formula lies outside (0, 1).",
    "R011": "A probability below one half with decisions as coefficients is not convex.",
    "R012": "Many rows that hold together ask too much of each of them.",
    "R013": "A rewritten constraint takes the name of another one.",
    "R014": "Relations of different shapes that hold together have several probabilities.",
    "R101": "The set of draws of an uncertain table cannot be used.",
    "R102": "Weights, covariance or radius of an uncertain table name no data.",
    "R103": "Weights, covariance or radius have an unfit shape.",
    "R104": "A row of an uncertain table has no distribution, or an unknown one.",
    "R105": "A row of an uncertain table misses a number that its distribution needs.",
    "R106": "A column of an uncertain table is needed by none of its distributions.",
    "U001": "No buffer or distribution has this name.",
    "U002": "A reliability lies outside (0, 1).",
    "U003": "A standard deviation is negative.",
    "U004": "A buffer misses a parameter that it needs.",
    "U005": "The parameters do not satisfy what the buffer assumes.",
    "U006": "A parameter of a distribution is not a finite number.",
    "U540": "A promise, a confidence or a count of the scenario approach is out of range.",
    "U541": "A history is too short.",
    "U542": "A value of a history is missing or no number.",
    "U543": "A history has two values for one time.",
    "U544": "A history has no such column, or it is not clear which one is meant.",
    "U545": "A back-test has too few origins, or a promise outside (0, 1).",
    "U546": "A joint promise has too few demands, no such way, no history, or a probability outside (0, 1).",
    "U547": "The cheapest levels for draws were not proven in time.",
    "U548": "A table with a history has several coordinates.",
    "U007": "The assumption gives no standard deviation, or no conditional value at risk.",
    "P001": "A mean demand is negative.",
    "P002": "The demand to cover is above the capacity of the fleet.",
    "P003": "A cost is not convex.",
    "P004": "The bounds of a machine cross.",
    "P005": "A number of the fleet is not finite.",
    "P006": "The columns of a fleet do not fit together.",
    "P007": "A machine has no name, or that of another.",
    "P008": "A fleet has no machine.",
    "P009": "No demand of a sweep is feasible.",
    "P010": "The bounds of a random fleet cross, or its size is not positive.",
    "P011": "A plan does not fit the fleet.",
    "B001": "There is no database yet.",
    "B002": "The database cannot be opened.",
    "B003": "The file is not an SQLite database.",
    "B004": "The database is damaged or cut short.",
    "B005": "The database was written by a newer Saddlepoint.",
    "B006": "The database belongs to another program.",
    "B007": "The database is locked by another program.",
    "B008": "The database cannot be written.",
    "B009": "A trigger in the database would run whenever we write.",
    "B010": "A name cannot be used for a table or column, or two names are the same to SQLite.",
    "B011": "There is no such table in the database.",
    "B012": "The columns of a table are not those of the model.",
    "B013": "A row has a label that is no item of its set.",
    "B014": "Two rows stand for the same combination of coordinates.",
    "B015": "A column of numbers holds text.",
    "B016": "The disk did not take the data.",
    "B017": "A text cannot be stored.",
    "B018": "SQLite refused a statement.",
    "B019": "A file beside the database is a link.",
    "B020": "The database belongs to another model.",
    "B021": "The database has zero bytes.",
    "B022": "An input table was changed inside the database.",
    "B640": "A statement of SQL cannot be answered.",
    "B480": "A run cannot have this name.",
    "B481": "There is no such kept run.",
    "B482": "There are no results to keep.",
    "K101": "A scenario names a set that is no scenario set.",
    "K102": "A scenario has too few or too many labels.",
    "K103": "A range of scenarios is empty.",
    "K104": "A scenario label is no item of its set.",
    "K105": "A chain names a problem that does not exist.",
    "K106": "Several starts are asked for a loop that has no joint objective.",
    "K107": "A problem reads what no problem has decided and no input gives.",
    "K108": "The sub-problems of a loop depend on different scenario sets.",
    "X101": "A run has no such table.",
    "X102": "A run has no such constraint.",
    "X103": "Several problems have a constraint of this name.",
    "X104": "There is no such example.",
    "X105": "There is no such table to export.",
    "X106": "There are no results to compare.",
    "X107": "A scenario index is out of range.",
    "X108": "There is no such variable, set or table.",
    "X109": "A script asks for the results of a model that has not been run.",
    "X110": "There is no such argument.",
    "X111": "The value of an argument is of another kind, or out of range.",
    "X112": "Results differ from those they are compared with.",
    "X120": "A verb needs a model folder, and the lab is in memory.",
    "X131": "An optional package is not installed.",
    "X132": "There is no such place to run.",
    "X133": "The memory does not suffice.",
    "X140": "The shapes of a program in matrices do not fit together.",
    "X141": "A program or plan in matrices holds what is no number.",
    "X480": "The results to compare have no such scenario.",
    "X481": "A table has no such axis, or no such item on it.",
    "X170": "A cell to compare is neither a number nor a text.",
    "X440": "It is not clear which two objectives are traded off.",
    "X441": "A front of fewer than two points is asked for.",
    "X460": "Solvers or settings are given for a problem that does not exist.",
    "X461": "A folder that is not a model's is not cleared.",
    "X462": "There is no window here.",
    "X464": "Nothing is uncertain in this model.",
    "X465": "A table that is to vary is no input table, or its spread is no number above 0.",
    "X466": "Factors are to be grouped by a set over which none of them stands.",
    "X467": "A method knows no groups of factors.",
    "X468": "What is to be measured is decided by no problem.",
    "X469": "A sensitivity analysis is asked for in a way that has no meaning.",
    "X463": "A model saved by CVXlab itself cannot be opened.",
    "X442": "A view is asked of a table that is not there.",
    "X443": "A column of a table in Python has an unfit number of values.",
    "X521": "A table has no such column of numbers.",
    "X522": "There is nothing to draw.",
    "X523": "A picture would have too many cells.",
    "X524": "A table has no such set to draw over.",
    "X525": "A kind of picture does not fit the table.",
    "X527": "A page asked for what there is not.",
    "X528": "A port cannot be used.",
    "X526": "Two tables cannot be drawn against each other.",
    "K109": "None of the scenarios of scenarios.yml fits the choice.",
    "K110": "Two choices do not fix the same scenario sets.",
    "K120": "Workers of a cluster died.",
    "K130": "A part of a run cannot be merged.",
    "K440": "A sub-problem of a loop has objectives with priorities.",
    "K201": "A list of scenarios in memory names a file.",
    "K202": "An override does not say what to change.",
    "K203": "A run uses an override that is not declared, or has a reserved name.",
    "K204": "A sample does not say what to draw.",
    "K210": "A set has the name of one that runs or samples add.",
    "K211": "Scenarios name a table that cannot be changed or drawn.",
    "K212": "Coordinates name a set that does not belong there.",
    "K213": "Coordinates name a label that is no item of the set.",
    "K214": "A distribution cannot be drawn from.",
    "K215": "There are too many uncertain cells for Sobol draws.",
    "K216": "A scenario of a list is incomplete.",
    "K217": "No scenario is left.",
    "K218": "An override changes a column that the table does not have.",
    "K219": "A sampled table names a covariance, and draws are independent.",
    "K460": "A table of the stopping test is decided by no problem of a loop.",
    "K461": "Options are given for a problem that does not exist.",
    "K220": "There are more scenarios than can be counted.",
    "K500": "A table to be changed, or protected, is no input of the model.",
    "K501": "The weight of a change is not positive.",
    "K502": "A datum to be varied does not exist, or nothing reads it.",
    "K503": "The optimum over a datum is not piecewise linear.",
    "K504": "An interval of a datum is empty.",
    "K620": "A number lies far from its neighbours.",
    "K621": "Numbers are given that no formula reads.",
    "K622": "No relation joins the decisions of an item to others.",
    "K290": "An override cannot take its numbers from a file.",
    "K291": "A file of an override does not fit its table.",
}
"""Every code with its title; the page docs/reference/errors.md has a section for each of them."""
