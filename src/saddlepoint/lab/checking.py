"""Everything that can be wrong before a solver is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from saddlepoint import declare
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, SaddleError
from saddlepoint.files.paths import there
from saddlepoint.lab.solving import Solving
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.load import inputs_hash, stored_inputs
from saddlepoint.store.opening import refuse_triggers
from saddlepoint.store.runs import loaded_hashes
from saddlepoint.study.running.programs import compiled_programs


class Checking(Solving):
    """A model that is looked at before it is solved."""

    def check(self, data: bool = False) -> tuple[Diagnostic, ...]:
        """Everything that can be wrong before a solver is called: settings, sets, names, formulas, data, convexity.

        data: also warn of numbers that look wrong, items that no relation reaches and relations that cannot hold (K620–K622, K903–K906).
        """
        found: list[Diagnostic] = []
        try:
            for part in self._warnings_on_the_way(data):
                found += part
        except SaddleError as error:
            found += [each for each in error.diagnostics if each not in found]
        found += self._check_store(not any(d.severity == "error" for d in found))
        return tuple(found)

    def _warnings_on_the_way(self, data: bool) -> Iterator[Iterable[Diagnostic]]:
        """The warnings of every stage up to compiled problems; what a stage raises ends the way."""
        from saddlepoint.study.running.crossed_bounds import crossed_bounds

        for reading in ("settings", "items", "language", "model"):
            yield getattr(self, reading).warnings
        fetched = self.inputs()
        yield fetched.warnings
        planned = self.plan(fetched)
        yield [d for d in planned.model.warnings if d not in self.model.warnings]
        made = compiled_programs(planned)
        yield crossed_bounds(planned)
        if data:
            from saddlepoint.study.diagnosis.suspicious_rows import suspicious_rows

            yield from self._suspicious(fetched, [program for _, program, _, _ in made])
            yield suspicious_rows(planned, [(problem, program) for problem, program, _, _ in made])

    def _suspicious(self, fetched: Fetched, made: Sequence[Program]) -> Iterator[Iterable[Diagnostic]]:
        """Numbers that look wrong, and items that no relation reaches."""
        from saddlepoint.model.suspicious import suspicious_data
        from saddlepoint.study.running.unreached import unreached_items

        sheets = {} if self.source == "database" else self._sheets()
        yield suspicious_data(self.model, fetched, sheets)
        yield unreached_items(self.model, made)

    def _check_store(self, sound: bool) -> tuple[Diagnostic, ...]:
        """Why a run could not use the database, if there is one; sound: whether the model can be resolved."""
        try:
            if self.folder is None or not there(self.database):
                return ()
            with self.store(readonly=True) as store:
                refuse_triggers(store)
                files = inputs_hash(declare.input_hash(self.folder), store)
                if sound and (self._settings_hash, files) == loaded_hashes(store):
                    stored_inputs(self.model, store)
        except SaddleError as error:
            return error.diagnostics
        return ()
