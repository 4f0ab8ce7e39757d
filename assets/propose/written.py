"""How files are written: what a `source` section must say of them beside their path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import pyarrow as pa
from pyarrow.types import is_floating, is_integer

from assets.data.sources import FilesSource
from assets.data.sources.arrow import PANDAS_INDEX, SourceError
from assets.data.sources.csv_rows import Dialect, header, texts
from assets.data.sources.files import Format, format_of
from assets.data.sources.json_rows import RoundedError
from assets.data.sources.places import Place, reading
from assets.data.sources.schemas import Type
from assets.propose import ProposeError
from assets.propose.csv_form import Form, form_of
from assets.propose.csv_numbers import columns_of, numbers_of
from assets.propose.encoding import USUAL, Encoding, encoding_of
from assets.propose.file_columns import file_columns
from data_checks.verdict import Json

_PARQUET, _DATABASE = b"PAR1", b"SQLite format 3"
# of xlsx and ods, and of xls
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Written:
    """Settings of a `source` section, and what a reader should know of them, a sentence each."""

    settings: Mapping[str, Json]
    notes: tuple[str, ...] = ()


def written(source: FilesSource) -> Written:
    """Look at the beginning of all files, and at every value of CSV files.

    Args:
        source: that says nothing of its files but their path, and perhaps their encoding.

    Raises:
        ProposeError: they are no tables that can be read, or written in several ways.
        SourceError: a file is missing, empty or cannot be read.
    """
    places = source.places()
    formats = {place: _format(place) for place in places}
    settings: dict[str, Json] = {}
    if untold := [place for place in places if format_of(place.path) is None]:
        settings["format"] = formats[untold[0]]
    of_csv = [place for place in places if formats[place] == "csv"]
    if not of_csv:
        return _without_csv(source.model_copy(update=settings), formats, settings)
    given = "encoding" in source.model_fields_set
    encoding = Encoding(source.encoding) if given else encoding_of(of_csv)
    if encoding.name != USUAL:
        settings["encoding"] = encoding.name
    forms = {place: form_of(place, encoding.name, usual=_usual(place)) for place in of_csv}
    settings |= _form(forms)
    dialect = replace(source.dialect(), encoding=encoding.name)
    alike = file_columns({place.name: _header(place, form, dialect) for place, form in forms.items()})
    columns = columns_of(batch for place, form in forms.items() for batch in _texts(place, form, dialect))
    numbers = numbers_of(columns, delimiter=next(iter(forms.values())).delimiter, nulls=source.nulls)
    settings |= {**alike.settings, **numbers.settings}
    return Written(settings, tuple(note for note in (*alike.notes, encoding.note, *numbers.notes) if note))


def _without_csv(source: FilesSource, formats: Mapping[Place, Format], settings: Mapping[str, Json]) -> Written:
    own: dict[Place, pa.Schema] = {}
    texts: dict[str, Type] = {}

    def look(reader: FilesSource, place: Place) -> None:
        own[place] = reader.own_schema(place)

    def read_with_others(reader: FilesSource, place: Place) -> None:
        schema = reader.unified(own)
        if any(is_integer(field.type) and is_floating(schema.field(field.name).type) for field in own[place]):
            for _ in reader.rows({place: None}, schema):
                pass

    _each([*formats], source, texts, look)
    names = {place.name: schema.names for place, schema in own.items()}
    alike = file_columns(names)
    of_json = [place for place, kind in formats.items() if kind == "jsonl"]
    _each(of_json, source.model_copy(update=dict(alike.settings)), texts, read_with_others)
    types: dict[str, Json] = {"types": {**source.types, **texts}} if texts else {}
    return Written({**settings, **types, **alike.settings}, (*alike.notes, *_told([*texts], names)))


def _each(
    places: list[Place], source: FilesSource, texts: dict[str, Type], read: Callable[[FilesSource, Place], None]
) -> None:
    """Read each file; columns that only as text keep their whole numbers are added to `texts`."""
    while places:
        types: dict[str, Type] = {**source.types, **texts}
        try:
            read(source.model_copy(update={"types": types}), places[0])
            places.pop(0)
        except SourceError as error:
            if not isinstance(error.__cause__, RoundedError) or error.__cause__.column in types:
                raise
            texts[error.__cause__.column] = "text"


def _told(texts: Sequence[str], names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    index = dict.fromkeys(name for own in names.values() for name in own if PANDAS_INDEX.fullmatch(name))
    if index:
        yield (
            f"{', '.join(index)} is the index of a pandas frame: it is stored beside the rows, and nothing is learned "
            "from it. To have it as a column, write the file after reset_index(); to leave it out, with index=False"
        )
    if texts:
        yield (
            f"Whole numbers of {', '.join(texts)} beyond 2^53 stand beside fractions, or are greater than 64 "
            "bits hold, and would be rounded as numbers. Read as text they stay as they are written"
        )


def _format(place: Place) -> Format:
    """What the suffix says, unless the content can't be that; without a suffix that is known, what the content says."""
    with reading(place), place.stream() as content:
        head = content.read(100).lstrip(b"\xef\xbb\xbf")
    named = format_of(place.path)
    if head.startswith(_WORKBOOKS):
        raise ProposeError(
            f"--source is no table: {place.address!r} is a workbook or an archive; save the sheet as CSV in UTF-8, or "
            "give what is in it"
        )
    if head.startswith(_DATABASE):
        raise ProposeError(f"--source is a database: {place.address!r} holds tables of SQLite; give sqlite:///FILE")
    if named != "parquet" and head.startswith(_PARQUET):
        if named:
            raise ProposeError(f"--source is no {named} file: {place.address!r} holds Parquet; name it so")
        return "parquet"
    if named is None and head.lstrip().startswith(b"["):
        raise ProposeError(
            f"--source is one JSON list: {place.address!r} begins with a bracket; write one object a line, as .jsonl"
        )
    return named or ("jsonl" if head.lstrip().startswith(b"{") else "csv")


def _usual(place: Place) -> str:
    return "\t" if ".tsv" in PurePath(place.path).suffixes else ","


def _form(forms: Mapping[Place, Form]) -> dict[str, Json]:
    if all(form == Form(_usual(place)) for place, form in forms.items()):
        return {}
    (place, form), *others = forms.items()
    for other, seen in others:
        if seen != form:
            raise ProposeError(
                f"--source has files of several forms: {place.address!r} has {form}, {other.address!r} has {seen}; "
                "write them alike"
            )
    return {"delimiter": form.delimiter, **({"skip_lines": form.skip_lines} if form.skip_lines else {})}


def _header(place: Place, form: Form, dialect: Dialect) -> list[str]:
    with reading(place):
        return header(place, _of(form, dialect))


def _texts(place: Place, form: Form, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    with reading(place):
        yield from texts(place, _of(form, dialect))


def _of(form: Form, dialect: Dialect) -> Dialect:
    return replace(dialect, delimiter=form.delimiter, skip_lines=form.skip_lines)
