"""Every remedy in the source is a sentence of one style: it begins with a capital letter, tells what to do, and ends."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import saddlepoint

SOURCE = Path(saddlepoint.__file__).parent
SENTENCE = re.compile(r"([A-Z`{]|pip ).*[.?}]", re.S)
OPTION = re.compile(r"(^|[\s`'(])--[a-z]")


def _text(node: ast.expr) -> str | None:
    """A text as it stands in the source, what it is filled with in braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        return "".join(map(str, parts))
    return None


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be; sums have only their first part looked at."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _texts(part)
    elif isinstance(node, ast.BinOp):
        yield from (f"{text}." for text in _texts(node.left))
    elif text := _text(node):
        yield text


def _remedies(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found = [k.value for k in node.keywords if k.arg == "fix"]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found = [node.value] if re.search(r"(^|_)fix$", ast.unparse(target).lower()) else []
        else:
            continue
        for value in found:
            yield from ((value.lineno, text) for text in _texts(value))


def test_remedies_are_sentences() -> None:
    seen = [
        (f"{path.relative_to(SOURCE)}:{line}", text)
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in _remedies(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(seen) > 300
    assert [(place, text) for place, text in seen if not SENTENCE.fullmatch(text)] == []


def test_the_library_speaks_python() -> None:
    """Options of the command line are spelt by `cli`, which knows them."""
    seen = [
        (f"{path.relative_to(SOURCE)}:{node.lineno}", text)
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.expr) and (text := _text(node)) and OPTION.search(text)
    ]
    assert seen == []


def test_an_error_of_one_finding_is_made_by_of() -> None:
    """`UsageError.of(code, …)`, not of a Diagnostic that is made for it."""
    twice, made = list[str](), 0
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        made += text.count("Error.of(")
        twice += [f"{path.name}: {found[0]}" for found in re.finditer(r"\w+Error\(\s*Diagnostic\(", text)]
    assert made > 200
    assert twice == []
