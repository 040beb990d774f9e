"""The mathematics of a model, written: nomenclature, objectives, relations with their domains, figures.

It is made from the nodes that are compiled, so that it says what is solved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final, Literal

from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.expr.show import latex, name
from saddlepoint.model.model import Constraint, Model, Problem, Report
from saddlepoint.printing.html import html_cells
from saddlepoint.records import dataclass
from saddlepoint.report.mathml import displayed, mathml

MathFormat = Literal["md", "html"]
_HEAD: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} td, th {{ text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; }}
math {{ font-size: 1.1em; }} .formula {{ margin: .6rem 0 .2rem 1.5rem; line-height: 2; }} .where {{ margin: 0 0 .8rem 1.5rem; color: #444; }}
a {{ color: inherit; }} :target {{ background: #ffc; }}
</style></head><body>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How the parts of a page are written: inline and displayed formulas, texts, places and ways to them."""

    inline: Callable[[str], str]
    display: Callable[[str], str]
    plain: Callable[[str], str]
    place: Callable[[str], str]
    link: Callable[[str, str], str]
    heading: Callable[[int, str], str]
    table: Callable[[Sequence[str], Sequence[Sequence[str]]], str]
    note: Callable[[str], str]


def mathematics(model: Model, form: MathFormat = "md") -> str:
    """The whole model as a page of Markdown with LaTeX, or of HTML with MathML that needs nothing else."""
    body = mathematics_body(model, form)
    return body if form == "md" else f"{_HEAD.format(title=escape(model.name))}{body}</body></html>\n"


def mathematics_body(model: Model, form: MathFormat) -> str:
    """What `mathematics` writes, without the head of a page."""
    style = _MARKDOWN if form == "md" else _HTML
    parts = [style.heading(1, model.name), *_sets(model, style), *_names(model, style)]
    for problem in model.problems:
        parts += _problem(problem, style)
    return "\n\n".join(parts) + "\n"


def _sets(model: Model, style: _Form) -> Iterable[str]:
    rows: list[list[str]] = []
    for info in model.sets.values():
        items = info.items.names
        shown = (
            ", ".join(items) if len(items) <= 6 else f"{', '.join(items[:3])}, …, {items[-1]} ({len(items)})"
        )
        about = [info.spec.description] if info.spec.description else []
        about += ["each item is a scenario"] if info.spec.split_problem else []
        about += [f"same items as {info.spec.copy_from}"] if info.spec.copy_from else []
        about += [f"groups of {'.'.join(info.spec.groups)}"] if info.spec.groups else []
        symbol = style.place(f"set-{info.spec.key}") + style.inline(name(info.spec.key))
        rows.append([symbol, style.plain(shown), style.plain("; ".join(about))])
    yield style.heading(2, "Sets")
    yield style.table(("Symbol", "Items", "Meaning"), rows)


def _names(model: Model, style: _Form) -> Iterable[str]:
    decided = {n for p in model.problems for n, v in p.variables.items() if v.role == "decision"}
    used = {n for p in model.problems for n in p.variables}
    used |= {v.name for p in model.problems for r in p.reports for v in r.node.variables}
    for title, wanted in (("Decisions", decided), ("Data", used - decided)):
        rows = [_entry(model, v, style) for n, v in model.variables.items() if n in wanted]
        if rows:
            yield style.heading(2, title)
            yield style.table(
                ("Symbol", "Over", "Unit", "Domain" if title == "Decisions" else "Kind", "Meaning"), rows
            )


def _entry(model: Model, variable: Variable, style: _Form) -> list[str]:
    table = model.tables[variable.table].spec
    over = " × ".join(style.link(f"set-{c}", style.inline(name(c))) for c in table.coordinates)
    if table.kind == "endogenous" or table.roles:
        kind = {"integer": "whole numbers", "boolean": "0 or 1"}.get(table.domain, "real numbers")
        kind += ", at least 0" if variable.nonneg and table.domain != "boolean" else ""
        kind += f"; exists where {table.where.text}" if table.where is not None else ""
    else:
        kind = table.kind + (f", {table.default:g} where absent" if table.default is not None else "")
    symbol = style.place(f"name-{variable.name}") + style.inline(name(variable.name))
    return [symbol, over, style.plain(variable.unit), style.plain(kind), style.plain(table.description)]


def _named(ones: Sequence[Report], title: str, style: _Form) -> Iterable[str]:
    """Expressions with names, below a title where there are any."""
    if ones:
        yield style.heading(3, title)
    for one in ones:
        yield style.display(f"{name(one.name)} = {latex(one.node)}")
        yield style.note(_about(one.node, _told(one), style))


def _problem(problem: Problem, style: _Form) -> Iterable[str]:
    yield style.heading(2, f"Problem {problem.key}" if problem.key else "Problem")
    if problem.scenarios.names:
        sets = ", ".join(style.link(f"set-{n}", style.inline(name(n))) for n in problem.scenarios.names)
        yield style.note(f"One problem for each scenario: {sets}.")
    for objective in problem.every_objective:
        if objective.priority is not None and problem.ranks:
            yield style.note(f"Priority {objective.priority}:")
        yield style.display(latex(objective.goal))
        yield style.note(_about(objective.goal.node, objective.description, style))
    yield from _named(problem.definitions, "Definitions", style)
    bounds = {c.name for c in problem.constraints if re.fullmatch(r".+_(lower|upper|fix)", c.name)}
    for title, mine in (("Relations", False), ("Bounds", True)):
        chosen = [c for c in problem.constraints if (c.name in bounds) == mine]
        if chosen:
            yield style.heading(3, title)
        for constraint in chosen:
            yield from _constraint(constraint, style)
    yield from _named(problem.reports, "Figures", style)


def _told(report: Report) -> str:
    """Name, unit and description of a figure or a definition."""
    unit = f" [{report.unit}]" if report.unit else ""
    return f"{report.name}{unit}: {report.description}".removesuffix(": ")


def _constraint(constraint: Constraint, style: _Form) -> Iterable[str]:
    stated = constraint.relation
    facts = stated.facts
    over = [r.axis.name for r in facts.repeats]
    over += [a.name for side in (facts.rows, facts.cols) for a in side.axes if side.length > 1]
    where = stated.where if isinstance(stated, Relation) else None
    asked = f" \\colon {latex(where)}" if where is not None else ""
    sets = f"\\forall\\, {', '.join(map(name, dict.fromkeys(over)))}" if over else ""
    every = f" \\quad {sets}{asked}" if sets or asked else ""
    yield style.place(f"relation-{constraint.name}") + style.display(latex(stated) + every)
    about = f"{constraint.name}: {constraint.description}".removesuffix(": ")
    yield style.note(_about(constraint.sides, about, style))


def _about(nodes: Node | tuple[Node, ...], said: str, style: _Form) -> str:
    """What is said of a formula, and the ways to the names that stand in it."""
    whole = nodes if isinstance(nodes, tuple) else (nodes,)
    names = dict.fromkeys(v.name for node in whole for v in node.variables if v.name.isidentifier())
    links = ", ".join(style.link(f"name-{n}", style.plain(n)) for n in names)
    return f"{style.plain(said)}{' — ' if said and links else ''}{links}"


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"


def _markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([_cells(titles), "|" + " --- |" * len(titles), *map(_cells, rows)])


def _markdown_plain(said: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", said)


def _anchor(key: str) -> str:
    return re.sub(r"[^\w-]", lambda found: f"-{ord(found[0]):x}-", key)


_MARKDOWN: Final = _Form(
    inline=lambda formula: f"${formula}$",
    display=lambda formula: f"$$\n{formula}\n$$",
    plain=_markdown_plain,
    place=lambda key: f'<a id="{_anchor(key)}"></a>',
    link=lambda key, shown: f"[{shown}](#{_anchor(key)})",
    heading=lambda level, title: f"{'#' * level} {_markdown_plain(title)}",
    table=_markdown_table,
    note=lambda said: said,
)
_HTML: Final = _Form(
    inline=mathml,
    display=lambda formula: f'<div class="formula">{displayed(formula)}</div>',
    plain=escape,
    place=lambda key: f'<a id="{_anchor(key)}"></a>',
    link=lambda key, shown: f'<a href="#{_anchor(key)}">{shown}</a>',
    heading=lambda level, title: f"<h{level}>{escape(title)}</h{level}>",
    table=html_cells,
    note=lambda said: f'<p class="where">{said}</p>',
)
