"""Which expectations are counted in one pass, and on which columns: the list in `docs/expectations.md`.

`python -m data_checks.one_pass.coverage` writes it anew; a test holds it current.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_table import expectation_table
from data_checks.one_pass.batch import Kind
from data_checks.one_pass.rules import key_columns, metrics_rule, row_rule
from data_checks.one_pass.whole_rules import Shared

DOCUMENT = Path(__file__).parents[2] / "docs" / "expectations.md"
_HEADING = "## All expectations\n"
_TYPES: Mapping[Kind, pa.DataType] = {
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us"),
    "other": pa.list_(pa.int64()),
}
_VALUES: Mapping[Kind, Any] = {"number": 1, "text": "a", "boolean": True, "time": "2026-01-01", "other": 1}


def one_pass_kinds(name: str) -> tuple[str, ...]:
    """The kinds of columns on which an expectation is counted in one pass; `table` for one that has no column."""
    found = [
        kind for kind in _TYPES if _is_counted(example(name, kind), pa.schema({"a": _TYPES[kind], "b": _TYPES[kind]}))
    ]
    form = expectation_table().offered[name]
    return ("table",) if found and form.kind == "table" else tuple(found)


def table() -> str:
    """The list as Markdown."""
    lines = ["| expectation | counted in one pass on | by the library |", "|---|---|---|"]
    for name in expectation_table().offered:
        kinds = one_pass_kinds(name)
        if kinds == ("table",):
            lines.append(f"| `{name}` | the table | |")
        elif len(kinds) == len(_TYPES):
            lines.append(f"| `{name}` | any column | |")
        else:
            counted = ", ".join(kinds)
            lines.append(f"| `{name}` | {counted} | {'other columns' if kinds else 'always'} |")
    return "\n".join(lines) + "\n"


def document(before: str) -> str:
    """The document with its list made anew."""
    text, heading, _ = before.partition(_HEADING)
    return f"{text}{heading}\n{table()}"


def example(name: str, kind: Kind) -> Expectation:
    """An expectation with the arguments that it needs."""
    value = _VALUES[kind]
    bound = value if kind == "time" or name.startswith("expect_table") else 1
    known: dict[str, Any] = {
        "column": "a", "column_A": "a", "column_B": "b", "column_list": ["a", "b"], "column_set": ["a"],
        "value_set": [value], "value_pairs_set": [[value, value]], "regex": "a", "regex_list": ["a"], "match_on": "any",
        "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 9]]}, "threshold": 3, "double_sided": True,
        "sum_total": 8, "json_schema": {"type": "object"}, "strftime_format": "%Y", "value": 4,
        "partition_object": {"values": ["a"], "weights": [1.0]}, "method": "iqr", "multiplier": 1.5,
    }  # fmt: skip
    form = expectation_table().offered[name]
    arguments = {argument: known[argument] for argument in form.arguments if argument in known}
    if "min_value" in form.arguments:
        arguments["min_value"] = bound if "string" in form.arguments["min_value"].types and kind == "time" else 1
    return Expectation.model_validate({name: arguments})


def _is_counted(expectation: Expectation, schema: pa.Schema) -> bool:
    if not expectation.row_level:
        return metrics_rule(expectation, schema, Shared()) is not None
    return row_rule(expectation, schema) is not None or bool(key_columns(expectation, schema))


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
