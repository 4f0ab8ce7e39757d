"""Which values of one column fail, batch by batch."""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import Batch, View, kind_of
from data_checks.one_pass.judge import Tally
from data_checks.one_pass.values import alike, as_bound, as_set, comparable

NOTHING = np.empty(0, np.int64)
Arguments = Mapping[str, object]
ByValue = Callable[[pa.Array], pa.Array | None]
"""Which values pass (null and anything where they are missing), or none if all do."""


@dataclass(frozen=True)
class Outcome:
    """What a batch adds: its counts, and the (U,) int64 ascending positions in it that fail."""

    tally: Tally
    failing: np.ndarray


RowRule = Callable[[Batch], Outcome]


def column_rule(name: str, arguments: Arguments, held: pa.DataType) -> RowRule | None:
    """The rule of a row-level expectation on one column, none if it must be left to the library.

    Args:
        name: of the expectation.
        arguments: its own, times already read as times.
        held: the type of its column.
    """
    column = str(arguments["column"])
    match name:
        case "expect_column_values_to_not_be_null":
            return _null_rule(column, wanted=False)
        case "expect_column_values_to_be_null":
            return _null_rule(column, wanted=True)
        case "expect_column_values_to_be_between":
            return _between(column, arguments, held)
        case "expect_column_values_to_be_in_set" | "expect_column_values_to_not_be_in_set":
            allowed = as_set(cast("Sequence[object]", arguments["value_set"]), held)
            wanted = name == "expect_column_values_to_be_in_set"
            return None if allowed is None else _judged(column, _in_set(allowed, wanted=wanted))
    return _text_rule(column, name, arguments) if kind_of(held) == "text" else None


def failing_of(passing: pa.Array | None, valid: np.ndarray | None) -> np.ndarray:
    """(U,) int64, where a rule is not kept and a value is there (everywhere if `valid` is none)."""
    if passing is None:
        return NOTHING
    bad = ~passing.fill_null(True).to_numpy(zero_copy_only=False)
    return np.flatnonzero(bad if valid is None else bad & valid)


def _judged(column: str, passes: ByValue) -> RowRule:
    def rule(batch: Batch) -> Outcome:
        view = batch[column]
        failing = failing_of(_by_distinct_value(view, passes), view.valid if view.missing else None)
        rows = batch.rows.num_rows
        return Outcome(Tally(rows, rows - view.missing, len(failing)), failing)

    return rule


def _by_distinct_value(view: View, passes: ByValue) -> pa.Array | None:
    """Ask of each distinct text once, where they are few."""
    encoded = view.encoded if view.kind == "text" else None
    if encoded is None:
        return passes(view.held)
    passing = passes(encoded.dictionary)
    return None if passing is None or pc.all(passing).as_py() else passing.take(encoded.indices)


def _null_rule(column: str, *, wanted: bool) -> RowRule:
    def rule(batch: Batch) -> Outcome:
        view, rows = batch[column], batch.rows.num_rows
        unexpected = rows - view.missing if wanted else view.missing
        failing = np.flatnonzero(view.valid == wanted) if unexpected else NOTHING
        return Outcome(Tally(rows, rows, unexpected), failing)

    return rule


def _between(column: str, arguments: Arguments, held: pa.DataType) -> RowRule | None:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    given = [bound for bound in (low, high) if bound is not None]
    ordered = kind_of(held) in {"number", "time"}
    if not ordered or not given or not all(comparable(bound, held) for bound in given):
        return None
    if len(given) == 2 and given[0] > given[1]:  # type: ignore[operator]  # both compare with the column's values
        return None
    inside = _inside(arguments, lambda bound: as_bound(bound, held))

    def rule(batch: Batch) -> Outcome:
        view, rows = batch[column], batch.rows.num_rows
        considered = rows - view.missing
        ends = pa.array(view.extremes, view.held.type)
        if not considered or pc.all(inside(ends)).as_py():
            return Outcome(Tally(rows, considered), NOTHING)
        failing = failing_of(inside(view.held), None)
        return Outcome(Tally(rows, considered, len(failing)), failing)

    return rule


def _inside(arguments: Arguments, bound: Callable[[object], pa.Scalar]) -> Callable[[pa.Array], pa.Array]:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    above = pc.greater if arguments.get("strict_min") else pc.greater_equal
    below = pc.less if arguments.get("strict_max") else pc.less_equal
    tests = [(test, bound(limit)) for test, limit in ((above, low), (below, high)) if limit is not None]

    def inside(values: pa.Array) -> pa.Array:
        passing = [test(*alike([values, limit])) for test, limit in tests]
        return passing[0] if len(passing) == 1 else pc.and_kleene(*passing)

    return inside


def _in_set(allowed: pa.Array, *, wanted: bool) -> ByValue:
    options, filled = pc.SetLookupOptions(allowed), _filled(allowed) if wanted else None

    def passes(values: pa.Array) -> pa.Array | None:
        if filled and all(end in filled for end in pc.min_max(values).as_py().values()):
            return None  # at a tenth of what looking at each costs
        found = pc.is_in(values, options=options)
        return found if wanted else pc.invert(found)

    return passes


def _filled(allowed: pa.Array) -> range | None:
    """The range that a set of whole numbers fills; none if it has gaps."""
    if not pa.types.is_int64(allowed.type) or not len(allowed):
        return None
    low, high = pc.min_max(allowed).as_py().values()
    return range(low, high + 1) if high - low < pc.count_distinct(allowed).as_py() else None


def _text_rule(column: str, name: str, arguments: Arguments) -> RowRule | None:
    match name:
        case "expect_column_value_lengths_to_equal":
            length = {"min_value": arguments["value"], "max_value": arguments["value"]}
            return _judged(column, _lengths(length))
        case "expect_column_value_lengths_to_be_between":
            known = arguments.get("min_value") is not None or arguments.get("max_value") is not None
            return _judged(column, _lengths(arguments)) if known else None
        case "expect_column_values_to_match_regex" | "expect_column_values_to_not_match_regex":
            patterns = [str(arguments["regex"])]
        case "expect_column_values_to_match_regex_list" | "expect_column_values_to_not_match_regex_list":
            patterns = cast("list[str]", arguments["regex_list"])
        case _:
            return None
    every, wanted = arguments.get("match_on") == "all", "_not_" not in name
    return _judged(column, _matching(patterns, every=every, wanted=wanted)) if _are_known(patterns) else None


def _lengths(arguments: Arguments) -> ByValue:
    inside = _inside(arguments, pa.scalar)

    def passes(texts: pa.Array) -> pa.Array | None:
        lengths = _lengths_of(texts)
        ends = pc.min_max(lengths)
        known = pa.array([end.as_py() for end in ends.values()], lengths.type)
        return None if pc.all(inside(known)).as_py() else inside(lengths)

    return passes


def _lengths_of(texts: pa.Array) -> pa.Array:
    """(N,) how many characters: where all are of one byte, how many bytes, at a twentieth of the cost."""
    _, offsets, data = texts.buffers()
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, kind)[[texts.offset, texts.offset + len(texts)]] if len(texts) else [0, 0]
    held = np.frombuffer(data or b"", np.uint8)[slice(*ends)]
    return pc.binary_length(texts) if held.max(initial=0) < 128 else pc.utf8_length(texts)


def _are_known(patterns: Sequence[str]) -> bool:
    try:
        for pattern in patterns:
            _contains(pa.array([""]), pattern)
    except (re.error, pa.ArrowInvalid):
        return False
    return bool(patterns)


def _matching(patterns: Sequence[str], *, every: bool, wanted: bool) -> ByValue:
    def passes(texts: pa.Array) -> pa.Array:
        found = [_contains(texts, pattern) for pattern in patterns]
        matched = np.all(found, axis=0) if every else np.any(found, axis=0)
        return pa.array(matched == wanted)

    return passes


def _contains(texts: pa.Array, pattern: str) -> np.ndarray:
    """Search as the library does, by pandas, which has its own mind about which engine reads a pattern."""
    import pandas as pd

    series = pd.Series(pd.array(texts, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression", UserWarning)
        return np.asarray(series.str.contains(pattern).fillna(False), np.bool_)
