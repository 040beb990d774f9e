"""The one command of the benchmarks runs on its smallest models, and its generators keep their form."""

import json

import numpy as np
import pytest

from benchmarks.__main__ import HERE, main, parts
from benchmarks.families import FAMILIES, availability, near_square


def test_smoke(capsys, monkeypatch) -> None:
    monkeypatch.delenv("CVXLAB_PYTHON", raising=False)
    assert main(["--smoke", "--json", "a_lp_4"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("driver") for line in lines] == ["saddlepoint", "saddle run", "bare script", None]
    assert not any(line.get("failed") for line in lines)
    assert all(line["cpu"] > 0 and line["peak"] > 0 for line in lines[:3])
    assert {"read", "resolve", "load", "compile", "bind", "solve", "certify", "write"} <= set(
        lines[3]["phases"]
    )


def test_parts_are_listed() -> None:
    assert {"store_rows", "large_lp"} <= set(parts()) and "families" not in parts()


@pytest.mark.parametrize(("size", "factors"), [(1, (1, 1)), (12, (3, 4)), (1000, (25, 40)), (7, (1, 7))])
def test_scenarios_are_a_product(size, factors) -> None:
    assert near_square(size) == factors


def test_the_same_size_gives_the_same_numbers() -> None:
    shares, demand = availability(24)
    assert shares.shape == (5, 24) and demand.shape == (24,)
    assert demand[0] == pytest.approx(92.01407204036954, abs=1e-12)
    assert (shares >= 0).all() and (shares <= 1).all()
    for make in FAMILIES.values():
        one, two = make(6), make(6)
        for key, table in one.inputs.items():
            np.testing.assert_array_equal(list(table.values), list(two.inputs[key].values))


def test_the_national_model_reaches_the_solver() -> None:
    from benchmarks.national import by_saddlepoint, draw

    d = draw(48, 4, 3)
    highs, _ = by_saddlepoint(d)
    rows = 48 * (4 + 4 * 3 + 2 * 4 + 2 * len(d.ends))
    assert highs.getNumRow() == rows
    highs.setOptionValue("output_flag", False)
    highs.run()
    assert highs.getModelStatus().name == "kOptimal"


def test_every_part_does_something_when_it_is_run() -> None:
    for name in parts():
        file = HERE / f"{name}.py" if (HERE / f"{name}.py").exists() else HERE / name / "__main__.py"
        assert 'if __name__ == "__main__":' in file.read_text(), name
