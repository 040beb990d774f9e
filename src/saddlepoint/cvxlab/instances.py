"""Models kept for later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from saddlepoint.cvxlab.defaults import INSTANCES
from saddlepoint.cvxlab.exceptions import as_cvxlab
from saddlepoint.cvxlab.logging import LOG
from saddlepoint.cvxlab.model import Model
from saddlepoint.errors import FileError, Mark, UsageError
from saddlepoint.files import read_text, safe_name
from saddlepoint.files.atomic import write_text
from saddlepoint.files.paths import exists, there

_FORMAT = "saddlepoint model"


@as_cvxlab
def handle_model_instance(
    action: Literal["save", "load"],
    file_name: str,
    source_dir_path: str | Path | None = None,
    instance: Model | None = None,
) -> Model | None:
    """Save how a model was opened as instances/<file_name>.json in its folder, or open such a model again with its database.

    source_dir_path: the folder `instances` of a model, or the model's own. Results are in the database
    (`load_results_to_database`), not in the file; nothing is pickled. Raises UsageError X111, X463 and FileError.
    """
    stem = safe_name(file_name.removesuffix(".json").removesuffix(".pkl"))
    name = f"{stem}.json"
    if action == "save" and instance is not None:
        content = {"format": _FORMAT, "version": 1, "arguments": instance.arguments}
        place = instance.folder / INSTANCES / name
        _refuse(place)
        write_text(place, json.dumps(content, indent=1) + "\n")
        LOG.info("wrote %s", place)
        return None
    if action == "load" and source_dir_path is not None:
        return _opened(_found(Path(source_dir_path), name, stem))
    raise UsageError.of(
        "X111",
        f"a model cannot be handled with action={action!r} and these arguments",
        fix="Give instance with action='save', source_dir_path with action='load'.",
    )


def _found(place: Path, name: str, stem: str) -> Path:
    """The file in the place, or in its folder `instances`; UsageError X463 where only a pickle is there."""
    path = next((p for p in (place / name, place / INSTANCES / name) if p.is_file()), place / name)
    if not path.is_file() and (place / f"{stem}.pkl").is_file():
        raise UsageError.of(
            "X463",
            f"{stem}.pkl was saved by CVXlab itself",
            Mark(f"{stem}.pkl"),
            why="It is a pickle, a program that runs when it is read.",
            fix="Open the model folder itself: Model(…, use_existing_data=True).",
        )
    return path


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
        raise FileError.of("F002", message, Mark(path.name), fix="Save the model again.") from error
    folder = path.parent.parent if path.parent.name == INSTANCES else path.parent
    place: dict[str, Any] = {"main_dir_path": str(folder.parent), "model_dir_name": folder.name}
    return Model(**{**arguments, **place})
