"""Which rows fail by what several of their columns hold together, batch by batch."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import Batch, View, kind_of
from data_checks.one_pass.column_rules import Outcome, RowRule, failing_of
from data_checks.one_pass.judge import Tally
from data_checks.one_pass.values import alike, as_set, comparable, form_of

Views = Sequence[View]
_SUMMED_IN_ORDER = 8  # numpy adds up to so many numbers one after the other, and more in pairs


def tuple_rule(name: str, arguments: Mapping[str, object], kinds: Sequence[pa.DataType]) -> RowRule | None:
    """The rule of a row-level expectation on pairs or tuples of columns, none if it must be left to the library.

    Args:
        name: of the expectation.
        arguments: its own.
        kinds: the types of its columns, in the order of the arguments.
    """
    columns = _columns(arguments)
    ignore = str(arguments["ignore_row_if"])
    alike = len({form_of(kind) if kind_of(kind) == "time" else kind_of(kind) for kind in kinds}) == 1
    if not alike or kind_of(kinds[0]) == "other" or len(set(columns)) < len(columns):
        return None
    passes = _passes(name, arguments, kinds)
    return None if passes is None else _judged(columns, passes, ignore)


def _columns(arguments: Mapping[str, object]) -> list[str]:
    if "column_list" in arguments:
        return cast("list[str]", arguments["column_list"])
    return [str(arguments["column_A"]), str(arguments["column_B"])]


def _passes(
    name: str, arguments: Mapping[str, object], kinds: Sequence[pa.DataType]
) -> Callable[[Views], pa.Array] | None:
    kind = kind_of(kinds[0])
    known: dict[str, tuple[bool, Callable[[Views], pa.Array]]] = {
        "expect_column_pair_values_a_to_be_greater_than_b": (kind in {"number", "time"}, _greater(arguments)),
        "expect_column_pair_values_to_be_equal": (True, lambda views: pc.equal(*_plain(views))),
        "expect_multicolumn_values_to_be_equal": (True, _all_equal),
        "expect_select_column_values_to_be_unique_within_record": (kind != "boolean", _all_different),
        "expect_multicolumn_sum_to_equal": (_sums_alike(arguments, kinds), lambda views: _sums_to(views, arguments)),
    }
    if name == "expect_column_pair_values_to_be_in_set" and kind != "time":
        return _pairs(cast("list[list[object]]", arguments["value_pairs_set"]), kinds)
    applies, passes = known.get(name, (False, _all_equal))
    return passes if applies else None


def _greater(arguments: Mapping[str, object]) -> Callable[[Views], pa.Array]:
    test = pc.greater_equal if arguments.get("or_equal") else pc.greater
    return lambda views: test(*_plain(views))


def _sums_alike(arguments: Mapping[str, object], kinds: Sequence[pa.DataType]) -> bool:
    if not comparable(arguments.get("sum_total"), kinds[0]):
        return False
    exact = all(pa.types.is_integer(each) for each in kinds)
    return all(kind_of(each) == "number" for each in kinds) and (exact or len(kinds) < _SUMMED_IN_ORDER)


def _sums_to(views: Views, arguments: Mapping[str, object]) -> pa.Array:
    return pc.equal(*alike([reduce(pc.add, _plain(views)), pa.scalar(arguments["sum_total"])]))


def _judged(columns: Sequence[str], passes: Callable[[Views], pa.Array], ignore: str) -> RowRule:
    def rule(batch: Batch) -> Outcome:
        views = [batch[name] for name in columns]
        rows = batch.rows.num_rows
        judged = judged_rows(views, ignore)
        passing = passes(views).fill_null(False)
        failing = failing_of(passing, judged)
        considered = rows if judged is None else int(judged.sum())
        return Outcome(Tally(rows, considered, len(failing)), failing)

    return rule


def judged_rows(views: Views, ignore: str) -> np.ndarray | None:
    """Tell which rows are judged, by `ignore_row_if`.

    Args:
        views: of the columns.
        ignore: one of the library's words.

    Returns:
        (N,) whether a row is judged; none if every row is.
    """
    if ignore in {"neither", "never"} or not any(view.missing for view in views):
        return None
    there = [view.valid for view in views]
    return np.asarray(
        np.logical_and.reduce(there) if ignore.startswith(("either", "any")) else np.logical_or.reduce(there)
    )


def _plain(views: Views) -> list[pa.Array]:
    values = [view.held for view in views]
    return alike([each.cast(each.type.value_type) if pa.types.is_dictionary(each.type) else each for each in values])


def _same(one: pa.Array, other: pa.Array) -> pa.Array:
    return pc.or_(pc.equal(one, other).fill_null(False), pc.and_(pc.is_null(one), pc.is_null(other)))


def _all_equal(views: Views) -> pa.Array:
    first, *others = _plain(views)
    return reduce(pc.and_, (_same(first, other) for other in others), pa.array(np.ones(len(first), np.bool_)))


def _all_different(views: Views) -> pa.Array:
    values = _plain(views)
    different = (pc.invert(_same(one, other)) for one, other in combinations(values, 2))
    return reduce(pc.and_, different, pa.array(np.ones(len(values[0]), np.bool_)))


def _pairs(pairs: list[list[object]], kinds: Sequence[pa.DataType]) -> Callable[[Views], pa.Array] | None:
    """Number the values of each side, the missing one included, and look the numbers of a row up."""
    sides = [list(dict.fromkeys(value for value in side if value is not None)) for side in zip(*pairs, strict=True)]
    known = [as_set(side, kind) for side, kind in zip(sides, kinds, strict=False)]
    if len(known) != 2 or any(each is None or len(each) != len(side) for each, side in zip(known, sides, strict=True)):
        return None
    width = len(sides[1]) + 2  # a missing value and an unknown one have numbers too

    def number(side: int, value: object) -> int:
        return len(sides[side]) if value is None else sides[side].index(value)

    allowed = pa.array([number(0, one) * width + number(1, other) for one, other in pairs], pa.int64())

    def passes(views: Views) -> pa.Array:
        numbers = []
        for view, values, side, known_values in zip(views, _plain(views), sides, known, strict=True):
            found = pc.index_in(values, value_set=known_values).fill_null(len(side) + 1).to_numpy(zero_copy_only=False)
            numbers.append(np.where(view.valid, found, len(side)).astype(np.int64))
        return pc.is_in(pa.array(numbers[0] * width + numbers[1]), value_set=allowed)

    return passes
