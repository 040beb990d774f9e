"""Promises against what came: rolling origins over a history, and plans that come from one."""

from saddlepoint.promises.backtest import backtest
from saddlepoint.promises.curve import PromiseCurve, promise_curve
from saddlepoint.promises.joint import JointLevels, joint, joint_of_draws
from saddlepoint.promises.promise import PromisedPlan, demand_of, promise
from saddlepoint.promises.sight import Unseen
from saddlepoint.promises.values import Backtest, JudgedBuffer

__all__ = [
    "Backtest",
    "JointLevels",
    "JudgedBuffer",
    "PromiseCurve",
    "PromisedPlan",
    "Unseen",
    "backtest",
    "demand_of",
    "joint",
    "joint_of_draws",
    "promise",
    "promise_curve",
]
