"""The sets of a model in the making, with their items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from saddlepoint.building.expression import AxisSet, here, taken_twice
from saddlepoint.declare import SetItems, SetSpec
from saddlepoint.declare.items import follow, tree_of
from saddlepoint.errors import DeclareError, Mark, UsageError
from saddlepoint.files.sheet import as_label
from saddlepoint.records import dataclass


@dataclass(slots=True, eq=False)
class DraftSets:
    """Sets in the order in which they are named, and the items of each."""

    specs: list[SetSpec] = field(default_factory=list)
    items: dict[str, SetItems] = field(default_factory=dict)

    def add(
        self,
        spec: SetSpec,
        items: Iterable[object],
        labels: Mapping[str, Iterable[object]],
        filters: Mapping[str, Iterable[object]],
        parent: Iterable[object] | None,
    ) -> AxisSet:
        """A set with items of its own, and the columns beside them; DeclareError S005, S070, S071 (parents), UsageError X444."""
        name = spec.key
        mark, names = here(name), tuple(map(as_label, items))
        self._check_new(name, mark)
        _check_items(name, names, mark)
        columns = {key: tuple(map(as_label, column)) for key, column in labels.items()}
        kinds = {key: tuple(map(as_label, column)) for key, column in filters.items()}
        _check_lengths(name, len(names), {**columns, **kinds}, mark)
        self.specs.append(
            replace(
                spec,
                filters={key: tuple(dict.fromkeys(c for c in column if c)) for key, column in kinds.items()},
                aggregations=tuple(columns),
                mark=mark,
            )
        )
        above = None if parent is None else [as_label(p) for p in parent]
        tree = None if above is None else tree_of(name, names, above, mark)
        self.items[name] = SetItems(name, names, filters=kinds, aggregations=columns, mark=mark, parents=tree)
        return AxisSet(name)

    def _check_new(self, name: str, mark: Mark) -> None:
        before = next((spec for spec in self.specs if spec.key == name), None)
        if before is not None:
            raise UsageError(taken_twice("sets", name, mark, before.mark))

    def follow(self, spec: SetSpec) -> AxisSet:
        """A set whose items follow from another one: a copy, or the distinct labels of a column; UsageError X444."""
        self._check_new(spec.key, spec.mark or here(spec.key))
        self.specs.append(spec)
        made = follow(spec, self.items)
        if made is not None:
            self.items[spec.key] = made
        return AxisSet(spec.key)


def _check_items(name: str, names: Sequence[str], mark: Mark) -> None:
    """DeclareError S005 where an item is there twice."""
    twice = [item for item, count in Counter(names).items() if count > 1]
    if twice:
        message = f"set {name!r} has the item {twice[0]!r} twice"
        raise DeclareError.of("S005", message, mark, fix="Name each item once.")


def _check_lengths(name: str, count: int, columns: Mapping[str, Sequence[str]], mark: Mark) -> None:
    """DeclareError S015 where a column has not one label for each item."""
    for key, column in columns.items():
        if len(column) != count:
            message = f"{key!r} of {name!r} has {len(column)} labels for {count} items"
            raise DeclareError.of("S015", message, mark, fix="Give one label for each item.")
