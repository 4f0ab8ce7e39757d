"""How the numbers of CSV files are written, by all of their values: decimal marks, grouped digits, missing ones."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.sources.marks import Marks
from assets.versions.in_short import and_more
from data_checks.verdict import Json

# as programs and people write that there is no number
_NULLS = (
    "-", "--", "?", ".", "n/a", "n.a.", "#N/A", "#NV", "#DIV/0!", "#REF!", "#VALUE!", "#WERT!", "#NUM!", "#NAME?",
    "<NA>", "\\N", "none", "nil", "(null)", "missing", "k.A.",
)  # fmt: skip
_POINT, _COMMA, _EUROPEAN, _AMERICAN = Marks(), Marks(","), Marks(",", "."), Marks(".", ",")
# the likelier first, and those that group nothing before those that take the same numbers and more
_ALL = (
    _POINT, _COMMA, _EUROPEAN, _AMERICAN, Marks(",", " "), Marks(".", " "), Marks(".", "'"), Marks(",", "'"),
)  # fmt: skip
_MARKED = "[^0-9eE+-]"
_MOST_NAMED = 5


@dataclass
class Column:
    """What the values of a column can be read as.

    Attributes:
        marks: those in which every value is a number; none if it is text.
        example: the first value with the most marks; None if there is none.
        nulls: how often it says that there is no number, by spelling.
    """

    marks: tuple[Marks, ...] = _ALL
    example: str | None = None
    nulls: Counter[str] = field(default_factory=Counter)
    _filled: bool = False
    _marked: int = 0

    def update(self, column: pa.Array) -> None:
        """Take the next values into account."""
        if not self.marks:
            return
        counts = pc.value_counts(column.drop_null())
        values = counts.field("values")
        spoken = pc.is_in(pc.utf8_trim_whitespace(values), value_set=pa.array(_NULLS))
        said = counts.filter(spoken)
        self.nulls.update(dict(zip(said.field("values").to_pylist(), said.field("counts").to_pylist(), strict=True)))
        rest = values.filter(pc.invert(spoken))
        self._filled |= len(rest) > 0
        self.marks = () if _has_codes(rest) else _fitting(self.marks, rest)
        if self.marks:
            marked = pc.count_substring_regex(rest, _MARKED)
            most = pc.max(marked).as_py() or 0
            if most > self._marked:
                self._marked, self.example = most, str(rest[pc.index(marked, most).as_py()]).strip()

    @property
    def is_number(self) -> bool:
        """Whether there are values, and all are numbers."""
        return self._filled and bool(self.marks)

    @property
    def is_open(self) -> bool:
        """Whether the values are other numbers in other marks of those that are left."""
        if self.example is None:
            return False
        return len({marks.plain(pa.array([self.example]))[0].as_py() for marks in self.marks}) > 1


@dataclass(frozen=True)
class Numbers:
    """The settings of a source that read the numbers, and what a reader should know of them."""

    settings: Mapping[str, Json]
    notes: tuple[str, ...]


def columns_of(batches: Iterable[pa.RecordBatch]) -> dict[str, Column]:
    """Look at every value of every column.

    Args:
        batches: of text, missing values null.
    """
    columns: dict[str, Column] = {}
    for batch in batches:
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            columns.setdefault(name, Column()).update(values)
    return columns


def numbers_of(columns: Mapping[str, Column], *, delimiter: str, nulls: tuple[str, ...]) -> Numbers:
    """Find the marks that all columns of numbers can be read by, else those of each.

    Where a column could be read in two ways (`1.234`), it is read as the others are; where none of them tells, a comma
    parts off a fraction unless it is the delimiter too, and a point groups digits only beside `;`. Each is told.

    Args:
        columns: of all files, by name.
        delimiter: of the files.
        nulls: spellings of a missing value that the source knows already.
    """
    numbers = {name: column for name, column in columns.items() if column.is_number and column.example}
    shared = [marks for marks in _ALL if all(marks in column.marks for column in numbers.values())]
    if shared:
        chosen = dict.fromkeys(numbers, _likeliest(shared, delimiter))
    else:
        chosen = {name: next(marks for marks in _ALL if marks in column.marks) for name, column in numbers.items()}
    odd = {name: marks for name, marks in chosen.items() if not marks.usual}
    by_column: dict[str, dict[str, Json]] = {
        "decimal": {name: marks.decimal for name, marks in odd.items() if marks.decimal != "."},
        "thousands": {name: marks.thousands for name, marks in odd.items() if marks.thousands},
    }
    settings: dict[str, Json] = {
        setting: next(iter(named.values())) if shared else named for setting, named in by_column.items() if named
    }
    if odd:
        settings["types"] = dict.fromkeys(odd, "number")
    notes = [*_told([name for name in odd if _POINT not in numbers[name].marks], numbers), *_told_open(chosen, numbers)]
    missing = Counter[str]()
    for column in columns.values():
        missing += column.nulls if column.is_number else Counter()
    if missing:
        settings["nulls"] = [*nulls, *missing]
        notes.append(_told_missing(missing, columns))
    return Numbers(settings, tuple(notes))


def _fitting(marks: tuple[Marks, ...], values: pa.Array) -> tuple[Marks, ...]:
    fitting: list[Marks] = []
    for one in marks:
        if Marks(one.decimal) in fitting or one.fits(values):
            fitting.append(one)
    return tuple(fitting)


def _likeliest(marks: list[Marks], delimiter: str) -> Marks:
    """The first, but where no value tells, what goes with the delimiter."""
    if delimiter == ";" and marks[0] == _POINT and _EUROPEAN in marks:
        return _EUROPEAN
    if delimiter == "," and marks[0] == _COMMA and _AMERICAN in marks:
        return _AMERICAN
    return marks[0]


def _has_codes(values: pa.Array) -> bool:
    """Numbers with a leading zero are codes, as the source takes them."""
    return bool(pc.any(pc.match_substring_regex(values, r"^[+-]?0[0-9]")).as_py())


def _told(odd: list[str], numbers: Mapping[str, Column]) -> Iterable[str]:
    if odd:
        told = [f"{name} as {numbers[name].example!r}" for name in odd]
        yield (
            f"Numbers have other marks than a decimal point: {_listed(told)}. Types names them, so that a value that "
            "is none is refused: in a column of text they could be taken for other numbers"
        )


def _told_open(chosen: Mapping[str, Marks], numbers: Mapping[str, Column]) -> Iterable[str]:
    told = []
    for name, column in numbers.items():
        if column.is_open:
            plain = chosen[name].plain(pa.array([column.example]))[0]
            told.append(f"{column.example!r} of {name} as {plain}")
    if told:
        yield (
            f"Values that could be two numbers are read by the form of the file, which is a guess: {_listed(told)}. If "
            "that is wrong, write decimal and thousands otherwise"
        )


def _told_missing(missing: Mapping[str, int], columns: Mapping[str, Column]) -> str:
    named = [name for name, column in columns.items() if column.is_number and column.nulls]
    told = [f"{spelling!r} ({many:,})" for spelling, many in missing.items()]
    texts = [name for name, column in columns.items() if not column.is_number and set(column.nulls) & set(missing)]
    beside = f" In {_listed(texts)}, which is text, it is then missing too" if texts else ""
    return f"Between numbers of {_listed(named)} stand spellings of a missing one: {_listed(told)}.{beside}".rstrip(".")


def _listed(parts: list[str]) -> str:
    return and_more(parts, _MOST_NAMED)
