"""Back-tests: levels are those of the past alone, verdicts are right where the truth is known, alarms are rarely false."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.declare.history import read_histories
from saddlepoint.errors import PlanningError
from saddlepoint.planning import Fleet, dispatch
from saddlepoint.promises import backtest
from saddlepoint.promises.drift import alarm
from saddlepoint.promises.rolling import tail_dof
from saddlepoint.promises.sight import matched
from saddlepoint.report.backtest_tables import backtest_text, verdicts
from saddlepoint.uncertain import History, find

pytest.importorskip("statsmodels", reason="the extra `fit` is not installed")

RNG = np.random.default_rng


def test_every_level_comes_from_the_past_alone() -> None:
    values = RNG(1).gamma(9.0, 10.0, 80)
    found = saddlepoint.backtest(values, 0.9, ("normal", "conformal"), start=40, pattern=False)
    for t, k in enumerate(found.places.tolist()):
        past = values[:k]
        normal = find("normal").effective(past.mean(), past.std(ddof=1), 0.9)
        assert found.levels["normal"][t] == pytest.approx(normal, rel=1e-12)
        assert found.levels["conformal"][t] == find("conformal").effective(None, None, 0.9, samples=past)
    later = values.copy()
    later[60:] += 1000.0
    other = saddlepoint.backtest(later, 0.9, ("normal", "conformal"), start=40, pattern=False)
    np.testing.assert_array_equal(other.levels["conformal"][:21], found.levels["conformal"][:21])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_what_rounding_leaves_of_an_exact_pattern_is_neither_missed_nor_doubted() -> None:
    time = np.arange(60)
    names = ("prediction", "lognormal", "conformal", "cross-conformal")
    for values in (10.1 + time + np.array([1.3, 5.0, 2.0, 0.0])[time % 4], np.full(60, 5.1)):
        found = saddlepoint.backtest(np.asarray(values, dtype=np.float64), 0.95, names)
        for one in found.judged:
            assert (one.reached, one.word, one.doubt, one.since) == (1.0, "kept", "", ""), one.buffer


def test_a_buffer_that_cannot_promise_is_doubted_and_all_blind_spots_are_printed() -> None:
    from saddlepoint.report.backtest_tables import backtest_text

    values = 100.0 + 10.0 * np.sin(np.arange(32) / 4.0) + RNG(4).normal(size=32)
    found = saddlepoint.backtest(values, 0.95, ("order-statistic",), pattern=False)
    assert "values are not exchangeable" in found.left_out["order-statistic"]
    quiet = saddlepoint.backtest(RNG(5).normal(100.0, 15.0, 40), 0.95, ("prediction",), pattern=False)
    told = backtest_text(quiet)
    names = {one.what for one in quiet.of("prediction").unseen}
    assert {"student-t with 3 degrees of freedom", "laplace", "gamma", "a memory of 0.5"} <= names
    assert all(f"{name} (" in told for name in names)


def test_costs_shortage_and_regret_by_hand() -> None:
    values = RNG(2).normal(100.0, 10.0, 60)
    found = saddlepoint.backtest(
        values, 0.8, ("normal",), start=30, unit_cost=2.0, shortage_cost=9.0, pattern=False
    )
    level, actual = found.levels["normal"], values[30:]
    cost = 2.0 * level + 9.0 * np.maximum(actual - level, 0.0)
    one = found.of("normal")
    assert one.cost == pytest.approx(cost.mean())
    assert one.regret == pytest.approx((cost - 2.0 * actual).mean())
    assert one.reached == (actual <= level).mean()
    assert one.fill == pytest.approx(1.0 - np.maximum(actual - level, 0.0).sum() / actual.sum())


def test_costs_of_a_fleet_are_those_of_its_dispatch() -> None:
    fleet = Fleet.random(5, seed=42)
    values = RNG(3).normal(250.0, 20.0, 40)
    found = saddlepoint.backtest(values, 0.9, ("normal",), start=25, fleet=fleet, pattern=False)
    level = float(found.levels["normal"][0])
    price = dispatch(fleet, float(found.actual.mean())).price
    short = max(float(found.actual[0]) - level, 0.0)
    assert found.costs["normal"][0] == pytest.approx(
        dispatch(fleet, level).cost + price / 0.1 * short, rel=1e-9
    )
    assert (found.regrets["normal"] >= -1e-9).all()


def test_a_shift_breaks_ranks_and_names_the_time() -> None:
    values = RNG(4).normal(300.0, 20.0, 260)
    values[200:] += 60.0
    times = tuple(f"week {k + 1}" for k in range(260))
    found = saddlepoint.backtest(
        History(values=values, times=times, season=1),
        0.95,
        ("conformal", "prediction", "adaptive-conformal"),
        start=100,
    )
    for name in ("conformal", "prediction"):
        one = found.of(name)
        assert one.word == "broken"
        assert 195 <= int(one.since.removeprefix("week ")) <= 206
        assert "not exchangeable" in one.doubt
        assert "broken; misses too often since week" in one.sentence(0.95)
    assert found.of("adaptive-conformal").reached > found.of("conformal").reached + 0.1
    assert found.of("adaptive-conformal").word != "broken"


def test_honest_promises_are_kept_and_raise_no_alarm() -> None:
    broken = alarms = 0
    for seed in range(60):
        found = saddlepoint.backtest(
            RNG(seed).normal(300.0, 20.0, 120), 0.9, ("prediction",), start=40, pattern=False
        )
        broken += found.of("prediction").word == "broken"
        alarms += bool(found.of("prediction").since)
    assert broken <= 4
    assert alarms <= 2


def test_alarms_are_rarely_false_and_mostly_raised() -> None:
    rng = RNG(5)
    quiet = sum(alarm(rng.random(300) < 0.05, 0.95) is not None for _ in range(300))
    loud = sum(
        alarm(np.r_[rng.random(150) < 0.05, rng.random(60) < 0.4], 0.95) is not None for _ in range(100)
    )
    assert quiet <= 7
    assert loud >= 97


def test_pattern_of_the_past_is_taken_out() -> None:
    time = np.arange(144)
    values = 200.0 + time + 40.0 * np.sin(2 * np.pi * time / 12) + RNG(7).normal(0.0, 5.0, 144)
    names = ("prediction", "conformal", "cross-conformal")
    found = saddlepoint.backtest(values, 0.9, names, start=60)
    raw = saddlepoint.backtest(values, 0.9, names, start=60, pattern=False, season=12)
    for name in names:
        assert found.of(name).word.startswith("kept")
        assert found.of(name).regret < 40.0
    assert raw.of("prediction").regret > 2.0 * found.of("prediction").regret
    assert "not exchangeable" in raw.of("prediction").doubt
    assert raw.of("cross-conformal").doubt == ""


def test_buffers_with_the_same_doubt_share_a_line() -> None:
    """Those that are broken or raised an alarm have their own."""
    rng = RNG(8)
    values = 100.0 + np.convolve(rng.normal(0.0, 10.0, 90), 0.8 ** np.arange(12))[:80]
    found = backtest(values, 0.9, ("conformal", "empirical", "scenario"), pattern=False)
    told = verdicts(found.judged, 0.9)
    shared = [one.buffer for one in found.judged if one.doubt and one.word == "kept" and not one.since]
    assert len(shared) > 1
    assert sum(line.startswith(", ".join(shared) + ": kept; values are not") for line in told) == 1
    assert len(told) == 1 + len(found.judged) - len(shared)


def test_what_cannot_be_tested_is_named() -> None:
    found = saddlepoint.backtest(RNG(7).normal(50.0, 5.0, 60), buffers=("poisson", "support", "normal"))
    assert found.left_out["poisson"] == "the values are no counts"
    assert "lower" in found.left_out["support"]
    assert (
        saddlepoint.backtest(RNG(7).normal(50.0, 5.0, 60), lower=0.0, upper=200.0).of("support").level > 60.0
    )


@pytest.mark.parametrize(
    ("count", "promise", "start"), [(30, 0.95, 25), (60, 1.0, None), (60, 0.0, None), (20, 0.9, 1)]
)
def test_refusals(count: int, promise: float, start: int | None) -> None:
    with pytest.raises(PlanningError) as caught:
        saddlepoint.backtest(np.arange(float(count)), promise, start=start)
    assert caught.value.diagnostics[0].code == "U545"


@pytest.mark.parametrize("pattern", [True, False])
@pytest.mark.parametrize("start", [None, 1, 5, 9, 30])
@pytest.mark.parametrize("count", [9, 19, 20, 31, 41])
def test_one_piece_of_advice_suffices(count: int, start: int | None, pattern: bool) -> None:
    """Each way that the remedy names is taken: a longer history with the same start, another start, both."""
    try:
        saddlepoint.backtest(np.arange(float(count)) % 7, 0.5, ["empirical"], start, pattern=pattern)
        return
    except PlanningError as error:
        (found,) = error.diagnostics
    fix = found.fix.removesuffix(", or take the values raw, without a pattern.")
    longer, begun = (
        re.search(r"ive (?:at least )?(\d+) values or more", fix),
        re.search(r"`start=(\d+)`", fix),
    )
    at_least = re.search(r"at least (\d+) values with", fix)
    assert longer is not None or begun is not None
    ways = [(int(longer[1]), start)] if longer is not None else []
    if begun is not None:
        ways.append((count if at_least is None else int(at_least[1]), int(begun[1])))
    for many, first in ways:
        saddlepoint.backtest(np.arange(float(many)) % 7, 0.5, ["empirical"], first, pattern=pattern)


def test_words_in_a_history_are_not_to_be_left_blank(tmp_path: Path) -> None:
    """A blank cell would be the next error."""
    (tmp_path / "demand.csv").write_text("week,demand\n1,5\n2,n/a\n3,6\n")
    with pytest.raises(PlanningError, match="not a number") as caught:
        read_histories(tmp_path / "demand.csv")
    assert caught.value.diagnostics[0].fix == "Write what was asked for in that period, 0 if nothing was."


def test_command_tells_draws_and_fails_where_nothing_is_kept(tmp_path: Path) -> None:
    from saddlepoint.cli.backtest import command

    rng = RNG(8)
    rows = [f"{k + 1},{v:.3f}" for k, v in enumerate(rng.normal(80.0, 8.0, 90))]
    (tmp_path / "h.csv").write_text("\n".join(["week,demand", *rows]))
    picture, book = tmp_path / "b.png", tmp_path / "b.xlsx"
    said = CliRunner().invoke(command, [str(tmp_path / "h.csv"), "--plot", str(picture), "--xlsx", str(book)])
    assert said.exit_code == 0, said.output
    assert "Least regret" in said.output
    assert min(picture.stat().st_size, book.stat().st_size) > 5_000
    told = json.loads(CliRunner().invoke(command, [str(tmp_path / "h.csv"), "--json"]).output)
    assert {"reached", "regret", "sentence"} <= told[0]["buffers"][0].keys()
    rising = [f"{k + 1},{100 + 5 * k}" for k in range(60)]
    (tmp_path / "r.csv").write_text("\n".join(["week,demand", *rising]))
    said = CliRunner().invoke(command, [str(tmp_path / "r.csv"), "--raw", "--buffer", "normal,conformal"])
    assert said.exit_code == 4
    assert "No buffer kept the promise" in said.output


@pytest.mark.parametrize("many", [17.0, 45.0])
def test_the_weibull_law_of_much_scatter_has_it(many: float) -> None:
    """Back-tests of values that scatter as much ended in an error."""
    law = dict(matched(1.0, many))["weibull"]
    assert law.mean() == pytest.approx(1.0, rel=1e-9)
    assert law.std() == pytest.approx(many, rel=1e-6)


def test_the_tail_of_values_does_not_depend_on_their_unit() -> None:
    values = np.random.default_rng(1).standard_t(5, 60)
    assert [tail_dof(values * unit) for unit in (1e-150, 1e150)] == pytest.approx([tail_dof(values)] * 2)
    assert tail_dof(np.ones(5)) == 100.0


def test_a_season_without_any_error_is_told_without_noise() -> None:
    """What is left of it are roundings, of which no law has densities in floats."""
    season = np.tile([1.1, 2.3, 3.7, 2.9, 4.1, 8.3, 9.7], 20)
    found = backtest(season, promise=0.999999999)
    assert "promises of 99.9999999 %" in backtest_text(found)
