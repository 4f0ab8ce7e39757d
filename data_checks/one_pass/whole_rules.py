"""The metrics of expectations on a whole column or table, from figures that add up over batches."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar, cast

import pyarrow as pa

from data_checks.one_pass.batch import Batch, kind_of
from data_checks.one_pass.distinct import Texts, Values, against_set, distinct_count, median, most_common, quantiles
from data_checks.one_pass.totals import Extremes, Moments, Rows, Sums, Total
from data_checks.one_pass.values import as_set
from data_checks.row_condition import ConditionError

Metrics = Callable[[], Mapping[str, object]]
T = TypeVar("T", bound=Total)

_LISTED = 20  # the library lists so many distinct values at most
_BY_VALUES = (
    "expect_column_unique_value_count",
    "expect_column_proportion_of_unique",
    "expect_column_most_common",
    "expect_column_distinct_values",
)
_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


class Shared:
    """Totals by column and condition: two expectations that need the same one share it."""

    def __init__(self) -> None:
        self._totals: dict[tuple[type[Total], str, str], Total] = {}

    def of(self, kind: type[T], column: str, condition: str) -> T:
        """The total of a kind, begun if it is the first time."""
        return cast("T", self._totals.setdefault((kind, column, condition), kind(column)))

    def look(self, batch: Batch) -> None:
        """Add a batch to every total; not to one whose condition pandas refuses for it."""
        for (_, _, condition), total in self._totals.items():
            with suppress(ConditionError):
                total.add(batch.under(condition))


def whole_rule(name: str, arguments: Mapping[str, object], schema: pa.Schema, shared: Shared) -> Metrics | None:
    """Begin to gather what an expectation on a whole column or table needs.

    Args:
        name: of the expectation.
        arguments: its own, times already read as times; its column, if it has one, is in the schema.
        schema: of the rows.
        shared: where the totals are kept.

    Returns:
        The metrics by the library's names, to be asked for in the end; none if it must be left to the library.
    """
    condition = str(arguments.get("row_condition") or "")
    seen = [column for column in schema.names if not column.startswith("_")]
    match name:
        case "expect_table_row_count_to_be_between" | "expect_table_row_count_to_equal":
            rows = shared.of(Rows, "", condition)
            return lambda: {"table.row_count": rows.rows}
        case "expect_table_column_count_to_be_between" | "expect_table_column_count_to_equal":
            return lambda: {"table.column_count": len(seen)}
        case (
            "expect_column_to_exist"
            | "expect_table_columns_to_match_ordered_list"
            | "expect_table_columns_to_match_set"
        ):
            return lambda: {"table.columns": seen}
    column = str(arguments["column"])
    if name == "expect_column_proportion_of_non_null_values_to_be_between":
        there = shared.of(Rows, column, condition)
        return lambda: {"column.non_null_proportion": (there.rows - there.missing) / there.rows if there.rows else 0}
    if kind_of(schema.field(column).type) == "other":
        return None
    held = schema.field(column).type
    families = (_of_order, _of_sum, _of_places, _of_values)
    found = (family(name, arguments, held, shared) for family in families)
    return next((metrics for metrics in found if metrics is not None), None)


def _of_order(name: str, arguments: Mapping[str, object], held: pa.DataType, shared: Shared) -> Metrics | None:
    ends = {"expect_column_max_to_be_between": "max", "expect_column_min_to_be_between": "min"}
    if name not in ends or kind_of(held) not in {"number", "time"}:
        return None
    extremes = shared.of(Extremes, *_place(arguments))
    return lambda: {f"column.{ends[name]}": extremes.end(ends[name])}


def _of_sum(name: str, arguments: Mapping[str, object], held: pa.DataType, shared: Shared) -> Metrics | None:
    if kind_of(held) != "number":
        return None
    match name:
        case "expect_column_sum_to_be_between":
            total = shared.of(Sums, *_place(arguments))
            return lambda: {"column.sum": total.sum}
        case "expect_column_mean_to_be_between":
            summed = shared.of(Sums, *_place(arguments))
            return lambda: {"column.mean": summed.mean}
        case "expect_column_stdev_to_be_between":
            moments = shared.of(Moments, *_place(arguments))
            return lambda: {"column.standard_deviation": moments.deviation}
    return None


def _place(arguments: Mapping[str, object]) -> tuple[str, str]:
    return str(arguments["column"]), str(arguments.get("row_condition") or "")


def _of_values(name: str, arguments: Mapping[str, object], held: pa.DataType, shared: Shared) -> Metrics | None:
    place = _place(arguments)
    if not name.startswith(_BY_VALUES) or (kind_of(held) == "time" and not name.startswith(_BY_VALUES[:2])):
        return None
    if "distinct_values" in name and as_set(cast("Sequence[object]", arguments["value_set"]), held) is None:
        return None
    values: Texts | Values = shared.of(Texts, *place) if kind_of(held) == "text" else shared.of(Values, *place)
    match name:
        case "expect_column_unique_value_count_to_be_between":
            return lambda: {"column.distinct_values.count": distinct_count(values)}
        case "expect_column_proportion_of_unique_values_to_be_between":
            return _unique_share(values, shared.of(Rows, *place))
        case "expect_column_most_common_value_to_be_in_set":
            return lambda: {"column.most_common_value": most_common(values)}
    return _against_set(values, cast("Sequence[object]", arguments["value_set"]))


def _of_places(name: str, arguments: Mapping[str, object], held: pa.DataType, shared: Shared) -> Metrics | None:
    method = str(arguments.get("allow_relative_error") or "nearest")
    if kind_of(held) != "number" or method not in _METHODS:
        return None
    match name:
        case "expect_column_median_to_be_between":
            values = shared.of(Values, *_place(arguments))
            return lambda: {"column.median": median(values)}
        case "expect_column_quantile_values_to_be_between":
            ordered = shared.of(Values, *_place(arguments))
            shares = cast("Mapping[str, list[float]]", arguments["quantile_ranges"])["quantiles"]
            return lambda: {"column.quantile_values": quantiles(ordered, shares, method)}
    return None


def _unique_share(values: Texts | Values, rows: Rows) -> Metrics:
    def metrics() -> dict[str, object]:
        there = rows.rows - rows.missing
        return {"column.unique_proportion": distinct_count(values) / there if there else 0}

    return metrics


def _against_set(values: Texts | Values, expected: Sequence[object]) -> Metrics:
    return lambda: against_set(values, expected, at_most=_LISTED)
