"""Settings in YAML: every mistake has its code, its place and its remedy; every good form is read."""

from typing import Any

import pytest

from saddlepoint.declare import from_mapping
from saddlepoint.errors import DeclareError

SETS = "Products: \nScenarios:\n    split_problem: True\nKinds:\n    filters: {kind: [a, b]}\n"
TABLES = "plan:\n    type: endogenous\n    coordinates: [Products]\n    variables_info: {x: {Products: {dim: cols}}}\n"
PROBLEM = "expressions: [x >= 0]\n"


def found(sets: str = SETS, variables: str = TABLES, problem: str = PROBLEM) -> list[str]:
    with pytest.raises(DeclareError) as caught:
        from_mapping(sets=sets, variables=variables, problem=problem)
    assert all(d.fix and d.message for d in caught.value.diagnostics)
    return [f"{d.code} {d.mark.source}:{d.mark.line}" for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Y015", ""),
        ("Y011", "- Products"),
        ("Y011", "Products: list of them"),
        ("Y010", "Products:\n    descripton: x"),
        ("Y011", "Products:\n    description: [a]"),
        ("Y012", "Products:\n    split_problem: perhaps"),
        ("Y011", "Products:\n    filters: [a, b]"),
        ("Y015", "Products:\n    filters: {type: }"),
        ("Y011", "Products:\n    aggregations: [{a: b}]"),
        ("Y017", "Products:\n    aggregations: ['']"),
        ("Y016", "Products: \nproducts: "),
        ("Y017", "'': "),
        ("Y017", "unit: "),
        ("Y020", "Products:\n    copy_from: Prodcuts\nOther: "),
        ("Y020", "A:\n    copy_from: B\nB:\n    copy_from: C\nC: "),
        ("Y020", "A:\n    copy_from: A"),
    ],
)
def test_sets(code: str, text: str) -> None:
    assert (
        found(sets=text, variables="p:\n    type: exogenous\n    variables_info: {x: }")[0].split()[0] == code
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Y015", ""),
        ("Y010", "plan: {type: exogenous, variables_info: {x: }, coordinate: Products}"),
        ("Y015", "plan: {variables_info: {x: }}"),
        ("Y015", "plan: {type: exogenous}"),
        ("Y014", "plan: {type: exogenus, variables_info: {x: }}"),
        ("Y014", "plan: {type: {p: decided}, variables_info: {x: }}"),
        ("Y015", "plan: {type: {p: }, variables_info: {x: }}"),
        ("Y014", "plan: {type: endogenous, domain: whole, variables_info: {x: }}"),
        ("Y030", "plan: {type: exogenous, domain: integer, variables_info: {x: }}"),
        ("Y030", "plan: {type: exogenous, integer: true, variables_info: {x: }}"),
        ("Y030", "plan: {type: endogenous, integer: true, domain: boolean, variables_info: {x: }}"),
        ("Y010", "plan: {type: exogenous, variables_info: {x: {Product: {dim: rows}}}}"),
        ("Y010", "plan: {type: exogenous, variables_info: {x: {Products: {dims: rows}}}}"),
        ("Y014", "plan: {type: exogenous, variables_info: {x: {Products: {dim: row}}}}"),
        ("Y013", "plan: {type: exogenous, variables_info: {x: {blank_fill: none of it}}}"),
        ("Y013", "plan: {type: exogenous, variables_info: {x: {blank_fill: .nan}}}"),
        ("Y013", "plan: {type: exogenous, variables_info: {x: {blank_fill: '1,5'}}}"),
        ("Y012", "plan: {type: exogenous, variables_info: {x: {nonneg: 2}}}"),
        ("Y017", "plan: {type: exogenous, variables_info: {2x: }}"),
        ("Y017", "plan: {type: exogenous, variables_info: {lambda: }}"),
        ("Y017", "_runs: {type: exogenous, variables_info: {x: }}"),
        ("Y016", "a: {type: exogenous, variables_info: {x: }}\nb: {type: exogenous, variables_info: {x: }}"),
        ("Y016", "a: {type: exogenous, variables_info: {x: }}\nA: {type: exogenous, variables_info: {y: }}"),
        ("Y031", "a: {type: constant, variables_info: {x: }}"),
        ("Y031", "a: {type: exogenous, variables_info: {x: {value: identity}}}"),
        ("Y033", "a: {type: exogenous, samples: Products, variables_info: {x: }}"),
        ("Y033", "a: {type: uncertain, weights: w, variables_info: {x: }}"),
        ("Y011", "a: exogenous"),
    ],
)
def test_tables(code: str, text: str) -> None:
    assert found(variables=text)[0].split()[0] == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Y015", ""),
        ("Y011", "- x >= 0"),
        ("Y010", "objectives: [Minimize(x)]\nexpressions: [x >= 0]"),
        ("Y010", "objectives: [Minimize(x)]"),
        ("Y010", "a:\n    expression: [x >= 0]\n    objective: [Minimize(x)]"),
        ("Y041", "description: [a]"),
        ("Y041", "objective: \nexpressions: []"),
        ("Y040", "expressions: [x >= 0]\nsub:\n    expressions: [x >= 1]"),
        ("Y041", "a:\n    expressions: [x >= 0]\nb: "),
        ("Y011", "expressions: [[x >= 0]]"),
        ("Y011", "expressions:\n    - {a: x >= 0, b: x >= 1}"),
        ("Y011", "expressions:\n    - a: "),
        ("Y017", "expressions: [x >= 0, '']"),
        ("Y017", "expressions: ['']"),
        ("Y017", "expressions: [x >= 0, ~]"),
        ("Y042", "expressions:\n    - a: x >= 0\n    - A: x >= 1"),
        ("Y014", "operators: always\nexpressions: [x >= 0]"),
    ],
)
def test_problems(code: str, text: str) -> None:
    assert found(problem=text)[0].split()[0] == code


def test_all_findings_of_all_three_come_at_once_in_their_places() -> None:
    sets = "Products:\n    descripton: a\n    split_problem: maybe\n"
    variables = "plan:\n    type: endogenos\n    variables_info:\n        x: {Prodcts: {dim: cols}}\n"
    assert found(sets, variables, "expressions:\n    - a: \n") == [
        "Y010 sets:2",
        "Y012 sets:3",
        "Y014 variables:2",
        "Y010 variables:4",
        "Y011 problem:2",
    ]


def test_an_unknown_key_is_shown_with_its_nearest_name() -> None:
    with pytest.raises(DeclareError) as caught:
        from_mapping(sets="Products:\n    descripton: goods\n", variables=TABLES, problem=PROBLEM)
    assert str(caught.value.diagnostics[0]) == (
        "error Y010: sets:2:5: 'descripton' is no key of set 'Products'\n"
        "        descripton: goods\n"
        "        ^^^^^^^^^^\n"
        "  why: Keys: description, split_problem, copy_from, filters, aggregations, items, groups, role, probability, sample, along.\n"
        "  fix: Did you mean 'description'?"
    )


def spec(problem: str = PROBLEM, variables: str = TABLES, sets: str = SETS):
    return from_mapping(sets=sets, variables=variables, problem=problem).spec


@pytest.mark.parametrize(
    "text",
    [
        "objective: Minimize(x)\nexpressions: ['cap: x <= 3', x >= 0]",
        "objective: [Minimize(x)]\nexpressions:\n    - cap: x <= 3\n    - x >= 0",
        "objective: [Minimize(x)]\nexpressions:\n    - 'cap': 'x <= 3'\n    - 'x >= 0'",
        "objective:\n    - Minimize(x)\nexpressions:\n    - cap: x\n        <= 3\n    - x >= 0",
        {"objective": "Minimize(x)", "expressions": [{"cap": "x <= 3"}, "x >= 0"]},
    ],
)
def test_forms_of_formulas(text: Any) -> None:
    (problem,) = spec(problem=text).problems
    assert problem.key == ""
    assert [f.text for f in problem.objectives] == ["Minimize(x)"]
    assert [(f.name, f.text) for f in problem.expressions] == [("cap", "x <= 3"), (None, "x >= 0")]


def test_a_formula_after_a_name_is_marked_where_it_begins() -> None:
    for text in ("expressions:\n  - cap: x <= 3", "expressions:\n  - 'cap: x <= 3'"):
        mark = spec(problem=text).problems[0].expressions[0].mark
        assert mark.text is not None
        assert mark.text[mark.start :].startswith("x <= 3")


def test_integer_keys_and_names_that_yaml_would_change() -> None:
    one = spec(
        problem="1:\n    expressions: [x >= 0]\n2:\n    expressions: [x <= 9]\noperators: trust",
        variables="plan: {type: {1: endogenous, 2: exogenous}, coordinates: NO, variables_info: {x: {NO: {dim: rows}}}}",
        sets="NO:\n    filters: {on: [yes, 012, 1e3, 12:30, no]}\n    split_problem: yes\n",
    )
    assert [problem.key for problem in one.problems] == ["1", "2"]
    assert one.trust is True
    assert one.tables[0].roles == {"1": "endogenous", "2": "exogenous"}
    assert one.sets[0].filters == {"on": ("yes", "012", "1e3", "12:30", "no")}
    assert one.tables[0].coordinates == ("NO",)
    assert one.sets[0].split_problem is True


def test_uncertain_tables() -> None:
    text = "d: {type: uncertain, coordinates: [Products, Kinds], samples: Kinds, weights: w, variables_info: {D: }}"
    (table,) = spec(variables=text).tables
    assert (table.kind, table.samples, table.weights, table.covariance) == ("uncertain", "Kinds", "w", None)


def test_descriptions_follow_objectives_then_expressions_and_too_many_are_a_warning() -> None:
    reading = from_mapping(
        sets=SETS,
        variables=TABLES,
        problem="description: [total, 'limit: upper', none]\nexpressions: [x <= 3]\nobjective: [Minimize(x)]",
    )
    (problem,) = reading.spec.problems
    assert (problem.objectives[0].description, problem.expressions[0].description) == (
        "total",
        "limit: upper",
    )
    assert [(w.code, w.severity) for w in reading.warnings] == [("Y043", "warning")]


def test_python_values_that_are_no_settings() -> None:
    with pytest.raises(DeclareError) as caught:
        from_mapping(
            sets={"Products": {"filters": {"type": {1, 2}}}}, variables={3.5: None}, problem=object()
        )
    assert [(d.code, str(d.mark)) for d in caught.value.diagnostics] == [
        ("Y060", "sets['Products']['filters']['type']"),
        ("Y060", "variables"),
        ("Y060", "problem"),
    ]
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(DeclareError) as caught:
        from_mapping(sets={"Products": deep}, variables=TABLES, problem=PROBLEM)
    assert caught.value.diagnostics[0].code == "Y060"
