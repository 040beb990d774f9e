"""Lab: the object a person holds. Each method is one verb, in the file of its theme."""

from __future__ import annotations

from saddlepoint.errors import SaddleError
from saddlepoint.lab.checking import Checking
from saddlepoint.lab.opened import Source
from saddlepoint.lab.reporting import Reporting
from saddlepoint.lab.studying import Studying

__all__ = ["Lab", "Source"]


class Lab(Checking, Studying, Reporting):
    """A model with its data: from a folder (`saddlepoint.open`) or from memory (`saddlepoint.define`).

    The model is read once: open the folder again after a change of settings or sets. Data files are looked at whenever
    inputs are needed.
    folder: the model folder, None in memory; command: what the history says of runs.
    """

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import html_table

        place = "in memory" if self.folder is None else f"in {self.folder.name}"
        try:
            model = self.model
        except SaddleError as error:
            return html_table(f"A model {place} that cannot be read: {error}", (), (), 0)
        sizes = ", ".join(f"{len(one.axis):,} {name}" for name, one in model.sets.items())
        count = f"{len(model.problems)} problem" + "s" * (len(model.problems) != 1)
        sentence = f"{model.name or 'A model'} {place}: {count} over {sizes}"
        rows = [(t.key, t.spec.kind, t.spec.unit, t.spec.description) for t in model.tables.values()]
        return html_table(sentence, ("table", "kind", "unit", "description"), rows, len(rows))
