"""Models written in Python with the words of the language; they are the same models, and can be written to a folder."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Unpack

from saddlepoint import declare
from saddlepoint.declare import Reading, SetItems, SetSpec, Spec, TableSpec, VariableSpec, scenarios_from
from saddlepoint.declare.scenarios import Scenarios
from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, ReportSpec
from saddlepoint.errors import Diagnostic, ExpressionError, Mark, UsageError
from saddlepoint.files.sheet import as_label
from saddlepoint.lab import Lab
from saddlepoint.model.blanks import blank_sheets
from saddlepoint.study.results.result import Result
from saddlepoint.study.running.options import SolveArguments

_OR, _COMPARED, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(7)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula as text, and how tightly it binds."""

    text: str
    level: int = _ATOM
    __array_ufunc__ = None

    def __add__(self, other: object) -> Expression:
        return _joined(self, "+", other, _SUM, _SUM, _PRODUCT)

    def __radd__(self, other: object) -> Expression:
        return _joined(other, "+", self, _SUM, _SUM, _PRODUCT)

    def __sub__(self, other: object) -> Expression:
        return _joined(self, "-", other, _SUM, _SUM, _PRODUCT)

    def __rsub__(self, other: object) -> Expression:
        return _joined(other, "-", self, _SUM, _SUM, _PRODUCT)

    def __mul__(self, other: object) -> Expression:
        return _joined(self, "*", other, _PRODUCT, _PRODUCT, _MINUS)

    def __rmul__(self, other: object) -> Expression:
        return _joined(other, "*", self, _PRODUCT, _PRODUCT, _MINUS)

    def __truediv__(self, other: object) -> Expression:
        return _joined(self, "/", other, _PRODUCT, _PRODUCT, _MINUS)

    def __rtruediv__(self, other: object) -> Expression:
        return _joined(other, "/", self, _PRODUCT, _PRODUCT, _MINUS)

    def __pow__(self, other: object) -> Expression:
        return _joined(self, "**", other, _POWER, _ATOM, _MINUS)

    def __neg__(self) -> Expression:
        return Expression(f"-{_wrapped(self, _MINUS)}", _MINUS)

    def __eq__(self, other: object) -> Expression:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _joined(self, "==", other, _COMPARED, _SUM, _SUM)

    def __le__(self, other: object) -> Expression:
        return _joined(self, "<=", other, _COMPARED, _SUM, _SUM)

    def __ge__(self, other: object) -> Expression:
        return _joined(self, ">=", other, _COMPARED, _SUM, _SUM)

    def __ne__(self, other: object) -> Expression:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _joined(self, "!=", other, _COMPARED, _SUM, _SUM)

    def __lt__(self, other: object) -> Expression:
        return _joined(self, "<", other, _COMPARED, _SUM, _SUM)

    def __gt__(self, other: object) -> Expression:
        return _joined(self, ">", other, _COMPARED, _SUM, _SUM)

    def __and__(self, other: object) -> Expression:
        return _joined(self, "and", other, _OR, _COMPARED, _COMPARED)

    def __or__(self, other: object) -> Expression:
        return _joined(self, "or", other, _OR, _COMPARED, _COMPARED)

    def __invert__(self) -> Expression:
        return Expression(f"not {_wrapped(self, _ATOM)}", _OR)

    def __hash__(self) -> int:
        return hash(self.text)

    def __bool__(self) -> bool:
        raise ExpressionError(
            Diagnostic(
                "E370",
                f"{self.text} has no truth value",
                _here(self.text),
                why="It is a formula, true or false only once the model is solved.",
                fix="Write 0 <= x and x <= 5 as two relations; join conditions with & and |.",
            )
        )


class AxisSet(Expression):
    """A set of a model; its columns of labels are attributes (`tech.fuel`)."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(name)
        return Expression(f"{self.text}.{name}")


def call(word: str, *args: object, **named: object) -> Expression:
    """Any word of the language with its arguments: `call("sqrt", x)`."""
    shown = [_argument(arg) for arg in args] + [
        f"{key}={_argument(value)}" for key, value in named.items() if value is not None
    ]
    return Expression(f"{word}({', '.join(shown)})")


class Model:
    """A model in the making: sets, data, decisions, then an objective and relations. Errors name the line that said it."""

    def __init__(self, name: str = "model", scenarios: object = None) -> None:
        self.name, self._scenarios = name, scenarios
        self._sets: list[SetSpec] = []
        self._items: list[SetItems] = []
        self._tables: list[TableSpec] = []
        self._problem = ProblemSpec("")
        self._data: dict[str, object] = {}

    def set(
        self,
        name: str,
        items: Iterable[object],
        *,
        scenarios: bool = False,
        description: str = "",
        **labels: Iterable[object],
    ) -> AxisSet:
        """A set with its items, and columns of labels beside them; scenarios: each item is a problem of its own."""
        columns = {key: tuple(map(as_label, column)) for key, column in labels.items()}
        spec = SetSpec(
            name,
            description=description,
            split_problem=scenarios,
            aggregations=tuple(columns),
            mark=_here(name),
        )
        self._sets.append(spec)
        self._items.append(SetItems(name, tuple(map(as_label, items)), aggregations=columns, mark=spec.mark))
        return AxisSet(name)

    def data(
        self,
        name: str,
        *sets_and_values: object,
        unit: str = "",
        default: float | None = None,
        description: str = "",
    ) -> Expression:
        """Data over sets: `data("cost", tech, values)`. The values are a number, a mapping of labels, a pandas Series or frame, an
        array in the order of the sets."""
        *sets, values = sets_and_values
        self._tables.append(_table(name, "exogenous", sets, unit, description, default=default))
        self._data[name] = values
        return Expression(name)

    def decide(
        self,
        name: str,
        *sets: object,
        lower: object = None,
        upper: object = None,
        domain: Literal["real", "integer", "boolean"] = "real",
        where: Expression | None = None,
        unit: str = "",
        description: str = "",
    ) -> Expression:
        """A decision over sets; lower, upper: numbers or data; where: a condition under which its cells exist."""
        bounds = {"lower": _formula(lower), "upper": _formula(upper)}
        table = _table(name, "endogenous", sets, unit, description, where=_formula(where))
        variable = replace(table.variables[0], **bounds)
        self._tables.append(replace(table, variables=(variable,), domain=domain))
        return Expression(name)

    def minimise(self, expression: Expression, description: str = "") -> None:
        """Add to what is minimised."""
        self._aim(f"Minimize({_text(expression)})", description)

    def maximise(self, expression: Expression, description: str = "") -> None:
        """Add to what is maximised."""
        self._aim(f"Maximize({_text(expression)})", description)

    def subject_to(
        self, *, where: Expression | None = None, description: str = "", **relations: Expression
    ) -> None:
        """Relations by name: `subject_to(balance=made == demand)`; where: the condition under which they hold."""
        mine = [
            FormulaSpec(
                _text(one), name, description=description, mark=_here(_text(one)), where=_formula(where)
            )
            for name, one in relations.items()
        ]
        self._problem = replace(self._problem, expressions=(*self._problem.expressions, *mine))

    def report(self, name: str, expression: Expression, unit: str = "", description: str = "") -> None:
        """A figure that is computed from the plan."""
        shown = _text(expression)
        one = ReportSpec(name, FormulaSpec(shown, mark=_here(shown)), unit, description)
        self._problem = replace(self._problem, reports=(*self._problem.reports, one))

    @property
    def spec(self) -> Spec:
        """The model as declared."""
        return Spec(
            name=self.name, sets=tuple(self._sets), tables=tuple(self._tables), problems=(self._problem,)
        )

    @property
    def lab(self) -> Lab:
        """The lab of the model as it is now: check, explain, mathematics, …"""
        reading = Reading(self.spec, tuple(self._items))
        told: Scenarios = Scenarios() if self._scenarios is None else scenarios_from(self._scenarios)
        return Lab(lambda: reading, lambda: reading, data=dict(self._data), read_scenarios=lambda: told)

    def solve(self, **arguments: Unpack[SolveArguments]) -> Result:
        """Solve in memory; arguments as in `Lab.solve`. Raises what the stages raise, with the Python line."""
        return self.lab.solve(**arguments)

    def write(self, folder: str | Path) -> Path:
        """Write the model as a folder of YAML and CSV files; FileError F041, F042, DataError."""
        if self._scenarios is not None:
            fix = "Write scenarios.yml yourself, or leave scenarios to the folder."
            raise UsageError(Diagnostic("X210", "a model with scenarios= cannot be written", fix=fix))
        place, lab = Path(folder), self.lab
        known = lab.inputs().tables
        declare.write_spec(place, self.spec, "yaml")
        if self._sets:
            declare.write_sets(place, self.spec, self._items)
        declare.write_inputs(place, blank_sheets(lab.model, known), "csv")
        return place

    def _aim(self, shown: str, description: str) -> None:
        one = FormulaSpec(shown, None, description=description, mark=_here(shown))
        self._problem = replace(self._problem, objectives=(*self._problem.objectives, one))


def _table(
    name: str, kind: Any, sets: Iterable[object], unit: str, description: str, **more: Any
) -> TableSpec:
    keys = tuple(each.text if isinstance(each, AxisSet) else str(each) for each in sets)
    mark = _here(name)
    return TableSpec(
        name,
        kind=kind,
        coordinates=keys,
        description=description,
        variables=(VariableSpec(name, mark=mark),),
        unit=unit,
        mark=mark,
        **more,
    )


def _formula(value: object) -> FormulaSpec | None:
    return None if value is None else FormulaSpec(_text(value), mark=_here(_text(value)))


def _text(value: object) -> str:
    return _operand(value).text


def _operand(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return Expression(repr(value))
    if isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", None) == 0):
        shown = repr(float(value))  # pyright: ignore[reportArgumentType]
        shown = shown.removesuffix(".0")
        return Expression(shown, _MINUS if shown.startswith("-") else _ATOM)
    raise ExpressionError(
        Diagnostic(
            "E371",
            f"a {type(value).__name__} cannot stand in a formula",
            _here(""),
            why="Formulas hold numbers, decisions and named data.",
            fix='Name it: cost = m.data("cost", tech, values).',
        )
    )


def _joined(
    left: object, sign: str, right: object, level: int, least_left: int, least_right: int
) -> Expression:
    return Expression(
        f"{_wrapped(_operand(left), least_left)} {sign} {_wrapped(_operand(right), least_right)}", level
    )


def _wrapped(part: Expression, least: int) -> str:
    return part.text if part.level >= least else f"({part.text})"


def _argument(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_argument, value))})"
    return _text(value)


def _here(shown: str) -> Mark:
    """The first line outside of this package that led here."""
    frame = inspect.currentframe()
    inside = Path(__file__).parent
    while (
        frame is not None
        and frame.f_back is not None
        and Path(frame.f_code.co_filename).is_relative_to(inside)
    ):
        frame = frame.f_back
    assert frame is not None
    return Mark(
        Path(frame.f_code.co_filename).name,
        frame.f_lineno,
        None,
        cell=None,
        text=shown or None,
        start=0,
        end=len(shown),
    )
