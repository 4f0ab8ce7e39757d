"""The library's own verdict on figures that were counted elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_library import import_library, library_form, refused_form
from data_checks.json_values import json_value
from data_checks.verdict import Json

_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Tally:
    """What a row-level expectation counted.

    Attributes:
        rows: that its condition lets through.
        considered: of these, the ones it judges: its column has a value, or `ignore_row_if` lets them through.
        unexpected: of these, the ones that fail.
    """

    rows: int = 0
    considered: int = 0
    unexpected: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.rows + other.rows, self.considered + other.considered, self.unexpected + other.unexpected)


def judge_rows(
    expectation: Expectation, schema: pa.Schema, tally: Tally, *, values: list[object], hidden: bool
) -> Mapping[str, Json]:
    """Let the library judge a row-level expectation.

    Args:
        expectation: as declared.
        schema: of the rows.
        tally: over all rows.
        values: the first values that fail, as the library would list them.
        hidden: whether the library is to list none.

    Returns:
        Its result as plain JSON, without lists as long as the rows that fail.
    """

    def figure(metric: str) -> object:
        if metric == "table.row_count":
            return tally.rows
        if metric == "column_values.nonnull.unexpected_count":
            return tally.unexpected if expectation.name.endswith("_to_not_be_null") else tally.rows - tally.considered
        figures = {
            "unexpected_count": tally.unexpected,
            "filtered_row_count": tally.considered,
            "unexpected_values": values,
            "unexpected_index_list": None,
            "unexpected_index_query": None,
        }
        return figures[metric.rpartition(".")[2]]

    return _judged(expectation, schema, figure, hidden=hidden)


def judge_whole(expectation: Expectation, schema: pa.Schema, metrics: Mapping[str, object]) -> Mapping[str, Json]:
    """Let the library judge an expectation on a whole column or table.

    Args:
        expectation: as declared.
        schema: of the rows.
        metrics: by the library's names; all that the expectation asks for.

    Returns:
        Its result as plain JSON.
    """
    return _judged(expectation, schema, metrics.__getitem__, hidden=False)


def _judged(
    expectation: Expectation, schema: pa.Schema, figure: Callable[[str], object], *, hidden: bool
) -> Mapping[str, Json]:
    import_library()
    form = library_form(expectation, schema)
    format_ = {"result_format": dict(_FORMAT, exclude_unexpected_values=hidden)}
    asked = form.get_validation_dependencies(runtime_configuration=dict(format_)).metric_configurations
    figures = {configuration.id: figure(name) for name, configuration in asked.items()}
    try:
        result = form.metrics_validate(figures, runtime_configuration=dict(format_))
    except (TypeError, ValueError) as error:
        return refused_form(form, error)
    result.result.pop("unexpected_list", None)
    return cast("Mapping[str, Json]", json_value(result.to_json_dict()))
