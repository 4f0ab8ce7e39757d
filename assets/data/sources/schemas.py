"""The one schema of rows that come in parts, by the rules that a declaration sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from assets.data.sources.arrow import SourceError, check_names, plain_type

Differ = Literal["refuse", "union"]
TypesDiffer = Literal["refuse", "promote"]
Type = Literal["integer", "number", "boolean", "text", "date", "timestamp"]

# of text, which type the values can be read as is told by the metadata of a part's field
READS_AS = b"reads as"
_UTC = pa.timestamp("us", "UTC")
TYPES: dict[str, tuple[pa.DataType, ...]] = {
    "integer": (pa.int64(),),
    "number": (pa.float64(),),
    "boolean": (pa.bool_(),),
    "date": (pa.date32(),),
    "timestamp": (pa.timestamp("us"), _UTC),
    "text": (pa.string(),),
}


@dataclass(frozen=True)
class Rules:
    """What happens where parts differ.

    Attributes:
        columns: whether a part may lack columns, which are then null in its rows.
        types: whether a column may have another type in a part, if one type holds both.
        declared: types by column, whatever the parts say.
        named: whether a declaration can change these, so that errors may propose it.
    """

    columns: Differ = "refuse"
    types: TypesDiffer = "promote"
    declared: dict[str, Type] = field(default_factory=dict)
    named: bool = False


@dataclass(frozen=True)
class Part:
    """A part of the rows: what it is called, and its schema."""

    name: str
    schema: pa.Schema


def unify(parts: Sequence[Part], rules: Rules) -> pa.Schema:
    """The narrowest schema that holds all parts: nulls become anything, integers numbers, dates timestamps.

    Columns stand in the order in which they appear first. What was read as text becomes the first of integer, number,
    boolean, date, timestamp that the values of all parts are written as.

    Raises:
        SourceError: the parts differ in a way that the rules refuse.
    """
    for part in parts:
        check_names(part.schema.names)
        _check_columns(parts[0], part, rules)
    names = dict.fromkeys(name for part in parts for name in part.schema.names)
    return pa.schema([(name, _type_of(name, parts, rules)) for name in names])


def cast(batch: pa.RecordBatch, schema: pa.Schema, part: str) -> pa.RecordBatch:
    """The batch's columns in the order and types of the schema; absent ones are null.

    Raises:
        SourceError: a value would change, or is none of the type.
    """
    columns = []
    for wanted in schema:
        position = batch.schema.get_field_index(wanted.name)
        if position < 0 or pa.types.is_null(wanted.type):
            columns.append(pa.nulls(len(batch), wanted.type))
            continue
        given = batch.column(position)
        try:
            columns.append(given.cast(wanted.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise SourceError(
                f"source has values that do not fit their column: {wanted.name!r} of {part} is {given.type} and must "
                f"be {wanted.type}, which not all of its values are; mend them, or the column's type"
            ) from None  # the cause repeats a value
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _check_columns(first: Part, part: Part, rules: Rules) -> None:
    missing = sorted(set(first.schema.names) - set(part.schema.names))
    extra = sorted(set(part.schema.names) - set(first.schema.names))
    if rules.columns == "refuse" and (missing or extra):
        other = "set source.columns_differ to union" if rules.named else "give them all the same"
        raise SourceError(
            f"source has parts of other columns: {part.name} lacks {missing} and adds {extra}, seen from {first.name}; "
            f"mend it, or {other}"
        )


def _type_of(name: str, parts: Sequence[Part], rules: Rules) -> pa.DataType:
    there = [(part.name, part.schema.field(name)) for part in parts if name in part.schema.names]
    filled = [(part, found) for part, found in there if not pa.types.is_null(found.type)]
    if not filled:
        return TYPES[rules.declared[name]][0] if name in rules.declared else pa.null()
    (first, chosen), *_ = filled
    if rules.types == "refuse":
        for part, found in filled:
            if not plain_type(found.type).equals(plain_type(chosen.type)):
                raise _apart(name, (first, chosen.type), (part, found.type), rules)
    if all(found.metadata and READS_AS in found.metadata for _, found in filled):
        return _written_as([found for _, found in filled], rules.declared.get(name))
    if name in rules.declared:
        return _declared([found.type for _, found in filled], rules.declared[name])
    kind = plain_type(chosen.type)
    for part, found in filled[1:]:
        try:
            kind = _promoted(kind, plain_type(found.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise _apart(name, (first, kind), (part, found.type), rules) from error
    return kind


def _declared(kinds: Sequence[pa.DataType], declared: Type) -> pa.DataType:
    """A timestamp keeps its unit and zone; everything else has one type."""
    same = len(set(kinds)) == 1 and declared == "timestamp" and pa.types.is_timestamp(kinds[0])
    return kinds[0] if same else TYPES[declared][0]


def _written_as(fields: Sequence[pa.Field], declared: Type | None) -> pa.DataType:
    order = TYPES[declared] if declared else tuple(kind for kinds in TYPES.values() for kind in kinds)
    common = set.intersection(*(set(found.metadata[READS_AS].decode().split(",")) for found in fields))
    return next((kind for kind in order if str(kind) in common), pa.string())


def _promoted(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if {one, other} == {pa.string(), pa.timestamp("s")}:
        return pa.string()  # of JSON: a text that is not always a time
    both = [pa.schema([("", kind)]) for kind in (one, other)]
    return pa.unify_schemas(both, promote_options="permissive").types[0]


def _apart(name: str, one: tuple[str, pa.DataType], other: tuple[str, pa.DataType], rules: Rules) -> SourceError:
    remedy = ", or give the column a type in source.types" if rules.named else ""
    return SourceError(
        f"source has a column of types that do not go together: {name!r} is {one[1]} in {one[0]} and {other[1]} in "
        f"{other[0]}; make them one type at their origin{remedy}"
    )
