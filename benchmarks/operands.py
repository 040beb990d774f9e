"""python -m benchmarks operands [SECONDS]: every word with operands of every kind, at every place of a model; no raw exception.

The patterns come from the table of records, so a new word is tried as soon as it is one. What is refused is refused by a finding.
"""

from __future__ import annotations

import logging
import random
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import saddlepoint
from saddlepoint.errors import SaddleError
from saddlepoint.expr.axis_words import AXIS_WORDS, OVER
from saddlepoint.expr.named import AxisWord
from saddlepoint.expr.words import RECORDS, STATISTICS

SETS: dict[str, Any] = {
    "Case": {"split_problem": True, "items": ["low", "high"]},
    "Tech": {
        "filters": {"fuel": ["none", "gas"]},
        "aggregations": ["owner"],
        "items": {"pv": {"fuel": "none", "owner": "ann"}, "gas": {"fuel": "gas", "owner": "bob"}},
    },
    "Hours": {"items": "1..3"},
    "Later": {"copy_from": "Hours"},
    "Owners": {"groups": "Tech.owner"},
    "Points": {"items": ["p0", "p1", "p2"]},
    "Nodes": {"items": {"r": {}, "u": {"parent": "r"}, "d": {"parent": "r"}}},
    "Kinds": {"filters": {"kind": ["a", "b"]}, "items": {"k1": {"kind": "a"}, "k2": {"kind": "a"}}},
}


def _given(over: list[str], name: str, **info: Any) -> dict[str, Any]:
    return {"type": "exogenous", "coordinates": over, "variables_info": {name: info or None}}


def _decided(over: list[str], name: str, domain: str = "real", **info: Any) -> dict[str, Any]:
    return {
        "type": "endogenous", "coordinates": ["Case", *over], "domain": domain, "variables_info": {name: info or None}
    }  # fmt: skip


_ROWS, _COLS = {"dim": "rows"}, {"dim": "cols"}
_NONE = {"dim": "rows", "filters": {"kind": "b"}}
TABLES: dict[str, Any] = {
    "s": _given([], "s"),
    "d": _given(["Hours"], "d"),
    "a": _given(["Tech", "Hours"], "a"),
    "v": _given(["Case", "Hours"], "v"),
    "sparse": {**_given(["Tech", "Hours"], "sp"), "default": 0},
    "row": _given(["Hours"], "dr", Hours=_ROWS),
    "column": _given(["Hours"], "dc", Hours=_COLS),
    "matrix": _given(["Later", "Hours"], "m", Later=_ROWS, Hours=_COLS),
    "nothing": _given(["Kinds"], "d0", Kinds=_NONE),
    "px": _given(["Points"], "px"),
    "py": _given(["Points"], "py"),
    "steps": _given(["Hours"], "k"),
    "one": _decided([], "x", lower=0),
    "y": _decided(["Hours"], "y", lower=0, upper=50),
    "g": _decided(["Tech", "Hours"], "g", lower=-9, upper=50),
    "free": _decided(["Tech", "Hours"], "fr"),
    "rows": _decided(["Hours"], "xr", Hours=_ROWS, nonneg=True),
    "cols": _decided(["Hours"], "xc", Hours=_COLS, nonneg=True),
    "plan": _decided(["Later", "Hours"], "xm", Later=_ROWS, Hours=_COLS),
    "on": _decided(["Tech", "Hours"], "on", "boolean"),
    "whole": _decided(["Tech"], "n", "integer", lower=0, upper=9),
    "part": _decided(["Tech", "Hours"], "sc", "semicontinuous", lower=2, upper=9),
    "flow": {**_decided(["Tech", "Hours"], "f", lower=0, upper=5), "where": "exists(sp)"},
    "empty": _decided(["Kinds"], "e", Kinds=_NONE),
    "node": _decided(["Nodes"], "w", lower=0, upper=9),
    "uncertain": {"type": "uncertain", "coordinates": ["Hours"], "variables_info": {"u": None}},
}
TABLE_OF = {name: key for key, table in TABLES.items() for name in table["variables_info"]}
_RNG = np.random.default_rng(0)
DATA: dict[str, Any] = {
    "s": 3.0, "d": [1.0, 2.0, 3.0], "a": _RNG.uniform(1, 5, (2, 3)), "v": _RNG.uniform(1, 5, (2, 3)),
    "sparse": {"Tech": ["pv", "gas"], "Hours": ["1", "2"], "values": [1.0, 2.0]}, "row": [1.0, 2.0, 3.0],
    "column": [1.0, 2.0, 3.0], "matrix": np.eye(3), "nothing": [1.0, 2.0], "px": [0.0, 4.0, 9.0], "py": [0.0, 4.0, 14.0],
    "steps": [1.0, 1.0, 2.0],
    "uncertain": {"Hours": ["1", "2", "3"], "distribution": ["normal"] * 3, "mean": [5.0] * 3, "std": [1.0] * 3},
}  # fmt: skip
SOUND = (
    "2", "0", "-1.5", "0.9", *(name for table in TABLES.values() for name in table["variables_info"]),
    "square(y)", "sqrt(y)", "lag(y, Hours, skip=True)", "sum(g, over=Tech)", "on * g", "max(g, over=Tech)", "1 / d",
    "piecewise(y, px, py, over=Points)", "position(Hours)", "rename(y, Hours=Later)", "tran(xr)", "diag(xr)",
    "at(g, Tech='gas')", "on_sc", "mean(u)",
)  # fmt: skip
"""Operands that mean something by themselves."""
ODD = (
    "first", "Hours", "Tech", "Owners", "(Tech, Hours)", "True", "None", "d > 3", "Hours != first", "y in d", "'gas'", "()", "[d]",
    "Tech.fuel", "y <= d", "exists(sp)", "price(base)", "nosuch", "{d}", "lambda: 1", "d if d else 1", "y[0]", "y is d", "1e308",
)  # fmt: skip
"""Operands that mean something in some places only, or nowhere."""
PLACES = (
    "<=",
    ">=",
    "==",
    "min",
    "max",
    "alone",
    "report",
    "where",
    "define",
    "soft",
    "lower",
    "exists",
    "each",
)


def patterns() -> list[str]:
    """One text per word and number of arguments, with % for each operand."""
    out = ["% <= %", "% >= %", "% == %", "% != %", "% < %", "% and %", "% in %", "not %", "% // %", "-%"]
    out += ["Minimize(%)", "Maximize(%)", "chance(%, %)", "chance(x >= %, %)", "robust(% <= %, set=box(%))"]
    for record in (*RECORDS, *STATISTICS):
        least, most = record.arity
        for count in range(least, min(most or least + 1, least + 1) + 1):
            out.append(f"{record.name}({', '.join('%' * count)})")
        if record.symbol and least == 2:
            out.append(f"% {record.symbol} %")
    out += [text for word in (*AXIS_WORDS.values(), *OVER.values()) for text in _along(word)]
    return out


def _along(word: AxisWord) -> Iterator[str]:
    """The word with what it needs, and with one more of its arguments each time."""
    names = list(word.takes)
    needed = [f"{name}=%" if k else "%" for k, name in enumerate(names[: word.needed])]
    more = [f"{name}=%" for name in names[word.needed :]]
    more += ["Hours=%", "Tech=%"] if word.by_set else []
    for one in (None, *more):
        yield f"{word.name}({', '.join(needed + ([one] if one else []))})"


def formulas(seed: int) -> Iterator[tuple[str, str]]:
    """Formulas and places without end; half of the operands mean something by themselves."""
    draw = random.Random(seed)
    every = patterns()
    while True:
        atoms = SOUND if draw.random() < 0.5 else (*SOUND, *ODD)
        text = _filled(draw.choice(every), atoms, draw)
        if draw.random() < 0.2:
            text = _filled(draw.choice(every).replace("%", f"({text})", 1), atoms, draw)
        yield text, draw.choice(PLACES)


_LIKELY = {
    "over": ("Hours", "Tech", "(Tech, Hours)", "Nodes"),
    "by": ("Owners",),
    "where": ("Tech == 'gas'", "d > 1"),
}
"""What an argument of this name takes most often."""


def _filled(text: str, atoms: tuple[str, ...], draw: random.Random) -> str:
    def one(match: re.Match[str]) -> str:
        likely = _LIKELY.get(match[1] or "")
        operand = draw.choice(likely if likely and draw.random() < 0.7 else atoms)
        return f"{match[1]}={operand}" if match[1] else operand

    return re.sub(r"(?:(\w+)=)?%", one, text)


def lab(text: str, place: str) -> saddlepoint.Lab:
    """A small model in which a formula stands at a place; only the tables that it reads."""
    words = set(re.findall(r"\w+", text)) | {"x", "y", "sp"} | ({"sc"} if "on_sc" in text else set())
    tables = {key: dict(table) for key, table in TABLES.items() if words & set(table["variables_info"])}
    if place == "lower":
        tables["y"] = _decided(["Hours"], "y", lower=text)
    elif place == "exists":
        tables["y"] = {**tables["y"], "where": text}
    data = {key: DATA[key] for key in tables if key in DATA}
    return saddlepoint.define(sets=SETS, variables=tables, problem=_problem(text, place), data=data)


def _problem(text: str, place: str) -> dict[str, Any]:
    sense = {"min": "Minimize", "max": "Maximize"}.get(place)
    odd: dict[str, Any] = {"odd": "y >= 1"}
    if place in ("<=", ">=", "=="):
        odd = {"odd": f"{text} {place} 1"}
    elif place == "alone":
        odd = {"odd": text}
    elif place in ("where", "soft", "each"):
        odd[place] = text
    elif place == "define":
        odd = {"odd": "figure <= 1"}
    return {
        "objective": [f"{sense}({text})" if sense else "Minimize(x)"],
        "expressions": [{"base": "x >= 1"}, odd],
        **({place: {"figure": text}} if place in ("report", "define") else {}),
    }


def attempt(text: str, place: str) -> str:
    """The code of what is refused, or the status of the first scenario; raises what is neither."""
    try:
        model = lab(text, place)
        model.check()
        model.explain()
        model.mathematics()
        return str(next(iter(model.solve(time_limit=3.0).certificates.values())).column("status")[0])
    except SaddleError as error:
        lacking = [d for d in error.diagnostics if not d.fix]
        if lacking:
            raise AssertionError(f"no remedy: {lacking[0]}") from error
        return error.diagnostics[0].code


def main(seconds: float, seed: int = 0) -> int:
    """Prints what came of all formulas of some CPU seconds; 1 if an exception was raw."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("error")
    counts: Counter[str] = Counter()
    raw: dict[tuple[str, str], tuple[str, str, str]] = {}
    began = time.process_time()
    for text, place in formulas(seed):
        if time.process_time() - began > seconds:
            break
        try:
            counts[attempt(text, place)] += 1
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raw.setdefault(
                (type(error).__name__, f"{last.filename}:{last.lineno}"), (text, place, str(error)[:200])
            )
            counts["raw"] += 1
    print(f"{counts.total()} formulas, {len(patterns())} patterns: {counts.most_common()}")
    for where, example in raw.items():
        print(*where, *example, sep="  ")
    return int(bool(raw))


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:2] or ["60"]), *map(int, sys.argv[2:3])))
