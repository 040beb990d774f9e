"""How the source is built: one name means one thing, arrays have their names in one file, records with many fields are made by
name, functions are short, and no modules import each other in a circle."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "saddlepoint"
TWICE = {
    "Model": "CVXlab's own name for what Lab is, kept for its users' scripts",
    "Labels": "CVXlab's own name for the titles of columns",
}


KEPT = ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom


@cache
def _nodes() -> dict[str, list[ast.AST]]:
    """Classes, functions and imports of every file, and what stands at the top of it."""
    return {
        path.relative_to(SOURCE).as_posix(): [*_statements(ast.parse(path.read_text("utf-8")))]
        for path in sorted(SOURCE.rglob("*.py"))
    }


def _statements(node: ast.AST, top: bool = True) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            if top or isinstance(child, KEPT):
                yield child
            yield from _statements(child, False)


def _defined(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    """Classes anywhere, and aliases of types at the top of a file: name, and the text of an alias."""
    yield from ((node.name, "") for node in nodes if isinstance(node, ast.ClassDef))
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                text = ast.unparse(value)
                if name[0].isupper() and not name.isupper() and not text.startswith("TypeVar"):
                    yield name, text
            case _:
                pass


@cache
def _names() -> dict[str, list[tuple[str, str]]]:
    return {path: [*_defined(nodes)] for path, nodes in _nodes().items()}


def test_no_name_is_defined_twice() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for path, names in _names().items():
        for name, _ in names:
            where[name].append(path)
    assert len(where) > 300
    assert {name: paths for name, paths in where.items() if len(paths) > 1 and name not in TWICE} == {}
    assert [name for name in TWICE if len(where[name]) < 2] == []


LATE = "solve/route/stages/lazy_solvers.py"
"""Its functions have the names of those that they load."""
FAMILIES = ("cantelli", "support", "symmetric", "unimodal", "unimodal_symmetric")
"""Each has the law that meets a level and the most that may be short there, which are called by the names of their modules."""


def test_functions_have_names_of_their_own() -> None:
    """Kernels apart, whose files are read by themselves (`jit_vertex.load`), and the function `command` of every file of cli."""
    where: dict[str, list[str]] = defaultdict(list)
    for path, nodes in _nodes().items():
        if not path.startswith("solve/kernels/") and path != LATE:
            for node in nodes:
                if isinstance(node, ast.FunctionDef) and node.col_offset == 0 and node.name[0] != "_":
                    where[node.name].append(path)
    assert len(where) > 1500
    assert {path.split("/")[0] for path in where.pop("command")} == {"cli"}
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {
        name: ["uncertain/extremes.py", "uncertain/worst_shortage.py"] for name in FAMILIES
    }


def test_arrays_are_named_in_one_file() -> None:
    named = {name: path for path, names in _names().items() for name, text in names if _is_array(text)}
    assert {"Array", "Index", "Mask"} <= named.keys()
    assert set(named.values()) == {"arrays.py"}


def _is_array(text: str) -> bool:
    return text in ("np.ndarray", "numpy.ndarray") or (text.startswith("NDArray[") and text.count("[") == 1)


POSITIONAL = {"Terms": "made in the innermost loops of the compiler", "Argument": "the lines of a table"}


def test_records_with_many_fields_are_made_by_name() -> None:
    long = {
        name: count
        for nodes in _nodes().values()
        for node in nodes
        if isinstance(node, ast.ClassDef) and "dataclass" in map(_name, node.decorator_list)
        for name, count in [(node.name, _positional(node))]
        if count > 4
    }
    assert long.keys() == POSITIONAL.keys()


def _name(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _positional(record: ast.ClassDef) -> int:
    """How many fields a call may give without their names."""
    if any("kw_only=True" in ast.unparse(d) for d in record.decorator_list):
        return 0
    count = 0
    for field in record.body:
        if isinstance(field, ast.AnnAssign):
            if ast.unparse(field.annotation) == "KW_ONLY":
                return count
            count += "init=False" not in ast.unparse(field) and "ClassVar" not in ast.unparse(
                field.annotation
            )
    return count


def _length(function: ast.FunctionDef) -> int:
    """Lines, but for the docstring."""
    first = function.body[0]
    said = ast.get_docstring(function) is not None
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if said else 0)


def test_functions_are_short() -> None:
    """19 of 20 have at most 24 lines (version 0.1: 24, half of them at most 7), none more than 60."""
    lengths = sorted(
        _length(n) for nodes in _nodes().values() for n in nodes if isinstance(n, ast.FunctionDef)
    )
    assert len(lengths) > 4000
    assert lengths[len(lengths) * 19 // 20] <= 24
    assert lengths[len(lengths) // 2] <= 7
    assert lengths[-1] <= 60


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and for types count too."""
    graph = {_module(path): set(_imported(nodes)) for path, nodes in _nodes().items()}
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert graph.keys() == set()


def _module(path: str) -> str:
    return ".".join(
        ["saddlepoint", *path.removesuffix(".py").removesuffix("__init__").strip("/").split("/")]
    ).strip(".")


@cache
def _modules() -> set[str]:
    return {_module(path) for path in _nodes()}


def _imported(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{name.name}" for name in node.names}
            yield from inner & _modules()
            if inner - _modules():
                yield node.module or ""


ASKED_OUTSIDE = {
    "expr.manual.operators_page": "by docs/generate.py",
    "solve.kernels.warming.warm_up": "by those who wait for kernels before they measure",
}
OUTSIDE = ("", "building", "cvxlab", "lab", "planning", "promises", "testing", "uncertain")
"""Rooms whose names are for the user's programs."""


def test_a_constant_of_the_kernels_has_one_value() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for path, nodes in _nodes().items():
        if path.startswith("solve/kernels/"):
            for node in (n for n in nodes if isinstance(n, ast.Assign) and n.col_offset == 0):
                for name in ast.walk(node.targets[0]):
                    if isinstance(name, ast.Name) and name.id.isupper():
                        where[name.id].append(path)
    assert len(where) > 120
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_nothing_stands_that_nobody_asks_for() -> None:
    """What vulture cannot see: a name that is used elsewhere for something else hides one that nobody imports.

    Functions that are registered by a decorator and those of compiled kernels, which are loaded by name, are asked for."""
    asked = set[tuple[str, str]]()
    for path, nodes in _nodes().items():
        modules: dict[str, str] = {}
        for node in (n for n in nodes if isinstance(n, ast.ImportFrom) and n.module):
            whole = {f"{node.module}.{a.name}" for a in node.names} & _modules()
            modules |= {
                a.asname or a.name: m for a in node.names if (m := f"{node.module}.{a.name}") in whole
            }
            asked |= {(node.module or "", a.name) for a in node.names}
        text = (SOURCE / path).read_text("utf-8")
        for found in re.finditer(rf"\b({'|'.join(modules)})\.(\w+)", text) if modules else ():
            asked.add((modules[found[1]], found[2]))
    alone = {
        f"{_module(path).removeprefix('saddlepoint.')}.{node.name}"
        for path, nodes in _nodes().items()
        if not path.startswith("solve/kernels/jit_") and _room(path) not in OUTSIDE
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and node.col_offset == 0
        and not (node.decorator_list or node.name.startswith("__"))
        if (_module(path), node.name) not in asked and not _used_at_home(path, node.name)
    }
    assert alone == set(ASKED_OUTSIDE)


def _room(path: str) -> str:
    return path.split("/", maxsplit=1)[0].removesuffix(".py") if "/" in path or path == "testing.py" else ""


def _used_at_home(path: str, name: str) -> bool:
    return len(re.findall(rf"\b{name}\b", (SOURCE / path).read_text("utf-8"))) > 1
