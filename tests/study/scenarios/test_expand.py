"""Runs, draws and restrictions of scenarios.yml, against models edited by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.declare import scenarios_from
from saddlepoint.errors import SaddleError
from saddlepoint.files import Sheet, read_workbook, write_workbook
from saddlepoint.labels import Axis, Domain
from saddlepoint.study.scenarios.expand import allowed
from saddlepoint.study.scenarios.select import select

RUNS = """
overrides:
  less: {table: avail, where: {Energy: [low, mid]}, multiply: 0.5}
  dear: [{table: profit, where: {Products: a}, set: 1}, {table: use, add: 0.5}]
  back: {table: profit, where: {Products: a}, set: 4}
runs:
  dry: [less]
  worst: [less, dear]
  late: [dear, back]
"""


def test_each_run_is_the_model_edited_by_hand(shop) -> None:
    result = shop(RUNS).solve()
    edited = {
        "base": {},
        "dry": {"avail": [2.5, 7.5, 30.0]},
        "worst": {"avail": [2.5, 7.5, 30.0], "profit": [1.0, 2.0], "use": [1.5, 1.5]},
        "late": {"profit": [4.0, 2.0], "use": [1.5, 1.5]},
    }
    table = result.table("production")
    assert table.domain.names == ("Run", "Products", "Energy")
    assert table.domain.axis("Run").items == tuple(edited)
    for name, data in edited.items():
        alone = shop(**data).solve().table("production")
        assert np.allclose(table.slice({"Run": name}).values, alone.values, atol=1e-9), name
    price = result.price("c1").slice({"Run": "dry"})
    assert np.allclose(price.columns["price"], shop(**edited["dry"]).solve().price("c1").columns["price"])


def test_a_run_by_name_is_a_part_of_the_whole(shop) -> None:
    whole, one = shop(RUNS).solve(), shop(RUNS).solve(scenarios="dry")
    assert one.plan.is_partial and not whole.plan.is_partial
    assert len(one.table("production")) == 6
    assert np.allclose(
        one.table("production").slice({"Run": "dry"}).values,
        whole.table("production").slice({"Run": "dry"}).values,
    )
    assert len(shop(RUNS).solve(scenarios="low").table("production")) == 2 * 4


def test_only_what_depends_on_a_change_gets_the_coordinate(folder) -> None:
    import saddlepoint

    path = folder("a_int_4")
    text = "overrides: {x: {table: energy_avail, multiply: 0.9}}\nruns: {tight: [x]}\n"
    (path / "scenarios.yml").write_text(text)
    lab = saddlepoint.open(path)
    study = lab.study
    wide = {key for key, info in study.tables.items() if "Run" in info.domain}
    decided = {t for p in study.problems for t in p.decides}
    assert wide == {"energy_avail", *decided}
    assert lab.solve().exit_code == 0


def test_draws_are_scenarios_with_the_numbers_drawn(shop) -> None:
    lab = shop("sample: {table: avail, number: 64, method: sobol, seed: 3}", uncertain=True)
    result = lab.solve()
    drawn = result.plan.fetched.tables["avail"]
    assert drawn.domain.names == ("Draw", "Energy") and drawn.domain.axis("Draw").items[-1] == "draw_64"
    best = 3 * np.minimum(drawn.values, 10) + 2 * np.clip(drawn.values - 10, 0, 10)
    assert np.allclose(result.objective[""], best.reshape(-1), rtol=1e-9)
    assert np.allclose(drawn.values.mean(axis=0), [5, 15, 25], rtol=0.02)
    assert np.array_equal(lab.solve().plan.fetched.tables["avail"].values, drawn.values)


def test_runs_change_the_distributions_that_are_drawn(shop) -> None:
    text = "overrides: {up: {table: avail, add: 2}}\nruns: {more: [up]}\nsample: {table: avail, number: 16}"
    drawn = shop(text, uncertain=True).solve().plan.fetched.tables["avail"]
    assert drawn.domain.names == ("Run", "Draw", "Energy")
    shift = (
        drawn.slice({"Run": "more", "Energy": "low"}).values
        - drawn.slice({"Run": "base", "Energy": "low"}).values
    )
    assert np.allclose(shift, 2.0)


DOMAIN = Domain((Axis("A", ("a0", "a1", "a2")), Axis("B", ("b0", "b1"))))
labels = st.fixed_dictionaries(
    {},
    optional={
        "A": st.sets(st.sampled_from(DOMAIN.axes[0].items), min_size=1).map(sorted),
        "B": st.sets(st.sampled_from(DOMAIN.axes[1].items), min_size=1).map(sorted),
    },
)


def fits(where: dict[str, list[str]], k: int) -> bool:
    return all(dict(zip("AB", DOMAIN.coordinates(k), strict=True))[n] in v for n, v in where.items())


@given(include=st.lists(labels, max_size=2), exclude=st.lists(labels, max_size=2))
def test_include_and_exclude_are_set_algebra(include, exclude) -> None:
    expected = [
        k
        for k in range(DOMAIN.size)
        if (not include or any(fits(w, k) for w in include)) and not any(fits(w, k) for w in exclude)
    ]
    scenarios = scenarios_from({"include": include, "exclude": exclude})
    if not expected:
        with pytest.raises(SaddleError, match="K217"):
            allowed(DOMAIN, scenarios)
        return
    left = allowed(DOMAIN, scenarios)
    assert (np.arange(DOMAIN.size) if left is None else left).tolist() == expected
    assert select(DOMAIN, ["0:1"], left).tolist() == expected[:1]


def test_a_list_from_a_csv_file(folder) -> None:
    import saddlepoint

    path = folder("a_lp_4")
    energy, material = (s.items.names for s in saddlepoint.open(path).model.sets.values() if s.split)
    (path / "scenarios.yml").write_text("list: chosen.csv\n")
    (path / "chosen.csv").write_text(
        f"id;Scenarios_energy_Name;Scenarios_material\n1;{energy[1]};{material[0]}\n2;{energy[0]};{material[1]}\n"
    )
    lab = saddlepoint.open(path)
    assert lab.chosen.tolist() == [1, 2]
    assert len(lab.solve().objective[""]) == 2
    summary = lab.run()
    assert summary.counts == {"": {"optimal": 2}}
    (path / "chosen.csv").write_text(f"Scenarios_energy\n{energy[1]}\n")
    with pytest.raises(SaddleError, match=r"K216.*chosen\.csv"):
        _ = saddlepoint.open(path).chosen


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("includ: []", {"Y010"}),
        ("include: [{Enrgy: low}, {Energy: lo}]", {"K212", "K213"}),
        ("exclude: [{Energy: [low, mid, high]}]", {"K217"}),
        ("list: [{}]", {"K216"}),
        ("list: a.csv", {"K201"}),
        ("overrides: {a: {table: x, add: 1, set: 2}, b: }", {"K202"}),
        ("overrides: {a: {table: avail, add: one}}", {"Y013"}),
        ("overrides: {a: {table: avail, add: 1}}\nruns: {q: [b], base: [a]}", {"K203"}),
        ("sample: {method: sobl, number: 0.5}", {"K204", "Y014"}),
        ("overrides: {a: {table: avial, add: 1}}\nruns: {q: [a]}", {"K211"}),
        (
            "overrides: {a: {table: avail, where: {Energy: x, Y: z}, add: 1}}\nruns: {q: [a]}",
            {"K212", "K213"},
        ),
        ("overrides: {a: {table: avail, column: mean, add: 1}}\nruns: {q: [a]}", {"K218"}),
        ("sample: {table: avail, number: 4}", {"K211"}),
    ],
)
def test_what_is_wrong_is_found_and_named(shop, text: str, codes: set[str]) -> None:
    with pytest.raises(SaddleError) as caught:
        shop(text).solve()
    assert {d.code for d in caught.value.diagnostics} == codes
    assert all(d.fix and d.mark.source for d in caught.value.diagnostics)


def test_a_set_of_the_name_that_runs_add_is_refused(folder) -> None:
    import saddlepoint

    path = folder("a_lp_4")
    sets = (path / "structure_sets.yml").read_text() + "\nRUN:\n    copy_from: Products\n"
    (path / "structure_sets.yml").write_text(sets)
    text = "overrides: {x: {table: energy_avail, multiply: 0.9}}\nruns: {tight: [x]}\n"
    (path / "scenarios.yml").write_text(text)
    with pytest.raises(SaddleError, match="K210"):
        saddlepoint.open(path).solve()


def test_a_choice_that_nothing_left_fits(shop) -> None:
    with pytest.raises(SaddleError, match="K109"):
        shop("exclude: [{Energy: low}]").solve(scenarios="low")


def test_the_numbers_drawn_are_stored(folder) -> None:
    import saddlepoint

    path = folder("a_lp_4")
    tables = (path / "structure_variables.yml").read_text()
    head, tail = tables.split("energy_avail:")
    uncertain = tail.replace("exogenous", "uncertain", 1)
    (path / "structure_variables.yml").write_text(f"{head}energy_avail:{uncertain}")
    sheets = read_workbook(path / "input_data" / "input_data.xlsx")
    labels = sheets["energy_avail"].column("Scenarios_energy_Name")
    size = len(labels)
    columns = (labels, ["normal"] * size, [300.0] * size, [10.0] * size)
    header = ("Scenarios_energy_Name", "distribution", "mean", "std")
    sheets["energy_avail"] = Sheet("energy_avail", header, columns)
    write_workbook(path / "input_data" / "input_data.xlsx", list(sheets.values()))
    (path / "scenarios.yml").write_text("sample: {table: energy_avail, number: 5}\n")
    lab = saddlepoint.open(path)
    for arguments in ({}, {"scenarios": "0:3"}):
        summary = lab.run(chunk=3, **arguments)
        assert summary.exit_code == 0
        rows = lab.show("_draws_energy_avail").rows
        drawn = lab.plan(lab.inputs()).fetched.tables["energy_avail"].columns["values"]
        assert [row[-1] for row in rows] == drawn.tolist()
    assert lab.show("production").total == 2 * 20


def test_dependent_numbers_are_not_drawn_as_if_they_were_independent(shop) -> None:
    from dataclasses import replace

    from saddlepoint.study.scenarios.expand import plain_spec

    lab = shop("sample: {table: avail, number: 4}", uncertain=True)
    spec = lab.settings.spec
    tables = tuple(replace(t, covariance="S") if t.key == "avail" else t for t in spec.tables)
    with pytest.raises(SaddleError) as caught:
        plain_spec(replace(spec, tables=tables), lab.scenarios)
    assert [d.code for d in caught.value.diagnostics] == ["K219"]
