"""Production under uncertain demand: fleet, demand, dispatch, sweep, coverage."""

from saddlepoint.planning.certificate import CONDITIONS, TOLERANCE, Certificate
from saddlepoint.planning.coverage import Coverage, Covered, coverage
from saddlepoint.planning.demand import Demand
from saddlepoint.planning.dispatch import Dispatch, dispatch, prove
from saddlepoint.planning.fleet import Fleet
from saddlepoint.planning.limits import highest_reliability, largest_mean
from saddlepoint.planning.plans import Plans, plans
from saddlepoint.planning.sweep import Sweep, mean_steps, sweep
from saddlepoint.planning.value import ServiceValue, service_value
from saddlepoint.solve.kernels.supply import SupplyCurve

__all__ = [
    "CONDITIONS",
    "TOLERANCE",
    "Certificate",
    "Coverage",
    "Covered",
    "Demand",
    "Dispatch",
    "Fleet",
    "Plans",
    "ServiceValue",
    "SupplyCurve",
    "Sweep",
    "coverage",
    "dispatch",
    "highest_reliability",
    "largest_mean",
    "mean_steps",
    "plans",
    "prove",
    "service_value",
    "sweep",
]
