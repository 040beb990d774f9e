"""Whatever the text is, the answer is a Spec or findings, never another exception; reading stays light."""

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.declare import Spec, from_mapping
from saddlepoint.errors import SaddleError
from saddlepoint.errors.codes import CODES

words = st.sampled_from(
    [
        "a: b\n",
        "- x\n",
        "x",
        "  ",
        ":",
        "[",
        "]",
        "{",
        "}",
        ",",
        "objective",
        "expressions: ",
        "description: ",
        "type: ",
        "filters: ",
        "variables_info: ",
        "dim: rows",
        "Products: \n",
        "    ",
        "\n",
        "'",
        '"',
        "&a ",
        "*a ",
        "!t ",
        "? ",
        "# ",
        "---\n",
        "\t",
        "null",
        "~",
        "copy_from: ",
        "operators: trust",
        "0",
        "é",
        "\u2028",
        "\ufeff",
        "%",
    ]
)
pages = st.one_of(st.text(max_size=30), st.lists(words, max_size=14).map("".join))
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5), st.binary(max_size=2)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=3), st.integers(), st.sampled_from(["type", "filters", "objective"])),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=250, deadline=None)
@given(sets=st.one_of(pages, values), variables=st.one_of(pages, values), problem=st.one_of(pages, values))
def test_any_settings(sets: object, variables: object, problem: object) -> None:
    try:
        spec = from_mapping(sets=sets, variables=variables, problem=problem).spec
    except SaddleError as error:
        assert all(d.code in CODES and d.message for d in error.diagnostics)
        assert str(error)
    else:
        assert isinstance(spec, Spec)


@settings(max_examples=60, deadline=None)
@given(items=st.dictionaries(st.sampled_from(["P", "Q"]), values))
def test_any_items(items: dict[str, object]) -> None:
    tables = "t: {type: exogenous, variables_info: {x: }}"
    try:
        reading = from_mapping(sets={"P": None}, variables=tables, problem="objective: x", items=items)
    except SaddleError as error:
        assert all(d.code in CODES for d in error.diagnostics)
    else:
        assert [each.key for each in reading.items] == ["P"]


def test_importing_the_readers_loads_no_heavy_package() -> None:
    heavy = "pandas polars pyarrow scipy pydantic yaml python_calamine xlsxwriter openpyxl cvxpy highspy"
    program = f"import sys, saddlepoint.declare\nprint([m for m in {heavy.split()} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
