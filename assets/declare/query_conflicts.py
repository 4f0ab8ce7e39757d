"""Queries that no source of rows can have, as their text tells."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from assets.data.sources.query_text import BOUNDS, parameters, query_faults
from assets.declare.yaml_text import KeyPath, dotted

if TYPE_CHECKING:
    from assets.declaration import Declaration


def _queries(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    """A source reads, and knows the bounds of a period: anything else is told before a database is asked."""
    for above, source in {("source",): declaration.source, ("predict", "source"): declaration.predict.source}.items():
        if source is None or source.kind != "sql":
            continue
        path: KeyPath = (*above, "query")
        yield from ((path, f"{dotted(path)} {message}") for message in query_faults(source.query))


def _bounds(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    source, scored = declaration.source, declaration.predict.source
    for above, each in {("source",): source, ("predict", "source"): scored}.items():
        if declaration.partitions is not None or each is None or each.kind != "sql":
            continue
        bounds = [name for name in parameters(each.query) if name in BOUNDS]
        if bounds:
            path: KeyPath = (*above, "query")
            yield (
                path,
                (
                    f"{dotted(path)} asks for the bounds of a period: ':{bounds[0]}' has no value without partitions; "
                    "declare partitions or remove it"
                ),
            )


RULES: tuple[tuple[Callable[["Declaration"], Iterator[tuple[KeyPath, str]]], str], ...] = (
    (_queries, "source predict.source"),
    (_bounds, "partitions? source predict.source"),
)
