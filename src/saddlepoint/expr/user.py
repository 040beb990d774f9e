"""Operators and constants that a user wrote in Python, as records of the language.

An operator is a function of matrices. Of data alone it may take numpy arrays and return one, or take cvxpy Parameters
and return a Parameter or Expression; of decisions it takes and returns cvxpy expressions, and the problem is compiled
by CVXPY. A constant is a function of the list [rows, columns].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import ExpressionError
from saddlepoint.expr.facts import Facts, Side, Sign
from saddlepoint.expr.node import Nature, Node, Operator, Variable, named
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.refusals import ForeignMismatch
from saddlepoint.expr.shapes import join
from saddlepoint.expr.value import value

Function = Callable[..., Any]


class ForeignProblem(ValueProblem):
    """A user's operator that failed, or gave something unusable."""

    code = "E212"


def user_operators(functions: Mapping[str, Function]) -> dict[str, Operator]:
    """Records of the user's functions, by name."""
    return {name: _record(name, function) for name, function in functions.items()}


def _record(name: str, function: Function) -> Operator:
    least, most = _arity(function)
    record: Operator = Operator(
        name=name,
        arity=(least, most),
        doc=(function.__doc__ or "An operator of the user.").strip().splitlines()[0],
        shape=lambda facts, options: _shape(name, function, facts, [None] * len(facts)),
        make=lambda args, options: Node(_shape_of(name, function, args), record, args),
        value=lambda args, options: _value(name, function, args),
        nature=Nature.FOREIGN,
        sign=lambda signs: Sign.UNKNOWN,
        latex=named(name.replace("_", "\\_")),
        cvxpy=lambda cp, args, options: _called(name, function, args),
        group="user",
        example=f"{name}({', '.join('abcdefgh'[: max(least, 1)])})",
    )
    return record


def _arity(function: Function) -> tuple[int, int | None]:
    parameters = signature(function).parameters.values()
    places = [p for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is Parameter.empty for p in places)
    endless = any(p.kind is Parameter.VAR_POSITIONAL for p in parameters)
    return least, None if endless else len(places)


def _failed(name: str, error: Exception) -> ValueProblem:
    return ForeignProblem(
        f"the user's operator {name} failed: {type(error).__name__}: {error}",
        "Mend the function in user_defined_operators.py.",
    )


def _called(name: str, function: Function, args: tuple[Any, ...]) -> Any:
    try:
        return function(*args)
    except Exception as error:
        raise ForeignProblem(
            f"the user's operator {name} failed on cvxpy expressions: {type(error).__name__}: {error}",
            "Use cvxpy functions only where decisions come in; what reads .value belongs in an operator of data alone.",
        ) from error


def _matrix(name: str, function: Function, args: tuple[Array, ...]) -> Array:
    """One value: first with numpy arrays, then with cvxpy Parameters."""
    try:
        made = function(*args)
    except Exception as first:
        made = _with_parameters(name, function, args, first)
    made = getattr(made, "value", made)
    made = made.toarray() if hasattr(made, "toarray") else made
    try:
        array = np.asarray(made, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _failed(name, error) from error
    if array.ndim > 2:
        raise ForeignProblem(
            f"the user's operator {name} returned an array of {array.ndim} dimensions", "Return a matrix."
        )
    return array.reshape(-1, 1) if array.ndim == 1 else np.atleast_2d(array)


def _with_parameters(name: str, function: Function, args: tuple[Array, ...], first: Exception) -> Any:
    try:
        import cvxpy as cp  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise _failed(name, first) from first
    try:
        return function(*(cp.Parameter(a.shape, value=a) for a in args))
    except Exception as second:
        raise _failed(name, second if isinstance(first, TypeError | AttributeError) else first) from second


def _value(name: str, function: Function, args: tuple[Array, ...]) -> Array:
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in args)) if args else (1,)
    wide = [np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in args]
    made = [_matrix(name, function, tuple(np.array(w[k]) for w in wide)) for k in np.ndindex(*lead)]
    if len({m.shape for m in made}) > 1:
        raise ForeignProblem(
            f"the user's operator {name} returned different shapes for different data",
            "Return one shape for arguments of one shape.",
        )
    return np.stack(made).reshape(*lead, *made[0].shape)


def _shape_of(name: str, function: Function, args: tuple[Node, ...]) -> Facts:
    """The shape of the result, which may depend on the values of constants."""
    return _shape(name, function, tuple(a.facts for a in args), [_constant_value(a) for a in args])


def _constant_value(node: Node) -> Array | None:
    """The matrix of what consists of constants and numbers alone, at the first items of its repeats; else None."""
    if any(v.role != "constant" for v in node.variables):
        return None
    numbers = value(node, _no_data)
    return numbers.reshape(-1, *numbers.shape[-2:])[0]


def _no_data(variable: Variable) -> Array:
    raise KeyError(variable.name)


def _shape(name: str, function: Function, facts: tuple[Facts, ...], known: Sequence[Array | None]) -> Facts:
    """The shape of the result, found by a trial with made-up numbers for the arguments that are not known."""
    rows, cols = _trial(name, function, facts, known)
    return join(facts, _side(rows, [f.rows for f in facts]), _side(cols, [f.cols for f in facts]))


def _side(length: int, sides: list[Side]) -> Side:
    return next((s for s in sides if s.length == length and s.axes), Side(length))


def _trial(
    name: str, function: Function, facts: tuple[Facts, ...], known: Sequence[Array | None]
) -> tuple[int, int]:
    shapes = [f.shape[-2:] for f in facts]
    if any(f.decision for f in facts):
        return _symbolic_trial(name, function, facts, known)
    rng = np.random.default_rng(0)
    problem: ValueProblem | None = None
    kinds: tuple[Callable[[tuple[int, ...]], Array], ...] = (
        np.ones,
        lambda s: np.eye(s[0], s[1]),
        lambda s: rng.uniform(1.0, 2.0, s),
    )
    for numbers in kinds:
        args = tuple(numbers(s) if v is None else v for s, v in zip(shapes, known, strict=True))
        try:
            rows, cols = _matrix(name, function, args).shape
        except ValueProblem as found:
            problem = problem or found
        else:
            return rows, cols
    assert problem is not None
    raise ForeignMismatch(
        problem.message, problem.fix + " The function is tried with made-up numbers of the right shape."
    )


def _symbolic_trial(
    name: str, function: Function, facts: tuple[Facts, ...], known: Sequence[Array | None]
) -> tuple[int, int]:
    try:
        import cvxpy as cp  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise ForeignMismatch(
            f"the user's operator {name} of decisions needs CVXPY", "Install the extra saddlepoint[cvxpy]."
        ) from None
    args = tuple(
        cp.Variable(f.shape[-2:]) if f.decision else cp.Constant(np.ones(f.shape[-2:]) if v is None else v)
        for f, v in zip(facts, known, strict=True)
    )
    try:
        made = _called(name, function, args)
    except ValueProblem as problem:
        raise ForeignMismatch(problem.message, problem.fix) from None
    shape: tuple[int, ...] = getattr(made, "shape", ())
    if not isinstance(made, cp.Expression) or len(shape) > 2:
        raise ForeignMismatch(
            f"the user's operator {name} of decisions returned {type(made).__name__}, not a cvxpy expression",
            "Return what cvxpy functions give.",
        )
    return (1, 1) if not shape else (shape[0], 1) if len(shape) == 1 else (shape[0], shape[1])


UserValue = tuple[Array, Facts]


def user_constants(
    functions: Mapping[str, Function],
) -> dict[str, tuple[Callable[[Facts], UserValue | None], str]]:
    """Makers of the user's constants, by name, with what each is."""
    return {
        name: (
            lambda facts, function=function, name=name: _constant(name, function, facts),
            (function.__doc__ or "a constant of the user").strip().splitlines()[0],
        )
        for name, function in functions.items()
    }


def _constant(name: str, function: Function, facts: Facts) -> UserValue | None:
    shape = facts.shape[-2:]
    try:
        made = function(list(shape))
        made = made.toarray() if hasattr(made, "toarray") else made
        array = np.atleast_2d(np.asarray(made, dtype=np.float64))
    except Exception as error:
        message = f"the user's constant {name} failed for {list(shape)}: {type(error).__name__}: {error}"
        raise ExpressionError.of(
            "E212", message, fix="Mend the function in user_defined_constants.py."
        ) from error
    if array.shape == shape:
        return array, facts
    side = facts.rows if facts.rows.length >= facts.cols.length else facts.cols
    if array.shape == (side.length, side.length):
        return array, facts.sized(side, side)
    if array.shape == (1, 1):
        return array, facts.sized(Side(1, side.axes), Side())
    return None
