"""The expectations that may be declared and their arguments: read from a committed table, generated from the library.

Great Expectations costs seconds to import, so a declaration is checked against `expectation_names.json` instead.
`python -m data_checks.expectation_table` writes that table anew after an upgrade; a test holds it current.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from pydantic import TypeAdapter

Kind = Literal["table", "column", "pair", "multicolumn", "rows"]
JsonType = Literal["string", "number", "integer", "boolean", "array", "object"]

_FILE = Path(__file__).with_name("expectation_names.json")
_NEEDS_SQL = "it needs a SQL engine, and tables here are Arrow; derive a column and use another expectation on it"
_PANDAS_TYPE = "it judges how pandas holds a column, not how it is stored; declare the type in contract.columns"
_NO_LIKE = "the library has LIKE patterns for SQL only; use its counterpart that matches a regex"
_NOT_OFFERED = {
    "expect_column_type_to_be": _PANDAS_TYPE,
    "expect_column_values_to_be_in_type_list": _PANDAS_TYPE,
    "expect_column_values_to_be_of_type": _PANDAS_TYPE,
    "expect_column_values_to_match_like_pattern": _NO_LIKE,
    "expect_column_values_to_match_like_pattern_list": _NO_LIKE,
    "expect_column_values_to_not_match_like_pattern": _NO_LIKE,
    "expect_column_values_to_not_match_like_pattern_list": _NO_LIKE,
    "expect_query_results_to_match_comparison": _NEEDS_SQL,
    "expect_table_row_count_to_equal_other_table": _NEEDS_SQL,
    "unexpected_rows_expectation": _NEEDS_SQL,
}
_SET_BY_US = frozenset(
    {"id", "meta", "notes", "result_format", "catch_exceptions", "rendered_content", "severity", "windows", "batch_id"}
    | {"library_metadata", "condition_parser"}
)


@dataclass(frozen=True)
class Argument:
    """What one argument takes; `choices` is empty where any value of the types will do."""

    types: tuple[JsonType, ...]
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Form:
    """One expectation: `kind` says whether it judges the table, a column, pairs or tuples of columns, or whole rows.

    A `row_level` expectation says which rows fail, so that these rows can be quarantined.
    """

    kind: Kind
    row_level: bool
    summary: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True)
class ExpectationTable:
    """All expectations of one library version; `not_offered` says why of those that can't be used here."""

    version: str
    offered: Mapping[str, Form]
    not_offered: Mapping[str, str]


@cache
def expectation_table() -> ExpectationTable:
    """Read the committed table, without importing the library."""
    return TypeAdapter(ExpectationTable).validate_json(_FILE.read_bytes())


def generate() -> str:
    """Build the table from the installed library (imports it).

    Returns:
        The text that `expectation_names.json` must hold.
    """
    from data_checks.expectation_library import import_library

    import_library()
    import great_expectations as gx
    import great_expectations.expectations as library
    from great_expectations.expectations import expectation as forms

    levels: tuple[tuple[type, Kind, bool], ...] = (
        (forms.ColumnMapExpectation, "column", True),
        (forms.ColumnPairMapExpectation, "pair", True),
        (forms.MulticolumnMapExpectation, "multicolumn", True),
        (forms.ColumnAggregateExpectation, "column", False),
        (forms.BatchExpectation, "table", False),
    )
    offered: dict[str, Form] = {}
    for member in vars(library).values():
        name = getattr(member, "expectation_type", "") if isinstance(member, type) else ""
        if name and name not in _NOT_OFFERED:
            kind, row_level = next((kind, row_level) for base, kind, row_level in levels if issubclass(member, base))
            summary = " ".join((member.__doc__ or "").strip().split("\n\n")[0].split())
            offered[name] = Form(kind, row_level, summary, _arguments(member))
    table = ExpectationTable(gx.__version__, dict(sorted(offered.items())), _NOT_OFFERED)
    stored = TypeAdapter(ExpectationTable).dump_python(table, mode="json", exclude_defaults=True)
    return json.dumps(stored, indent=1) + "\n"


class _LibraryForm(Protocol):
    """The half of pydantic 1 by which the library describes its expectations."""

    __fields__: Mapping[str, object]

    def schema(self) -> dict[str, Any]: ...


def _arguments(member: _LibraryForm) -> dict[str, Argument]:
    schema = member.schema()
    required = set(schema.get("required", ()))
    names = [name for name in member.__fields__ if name not in _SET_BY_US]
    return {name: _argument(schema["properties"][name], required=name in required) for name in names}


def _argument(schema: dict[str, Any], *, required: bool) -> Argument:
    nodes = list(_nodes(schema))
    types: tuple[JsonType, ...] = tuple(t for t in get_args(JsonType) if any(node.get("type") == t for node in nodes))
    if len(types) > 1:  # beside another type, an object is only the library's suite parameter
        types = tuple(t for t in types if t != "object")
    choices = next((tuple(node["enum"]) for node in nodes if "enum" in node), ())
    low = next((float(node["minimum"]) for node in nodes if "minimum" in node), None)
    high = next((float(node["maximum"]) for node in nodes if "maximum" in node), None)
    return Argument(types, required, choices, low, high)


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            yield from _nodes(part)


if __name__ == "__main__":
    _FILE.write_text(generate())
