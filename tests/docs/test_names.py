"""One name means one thing: no class and no alias of `src` is defined twice, and arrays have their names in one file."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "saddlepoint"
TWICE = {
    "Model": "CVXlab's own name for what Lab is, kept for its users' scripts",
    "Labels": "CVXlab's own name for the titles of columns",
}


def _defined(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Classes anywhere, and aliases of types at the top of a file: name, and the text of an alias."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, ""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                text = ast.unparse(value)
                if name[0].isupper() and not name.isupper() and not text.startswith("TypeVar"):
                    yield name, text
            case _:
                pass


DEFINED = {
    path.relative_to(SOURCE).as_posix(): [*_defined(ast.parse(path.read_text("utf-8")))]
    for path in sorted(SOURCE.rglob("*.py"))
}


def test_no_name_is_defined_twice() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for path, names in DEFINED.items():
        for name, _ in names:
            where[name].append(path)
    assert len(where) > 300
    assert {name: paths for name, paths in where.items() if len(paths) > 1 and name not in TWICE} == {}
    assert [name for name in TWICE if len(where[name]) < 2] == []


def test_arrays_are_named_in_one_file() -> None:
    named = {name: path for path, names in DEFINED.items() for name, text in names if _is_array(text)}
    assert {"Array", "Index", "Mask"} <= named.keys()
    assert set(named.values()) == {"arrays.py"}


def _is_array(text: str) -> bool:
    return text in ("np.ndarray", "numpy.ndarray") or (text.startswith("NDArray[") and text.count("[") == 1)


POSITIONAL = {"Terms": "made in the innermost loops of the compiler", "Option": "the lines of a table"}


def test_records_with_many_fields_are_made_by_name() -> None:
    long = {
        name: count
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
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
