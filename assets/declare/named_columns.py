"""Where a declaration names columns."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from assets.declare.yaml_text import KeyPath
from data_checks.condition_form import read_condition

if TYPE_CHECKING:
    from assets.declaration import Declaration

# of expectations, those that name columns
ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")


class Named(NamedTuple):
    """A column as it is named somewhere."""

    path: KeyPath
    column: str


def named(declaration: "Declaration") -> Iterator[Named]:
    """Every column that a declaration names, with the place."""
    split, features, target = declaration.split, declaration.features, declaration.target
    fresh, unique = declaration.contract.over_time.fresh, declaration.contract.over_time.unique
    alone: dict[KeyPath, str | None] = {
        ("partitions", "column"): declaration.partitions.column if declaration.partitions else None,
        ("target", "column"): target.column,
        ("target", "known_at"): target.known_at,
        ("split", "column"): split.column if split else None,
        ("contract", "over_time", "fresh", "column"): fresh.column if fresh else None,
    }
    listed: dict[KeyPath, tuple[str, ...] | None] = {
        ("split", "columns"): split.columns if split else None,
        ("features", "number"): features.number,
        ("features", "category"): features.category,
        ("features", "time"): features.time,
        ("evaluate", "slices"): declaration.evaluate.slices,
        ("predict", "keep"): declaration.predict.keep,
        ("contract", "over_time", "unique", "columns"): unique.columns if unique else None,
    }
    keyed: dict[KeyPath, Collection[str]] = {
        ("contract", "columns"): declaration.contract.columns,
        ("features", "never"): features.never,
        ("features", "accept"): features.accept,
    }
    if declaration.source.kind == "files":
        keyed |= {("source", setting): names for setting, names in declaration.source.by_column.items()}
    yield from (Named(path, column) for path, column in alone.items() if column)
    yield from (Named((*path, at), column) for path, names in listed.items() for at, column in enumerate(names or ()))
    yield from (Named((*path, column), column) for path, names in keyed.items() for column in names)
    yield from _expected(declaration)


def _expected(declaration: "Declaration") -> Iterator[Named]:
    for place, expectation in enumerate(declaration.contract.expectations):
        above: KeyPath = ("contract", "expectations", place, expectation.name)
        for argument in ARGUMENTS:
            value = expectation.arguments.get(argument)
            if isinstance(value, str):
                yield Named((*above, argument), value)
            for item, column in enumerate(value if isinstance(value, list) else ()):
                yield Named((*above, argument, item), str(column))
        condition = expectation.arguments.get("row_condition")
        for column in read_condition(condition).columns if isinstance(condition, str) else ():
            yield Named((*above, "row_condition"), column)
