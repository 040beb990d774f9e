"""The mathematics of a model as a page."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle
from saddlepoint.report.mathml import displayed, mathml

EXAMPLES = sorted(
    p for p in (Path(__file__).parents[2] / "examples").iterdir() if (p / "problem.yml").exists()
)


def test_what_a_page_says() -> None:
    shown = saddlepoint.define(
        sets="{Tech: {items: {pv: {fuel: none}, gas: {fuel: gas}}, aggregations: [fuel]}, Hours: {items: 1..3}}",
        variables="""
cost: {type: exogenous, coordinates: [Tech], unit: EUR/MWh, description: fuel, variables_info: {c: }}
out: {type: endogenous, coordinates: [Tech, Hours], unit: MW, variables_info: {g: {lower: 0}}}
""",
        problem="""
objective: Minimize(sum(c * g))
expressions:
    - ramp: "g - lag(g, Hours, skip=True) <= 2"
      where: Tech.fuel == 'gas'
report: {burnt: "sum(g, over=(Tech, Hours), where=Tech.fuel == 'gas')"}
""",
    ).mathematics()
    for part in (
        '| <a id="name-c"></a>$c$ | [$\\mathit{Tech}$](#set-Tech) | EUR/MWh | exogenous | fuel |',
        "g - {g}_{\\mathrm{Hours} - 1;\\, \\text{skip}} \\le 2 \\quad \\forall\\, \\mathit{Tech}, \\mathit{Hours}"
        " \\colon \\left(\\text{its neighbour in Hours is there}\\right) \\wedge \\left(\\text{Tech.fuel = gas}\\right)",
        "ramp — [g](#name-g)\n",
        "\\sum_{\\mathrm{Tech}, \\mathrm{Hours} \\colon \\text{Tech.fuel = gas}} g",
        "### Bounds",
    ):
        assert part in shown


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda p: p.name)
def test_pages_of_the_examples_are_sound(folder: Path) -> None:
    lab = saddlepoint.open(folder)
    page = lab.mathematics("html")
    tree = ElementTree.fromstring(page.split("\n", 1)[1].replace('<meta charset="utf-8">', ""))
    places = {node.get("id") for node in tree.iter() if node.get("id")}
    assert {node.get("href", "#")[1:] for node in tree.iter("a") if node.get("href")} <= places
    assert "http" not in page
    for problem in lab.model.problems:
        assert {f"name-{n}" for n in problem.variables} <= places
        assert {f"relation-{c.name}" for c in problem.constraints} <= places
    assert "\\" not in "".join(tree.itertext())


def test_mathml_of_a_formula() -> None:
    assert mathml("\\frac{a}{2} \\le x_{\\mathrm{hour}}^{2}") == (
        "<math><mrow><mfrac><mi>a</mi><mn>2</mn></mfrac><mo>≤</mo>"
        "<msup><msub><mi>x</mi><mi>hour</mi></msub><mn>2</mn></msup></mrow></math>"
    )


def test_a_displayed_formula_breaks_before_its_signs() -> None:
    assert displayed("a + \\sum_{\\mathrm{T}} b \\le c \\quad \\forall\\, T") == (
        '<math displaystyle="true"><mi>a</mi></math><wbr/>'
        '<math displaystyle="true"><mrow><mo lspace="0.28em" rspace="0.28em">+</mo>'
        '<munder><mo data-big="sum">∑</mo><mi mathvariant="normal">T</mi></munder><mi>b</mi></mrow></math><wbr/>'
        '<math displaystyle="true"><mrow><mo lspace="0.28em" rspace="0.28em">≤</mo><mi>c</mi></mrow></math><wbr/>'
        '<math displaystyle="true"><mrow><mspace width="1em"/><mo>∀</mo><mspace width="0.17em"/><mi>T</mi></mrow></math>'
    )


@pytest.mark.parametrize(
    "latex, shown",
    [
        ("2 \\, \\left(x - \\frac{1}{2}\\right)", "2(x−12)"),
        ("{\\mathit{price}}\\big|_{\\mathit{Products} = \\text{bread}}", "price|Products=bread"),
    ],
)
def test_delimiters(latex: str, shown: str) -> None:
    tree = ElementTree.fromstring(mathml(latex))
    assert "".join(tree.itertext()) == shown
    assert all(node.tag == "mrow" for node in tree.iter() if any(c.text == "(" for c in node))


def test_a_page_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    asked = ["math", str(EXAMPLES[0]), "-o", str(target)]
    assert CliRunner().invoke(saddle, asked).exit_code == 0
    assert target.read_text().startswith("<!DOCTYPE html>")
    again = CliRunner().invoke(saddle, asked)
    assert again.exit_code != 0
