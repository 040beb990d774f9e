"""Promises against what came: rolling origins over a history, for every buffer."""

from saddlepoint.promises.backtest import backtest
from saddlepoint.promises.values import Backtest, JudgedBuffer

__all__ = ["Backtest", "JudgedBuffer", "backtest"]
