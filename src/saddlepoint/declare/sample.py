"""A sample: which uncertain tables are drawn, how often, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from saddlepoint.declare.fields import Findings, empty, fields, labels, real, word
from saddlepoint.declare.spec import ItemList, SampleSpec, SamplingMethod
from saddlepoint.files import Tree

SAMPLE_KEYS: Final[Mapping[str, str]] = {
    "table": "the uncertain table that is drawn, or a list of them, drawn together",
    "number": "how many draws",
    "method": "random, latin (Latin hypercube) or sobol (default latin)",
    "seed": "a whole number: the same seed gives the same draws (default 0)",
}
METHODS: Final = ("random", "latin", "sobol")


def read_sample(node: Tree | None, found: Findings) -> SampleSpec | None:
    """What a `sample` says; None where there is none. Findings K204."""
    if empty(node) or node is None:
        return None
    known = fields(node, SAMPLE_KEYS, "sample", found)
    tables = labels(known.get("table"), "table of sample", found)
    if not tables:
        found.error("K204", "the sample names no table", node.mark, fix="Add `table: <uncertain table>`.")
    number = _whole(known, "number", 1, found)
    if number is None and "number" not in known:
        found.error("K204", "the sample does not say how many draws", node.mark, fix="Add `number: 1000`.")
    method = word(known.get("method"), METHODS, "method of the sample", found) or "latin"
    seed = _whole(known, "seed", 0, found)
    return SampleSpec(
        tables=tables, number=number or 1, method=cast(SamplingMethod, method), seed=seed or 0, mark=node.mark
    )


def _whole(known: Mapping[str, Tree], key: str, least: int, found: Findings) -> int | None:
    number = real(known.get(key), f"{key} of the sample", found)
    if number is None:
        return None
    if number != int(number) or not least <= number <= 10**9:
        message = f"{key} of the sample must be a whole number from {least}, not {number:g}"
        found.error("K204", message, known[key].mark, fix=f"Write {key}: {max(least, round(abs(number)))}.")
        return None
    return int(number)


def drawn_items(sample: SampleSpec) -> ItemList:
    """The items of a set of outcomes that are draws."""
    return ItemList(tuple(f"draw_{k + 1}" for k in range(sample.number)))
