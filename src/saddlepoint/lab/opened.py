"""What a model folder, or a model in memory, declares: settings, items, scenarios, and the model they make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, Self

from saddlepoint import declare
from saddlepoint.declare import FileFormat, Reading, Scenarios, SetItems, Spec
from saddlepoint.errors import Diagnostic, ModelError, UsageError
from saddlepoint.files import inside, read_bytes
from saddlepoint.model.language import Language, language
from saddlepoint.model.model import Model
from saddlepoint.model.resolve import resolve
from saddlepoint.store import DATABASE, database_of
from saddlepoint.store.opening import MODEL_FILE
from saddlepoint.store.origin import made_by_cvxlab
from saddlepoint.study.scenarios.expand import as_given, plain_spec, widen_spec

Source = Literal["files", "database"]
"""Where inputs come from."""


class Opened:
    """A model as it is declared; it is read once, what is needed when it is needed."""

    def __init__(
        self,
        read_settings: Callable[[], Reading],
        read_items: Callable[[], Reading],
        folder: Path | None = None,
        data: Mapping[str, object] | None = None,
        command: str = "python",
        read_scenarios: Callable[[], Scenarios] = Scenarios,
        database: Path | None = None,
        trust: bool = False,
        source: Source = "files",
    ) -> None:
        self.source: Source = source
        self._read_settings, self._read_items = read_settings, read_items
        self._read_scenarios, self._database = read_scenarios, database
        self.folder, self.data, self.command, self.trust = folder, data, command, trust
        self._settings_hash = "" if folder is None else declare.settings_hash(folder)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        settings: FileFormat | None = None,
        command: str = "python",
        database: str | Path | None = None,
        trust: bool = False,
        source: Source = "files",
        lenient: bool | None = None,
    ) -> Self:
        """The lab of a model folder; its settings are read at once (FileError, DeclareError), the rest when needed.

        database: where inputs and results are stored (None = database.db in the folder); trust: whether the folder's
        user_defined_*.py may be run (they may too if `saddle trust` has been said of their content); source: whether
        inputs are those of the input files, or those that the database holds, as they stand there; lenient: whether the
        folder is CVXlab's, so that what is odd is a warning and matrices align by position (None = look at its database
        and at how its files are laid out).
        """
        if (file := Path(folder)).suffix.casefold() in MODEL_FILE and file.is_file():
            return cls._of_file(file, command, database, trust)
        path = inside(Path(folder), ".")
        place = None if database is None else Path(database)
        loose = lenient
        if loose is None:
            loose = made_by_cvxlab(place or path / DATABASE) or declare.laid_out_by_cvxlab(path)
        reading = declare.read_settings(Path(folder), settings, loose)
        items = partial(declare.read_items, path, reading.spec)
        scenarios = partial(declare.read_scenarios, path)
        return cls(lambda: reading, items, path, None, command, scenarios, place, trust, source)

    @classmethod
    def _of_file(cls, file: Path, command: str, database: str | Path | None, trust: bool) -> Self:
        """The lab of a model in one file; its database has the file's name."""
        reading, data = declare.read_one_file(file)
        place = database_of(file) if database is None else Path(database)
        lab = cls(
            lambda: reading, lambda: reading, inside(file.parent, "."), data, command, Scenarios, place, trust
        )
        lab._settings_hash = hashlib.sha256(read_bytes(file)).hexdigest()
        return lab

    @classmethod
    def of(cls, data: Mapping[str, object] | None = None, **declared: Any) -> Self:
        """A lab from values: see `saddlepoint.define`."""
        scenarios = declared.pop("scenarios", None)
        reading = declare.from_mapping(**declared)
        return cls(
            lambda: reading,
            lambda: reading,
            data={} if data is None else data,
            read_scenarios=partial(declare.scenarios_from, scenarios),
        )

    @cached_property
    def settings(self) -> Reading:
        """What the settings say."""
        return self._read_settings()

    @cached_property
    def items(self) -> Reading:
        """The items of the sets; FileError, DeclareError."""
        return self._read_items()

    @cached_property
    def scenarios(self) -> Scenarios:
        """What scenarios.yml says; FileError, DeclareError."""
        return self._read_scenarios()

    @cached_property
    def model(self) -> Model:
        """The resolved model, its tables as the input files hold them; FileError and what resolve raises."""
        return as_given(self._plain, self.settings.spec)

    @cached_property
    def _plain(self) -> Model:
        return self._resolved(plain_spec(self.settings.spec, self.scenarios), self.items.items)

    @cached_property
    def study(self) -> Model:
        """The model that is solved: with the runs and draws of scenarios.yml as scenarios; StudyError."""
        spec = plain_spec(self.settings.spec, self.scenarios)
        wider = widen_spec(spec, self.items.items, self._plain, self.scenarios)
        return self._plain if wider is None else self._resolved(*wider)

    @cached_property
    def language(self) -> Language:
        """Operators and constants: the folder's own too if the user trusts them; FileError."""
        return language(self.folder, self.trust, self.settings.spec.trust)

    def _resolved(self, spec: Spec, items: Sequence[SetItems]) -> Model:
        language = self.language
        try:
            return resolve(spec, items, language.operators, language.constants)
        except ModelError as error:
            raise ModelError([*error.diagnostics, *language.warnings]) from error

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was ignored or looks wrong without being an error."""
        own = (*self.settings.warnings, *self.items.warnings, *self.language.warnings)
        return (*own, *self.model.warnings)

    def _folder(self, what: str) -> Path:
        if self.folder is None:
            fix = "Write the model to a folder and open that, or use solve(), which needs no files."
            raise UsageError.of("X120", f"{what} needs a model folder, and this lab is in memory", fix=fix)
        return self.folder
