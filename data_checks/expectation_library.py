"""The one door to Great Expectations: imported late, without telemetry, progress bars and files."""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_report import Found, examples_of, touches
from data_checks.json_values import json_value
from data_checks.pandas_rows import in_column_types, to_pandas
from data_checks.row_condition import ConditionError, rows_through
from data_checks.verdict import Json

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation as LibraryExpectation

_LISTS = ("unexpected_list", "unexpected_index_list", "partial_unexpected_index_list")  # as long as the rows that fail


class ExpectationError(ValueError):
    """The library refuses an expectation's arguments for these rows."""


def import_library() -> None:
    """Import the library without its telemetry and warnings: seconds of CPU the first time."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read when the library is imported
    with warnings.catch_warnings():
        # great_expectations 1.24 imports `sre_constants` and `sre_parse`, deprecated since python 3.11
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        import great_expectations  # noqa: F401  # importing is the work


def library_context() -> "EphemeralDataContext":
    """Open a context that lives in memory."""
    import_library()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


@cache
def _batches() -> "BatchDefinition":
    """Open one context for all tables of this process: each leaves a temporary folder behind."""
    asset = library_context().data_sources.add_pandas("rows").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("rows")


def library_form(expectation: Expectation, schema: pa.Schema, *, identity: str = "") -> "LibraryExpectation":
    """Make the library's own object of an expectation.

    Args:
        expectation: as declared.
        schema: of the rows, in whose types bounds and sets are read.
        identity: kept in the object's `meta`, to recognise its result.

    Raises:
        ExpectationError: the library refuses the arguments.
    """
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


def check_forms(expectations: Sequence[Expectation], schema: pa.Schema) -> None:
    """Let the library refuse arguments before a row is read.

    Args:
        expectations: as declared.
        schema: of the rows, in whose types bounds and sets are read.

    Raises:
        ExpectationError: it refuses some.
    """
    library_own = [expectation for expectation in expectations if not expectation.use]
    if library_own:
        import_library()
    for expectation in library_own:
        library_form(expectation, schema)


def identity_of(expectation: Expectation) -> str:
    """Text that is equal for equal expectations only."""
    return json.dumps([expectation.name, expectation.arguments, expectation.severity], sort_keys=True)


def found_by_library(
    rows: pa.Table, expectations: Sequence[Expectation], *, sensitive: frozenset[str] = frozenset()
) -> tuple[Found, ...]:
    """Judge a whole table by the library alone, on pandas.

    Args:
        rows: any table; columns that begin with `_` are not seen by the expectations. Not modified.
        expectations: as declared.
        sensitive: columns whose values the library is not to list.

    Returns:
        One finding an expectation, in order.

    Raises:
        ExpectationError: the library refuses the arguments.
    """
    distinct = {identity_of(expectation): expectation for expectation in expectations}
    if not distinct:
        return ()
    frame = to_pandas(rows)
    batch = _batches().get_batch({"dataframe": frame})
    from great_expectations import ExpectationSuite

    found = _with_refused_conditions(frame, distinct, rows.schema)
    for hidden in (False, True):
        chosen = {key: e for key, e in distinct.items() if touches(e, sensitive) is hidden and key not in found}
        members = [library_form(e, rows.schema, identity=key) for key, e in chosen.items()]
        suite = ExpectationSuite("contract", expectations=members)
        format_ = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
        if members:
            validation = batch.validate(suite, result_format=format_ | {"exclude_unexpected_values": hidden})
            for result in validation.results:
                key = result.expectation_config.meta["identity"]
                lists = {name: result.result.pop(name, None) for name in _LISTS}
                failing = np.sort(np.asarray(lists["unexpected_index_list"] or [], np.int64))
                raw = cast("Mapping[str, Json]", json_value(result.to_json_dict()))
                found[key] = Found(raw, failing, examples_of(rows, distinct[key], failing))
    return tuple(found[identity_of(expectation)] for expectation in expectations)


def refused(expectation: Expectation, schema: pa.Schema, error: Exception) -> Mapping[str, Json]:
    """Make the library's result of an expectation that could not be judged."""
    import_library()
    return refused_form(library_form(expectation, schema), error)


def refused_form(form: "LibraryExpectation", error: Exception) -> Mapping[str, Json]:
    """Make the library's result of its own object that could not be judged."""
    from great_expectations.core import ExpectationValidationResult

    info = {"raised_exception": True, "exception_message": str(error), "exception_traceback": ""}
    result = ExpectationValidationResult(
        success=False, result={}, expectation_config=form.configuration, exception_info=info
    )
    return cast("Mapping[str, Json]", json_value(result.to_json_dict()))


def _with_refused_conditions(
    frame: "pd.DataFrame", expectations: Mapping[str, Expectation], schema: pa.Schema
) -> dict[str, Found]:
    """The findings of those whose condition does not say of each row whether it is meant."""
    found: dict[str, Found] = {}
    for key, expectation in expectations.items():
        condition = str(expectation.arguments.get("row_condition") or "")
        try:
            if condition:
                rows_through(frame, condition)
        except ConditionError as error:
            found[key] = Found(refused(expectation, schema, error))
    return found
