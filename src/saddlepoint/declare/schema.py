"""Which keys sets, tables and variables have, and how they are read from a tree."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any, Final, cast

from saddlepoint.declare.fields import Fields, Findings, empty, entries, fields, text_in, word
from saddlepoint.declare.listed import listed_items
from saddlepoint.declare.sample import drawn_items, read_sample
from saddlepoint.declare.spec import DimName, SetSpec, SetUse, TableKind, TableSpec, VariableSpec
from saddlepoint.errors import Mark, suggest
from saddlepoint.files import Record, Scalar, Tree, cell_number

SET_KEYS: Final[Mapping[str, str]] = {
    "description": "a text that explains the set",
    "split_problem": "true: an inter-problem set, its items are scenarios (default false)",
    "copy_from": "key of another set whose items this set repeats",
    "filters": "names, each with its allowed labels: {name: [label, label]}",
    "aggregations": "names under which items are grouped: [name, name]",
    "items": "the items, where no tab of sets.xlsx holds them: [pv, gas], 1..24, {pv: {fuel: none}}, or a range of times "
    "2030-01-01 00:00 .. 2030-12-31 23:00, 1h",
    "groups": "Set.column: the items are the distinct labels of this column of another set",
    "role": "outcomes: one of the items will come true; what runs over the set is decided after it is known, all else before",
    "probability": "outcomes: the variable that holds how likely each item is (equally likely if absent)",
    "sample": "outcomes: the items are draws of uncertain tables: {table, number, method, seed}",
    "along": "outcomes: the set of stages, in each of which one of the items comes true, whatever came true before",
}
TABLE_KEYS: Final[Mapping[str, str]] = {
    "description": "a text that explains the table",
    "type": "exogenous, endogenous, constant, uncertain, or {problem: endogenous | exogenous}",
    "coordinates": "a set key, or a list of them; their order is the order of the columns",
    "domain": "integer, boolean or semicontinuous (0, or between lower and upper), for endogenous tables (default real)",
    "integer": "true: older spelling of `domain: integer`",
    "variables_info": "the variables that look at the table: {variable: {...}}",
    "unit": "unit of the values, shown in outputs",
    "where": "decided tables: the condition under which a cell exists: exists(distance), Tech.fuel == 'gas'",
    "default": "input tables: the number that absent rows and blank cells stand for",
    "uncertainty_enabled": "true: input tables whose numbers a sensitivity analysis varies (saddle sensitivity)",
    "samples": "uncertain tables: key of the set whose items are draws",
    "weights": "uncertain tables with samples: variable that holds the probabilities",
    "covariance": "uncertain tables: variable that holds the covariance matrix",
    "radius": "uncertain tables with samples: variable that holds the radius of a Wasserstein ball around the draws",
    "set": "uncertain tables: the values for which robust(…) holds: box, box(r), budget(Γ) or ellipsoid(Ω)",
    "adapts": "decided tables: the uncertain variables to which they react by an affine rule: D, D before Weeks, D up to Weeks",
    "history": "uncertain tables: file of past values in input_data, to which the distributions are fitted",
}
VARIABLE_KEYS: Final[Mapping[str, str]] = {
    "value": "name of a constant, for tables of type constant",
    "blank_fill": "number for blank input cells, inf for no limit",
    "nonneg": "true: adds variable ≥ 0 where the variable is endogenous",
    "unit": "unit of the variable, shown in outputs",
    "lower": "a number or a data variable: the variable is at least that where it is decided; priced like a relation",
    "upper": "a number or a data variable: the variable is at most that where it is decided; priced like a relation",
    "uncertainty_measure": "true: what a sensitivity analysis measures, beside the objective",
    "fix": "a data variable of a table with a default: where it has a row, the variable is decided already",
}
USE_KEYS: Final[Mapping[str, str]] = {
    "dim": "rows, cols, intra or inter: on which side the set stands",
    "filters": "items that are kept: {filter: label} or {filter: [label, label]}",
}
DIMS: Final = ("rows", "cols", "intra", "inter")
KINDS: Final = ("exogenous", "endogenous", "constant", "uncertain")
DOMAINS: Final = ("real", "integer", "boolean", "semicontinuous")
_ROLES: Final = ("endogenous", "exogenous")


def read_sets(tree: Tree, found: Findings) -> tuple[SetSpec, ...]:
    """The sets of structure_sets; findings Y010–Y020."""
    sets = tuple(_set(key, node, found) for key, node in entries(tree, "structure_sets", found))
    if not sets and not found.errors and not isinstance(tree, Record):
        fix = "Declare at least one set: `Products:`; a model without any says so with {}."
        found.error("Y015", "no set is declared", tree.mark, fix=fix)
    _check_names([(each.key, each.mark) for each in sets], "set", found)
    _check_copies(sets, found)
    _check_groups(sets, found)
    return sets


def read_tables(tree: Tree, sets: Collection[str], found: Findings) -> tuple[TableSpec, ...]:
    """The tables of structure_variables; sets: the declared keys. Findings Y010–Y018 and Y030–Y034."""
    tables = tuple(
        _table(key, node, sets, found) for key, node in entries(tree, "structure_variables", found)
    )
    if not tables and not found.errors:
        found.error("Y015", "no table is declared", tree.mark, fix="Declare the tables with their variables.")
    _check_names([(each.key, each.mark) for each in tables], "table", found)
    seen: dict[str, VariableSpec] = {}
    for variable in (variable for table in tables for variable in table.variables):
        first = seen.setdefault(variable.name, variable)
        if first is not variable:
            message = f"the variable {variable.name!r} is declared twice"
            fix = "Names of variables are unique in a model: rename one."
            found.error("Y016", message, variable.mark, f"First: {first.mark}.", fix)
    return tables


def _set(key: Scalar, node: Tree, found: Findings) -> SetSpec:
    owner = f"set {key.text!r}"
    if key.text in VARIABLE_KEYS:
        why = "Below a variable the word could not be told from the variable's own key."
        found.error("Y017", f"a set cannot be called {key.text!r}", key.mark, why, "Choose another name.")
    known = fields(node, SET_KEYS, owner, found)
    outcomes = known.word("role", ("outcomes",)) is not None
    _check_outcomes(outcomes, known, owner, found)
    sample = read_sample(known.get("sample"), found)
    return SetSpec(
        key=key.text,
        description=known.text("description"),
        split_problem=known.flag("split_problem"),
        copy_from=known.name("copy_from"),
        filters=known.groups("filters"),
        aggregations=known.labels("aggregations"),
        mark=key.mark,
        groups=_grouping(known.get("groups"), f"groups of {owner}", found),
        items=listed_items(known.get("items"), key.text, found) if sample is None else drawn_items(sample),
        sample=sample,
        outcomes=outcomes,
        probability=known.name("probability"),
        along=known.name("along"),
    )


def _check_outcomes(outcomes: bool, known: Fields, owner: str, found: Findings) -> None:
    """Y800 for a probability of what is no set of outcomes, Y830 for stages of such, Y831 for draws beside items of its own, Y801
    for outcomes that are problems of their own."""
    if "sample" in known and (not outcomes or "items" in known or "probability" in known):
        fix = "Say `role: outcomes` and `sample` alone: its draws are the items, equally likely."
        found.error("Y831", f"{owner} cannot be drawn as it stands", known["sample"].mark, fix=fix)
    if "along" in known and not outcomes:
        fix = "Add `role: outcomes`, or delete `along`."
        found.error("Y830", f"{owner} lies along stages and has no outcomes", known["along"].mark, fix=fix)
    if "probability" in known and not outcomes:
        fix = "Add `role: outcomes`, or delete `probability`."
        found.error("Y800", f"{owner} has a probability and no outcomes", known["probability"].mark, fix=fix)
    if outcomes and known.flag("split_problem"):
        why = "The items of a split_problem set are problems of their own; outcomes are weighed against each other in one."
        fix = "Delete `split_problem`, or `role`."
        found.error("Y801", f"{owner} is split and has outcomes", known["role"].mark, why, fix)


def _grouping(node: Tree | None, owner: str, found: Findings) -> tuple[str, str] | None:
    """The set and the column of `Sites.region`; Y021 for another form."""
    if node is None:
        return None
    source, point, column = text_in(node, owner, found).rpartition(".")
    if source and point and column:
        return source, column
    why = "It names a set and one of its filters or aggregations, with a point between them."
    found.error("Y021", f"{owner} cannot be read", node.mark, why, "Write for example Sites.region.")
    return None


def _check_names(names: list[tuple[str, Mark]], what: str, found: Findings) -> None:
    """Y016 for names that are equal but for case or the composition of letters."""
    seen: dict[str, tuple[str, Mark]] = {}
    for name, mark in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        first, place = seen.setdefault(folded, (name, mark))
        if (first, place) != (name, mark):
            why = f"{first!r} is declared at {place}; files and databases do not tell capitals apart."
            found.error("Y016", f"the {what} {name!r} is declared twice", mark, why, "Rename one of them.")


def _check_copies(sets: tuple[SetSpec, ...], found: Findings) -> None:
    known = {each.key: each for each in sets}
    for each in sets:
        if each.copy_from is None:
            continue
        source = known.get(each.copy_from)
        if source is None:
            message = f"{each.key!r} copies the set {each.copy_from!r}, which is not declared"
            found.error(
                "Y020", message, each.mark, fix=suggest(each.copy_from, [k for k in known if k != each.key])
            )
        elif source.copy_from is not None:
            message = f"{each.key!r} copies {each.copy_from!r}, which is a copy itself"
            fix = "Copy from the set that has the items."
            found.error("Y020", message, each.mark, fix=fix)


def _check_groups(sets: tuple[SetSpec, ...], found: Findings) -> None:
    known = {each.key: each for each in sets}
    for each in sets:
        if each.groups is None:
            continue
        key, column = each.groups
        source = known.get(key)
        if source is None:
            fix = suggest(key, [k for k in known if k != each.key])
            found.error(
                "Y020", f"{each.key!r} groups the set {key!r}, which is not declared", each.mark, fix=fix
            )
            continue
        columns = [*source.filters, *source.aggregations]
        if column not in columns:
            fix = suggest(column, columns) if columns else f"Declare it: {key}: {{aggregations: [{column}]}}."
            found.error("Y020", f"the set {key!r} has no column {column!r}", each.mark, fix=fix)
        if each.copy_from is not None or each.items is not None:
            found.error(
                "Y021",
                f"{each.key!r} has its items from two places",
                each.mark,
                fix="Keep one of groups, copy_from and items.",
            )


def _table(key: Scalar, node: Tree, sets: Collection[str], found: Findings) -> TableSpec:
    owner = f"table {key.text!r}"
    if key.text.startswith("_"):
        why = "Names that begin with _ belong to the program's own tables in the database."
        found.error("Y017", f"a table cannot be called {key.text!r}", key.mark, why, "Drop the underscore.")
    known = fields(node, TABLE_KEYS, owner, found)
    kind, roles = _kind(known.get("type"), owner, key.mark, found)
    table = TableSpec(
        key=key.text,
        kind=kind,
        coordinates=known.labels("coordinates"),
        description=known.text("description"),
        roles=cast(Any, roles),
        domain=_domain(known, kind, owner, found),
        variables=_variables(known.get("variables_info"), owner, key.mark, sets, found),
        unit=known.text("unit"),
        samples=known.name("samples"),
        weights=known.name("weights"),
        covariance=known.name("covariance"),
        radius=known.name("radius"),
        history=known.name("history"),
        against=known.formula("set"),
        adapts=known.labels("adapts"),
        mark=key.mark,
        where=known.formula("where"),
        default=known.real("default"),
        uncertainty_enabled=known.flag("uncertainty_enabled"),
    )
    _check_table(table, known, owner, found)
    return table


def _kind(node: Tree | None, owner: str, mark: Mark, found: Findings) -> tuple[TableKind, dict[str, str]]:
    if node is None:
        why = f"One of {', '.join(KINDS)}, or a role per problem."
        found.error("Y015", f"{owner} has no type", mark, why, "Add `type: exogenous` for data.")
        return "exogenous", {}
    if not isinstance(node, Record):
        return cast(TableKind, word(node, KINDS, f"type of {owner}", found) or "exogenous"), {}
    roles: dict[str, str] = {}
    for key, value in node.entries:
        role = word(value, _ROLES, f"role of {owner} in problem {key.text!r}", found)
        if empty(value):
            fix = f"Write {key.text}: endogenous, or exogenous."
            found.error("Y015", f"{owner} has no role in problem {key.text!r}", key.mark, fix=fix)
        roles[key.text] = role or "exogenous"
    return "hybrid", roles


def _domain(known: Fields, kind: TableKind, owner: str, found: Findings) -> Any:
    node = known.get("domain") or known.get("integer")
    domain = known.word("domain", DOMAINS)
    if known.flag("integer"):
        if domain not in {None, "integer"}:
            message = f"{owner} says integer: true and domain: {domain}"
            found.error("Y030", message, known["integer"].mark, fix="Keep `domain` and delete `integer`.")
        domain = domain or "integer"
    if (
        domain in {"integer", "boolean", "semicontinuous"}
        and kind not in {"endogenous", "hybrid"}
        and node is not None
    ):
        why = "Only what the solver decides can be restricted."
        found.error("Y030", f"{owner} is {kind} and cannot be {domain}", node.mark, why, "Delete `domain`.")
    return domain or "real"


def _check_table(table: TableSpec, known: Fields, owner: str, found: Findings) -> None:
    for key in ("samples", "weights", "covariance", "radius", "history", "set"):
        if key in known and table.kind != "uncertain":
            fix = f"Delete `{key}`, or write `type: uncertain`."
            found.error("Y033", f"{owner} is {table.kind} and cannot have {key!r}", known[key].mark, fix=fix)
    if table.adapts and table.kind not in {"endogenous", "hybrid"}:
        why, fix = "Only decisions react.", "Delete `adapts`."
        found.error("Y780", f"{owner} is {table.kind} and cannot adapt", known["adapts"].mark, why, fix)
    if table.where is not None and table.kind not in {"endogenous", "hybrid"}:
        why = "Input tables are sparse by themselves: a row that is not there is absent."
        fix = "Delete `where`, and say `default: 0` if absent rows stand for a number."
        found.error(
            "Y035", f"{owner} is {table.kind} and cannot have a condition", known["where"].mark, why, fix
        )
    if table.default is not None and table.kind != "exogenous":
        fix = "Delete `default`; it is for exogenous tables."
        found.error(
            "Y035", f"{owner} is {table.kind} and cannot have a default", known["default"].mark, fix=fix
        )
    if table.weights is not None and table.samples is None and table.kind == "uncertain":
        fix = "Name the set whose items are draws: `samples: <set>`."
        found.error("Y033", f"{owner} has weights but no samples", known["weights"].mark, fix=fix)
    for variable in table.variables:
        if table.domain == "semicontinuous" and variable.upper is None:
            why = "It is 0, or at least lower and at most upper: without upper nothing says where it ends."
            fix = f"Write {variable.name}: {{lower: 20, upper: capacity}}, numbers or data."
            found.error(
                "Y120", f"{variable.name!r} is semicontinuous and has no upper", variable.mark, why, fix
            )
        _check_ends(variable, found)
        if table.kind == "constant" and variable.value is None:
            fix = "Add `value: sum_vector`, or another constant."
            found.error("Y031", f"the constant {variable.name!r} has no value", variable.mark, fix=fix)
        if table.kind != "constant" and variable.value is not None:
            fix = "Delete `value`, or write `type: constant`."
            message = f"{variable.name!r} has a value, but {owner} is {table.kind}"
            found.error("Y031", message, variable.mark, fix=fix)


def _check_ends(variable: VariableSpec, found: Findings) -> None:
    """Y121 for a lower number above the upper number."""
    if variable.lower is None or variable.upper is None:
        return
    low, high = cell_number(variable.lower.text), cell_number(variable.upper.text)
    if low > high:
        message = f"{variable.name!r} has lower {variable.lower.text}, above its upper {variable.upper.text}"
        why = f"upper: {variable.upper.mark}. No plan can satisfy both."
        found.error("Y121", message, variable.lower.mark, why, "Exchange or correct them.")


def _variables(
    node: Tree | None, owner: str, mark: Mark, sets: Collection[str], found: Findings
) -> tuple[VariableSpec, ...]:
    if node is None:
        fix = "Name the variable that formulas use for it: `variables_info: {x: }`."
        found.error("Y015", f"{owner} has no variables_info", mark, fix=fix)
    items = entries(node, f"variables_info of {owner}", found)
    return tuple(_variable(key, value, sets, found) for key, value in items)


def _variable(key: Scalar, node: Tree, sets: Collection[str], found: Findings) -> VariableSpec:
    owner = f"variable {key.text!r}"
    if not key.text.isidentifier() or keyword.iskeyword(key.text):
        why = "Formulas could not use it: a name has letters, digits and _, and does not begin with a digit."
        found.error(
            "Y017", f"a variable cannot be called {key.text!r}", key.mark, why, "Choose another name."
        )
    known = {**VARIABLE_KEYS, **dict.fromkeys(sets, "how the variable uses the set")}
    uses: dict[str, SetUse] = {}
    own = Fields(owner, found)
    for name, value in entries(node, owner, found):
        if name.text in VARIABLE_KEYS:
            own[name.text] = value
        elif name.text in sets:
            uses[name.text] = _use(value, f"{name.text} of {owner}", name.mark, found)
        else:
            message = f"{name.text!r} is neither a set nor a key of {owner}"
            why = f"Keys: {', '.join(VARIABLE_KEYS)}, and the keys of the sets."
            found.error("Y010", message, name.mark, why, suggest(name.text, known))
    return VariableSpec(
        name=key.text,
        sets=uses,
        value=own.name("value"),
        blank_fill=own.real("blank_fill", endless=True),
        nonneg=own.flag("nonneg"),
        unit=own.text("unit"),
        mark=key.mark,
        lower=own.formula("lower"),
        upper=own.formula("upper"),
        fix=own.formula("fix"),
        uncertainty_measure=own.flag("uncertainty_measure"),
    )


def _use(node: Tree, owner: str, mark: Mark, found: Findings) -> SetUse:
    known = fields(node, USE_KEYS, owner, found)
    dim = known.word("dim", DIMS)
    return SetUse(cast(DimName | None, dim), known.groups("filters"), mark)
