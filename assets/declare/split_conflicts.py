"""Given parts that no rows can be divided by."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from assets.data.outcome import PARTS
from assets.data.sources.files import FilesSource
from assets.data.sources.places import is_pattern
from assets.declare.contradictions import IN, is_strict
from assets.declare.faults import did_you_mean
from assets.declare.yaml_text import KeyPath

if TYPE_CHECKING:
    from assets.data.outcome import Part
    from assets.declaration import Declaration


def _given(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    split = declaration.split
    if split is None or split.by != "given" or split.parts is None:
        return
    if absent := [part for part in PARTS if not split.parts.get(part)]:
        told = f"{', '.join(absent)} would have no row; name the values of each of {', '.join(PARTS)}"
        yield ("split", "parts"), f"split.parts leaves a part out: {told}"
    first: dict[str, str] = {}
    for part, values in split.parts.items():
        for place, value in enumerate(values):
            if value in first:
                told = f"'{value}' is in split.parts.{first[value]}, and a row is in one part only; keep one"
                yield ("split", "parts", part, place), f"split.parts.{part} names a value again: {told}"
            first.setdefault(value, part)
    if split.column is not None:
        yield from _barred(declaration, split.column, split.parts)


def _barred(
    declaration: "Declaration", column: str, parts: Mapping["Part", tuple[str, ...]]
) -> Iterator[tuple[KeyPath, str]]:
    """Yield values of parts that the contract lets no row have."""
    for one in declaration.contract.expectations:
        values = one.arguments.get("value_set")
        if one.name != IN or one.columns != (column,) or not is_strict(one) or not isinstance(values, list):
            continue
        known = {_as_text(value) for value in values}
        for part, named in parts.items():
            for place, value in enumerate(named):
                if value not in known:
                    told = f"'{value}' is none of those that the contract lets '{column}' have; "
                    yield (
                        ("split", "parts", part, place),
                        f"split.parts.{part} names a value that is not there: {told}{did_you_mean(value, known)}",
                    )


def _as_text(value: object) -> str:
    """Return a value as the split reads it in a row."""
    import pyarrow as pa

    return str(pa.scalar(value).cast(pa.string()).as_py())


def _by_file(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    split, source = declaration.split, declaration.source
    if split is None or split.by != "given" or split.column is not None:
        return
    is_one = not isinstance(source, FilesSource) or (isinstance(source.path, str) and not is_pattern(source.path))
    if is_one:
        what = "one file" if isinstance(source, FilesSource) else f"kind {source.kind}"
        told = f"the source is {what}, and only of several files each can be a part; name the column that says it"
        yield ("split",), f"split.column is missing: {told}"


RULES: tuple[tuple[Callable[["Declaration"], Iterator[tuple[KeyPath, str]]], str], ...] = (
    (_given, "split contract.expectations"),
    (_by_file, "split source"),
)
