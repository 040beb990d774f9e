"""From a class and a seed to findings; chunks of seeds in processes of their own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
import traceback
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol, Self

import numpy as np

from benchmarks.fuzz import conic, coupled, formulas, linear, matrices, whole
from benchmarks.fuzz.judge import Finding
from saddlepoint.errors import SaddleError


class Model(Protocol):
    """A random model with a known answer."""

    @property
    def flavours(self) -> tuple[str, ...]: ...

    @property
    def scenarios(self) -> tuple[object, ...]: ...

    def only(self, positions: list[int]) -> Self: ...

    def attempt(self) -> tuple[Finding, ...]: ...

    def smaller(self) -> Iterator[Self]: ...

    def script(self) -> str: ...


CLASSES: dict[str, Callable[[np.random.Generator], Model]] = {
    "lp": matrices.of(linear.linear),
    "qp": matrices.of(linear.quadratic),
    "milp": matrices.of(whole.whole),
    "miqp": matrices.of(whole.whole_quadratic),
    "socp": matrices.of(conic.second_order),
    "exponential": matrices.of(conic.exponential),
    "power": matrices.of(conic.powers),
    "formula": formulas.formula,
    "coupled": coupled.coupled,
}
_MARK = "@fuzz "


@dataclass(frozen=True)
class Outcome:
    """What came of one model: findings of its scenarios, beside others and (where tried) alone."""

    name: str
    seed: int
    flavours: tuple[str, ...]
    findings: tuple[Finding, ...]
    seconds: float = 0.0


def make(name: str, seed: int) -> Model:
    """The model of a class and a seed, the same on every machine."""
    return CLASSES[name](np.random.default_rng([zlib.crc32(name.encode()), seed]))


def play(case: Model) -> tuple[Finding, ...]:
    """Solve a case and judge every scenario; a sweep's scenarios alone too, which must be right as well."""
    together = attempt(case)
    if len(case.scenarios) == 1:
        return together
    alone = [attempt(case.only([k]))[0] for k in range(min(3, len(case.scenarios)))]
    return (*together, *(Finding(f.verdict, f"alone: {f.reason}" if f.reason else "") for f in alone))


def attempt(case: Model) -> tuple[Finding, ...]:
    try:
        return case.attempt()
    except SaddleError as error:
        found = Finding("refused", "; ".join(f"{d.code} {d.message}" for d in error.diagnostics))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        found = Finding(
            "raw", f"{type(error).__name__}: {error} ({place.filename.split('/')[-1]}:{place.lineno})"
        )
    return (found,) * len(case.scenarios)


def outcome(name: str, seed: int) -> Outcome:
    began = time.perf_counter()
    case = make(name, seed)
    return Outcome(name, seed, case.flavours, play(case), time.perf_counter() - began)


def serve(name: str, seeds: Iterable[int]) -> None:
    """One marked line of JSON per model, flushed, so that who listens knows where a process died."""
    for seed in seeds:
        _say({"begin": seed})
        o = outcome(name, seed)
        found = [[f.verdict, f.reason] for f in o.findings]
        _say({"seed": seed, "flavours": o.flavours, "findings": found, "seconds": round(o.seconds, 4)})


def _say(what: dict[str, object]) -> None:
    print(f"\n{_MARK}{json.dumps(what)}", flush=True)


def outcomes(name: str, seeds: range, patience: float = 60.0) -> Iterator[Outcome]:
    """The outcomes of a class, solved in a child process: a crash or hang is the outcome of its seed."""
    start = seeds.start
    while start < seeds.stop:
        last = start
        for item in _child(name, range(start, seeds.stop), patience):
            yield item
            last = item.seed + 1
        if last == start:
            raise RuntimeError(f"the child for {name} {start} said nothing")
        start = last


def _child(name: str, seeds: range, patience: float) -> Iterator[Outcome]:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--serve", name, str(seeds.start), str(seeds.stop)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: queue.Queue[str | None] = queue.Queue()
    errors: deque[str | None] = deque(maxlen=5)
    readers = [threading.Thread(target=_listen, args=(child.stdout, lines.put), daemon=True)]
    readers.append(threading.Thread(target=_listen, args=(child.stderr, errors.append), daemon=True))
    for reader in readers:
        reader.start()
    begun: int | None = None
    with child:
        while True:
            try:
                text = lines.get(timeout=patience)
            except queue.Empty:
                child.kill()
                if begun is not None:
                    yield Outcome(
                        name, begun, (), (Finding("hang", f"longer than {patience:.0f} s"),), patience
                    )
                return
            if text is None:
                break
            if not text.startswith(_MARK):
                continue
            said = json.loads(text.removeprefix(_MARK))
            if "begin" in said:
                begun = said["begin"]
                continue
            begun = None
            found = tuple(Finding(v, r) for v, r in said["findings"])
            yield Outcome(name, said["seed"], tuple(said["flavours"]), found, said["seconds"])
        if begun is not None:
            code, said = child.wait(), "".join(t for t in errors if t)
            yield Outcome(name, begun, (), (Finding("crash", f"exit {code}: {said[-300:].strip()}"),))


def _listen(stream: IO[str] | None, put: Callable[[str | None], None]) -> None:
    for text in stream or ():
        put(text)
    put(None)
