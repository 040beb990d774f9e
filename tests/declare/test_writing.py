"""What is written is read back the same, in both forms; what is there is not overwritten."""

import dataclasses
import keyword
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint import declare
from saddlepoint.declare import (
    SetSpec,
    Spec,
    TableSpec,
    VariableSpec,
)
from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, SetUse
from saddlepoint.declare.write import yaml_texts
from saddlepoint.errors import DeclareError, FileError
from saddlepoint.files import Sheet

MODELS = Path(__file__).parents[1] / "data" / "models"


def bare(value):
    """A declared value without places and without the name of its folder."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value) if f.name != "mark"]
        return {
            name: bare(getattr(value, name))
            for name in names
            if not (isinstance(value, Spec) and name == "name")
        }
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    return {k: bare(v) for k, v in value.items()} if isinstance(value, dict) else value


letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"], exclude_characters="\0")
texts = st.one_of(
    st.sampled_from(["NO", "on", "007", "1e3", "~", "null", "a: b", "- x", "#x", "[a", "{", "it's", '"', "a,b", "=1", "&a", "x #y"]),
    st.text(letters, min_size=1, max_size=6),
).map(lambda t: unicodedata.normalize("NFC", " ".join(t.split()))).filter(lambda t: t.isprintable() and t.strip())  # fmt: skip
names = st.from_regex(r"[A-Za-z][a-z_0-9]{0,6}", fullmatch=True).filter(lambda n: not keyword.iskeyword(n))
formulas = st.sampled_from(
    ["x >= 0", "sum(x, 1) - E <= 0", "-x @ tran(c) == [1]", "(x) <= 'a'", "Maximize(c @ x)", "* x"]
)


@st.composite
def specs(draw) -> Spec:
    taken = {"value", "blank_fill", "nonneg", "unit"}
    key = texts.filter(
        lambda k: (
            k.casefold() not in taken | {"type", "domain", "integer", "description", "samples", "weights"}
        )
    )
    keys = draw(
        st.lists(
            key,
            min_size=1,
            max_size=3,
            unique_by=lambda k: unicodedata.normalize("NFKC", k).casefold(),
        )
    )
    sets = tuple(
        SetSpec(k, description=draw(st.one_of(st.just(""), texts)), split_problem=draw(st.booleans()), copy_from=None,
                filters=draw(st.dictionaries(texts, st.lists(texts, min_size=1, max_size=2, unique=True).map(tuple), max_size=2)),
                aggregations=draw(st.lists(texts, max_size=2, unique=True).map(tuple)))
        for k in keys
    )  # fmt: skip
    uses = st.dictionaries(
        st.sampled_from(keys),
        st.builds(
            SetUse,
            st.sampled_from([None, "rows", "intra"]),
            st.dictionaries(texts, st.tuples(texts), max_size=1),
        ),
    )
    own = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    kind = draw(st.sampled_from(["exogenous", "endogenous", "uncertain", "hybrid"]))
    variables = tuple(
        VariableSpec(name, draw(uses), value=None, blank_fill=draw(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))),
                     nonneg=draw(st.booleans()), unit=draw(st.one_of(st.just(""), texts)))
        for name in own
    )  # fmt: skip
    table = TableSpec(
        draw(texts.filter(lambda k: not k.startswith("_"))), kind=kind, coordinates=tuple(draw(st.lists(st.sampled_from(keys), unique=True))),
        description=draw(st.one_of(st.just(""), texts)), roles={"p 1": "endogenous"} if kind == "hybrid" else {},
        domain="integer" if kind == "endogenous" else "real", variables=variables, unit=draw(st.one_of(st.just(""), texts)),
    )  # fmt: skip
    labels = draw(
        st.lists(
            texts.filter(lambda t: ":" not in t and not t.startswith("[")), max_size=2, unique_by=str.casefold
        )
    )
    named = [
        FormulaSpec(draw(formulas), label, description=draw(st.one_of(st.just(""), texts)))
        for label in labels
    ]
    problem = ProblemSpec(
        draw(st.sampled_from(["", "p 1"])),
        objectives=(FormulaSpec(draw(formulas)),),
        expressions=tuple(named),
    )
    return Spec(name="m", sets=sets, tables=(table,), problems=(problem,), trust=draw(st.booleans()))


@settings(max_examples=40, deadline=None)
@given(spec=specs(), form=st.sampled_from(["yaml", "xlsx"]))
def test_a_spec_is_read_back_the_same(tmp_path_factory, spec: Spec, form: declare.FileFormat) -> None:
    folder = tmp_path_factory.mktemp("m") / "m"
    declare.write_spec(folder, spec, form)
    assert bare(declare.read_settings(folder).spec) == bare(spec)


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_other_yaml_readers_see_the_same_texts(spec: Spec) -> None:
    files = {name: yaml.safe_load(text) for name, text in yaml_texts(spec).items()}
    assert list(files["structure_sets.yml"]) == [each.key for each in spec.sets]
    assert list(files["structure_variables.yml"]) == [spec.tables[0].key]


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir() if path.is_dir()))
def test_real_folders_survive_both_forms(tmp_path, name: str) -> None:
    spec = declare.read_settings(MODELS / name).spec
    for turn, form in enumerate(("yaml", "xlsx", "yaml")):
        folder = tmp_path / f"{turn}" / name
        declare.write_spec(folder, spec, form)
        again = declare.read_settings(folder)
        assert again.warnings == ()
        assert bare(again.spec) == bare(spec)
        spec = again.spec


def test_nothing_is_overwritten(tmp_path) -> None:
    spec = declare.read_settings(MODELS / "a_lp_4").spec
    declare.write_skeleton(tmp_path)
    before = (tmp_path / "problem.yml").read_text()
    for again in (declare.write_skeleton, lambda f: declare.write_spec(f, spec, "yaml")):
        with pytest.raises(FileError) as caught:
            again(tmp_path)
        assert [d.code for d in caught.value.diagnostics] == ["F042"] * 3
    assert (tmp_path / "problem.yml").read_text() == before


def test_a_skeleton_is_explained_and_its_example_works(tmp_path) -> None:
    paths = declare.write_skeleton(tmp_path)
    assert [path.name for path in paths] == ["structure_sets.yml", "structure_variables.yml", "problem.yml"]
    with pytest.raises(DeclareError) as caught:
        declare.read_settings(tmp_path)
    assert {d.code for d in caught.value.diagnostics} == {"Y015"}
    for path in paths:
        page, _, example = path.read_text().partition("\n\n")
        assert page.startswith("# ")
        path.write_text("\n".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines()))
    spec = declare.read_settings(tmp_path).spec
    assert [v.name for table in spec.tables for v in table.variables] == ["x", "c"]
    assert spec.problems[0].expressions[0].name == "energy"


def test_a_blank_workbook_of_settings_has_every_column(tmp_path) -> None:
    declare.write_skeleton(tmp_path, xlsx=True)
    with pytest.raises(DeclareError) as caught:
        declare.read_settings(tmp_path)
    assert {d.code for d in caught.value.diagnostics} == {"Y015"}


def test_blank_sets_and_inputs_in_each_layout(tmp_path) -> None:
    spec = declare.read_settings(MODELS / "production_planning").spec
    declare.write_sets(tmp_path, spec)
    with pytest.raises(DeclareError) as caught:
        declare.read_items(tmp_path, spec)
    assert [d.code for d in caught.value.diagnostics] == ["S009"] * 4
    sheet = Sheet("energy avail", ("id", "E_Name", "values"), ([1, 2], ["=low", "-high"], [None, None]))
    for layout in ("workbook", "workbooks", "csv"):
        folder = tmp_path / layout
        declare.write_inputs(folder, [sheet], layout)
        assert declare.read_inputs(folder, ["energy avail"])["energy avail"].column("E_Name") == [
            "=low",
            "-high",
        ]
        with pytest.raises(FileError) as file_error:
            declare.write_inputs(folder, [sheet], layout)
        assert file_error.value.diagnostics[0].code == "F042"


def test_a_set_named_like_a_column_cannot_stand_in_a_workbook(tmp_path) -> None:
    spec = declare.from_mapping(
        sets="type: ", variables="a: {type: exogenous, variables_info: {x: }}", problem="objective: x"
    ).spec
    with pytest.raises(DeclareError) as caught:
        declare.write_spec(tmp_path, spec, "xlsx")
    assert caught.value.diagnostics[0].code == "Y055"
    declare.write_spec(tmp_path, spec, "yaml")


def test_every_newer_key_stands_in_both_forms(tmp_path: Path) -> None:
    spec = declare.from_mapping(
        sets="{T: {items: {a: {kind: x}, b: {kind: y}}, aggregations: [kind]}, K: {groups: T.kind}, H: {items: 1..3}}",
        variables="""
d: {type: exogenous, coordinates: [T], unit: MW, default: 0, variables_info: {d: {blank_fill: 2}}}
x:
    type: endogenous
    coordinates: [T, H]
    where: exists(d)
    variables_info: {x: {lower: 0, upper: d, fix: d, unit: MW}}
""",
        problem="""
objective: Minimize(sum(x))
expressions:
    - r: x >= d
      where: T.kind == 'x'
      each: [T, H]
report: {all: {value: "sum(x, over=(T, H))", unit: MW, description: sum}}
""",
    ).spec
    for form in ("yaml", "xlsx"):
        declare.write_spec(tmp_path / form, spec, form)
        assert bare(declare.read_settings(tmp_path / form).spec) == bare(spec)
