"""The command `saddle`: parse, call one verb of the lab, print.

Until `main` is called nothing is imported here: it hears interruptions first.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from saddlepoint.cli.commands import saddle

__all__ = ["main", "saddle"]

NEW: Final = 10_000
"""Objects made before Python looks for circles among them; by itself after 700. (After 50,000 a run of 2,500 scenarios took 3 to
5 % less; 10,000 keeps memory lower and was not measured apart.)"""


def main() -> None:
    """The entry point of the console script.

    Interruptions are heard before anything large is imported. Circles of references are looked for after NEW objects: of those that
    a small run makes nearly all stay.
    """
    from saddlepoint.cli.interrupts import INTERRUPTED, ended, leave, listen, say_interrupted

    listen()
    gc.set_threshold(NEW)
    try:
        from saddlepoint.cli.commands import saddle

        saddle.main(prog_name="saddle")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            leave()
        raise
    except BaseException:
        if not ended():
            raise
        say_interrupted()
        leave()
        raise SystemExit(INTERRUPTED) from None


def __getattr__(name: str) -> Any:
    if name == "saddle":
        from saddlepoint.cli.commands import saddle

        return saddle
    raise AttributeError(f"module 'saddlepoint.cli' has no attribute {name!r}")
