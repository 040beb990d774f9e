"""Models kept for later, and what can solve them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from saddlepoint.cvxlab.logging import LOG
from saddlepoint.cvxlab.model import Model
from saddlepoint.errors import Diagnostic, FileError, Mark, UsageError
from saddlepoint.files import read_text, safe_name
from saddlepoint.files.atomic import write_text
from saddlepoint.files.paths import exists, there
from saddlepoint.solve.route.stages.choose import solvers

_FORMAT = "saddlepoint model"


def installed_solvers() -> list[str]:
    """The names of the solvers that are installed, in CVXPY's spelling (HIGHS); a run takes any case."""
    return [line.name.upper() for line in solvers() if line.installed]


def handle_model_instance(
    action: Literal["save", "load"],
    file_name: str,
    source_dir_path: str | Path | None = None,
    instance: Model | None = None,
) -> Model | None:
    """Save how a model was opened as <file_name>.json in its folder, or open such a model again with its database.

    Results are in the database (`load_results_to_database`), not in the file; nothing is pickled. Raises UsageError
    X111 and FileError.
    """
    name = f"{safe_name(file_name.removesuffix('.json'))}.json"
    if action == "save" and instance is not None:
        content = {"format": _FORMAT, "version": 1, "arguments": instance.arguments}
        _refuse(instance.folder / name)
        write_text(instance.folder / name, json.dumps(content, indent=1) + "\n")
        LOG.info("wrote %s", instance.folder / name)
        return None
    if action == "load" and source_dir_path is not None:
        return _opened(Path(source_dir_path) / name)
    raise UsageError(
        Diagnostic(
            "X111",
            f"a model cannot be handled with action={action!r} and these arguments",
            fix="Give instance with action='save', source_dir_path with action='load'.",
        )
    )


def _refuse(path: Path) -> None:
    """FileError F042 if a file of this name was not written by us."""
    try:
        ours = not there(path) or json.loads(read_text(path))["format"] == _FORMAT
    except (FileError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise FileError(exists(path))


def _opened(path: Path) -> Model:
    try:
        content = json.loads(read_text(path))
        if content["format"] != _FORMAT:
            raise KeyError("format")
        arguments: dict[str, Any] = {**content["arguments"], "use_existing_data": True}
    except (ValueError, KeyError, TypeError) as error:
        message = "the file is not a model saved by handle_model_instance"
        raise FileError(Diagnostic("F002", message, Mark(path.name), fix="Save the model again.")) from error
    place: dict[str, Any] = {"main_dir_path": str(path.parent.parent), "model_dir_name": path.parent.name}
    return Model(**{**arguments, **place})
