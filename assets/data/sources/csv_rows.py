"""CSV files as batches whose types hold for every row of every file."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from assets.data.sources import quoting
from assets.data.sources.arrow import check_names
from assets.data.sources.encodings import mismarked, undecodable
from assets.data.sources.failures import UnreadableError
from assets.data.sources.marks import Marks
from assets.data.sources.places import Place
from assets.data.sources.schemas import READS_AS, TYPES, Type

# what is read at once; it bounds memory, and the length of a row
BLOCK_BYTES = quoting.ROW_BYTES
_LONG_WHOLE = r"^\s*[+-]?[0-9]{16,300}\s*$"
_LEADING_ZERO = r"^[+-]?0[0-9]"


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; see `FilesSource` for the fields."""

    delimiter: str
    quote: str
    encoding: str
    nulls: tuple[str, ...]
    decimal: str | Mapping[str, str] = "."
    thousands: str | Mapping[str, str] = ""
    skip_lines: int = 0

    def marks(self, column: str) -> Marks:
        """How the numbers of a column are written."""
        decimal = self.decimal if isinstance(self.decimal, str) else self.decimal.get(column, ".")
        thousands = self.thousands if isinstance(self.thousands, str) else self.thousands.get(column, "")
        return Marks(decimal, thousands)


def rows(place: Place, dialect: Dialect, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of one file as text, as `texts` gives them, with the numbers of `schema` as Arrow reads them."""
    for batch in texts(place, dialect):
        columns = [
            dialect.marks(name).plain(column) if _is_number(schema.field(name).type) else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def texts(place: Place, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """The rows of one file with every value as text, missing ones null.

    Raises:
        UnreadableError: a row has too many or too few values or is too long, or the encoding is another.
    """
    yield from _read(place, dialect, pa.schema([(name, pa.string()) for name in header(place, dialect)]))


def schema_of(place: Place, dialect: Dialect, declared: Mapping[str, Type]) -> pa.Schema:
    """The columns of one file, each of the first type that all of its values are written as, else text.

    All types that they are written as are told by the metadata; a column without values is null. Numbers with a leading
    zero stay text, since they are codes and would come back shorter.

    Whole numbers that a fraction's type would round stay text beside fractions.

    Raises:
        UnreadableError: as `texts`, the file's first bytes name another encoding, a quoted value does not end, goes
            on after its end or is too long, or a value is not of the type that is declared for its column.
    """
    if other := mismarked(place, dialect.encoding):
        raise UnreadableError(f"it begins with the mark of {other}, and source.encoding is {dialect.encoding}")
    if fault := quoting.fault(place, dialect):
        raise UnreadableError(fault)
    names = header(place, dialect)
    check_names(names)
    guesses = {name: _Guess(name, dialect.marks(name), declared.get(name)) for name in names}
    for batch in texts(place, dialect):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            guesses[name].update(column)
    return pa.schema([guess.field() for guess in guesses.values()])


class _Guess:
    def __init__(self, name: str, marks: Marks, declared: Type | None) -> None:
        self._name, self._marks, self._declared = name, marks, declared
        self._kinds = TYPES[declared] if declared else _guessed()
        self._rows, self._filled = 0, False

    def update(self, column: pa.Array) -> None:
        present = column.drop_null()
        if len(present):
            self._filled = True
            fit = self._fitting(present, codes=self._declared is None)
            if self._declared and not fit:
                self._refuse(column)
            self._kinds = fit
        self._rows += len(column)

    def _fitting(self, present: pa.Array, *, codes: bool) -> tuple[pa.DataType, ...]:
        numbers = self._marks.plain(present)
        return tuple(
            kind for kind in self._kinds if _reads_as(numbers if _is_number(kind) else present, kind, codes=codes)
        )

    def field(self) -> pa.Field:
        if not self._filled:
            return pa.field(self._name, pa.null())
        kinds = (*self._kinds, pa.string())
        return pa.field(self._name, kinds[0], metadata={READS_AS: ",".join(map(str, kinds))})

    def _refuse(self, column: pa.Array) -> None:
        fits = [bool(self._fitting(column[i : i + 1], codes=False)) for i in range(len(column))]
        at = fits.index(False) if False in fits else 0
        where = f"row {self._rows + at + 1} after the header has in {self._name!r}"
        if self._declared == "number" and _casts(self._marks.plain(column[at : at + 1]), pa.float64()):
            rounded = "a whole number that the type number rounds: declare it text under source.types"
            raise UnreadableError(f"{where} {rounded}")
        raise UnreadableError(f"{where} no {self._declared}, see source.types")


def _guessed() -> tuple[pa.DataType, ...]:
    return tuple(kind for name, kinds in TYPES.items() if name != "text" for kind in kinds)


def _reads_as(present: pa.Array, kind: pa.DataType, *, codes: bool) -> bool:
    if not _casts(present, kind):
        return False
    if pa.types.is_floating(kind) and not _exact(present):
        return False
    return not (codes and _is_number(kind) and pc.any(pc.match_substring_regex(present, _LEADING_ZERO)).as_py())


def _casts(present: pa.Array, kind: pa.DataType) -> bool:
    try:
        present.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _exact(numbers: pa.Array) -> bool:
    """Whether no whole number is rounded when it is read as one with a fraction, as those beyond 2^53 may be."""
    long = numbers.filter(pc.match_substring_regex(numbers, _LONG_WHOLE)).unique().to_pylist()
    return all(int(text) == int(float(text)) for text in long)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def header(place: Place, dialect: Dialect) -> list[str]:
    """The names of the columns, in their order."""
    with _explained(place, dialect), _reader(place, dialect, pa.schema([])) as reader:
        return list(reader.schema.names)


def _read(place: Place, dialect: Dialect, schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    with _explained(place, dialect), _reader(place, dialect, schema) as reader:
        yield from reader


@contextmanager
def _reader(place: Place, dialect: Dialect, schema: pa.Schema) -> Iterator[pa_csv.CSVStreamingReader]:
    with place.stream() as content:
        yield pa_csv.open_csv(
            content,
            read_options=pa_csv.ReadOptions(
                encoding=dialect.encoding, block_size=BLOCK_BYTES, skip_rows=dialect.skip_lines
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.delimiter, quote_char=dialect.quote or False, newlines_in_values=True
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=schema, null_values=list(dialect.nulls), strings_can_be_null=True
            ),
        )


@contextmanager
def _explained(place: Place, dialect: Dialect) -> Iterator[None]:
    """What Arrow says of a file names no line, and may quote the row: the file is read again to say it better."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeError) as error:
        fault = undecodable(place, dialect.encoding) or _too_long(place) or _ragged(place, dialect)
        raise UnreadableError(str(fault or str(error).partition(":")[0])) from None  # the cause may repeat the row


def _too_long(place: Place) -> str | None:
    line = 0
    with place.stream() as content:
        rest = 0
        while block := content.read(BLOCK_BYTES):
            ends = [len(part) for part in block.split(b"\n")]
            if rest + ends[0] > BLOCK_BYTES:
                return f"line {line + 1} is longer than the {BLOCK_BYTES // 2**20} MiB that a row may take"
            line += len(ends) - 1
            rest = ends[-1] + (rest if len(ends) == 1 else 0)
    return None


def _ragged(place: Place, dialect: Dialect) -> str | None:
    with place.stream() as content:
        text = io.TextIOWrapper(content, dialect.encoding, newline="")
        for _ in range(dialect.skip_lines):
            text.readline()
        rule: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
        rows = csv.reader(text, delimiter=dialect.delimiter, quotechar=dialect.quote or None, quoting=rule)
        try:
            header = len(next(rows, []))
            for row in rows:
                if row and len(row) != header:
                    line = dialect.skip_lines + rows.line_num
                    return f"line {line} ends a row of {len(row)} values, and the header has {header}"
        except csv.Error:
            return None
    return None
