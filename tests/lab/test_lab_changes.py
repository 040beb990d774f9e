"""Files that change while a Lab is open: data are looked at every time, the model is what it was when opened."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example


@pytest.fixture
def folder(tmp_path):
    copy_example("newsvendor", tmp_path / "plan")
    return tmp_path / "plan"


def _dearer(folder) -> None:
    path = folder / "input_data" / "papers.csv"
    text = path.read_text()
    path.write_text(text.replace("weekly,cost,2", "weekly,cost,4"))
    assert path.read_text() != text


def _objectives(lab, summary) -> list[float]:
    return [o.objective for o in lab.outcomes(summary.run)]


def test_changed_data_are_seen_by_an_open_lab(folder):
    lab = saddlepoint.open(folder)
    before = _objectives(lab, lab.run())
    assert not lab.load().fresh
    _dearer(folder)
    assert lab.load().fresh
    after = _objectives(lab, lab.run())
    again = saddlepoint.open(folder)
    assert not np.allclose(after, before)
    np.testing.assert_array_equal(after, _objectives(again, again.run()))


def test_a_saved_result_does_not_vouch_for_data_that_came_later(folder):
    lab = saddlepoint.open(folder)
    lab.load()
    result = lab.solve()
    _dearer(folder)
    lab.save(result)
    assert lab.load().fresh


def test_settings_and_sets_that_change_later_are_not_vouched_for_either(folder):
    lab = saddlepoint.open(folder)
    (folder / "problem.yml").write_text((folder / "problem.yml").read_text() + "\n# a thought\n")
    lab.load()
    assert saddlepoint.open(folder).load().fresh
    assert not saddlepoint.open(folder).load().fresh
