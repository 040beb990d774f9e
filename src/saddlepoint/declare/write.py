"""A Spec as settings files, in either form; reading them again gives the same Spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from saddlepoint.declare.problems import FORMULA_KEYS, OBJECTIVE_KEYS
from saddlepoint.declare.read import WORKBOOK, FileFormat
from saddlepoint.declare.scenarios import SCENARIOS
from saddlepoint.declare.schema import SET_KEYS, TABLE_KEYS, VARIABLE_KEYS
from saddlepoint.declare.spec import (
    FormulaSpec,
    ItemList,
    ProblemSpec,
    ReportSpec,
    SampleSpec,
    SetSpec,
    SetUse,
    Spec,
    TableSpec,
    VariableSpec,
)
from saddlepoint.declare.workbook import VARIABLE_UNIT
from saddlepoint.errors import DeclareError, Diagnostic
from saddlepoint.files import Sheet, write_workbook
from saddlepoint.files.atomic import write_text
from saddlepoint.files.paths import refuse_taken

_BLOCK: Final = re.compile(r"[A-Za-z_(][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")
_FLOW: Final = re.compile(r"[A-Za-z_][\w .@()+*/-]*", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def write_spec(folder: Path, spec: Spec, form: FileFormat) -> tuple[Path, ...]:
    """Write a Spec as three YAML files or as model_settings.xlsx; FileError F041, F042 (exists), DeclareError Y055."""
    if form == "xlsx":
        path = folder / WORKBOOK
        refuse_taken((path,))
        write_workbook(path, workbook_sheets(spec), force=False)
        return (path,)
    paths = {folder / name: text for name, text in yaml_texts(spec).items()}
    refuse_taken(paths)
    for path, text in paths.items():
        write_text(path, text, force=False)
    return tuple(paths)


def write_scenario_file(folder: Path, value: object) -> Path:
    """Write scenarios.yml from what was given in Python: a text, or dicts and lists; FileError F041, F042."""
    path = folder / SCENARIOS
    refuse_taken((path,))
    text = value if isinstance(value, str) else "\n".join(_tree_lines(value)) + "\n"
    write_text(path, text, force=False)
    return path


def _tree_lines(value: object, indent: str = "") -> list[str]:
    """Mappings as lines `key: value`, lists as lines `- item`, each with what stands in it below."""
    if isinstance(value, Mapping):
        pairs = [(f"{flow(str(key))}:", inner) for key, inner in value.items()]
    else:
        pairs = [("-", inner) for inner in value] if isinstance(value, list | tuple) else []
    lines: list[str] = []
    for head, inner in pairs:
        if isinstance(inner, Mapping | list | tuple) and inner:
            lines += [f"{indent}{head}", *_tree_lines(inner, indent + "    ")]
        else:
            shown = (
                "[]"
                if isinstance(inner, list | tuple)
                else "{}"
                if isinstance(inner, Mapping)
                else _scalar(inner)
            )
            lines.append(f"{indent}{head} {shown}")
    return lines


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return block(value) if isinstance(value, str) else repr(float(value)).removesuffix(".0")  # pyright: ignore[reportArgumentType]


def yaml_texts(spec: Spec) -> dict[str, str]:
    """File name → YAML text of the three settings files."""
    problem = [line for each in spec.problems for line in _problem_lines(each)]
    trust = ["operators: trust"] if spec.trust else []
    return {
        "structure_sets.yml": _joined(line for each in spec.sets for line in _set_lines(each))
        if spec.sets
        else "{}\n",
        "structure_variables.yml": _joined(line for each in spec.tables for line in _table_lines(each)),
        "problem.yml": _joined([*trust, *problem]),
    }


def workbook_sheets(spec: Spec) -> tuple[Sheet, ...]:
    """The tabs of the workbook form; DeclareError Y055 where a set's key is the name of another column."""
    taken = {*TABLE_KEYS, *VARIABLE_KEYS, VARIABLE_UNIT, "table_key"}
    clash = [each for each in spec.sets if each.key.casefold() in taken]
    if clash:
        fix = "Rename the set, or keep the YAML form."
        message = "a set with the name of a settings column cannot stand in a workbook: {!r}"
        raise DeclareError(
            [Diagnostic("Y055", message.format(each.key), each.mark, fix=fix) for each in clash]
        )
    return _sets_sheet(spec), _variables_sheet(spec), _problem_sheet(spec)


def block(text: str) -> str:
    """A text as a YAML value on a line of its own: plain where no reader can misread it, else quoted."""
    plain = (
        _BLOCK.fullmatch(text)
        and not _odd(text)
        and not {": ", " #"} & {text[k : k + 2] for k in range(len(text))}
    )
    return text if plain and not text.endswith((":", " ")) else _quoted(text)


def flow(text: str) -> str:
    """A text as a YAML value between brackets."""
    return text if _FLOW.fullmatch(text) and not _odd(text) and text == text.strip() else _quoted(text)


def _odd(text: str) -> bool:
    return text.casefold() in _WORDS


def _quoted(text: str) -> str:
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escaped(ord(letter)) for letter in shown)


def _escaped(code: int) -> str:
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _listed(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(flow, texts)) + "]"


def _mapped(groups: Mapping[str, Sequence[str]]) -> str:
    return "{" + ", ".join(f"{flow(name)}: {_listed(labels)}" for name, labels in groups.items()) + "}"


def _use(use: SetUse) -> str:
    parts = [f"dim: {use.dim}"] if use.dim else []
    parts += [f"filters: {_mapped(use.filters)}"] if use.filters else []
    return "{" + ", ".join(parts) + "}" if parts else ""


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Yaml(str):
    """A value that is YAML already; another text is written as one."""

    __slots__ = ()


def _line(key: str, value: str) -> str:
    return f"{key}: {value if isinstance(value, _Yaml) else block(value)}"


def _set_lines(each: SetSpec) -> list[str]:
    return [f"{flow(each.key)}:", *(f"    {_line(*part)}" for part in _set_parts(each).items()), ""]


def _set_parts(each: SetSpec) -> dict[str, str]:
    """What is said of a set, by key."""
    items = each.items if not each.sample else None
    parts = {
        "description": each.description,
        "split_problem": _Yaml("true" if each.split_problem else ""),
        "copy_from": each.copy_from,
        "filters": _Yaml(_mapped(each.filters) if each.filters else ""),
        "aggregations": _Yaml(_listed(each.aggregations) if each.aggregations else ""),
        "groups": ".".join(each.groups) if each.groups else "",
        "role": "outcomes" if each.outcomes else "",
        "probability": each.probability,
        "along": each.along,
        "sample": _Yaml(_sample(each.sample) if each.sample else ""),
        "items": _Yaml(_item_list(items) if items else ""),
    }
    return {key: value for key, value in parts.items() if value}


def _sample(sample: SampleSpec) -> str:
    return f"{{table: {_listed(sample.tables)}, number: {sample.number}, method: {sample.method}, seed: {sample.seed}}}"


def _item_list(items: ItemList) -> str:
    if not items.labels:
        return _listed(items.names)
    rows = (
        f"{flow(name)}: {{{', '.join(f'{flow(k)}: {flow(v)}' for k, v in items.labels.get(name, {}).items())}}}"
        for name in items.names
    )
    return "{" + ", ".join(rows) + "}"


def _table_type(each: TableSpec) -> str:
    if each.kind != "hybrid":
        return each.kind
    return "{" + ", ".join(f"{flow(problem)}: {role}" for problem, role in each.roles.items()) + "}"


def _table_lines(each: TableSpec) -> list[str]:
    lines = [f"{flow(each.key)}:"]
    lines += [f"    description: {block(each.description)}"] if each.description else []
    lines += [f"    type: {_table_type(each)}"]
    lines += [f"    coordinates: {_listed(each.coordinates)}"] if each.coordinates else []
    lines += [f"    domain: {each.domain}"] if each.domain != "real" else []
    lines += [f"    adapts: {_listed(each.adapts)}"] if each.adapts else []
    for key, value in _texts(each).items():
        lines.append(f"    {key}: {block(value)}")
    lines.append("    variables_info:")
    for variable in each.variables:
        lines.append(f"        {flow(variable.name)}:")
        lines += [f"            {key}: {block(value)}" for key, value in _own(variable).items()]
        lines += [f"            {flow(key)}: {_use(use)}" for key, use in variable.sets.items()]
    return [*lines, ""]


def _texts(each: TableSpec) -> dict[str, str]:
    pairs = {
        "unit": each.unit,
        "samples": each.samples,
        "weights": each.weights,
        "covariance": each.covariance,
        "radius": each.radius,
        "history": each.history,
        "set": each.against.text if each.against is not None else "",
        "where": each.where.text if each.where is not None else "",
        "default": "" if each.default is None else repr(each.default),
        "uncertainty_enabled": "true" if each.uncertainty_enabled else "",
    }
    return {key: value for key, value in pairs.items() if value}


def _own(variable: VariableSpec) -> dict[str, str]:
    own = {"value": variable.value or "", "unit": variable.unit, "nonneg": "true" if variable.nonneg else ""}
    own["uncertainty_measure"] = "true" if variable.uncertainty_measure else ""
    own |= {key: rule.text for key, rule in variable.rules.items()}
    own["blank_fill"] = "" if variable.blank_fill is None else repr(variable.blank_fill)
    return {key: value for key, value in own.items() if value}


def _problem_lines(each: ProblemSpec) -> list[str]:
    lines: list[str] = []
    for key, formulas in (("objective", each.objectives), ("expressions", each.expressions)):
        if formulas:
            lines += [f"{key}:", *(f"    - {_formula(formula)}" for formula in formulas)]
    for key, figures in (("define", each.definitions), ("report", each.reports)):
        if figures:
            lines += [f"{key}:", *(f"    {line}" for one in figures for line in _report_lines(one))]
    if each.products:
        lines.append("products: global")
    notes = _descriptions(each)
    if notes:
        lines += ["description:", *(f"    - {block(note)}" for note in notes)]
    if not each.key:
        return lines
    return [f"{flow(each.key)}:", *(f"    {line}" for line in lines), ""]


def _report_lines(one: ReportSpec) -> list[str]:
    beside = {"unit": one.unit, "description": one.description}
    if not any(beside.values()):
        return [f"{flow(one.name)}: {block(one.formula.text)}"]
    lines = [f"{flow(one.name)}:", f"    value: {block(one.formula.text)}"]
    return lines + [f"    {key}: {block(value)}" for key, value in beside.items() if value]


def _report_cell(one: ReportSpec) -> str:
    parts = {"value": one.formula.text, "unit": one.unit, "description": one.description}
    return f"{{{flow(one.name)}: {{{', '.join(f'{k}: {flow(v)}' for k, v in parts.items() if v)}}}}}"


def _formula(formula: FormulaSpec) -> str:
    shown = block(formula.text)
    if formula.name is None:
        return shown
    beside = (f"  {_line(*part)}" for part in _beside(formula).items())
    return "\n    ".join([f"{flow(formula.name)}: {shown}", *beside])


def _beside(formula: FormulaSpec) -> dict[str, str]:
    """What is said beside a formula, by key."""
    parts = {
        "where": "" if formula.where is None else formula.where.text,
        "each": _Yaml(_listed(formula.each) if formula.each else ""),
        "soft": "" if formula.soft is None else formula.soft.text,
        "priority": _Yaml("" if formula.priority is None else formula.priority),
    }
    return {key: value for key, value in parts.items() if value}


def _descriptions(each: ProblemSpec) -> list[str]:
    notes = [formula.description for formula in (*each.objectives, *each.expressions)]
    while notes and not notes[-1]:
        notes.pop()
    return notes


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Sheet:
    used = [column for k, column in enumerate(columns) if k == 0 or any(row.get(column) for row in rows)]
    cells: list[list[object]] = [[row.get(column, "") for row in rows] for column in used]
    return Sheet(name, tuple(used), tuple(cells))


def _sets_sheet(spec: Spec) -> Sheet:
    rows = [{"set_key": each.key, **_set_parts(each)} for each in spec.sets]
    for row in rows:
        row |= {"split_problem": "TRUE"} if "split_problem" in row else {}
    return _sheet("structure_sets", ["set_key", *SET_KEYS], rows)


def _variables_sheet(spec: Spec) -> Sheet:
    shared = ["table_key", *(key for key in TABLE_KEYS if key not in ("integer", "variables_info"))]
    own = ["variables_info", *(key for key in VARIABLE_KEYS if key != "unit"), VARIABLE_UNIT]
    keys = [each.key for each in spec.sets]
    rows = [_variable_row(table, variable) for table in spec.tables for variable in table.variables]
    return _sheet("structure_variables", [*shared, *own, *keys], rows)


def _variable_row(table: TableSpec, variable: VariableSpec) -> dict[str, str]:
    row = {
        "table_key": table.key,
        "description": table.description,
        "type": _table_type(table),
        "domain": table.domain if table.domain != "real" else "",
        "coordinates": _listed(table.coordinates) if table.coordinates else "",
        **_texts(table),
        "variables_info": variable.name,
        **{
            VARIABLE_UNIT if key == "unit" else key: value
            for key, value in _own(variable).items()
            if key != "unit"
        },
        VARIABLE_UNIT: variable.unit,
    }
    return {**row, **{key: _use(use) or "{}" for key, use in variable.sets.items()}}


def _problem_sheet(spec: Spec) -> Sheet:
    rows: list[dict[str, str]] = []
    for each in spec.problems:
        for key, formulas in (("objective", each.objectives), ("expressions", each.expressions)):
            for formula in formulas:
                text = formula.text if formula.name is None else f"{formula.name}: {formula.text}"
                said = {"problem_key": each.key, key: text, "description": formula.description}
                rows.append({**said, **_beside(formula)})
        for key, figures in (("define", each.definitions), ("report", each.reports)):
            rows += [{"problem_key": each.key, key: _report_cell(one)} for one in figures]
        rows += [{"problem_key": each.key, "products": "global"}] if each.products else []
    if spec.trust and rows:
        rows[0]["operators"] = "trust"
    return _sheet(
        "problem",
        [
            "problem_key",
            "objective",
            "expressions",
            "description",
            *{**FORMULA_KEYS, **OBJECTIVE_KEYS},
            "define",
            "report",
            "products",
            "operators",
        ],
        rows,
    )
