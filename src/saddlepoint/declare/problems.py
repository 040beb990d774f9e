"""How problems and their formulas are read from a tree: named or not, as lists, texts or `name: formula`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from saddlepoint.declare.fields import Fields, Findings, empty, entries, fields, items, text_in, word
from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, ReportSpec
from saddlepoint.errors import Mark
from saddlepoint.files import Listing, Record, Scalar, Tree

PROBLEM_KEYS: Final[Mapping[str, str]] = {
    "objective": "list of Minimize(…) or Maximize(…), added up; absent: equations, or feasibility",
    "expressions": "list of relations with ==, <= or >=; an entry may be `name: relation`",
    "description": "list of texts: first those of the objectives, then those of the expressions",
    "define": "names for expressions of decisions and data, for use in formulas: `name: expression`, or `name: {value, unit, description}`",
    "products": "global: products of two continuous decisions may stand in formulas; a run with `starts=8` solves such a problem with proof",
    "report": "figures computed from the plan: `name: expression`, or `name: {value, unit, description}`",
}
REPORT_KEYS: Final[Mapping[str, str]] = {
    "value": "the expression: decisions, data, price(relation), slack(relation), whatever numpy can do with them",
    "unit": "the unit of the figure",
    "description": "a text that explains it",
}
FORMULA_KEYS: Final[Mapping[str, str]] = {
    "where": "the condition under which the relation holds: Tech.fuel == 'gas', demand > 0",
    "soft": "a number or data: the relation may be missed at this price per unit; the amounts are in violation_<relation>",
    "each": "a set, or a list of sets, for whose every item the relation is meant to hold",
    "priority": "of a soft relation: at which priority missing it counts, where the objectives have priorities",
}
OBJECTIVE_KEYS: Final[Mapping[str, str]] = {
    "priority": "1, 2, …: objectives of priority 1 come first; a later one may not make an earlier one worse"
}
TOP_KEYS: Final[Mapping[str, str]] = {
    **PROBLEM_KEYS,
    "operators": "trust: the model needs its user_defined_operators.py or user_defined_constants.py",
}


def read_problems(tree: Tree, found: Findings) -> tuple[tuple[ProblemSpec, ...], bool]:
    """The problems of problem.yml, and whether they ask for operators of the folder's own; findings Y010–Y018, Y040–Y043."""
    if not isinstance(tree, Record):
        if empty(tree):
            found.error(
                "Y015", "no problem is declared", tree.mark, fix="Write `objective:` and `expressions:`."
            )
        else:
            tuple(entries(tree, "problem", found))
        return (), False
    trust = word(tree.get("operators"), ("trust",), "operators", found) == "trust"
    named = [
        (key, node) for key, node in tree.entries if key.text != "operators" and isinstance(node, Record)
    ]
    named = [(key, node) for key, node in named if key.text not in PROBLEM_KEYS or _is_problem(node)]
    top = [key for key, _ in tree.entries if key.text in PROBLEM_KEYS and key not in [k for k, _ in named]]
    if not named or (top and not any(_is_problem(node) for _, node in named)):
        return (_problem("", tree, tree.mark, TOP_KEYS, found),), trust
    for key, node in tree.entries:
        if key.text != "operators" and all(key is not name for name, _ in named):
            _misplaced(key, node, bool(top), found)
    return tuple(_problem(key.text, node, key.mark, PROBLEM_KEYS, found) for key, node in named), trust


def _is_problem(node: Record) -> bool:
    return any(key.text in PROBLEM_KEYS for key, _ in node.entries)


def _misplaced(key: Scalar, node: Tree, top: bool, found: Findings) -> None:
    if key.text in PROBLEM_KEYS:
        why = "A model is one problem without a name, or problems that all have names."
        fix = "Put it below the name of a problem."
        found.error("Y040", f"{key.text!r} stands beside named problems", key.mark, why, fix)
    else:
        fix = "Write `objective:` or `expressions:` below it, or delete it."
        message = f"the problem {key.text!r} has neither objective nor expressions"
        found.error("Y041", message, key.mark if not top else node.mark, fix=fix)


def _problem(key: str, node: Tree, mark: Mark, keys: Mapping[str, str], found: Findings) -> ProblemSpec:
    owner = f"problem {key!r}" if key else "the problem"
    known = fields(node, keys, owner, found)
    objectives = _formulas(known.get("objective"), f"objective of {owner}", OBJECTIVE_KEYS, found)
    expressions = _formulas(known.get("expressions"), f"expressions of {owner}", FORMULA_KEYS, found)
    _hard_with_priority(expressions, found)
    if not objectives and not expressions and empty(known.get("report")) and not found.errors:
        fix = "Write at least one formula below `objective:`, `expressions:` or `report:`."
        found.error("Y041", f"{owner} has neither objective nor expressions", mark, fix=fix)
    about = f"description of {owner}"
    notes = [text_in(_with_colon(item), about, found) for item in items(known.get("description"))]
    both = [*objectives, *expressions]
    if len(notes) > len(both):
        message = f"{owner} has {len(notes)} descriptions for {len(both)} formulas"
        found.warn("Y043", message, known["description"].mark, "The last ones are not used.", "Delete them.")
    noted = [replace(each, description=notes[k] if k < len(notes) else "") for k, each in enumerate(both)]
    _check_unique(noted, owner, found)
    figures, names = (
        tuple(
            _report(k, v, kind, owner, found) for k, v in _figures(known.get(key), f"{key} of {owner}", found)
        )
        for key, kind in (("report", "figure"), ("define", "definition"))
    )
    return ProblemSpec(
        key,
        objectives=tuple(noted[: len(objectives)]),
        expressions=tuple(noted[len(objectives) :]),
        mark=mark,
        reports=figures,
        definitions=names,
        products=known.word("products", ("global",)) == "global",
    )


def _figures(node: Tree | None, owner: str, found: Findings) -> list[tuple[Scalar, Tree]]:
    """The names and contents below `report` or `define`, a record or a list of records with one name each."""
    if isinstance(node, Listing):
        return [pair for item in node.items for pair in _figures(item, owner, found)]
    if isinstance(node, Scalar) and ":" in node.text:
        name, _, value = node.text.partition(":")
        return [(Scalar(name.strip(), node.mark), Scalar(value.strip(), node.mark))]
    return list(entries(node, owner, found))


def _report(key: Scalar, node: Tree, kind: str, owner: str, found: Findings) -> ReportSpec:
    title = f"the {kind} {key.text!r}"
    name = _name(key.text, key.mark, owner, found)
    parts = fields(node, REPORT_KEYS, title, found) if isinstance(node, Record) else {"value": node}
    value = parts.get("value")
    if not isinstance(value, Scalar) or empty(value) or not value.text.strip():
        fix = f"Write `{key.text}: expression`, or `{key.text}: {{value: expression, unit: EUR}}`."
        found.error("Y011", f"{title} has no expression", key.mark, fix=fix)
        return ReportSpec(name, FormulaSpec("0", mark=key.mark))
    return ReportSpec(
        name,
        FormulaSpec(value.text.strip(), mark=value.mark),
        text_in(parts.get("unit"), f"unit of {title}", found),
        text_in(parts.get("description"), f"description of {title}", found),
    )


def _formulas(node: Tree | None, owner: str, known: Mapping[str, str], found: Findings) -> list[FormulaSpec]:
    """A list of formulas or `name: formula`, one formula, or a record of names and formulas."""
    formulas: list[FormulaSpec] = []
    for item in items(node):
        if isinstance(item, Record):
            keys = known if len(item.entries) > 1 else {}
            beside = [(k.text, v) for k, v in item.entries if k.text in keys]
            names = [(k, v) for k, v in item.entries if k.text not in keys]
            if isinstance(node, Listing) and len(names) != 1:
                fix = f"{_misspelt(names, known)}Write one `- name: formula` per line; beside it {', '.join(known)}."
                found.error("Y011", f"an entry of {owner} has {len(names)} names", item.mark, fix=fix)
            formulas += [_beside(_named(k, v, owner, found), beside, found) for k, v in names]
        elif isinstance(item, Scalar) and not empty(item) and item.text.strip():
            formulas.append(_split(item, owner, found))
        elif isinstance(item, Scalar):
            fix = "Write a formula, or delete the entry."
            found.error("Y017", f"an entry of {owner} is empty", item.mark, fix=fix)
        else:
            fix = "Write one formula per line, after '- '; quote one that begins with '- ' or '['."
            found.error("Y011", f"an entry of {owner} must be a formula, not a list", item.mark, fix=fix)
    return formulas


def _misspelt(names: list[tuple[Scalar, Tree]], known: Mapping[str, str]) -> str:
    """Which key the second of two names may have been meant for."""
    meant = [(k.text, near) for k, _ in names[1:] for near in get_close_matches(k.text, known, 1, 0.6)]
    return " ".join(f"{near} instead of {name}?" for name, near in meant) + " " if meant else ""


def _beside(formula: FormulaSpec, beside: list[tuple[str, Tree]], found: Findings) -> FormulaSpec:
    """A formula with what stands beside it."""
    if not beside:
        return formula
    known = Fields(f"the formula {formula.name!r}", found)
    known.update(beside)
    return replace(
        formula,
        where=known.formula("where"),
        each=known.labels("each"),
        soft=known.formula("soft"),
        priority=_priority(known),
    )


def _priority(known: Fields) -> int | None:
    """A whole number from 1 on; Y440 otherwise."""
    written = known.text("priority")
    if written.isascii() and written.isdigit() and 0 < int(written) < 1000:
        return int(written)
    if written:
        known.found.error(
            "Y440",
            f"the priority of {known.owner} must be 1, 2, …, not {written!r}",
            known["priority"].mark,
            "Priorities give an order: objectives of priority 1 come first.",
            "Write a whole number; to weigh objectives against each other, add them with factors.",
        )
    return None


def _hard_with_priority(formulas: list[FormulaSpec], found: Findings) -> None:
    for each in formulas:
        if each.priority is not None and each.soft is None:
            why = "It holds whatever is pursued."
            fix = "Say `soft:` too, at which price it may be missed, or put the priority beside an objective."
            found.error(
                "Y441", f"the relation {each.name!r} is not soft and has a priority", each.mark, why, fix
            )


def _named(key: Scalar, value: Tree, owner: str, found: Findings) -> FormulaSpec:
    if not isinstance(value, Scalar) or empty(value) or not value.text.strip():
        fix = f"Write `{key.text}: formula`."
        found.error("Y011", f"{key.text!r} in {owner} has no formula", key.mark, fix=fix)
        return FormulaSpec("0", key.text, mark=key.mark)
    return FormulaSpec(value.text.strip(), _name(key.text, key.mark, owner, found), mark=value.mark)


def _split(item: Scalar, owner: str, found: Findings) -> FormulaSpec:
    """A text `name: formula` or `formula`; no formula contains a colon."""
    name, colon, rest = item.text.partition(":")
    if not colon:
        return FormulaSpec(item.text.strip(), mark=item.mark)
    if not rest.strip():
        fix = f"Write `{name.strip()}: formula`."
        found.error("Y011", f"{name.strip()!r} in {owner} has no formula", item.mark, fix=fix)
    mark, skipped = item.mark, len(item.text) - len(rest.lstrip())
    begin = mark.start + skipped
    column = None if mark.column is None else mark.column + skipped
    place = Mark(
        mark.source,
        mark.line,
        column,
        cell=mark.cell,
        text=mark.text,
        start=begin,
        end=max(mark.end, begin + 1),
    )
    return FormulaSpec(rest.strip(), _name(name, mark, owner, found), mark=place)


def _name(name: str, mark: Mark, owner: str, found: Findings) -> str:
    clean = name.strip()
    if not clean or not clean.isprintable():
        fix = "Write a name before the colon, or no colon."
        found.error("Y017", f"a formula in {owner} has an empty or unprintable name", mark, fix=fix)
    return clean


def _with_colon(item: Tree) -> Tree:
    """A description `word: more words`, which YAML takes for a key with a value, as the text it is meant to be."""
    if isinstance(item, Record) and len(item.entries) == 1:
        key, value = item.entries[0]
        if isinstance(value, Scalar):
            return Scalar(f"{key.text}: {value.text}", item.mark)
    return item


def _check_unique(formulas: list[FormulaSpec], owner: str, found: Findings) -> None:
    seen: dict[str, FormulaSpec] = {}
    for each in formulas:
        if each.name is None:
            continue
        first = seen.setdefault(each.name.casefold(), each)
        if first is not each:
            why = f"First: {first.mark}. Prices are stored under these names."
            found.error(
                "Y042", f"{each.name!r} names two formulas of {owner}", each.mark, why, "Rename one of them."
            )
