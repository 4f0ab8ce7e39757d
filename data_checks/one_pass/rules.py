"""Which expectations are judged in one pass over these columns, and by what rule."""

from typing import cast

import pyarrow as pa
import pyarrow.types as at

from data_checks.expectation_form import Expectation
from data_checks.one_pass.batch import Batch, kind_of
from data_checks.one_pass.column_rules import Outcome, RowRule, column_rule
from data_checks.one_pass.conditions import is_simple
from data_checks.one_pass.order_rules import order_rule
from data_checks.one_pass.tuple_rules import tuple_rule
from data_checks.one_pass.whole_rules import Metrics, Shared, whole_rule
from data_checks.pandas_rows import in_column_types

UNIQUE = "expect_column_values_to_be_unique"
UNIQUE_TOGETHER = "expect_compound_columns_to_be_unique"
_BY_ALL_ROWS = frozenset(
    {
        UNIQUE,
        UNIQUE_TOGETHER,
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_decreasing",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
    }
)
_AS_TEXT = ("expect_column_value_lengths", "expect_column_values_to_match", "expect_column_values_to_not_match")


def condition_of(expectation: Expectation) -> str:
    """The row condition, empty if there is none."""
    return str(expectation.arguments.get("row_condition") or "")


def row_rule(expectation: Expectation, schema: pa.Schema) -> RowRule | None:
    """The rule of a row-level expectation that one batch after the other can tell; none for the library.

    Args:
        expectation: as declared, on a single row.
        schema: of the rows.
    """
    if not _is_within(expectation, schema) or expectation.name in {UNIQUE, UNIQUE_TOGETHER}:
        return None
    arguments, condition = in_column_types(expectation.arguments, schema), condition_of(expectation)
    kinds = [schema.field(name).type for name in expectation.columns]
    if "column" not in arguments:
        rule = tuple_rule(expectation.name, arguments, kinds) if _keeps_condition(expectation) else None
    else:
        rule = column_rule(expectation.name, arguments, kinds[0]) or order_rule(expectation.name, arguments, kinds[0])
    return _under(rule, condition) if rule and condition else rule


def metrics_rule(expectation: Expectation, schema: pa.Schema, shared: Shared) -> Metrics | None:
    """The metrics of an expectation on a whole column or table, gathered from now on; none for the library."""
    if not _is_within(expectation, schema):
        return None
    return whole_rule(expectation.name, in_column_types(expectation.arguments, schema), schema, shared)


def key_columns(expectation: Expectation, schema: pa.Schema) -> tuple[str, ...]:
    """The columns whose repeats an expectation forbids, if they can be found by numbers; else none."""
    if expectation.name not in {UNIQUE, UNIQUE_TOGETHER} or condition_of(expectation):
        return ()
    names = expectation.columns
    known = _is_within(expectation, schema) and all(kind_of(schema.field(name).type) != "other" for name in names)
    return names if known and len(set(names)) == len(names) else ()


def needs_all_rows(expectation: Expectation, schema: pa.Schema) -> bool:
    """Whether which rows fail can be told only after all of them were seen."""
    if expectation.use or not expectation.row_level or row_rule(expectation, schema) is not None:
        return False
    condition = condition_of(expectation)
    whole = [name for name in expectation.columns if name in schema.names and at.is_integer(schema.field(name).type)]
    # beside a missing value pandas writes 1 as 1.0, which is another text
    by_all = expectation.name in _BY_ALL_ROWS or (whole and expectation.name.startswith(_AS_TEXT))
    return bool(by_all or not _keeps_condition(expectation) or (condition and not is_simple(condition, schema)))


def columns_for(expectation: Expectation, schema: pa.Schema) -> list[str]:
    """Name the columns that the library must see to judge an expectation alone."""
    condition = condition_of(expectation)
    whole_table = not expectation.columns and not condition
    named = [name for name in schema.names if whole_table or name in expectation.columns or name in condition]
    return [name for name in named if not name.startswith("_")]


def _is_within(expectation: Expectation, schema: pa.Schema) -> bool:
    condition = condition_of(expectation)
    there = all(name in schema.names and not name.startswith("_") for name in expectation.columns)
    return there and (not condition or is_simple(condition, schema))


def _keeps_condition(expectation: Expectation) -> bool:
    """Whether the library asks only the rows that a condition lets through: it forgets the one of pairs in a set."""
    return not condition_of(expectation) or expectation.name != "expect_column_pair_values_to_be_in_set"


def _under(rule: RowRule, condition: str) -> RowRule:
    def conditioned(batch: Batch) -> Outcome:
        part = batch.under(condition)
        outcome = rule(part)
        return Outcome(outcome.tally, part.in_whole(outcome.failing))

    return cast("RowRule", conditioned)
