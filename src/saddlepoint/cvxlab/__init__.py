"""The workflow names of CVXlab over `saddlepoint.Lab`: its users' scripts run with only the import changed.

Where CVXlab asks the keyboard, these functions take an argument (`force_overwrite`) and otherwise keep what exists and
say so. Answers are certified, and coupled ones are true fixed points; see docs/reference/cvxlab.md for what differs.
"""

from typing import Any

from saddlepoint.cvxlab import exceptions as exceptions
from saddlepoint.cvxlab.defaults import Defaults, installed_solvers
from saddlepoint.cvxlab.folders import (
    copy_user_defined_templates,
    copy_utility_files,
    create_model_dir,
    transfer_setup_info_xlsx,
)
from saddlepoint.cvxlab.instances import handle_model_instance
from saddlepoint.cvxlab.model import Model
from saddlepoint.errors import UsageError
from saddlepoint.version import __version__ as __version__

__authors__ = "the authors of Saddlepoint"
__license__ = "Apache-2.0"

__all__ = [
    "Defaults",
    "Model",
    "copy_user_defined_templates",
    "copy_utility_files",
    "create_model_dir",
    "gui",
    "handle_model_instance",
    "installed_solvers",
    "transfer_setup_info_xlsx",
]


@exceptions.as_cvxlab
def gui(**settings: Any) -> None:
    """CVXlab's menu of its steps; UsageError X462, as there is none here."""
    fix = "Call the methods of Model, or the commands of saddle."
    raise UsageError.of("X462", "there is no window here", fix=fix)
