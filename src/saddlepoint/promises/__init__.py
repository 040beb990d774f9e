"""Promises against what came: rolling origins over a history, and plans that come from one."""

from saddlepoint.promises.backtest import backtest
from saddlepoint.promises.promise import PromisedPlan, demand_of, promise
from saddlepoint.promises.values import Backtest, JudgedBuffer

__all__ = ["Backtest", "JudgedBuffer", "PromisedPlan", "backtest", "demand_of", "promise"]
