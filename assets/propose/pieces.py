"""Columns that together are a date: year, month and day of the month."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.propose import derived_date
from assets.propose.names import words

_MONTH = frozenset({"month", "mnth"})
_NAMES = re.compile(r"^YEAR, MONTH, DAY, DATE = .*$", re.MULTILINE)
_OF_MONTH = frozenset({"of", "month"})


@dataclass(frozen=True)
class Pieces:
    """The columns, and the name of the date that they become."""

    year: str
    month: str
    day: str
    date: str

    @property
    def columns(self) -> tuple[str, str, str]:
        """The three columns."""
        return self.year, self.month, self.day

    def dates(self, rows: pa.Table) -> pa.ChunkedArray | None:
        """(N,) date32 as the derived column will hold it; None if the columns hold something else."""
        named = [derived_date.YEAR, derived_date.MONTH, derived_date.DAY]
        renamed = rows.select(list(self.columns)).rename_columns(named)
        year = renamed[derived_date.YEAR]
        if not _within(year, 1800, 2200):
            return None
        return derived_date.event_date(renamed)[derived_date.DATE]

    def module(self) -> str:
        """The Python file that derives the date."""
        text = Path(derived_date.__file__).read_text(encoding="utf-8")
        names = ", ".join(f'"{name}"' for name in (*self.columns, self.date))
        return _NAMES.sub(lambda _: f"YEAR, MONTH, DAY, DATE = {names}", text)


def find(schema: pa.Schema) -> Pieces | None:
    """The pieces by their names and types: one year, month and day whose names differ in these words only."""
    plain = {f.name: words(f.name) for f in schema if re.fullmatch(r"[\w .-]+", f.name)}
    whole = {f.name for f in schema if pa.types.is_integer(f.type)}
    for year, named in plain.items():
        if year not in whole or "year" not in named:
            continue
        rest = _without(named, {"year"})
        months = [n for n, w in plain.items() if _MONTH & set(w) and "day" not in w and _without(w, _MONTH) == rest]
        days = [n for n, w in plain.items() if n in whole and "day" in w and _without(w, _OF_MONTH | {"day"}) == rest]
        if len(months) == len(days) == 1 and (months[0] in whole or pa.types.is_string(schema.field(months[0]).type)):
            return Pieces(year, months[0], days[0], _new_name(rest, schema.names))
    return None


def _without(named: tuple[str, ...], dropped: set[str] | frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in named if word not in dropped)


def _new_name(rest: tuple[str, ...], taken: list[str]) -> str:
    name = "_".join(rest if "date" in rest else (*rest, "date"))
    return name if name not in taken else f"{name}_of_event"


def _within(column: pa.ChunkedArray, low: int, high: int) -> bool:
    ends: Mapping[str, int | None] = pc.min_max(column).as_py()
    return ends["min"] is not None and bool(np.all([low <= ends["min"], (ends["max"] or 0) <= high]))
