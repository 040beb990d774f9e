"""The workflow names of CVXlab over `saddlepoint.Lab`: its users' scripts run with only the import changed.

Where CVXlab asks the keyboard, these functions take an argument (`force_overwrite`) and otherwise keep what exists and
say so. Answers are certified, and coupled ones are true fixed points; see docs/reference/cvxlab.md for what differs.
"""

from saddlepoint.cvxlab.folders import (
    copy_user_defined_templates,
    copy_utility_files,
    create_model_dir,
    transfer_setup_info_xlsx,
)
from saddlepoint.cvxlab.instances import handle_model_instance, installed_solvers
from saddlepoint.cvxlab.model import Model

__all__ = [
    "Model",
    "copy_user_defined_templates",
    "copy_utility_files",
    "create_model_dir",
    "handle_model_instance",
    "installed_solvers",
    "transfer_setup_info_xlsx",
]
