"""Whether rows are as expected: Great Expectations' own verdicts on Arrow tables, and which rows fail."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation, check_names
from data_checks.expectation_library import library_context
from data_checks.expectation_result import Action, ExpectationResult, verdicts
from data_checks.json_values import json_value
from data_checks.pandas_rows import in_column_types, to_pandas
from data_checks.verdict import Json

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Action", "Expectation", "ExpectationError", "ExpectationResult", "check_names", "expect", "verdicts"]

_EXAMPLES = 5
_LISTS = ("unexpected_list", "unexpected_index_list", "partial_unexpected_index_list")  # as long as the rows that fail
_COUNTS = ("element_count", "unexpected_count", "missing_count")
_OBSERVED_IS_NO_VALUE = (
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_unique_value_count_to_be_between",
)


class ExpectationError(ValueError):
    """The library refuses an expectation's arguments for these rows."""


def expect(
    rows: pa.Table, expectations: Sequence[Expectation], *, sensitive: frozenset[str] = frozenset()
) -> tuple[ExpectationResult, ...]:
    """Judge rows by Great Expectations; the library is imported only if there is an expectation.

    Args:
        rows: any table; columns that begin with `_` are not seen by the expectations. Not modified.
        expectations: as declared; identical ones are judged once and reported as often as declared.
        sensitive: columns whose values must appear in no result.

    Returns:
        One result an expectation, in order.

    Raises:
        ExpectationError: the library refuses the arguments; a column that is not there is a failed result instead.
    """
    if not expectations:
        return ()
    distinct = {_identity(expectation): expectation for expectation in expectations}
    found = _validate(to_pandas(rows), distinct, schema=rows.schema, sensitive=sensitive)
    names = check_names(expectations)
    return tuple(
        _result(expectation, *found[_identity(expectation)], check_name=name, rows=rows, sensitive=sensitive)
        for name, expectation in zip(names, expectations, strict=True)
    )


def _identity(expectation: Expectation) -> str:
    return json.dumps([expectation.name, expectation.arguments, expectation.severity], sort_keys=True)


def _validate(
    frame: "pd.DataFrame", distinct: Mapping[str, Expectation], *, schema: pa.Schema, sensitive: frozenset[str]
) -> dict[str, tuple[dict[str, Json], np.ndarray]]:
    """Run the library over one frame: its result of each expectation and the rows that fail, by identity."""
    context = library_context()
    from great_expectations import ExpectationSuite

    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
    found = {}
    for hidden in (False, True):
        chosen = {key: e for key, e in distinct.items() if _touches(e, sensitive) is hidden}
        members = [_library_form(e, schema=schema, identity=key) for key, e in chosen.items()]
        suite = ExpectationSuite("contract", expectations=members)
        format_ = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
        if members:
            validation = batch.validate(suite, result_format=format_ | {"exclude_unexpected_values": hidden})
            for result in validation.results:
                lists = {name: result.result.pop(name, None) for name in _LISTS}
                failing = np.sort(np.asarray(lists["unexpected_index_list"] or [], np.int64))
                key = result.expectation_config.meta["identity"]
                found[key] = cast("dict[str, Json]", json_value(result.to_json_dict())), failing
    return found


def _touches(expectation: Expectation, sensitive: frozenset[str]) -> bool:
    return not sensitive.isdisjoint(expectation.columns)


def _library_form(expectation: Expectation, *, schema: pa.Schema, identity: str) -> object:
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import PassThroughCondition

    try:
        arguments = in_column_types(expectation.arguments, schema)
        if "row_condition" in arguments:  # as text it is deprecated by the library
            arguments["row_condition"] = PassThroughCondition(pass_through_filter=arguments["row_condition"])
        return get_expectation_impl(expectation.name)(
            **arguments, severity=expectation.severity, meta={"identity": identity}
        )
    except (TypeError, ValueError) as error:
        raise ExpectationError(
            f"contract.expectations.{expectation.name} is refused by great_expectations: "
            f"{' '.join(str(error).split())} for {expectation.arguments}; mend the arguments"
        ) from error


def _result(
    expectation: Expectation,
    found: dict[str, Json],
    positions: np.ndarray,
    *,
    check_name: str,
    rows: pa.Table,
    sensitive: frozenset[str],
) -> ExpectationResult:
    hidden = _touches(expectation, sensitive)
    details = cast("dict[str, Json]", found["result"])
    error = _error(found["exception_info"], hidden=hidden)
    observed = details.get("observed_value")
    if hidden and expectation.name not in _OBSERVED_IS_NO_VALUE:
        observed = None
        details = {key: value for key, value in details.items() if key in _COUNTS or "percent" in key}
    config: dict[str, Json] = {
        "type": expectation.name,
        "kwargs": expectation.arguments,
        "severity": expectation.severity,
        "meta": {},
    }
    # without the library's traceback, which names the folders of this machine
    failure: dict[str, Json] = {
        "raised_exception": bool(error),
        "exception_message": error or None,
        "exception_traceback": "",
    }
    raw: dict[str, Json] = found | {"result": details, "expectation_config": config, "exception_info": failure}
    counts = {key: int(cast("int", details.get(key) or 0)) for key in _COUNTS}
    return ExpectationResult(
        expectation.name,
        check_name,
        expectation.arguments,
        expectation.severity,
        row_level=expectation.row_level,
        success=bool(found["success"]),
        rows=rows.num_rows,
        element_count=counts["element_count"],
        unexpected_count=counts["unexpected_count"] if expectation.row_level else 0,
        observed=observed,
        examples=() if hidden else _examples(rows, expectation, positions),
        failing_rows=positions,
        error=error,
        raw=raw,
    )


def _examples(rows: pa.Table, expectation: Expectation, positions: np.ndarray) -> tuple[Json, ...]:
    names = [name for name in expectation.columns if name in rows.column_names]
    if not names or not len(positions):
        return ()
    taken = rows.select(names).take(pa.array(positions[: 4 * _EXAMPLES])).to_pylist()
    values = [json_value(row if len(names) > 1 else row[names[0]]) for row in taken]
    return tuple({json.dumps(value): value for value in values}.values())[:_EXAMPLES]


def _error(info: Json, *, hidden: bool) -> str:
    """Read the library's account of what went wrong, which it nests by metric when a metric failed."""
    entries = [info, *(info.values() if isinstance(info, dict) else ())]
    messages = [str(e["exception_message"]) for e in entries if isinstance(e, dict) and e.get("exception_message")]
    if messages and hidden:
        return "the library raised an error, not shown because the column is sensitive"
    return " ".join(messages[0].split()).rstrip(".") if messages else ""
