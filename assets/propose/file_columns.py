"""Which columns the files of one table have, where not all have the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assets.propose import ProposeError
from assets.versions.in_short import and_more
from data_checks.verdict import Json

_MOST_NAMED = 5


@dataclass(frozen=True)
class FileColumns:
    """The settings of a source that read such files together, and what a reader should know of them."""

    settings: Mapping[str, Json]
    notes: tuple[str, ...]


def file_columns(names: Mapping[str, Sequence[str]]) -> FileColumns:
    """Propose the union of all columns where files have others, since a table that is kept for long grows.

    Args:
        names: the columns of each file, by its address.

    Raises:
        ProposeError: under half of all columns stand in every file, so that these are rather several tables.
    """
    union = dict.fromkeys(name for own in names.values() for name in own)
    shared = [name for name in union if all(name in own for own in names.values())]
    if len(shared) == len(union):
        return FileColumns({}, ())
    if 2 * len(shared) < len(union):
        (first, own), *others = names.items()
        other, theirs = next((file, columns) for file, columns in others if set(columns) != set(own))
        raise ProposeError(
            f"--source has files of several tables: {first!r} holds {and_more(own, _MOST_NAMED)}, {other!r} "
            f"{and_more(theirs, _MOST_NAMED)}, and "
            f"{len(shared)} of {len(union)} columns stand in all {len(names)} files; give a pattern that only files "
            "of one table have"
        )
    told = "; ".join(_where(name, names) for name in union if name not in shared)
    return FileColumns(
        {"columns_differ": "union"},
        (f"Not all files have the same columns: {told}. Where a file lacks a column, its rows have no value of it",),
    )


def _where(column: str, names: Mapping[str, Sequence[str]]) -> str:
    """The fewer files that have it, or that lack it, by name."""
    having = [file for file, own in names.items() if column in own]
    lacking = [file for file, own in names.items() if column not in own]
    if len(having) <= len(lacking):
        return f"only {len(having)} of {len(names)} have {column} ({and_more(having, _MOST_NAMED)})"
    return f"{len(lacking)} of {len(names)} lack {column} ({and_more(lacking, _MOST_NAMED)})"
