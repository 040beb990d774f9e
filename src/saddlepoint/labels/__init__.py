"""Axes, domains and tables: the only place that aligns labels with positions."""

from saddlepoint.labels.axis import Axis, Domain
from saddlepoint.labels.table import Table

__all__ = ["Axis", "Domain", "Table"]
