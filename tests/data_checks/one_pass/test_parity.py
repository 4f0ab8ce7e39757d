"""Every expectation both ways: by the library on pandas, and in one pass over batches."""

import math
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from data_checks.expectation_library import found_by_library
from data_checks.expectation_table import expectation_table
from data_checks.expectations import Examination, Expectation, Repeats

EVERY = int(os.environ.get("PARITY_EVERY", "20"))  # 1 tries every case on every table: minutes
SUMS_TO = 1e-12  # floats are added in another order
ROWS = 40
SCHEMA = pa.schema({
    "whole": pa.int64(), "small": pa.int16(), "number": pa.float64(), "other": pa.float64(),
    "price": pa.decimal128(9, 2), "flag": pa.bool_(), "text": pa.string(), "long": pa.large_string(),
    "category": pa.dictionary(pa.int32(), pa.string()), "day": pa.date32(), "at": pa.timestamp("us"),
    "fine": pa.timestamp("ns"), "moment": pa.timestamp("ms", "Europe/Lisbon"), "nothing": pa.null(), "key": pa.int64(),
})  # fmt: skip
START = datetime(2026, 1, 1, 12, tzinfo=UTC).replace(tzinfo=None)


def row(n):
    text = f"{'abc'[n % 3]}{n % 7}" + ("é" if n % 11 == 0 else "")
    at = START + timedelta(hours=7 * (n % 13))
    return {
        "whole": n % 9 - 2, "small": n % 5, "number": (n * 7 % 11) / 4, "other": (n % 6) / 4,
        "price": Decimal(n % 8) / 4, "flag": n % 3 == 0, "text": text, "long": text * (n % 3), "category": "xyz"[n % 3],
        "day": at.date(), "at": at, "fine": at, "moment": at.replace(tzinfo=UTC), "nothing": None, "key": n,
    }  # fmt: skip


def table(rows):
    return pa.Table.from_pylist(rows, SCHEMA)


def without(rows, missing):
    return [{k: None if k != "key" and missing(n, k) else v for k, v in each.items()} for n, each in enumerate(rows)]


ORDINARY = [row(n) for n in range(ROWS)]
SCATTERED = without(ORDINARY, lambda n, k: (n + len(k)) % 4 == 0)
INFINITE = [{**r, "number": math.inf if n in {3, 4} else r["number"]} for n, r in enumerate(ORDINARY)]
NOT_A_NUMBER = [{**r, "number": math.nan if n % 5 else r["number"]} for n, r in enumerate(SCATTERED)]
FAR = pa.chunked_array([pa.array([253402300800 * 10**6 * (n % 2) + n for n in range(ROWS)], pa.timestamp("us"))])
TABLES = {
    "ordinary": table(ORDINARY),
    "with missing values": table(SCATTERED),
    "with NaN": table(NOT_A_NUMBER),
    "with infinity": table(INFINITE),
    "empty": table([]),
    "one row": table(ORDINARY[5:6]),
    "one row without values": table(without(ORDINARY[5:6], lambda n, k: True)),
    "without values": table(without(ORDINARY[:9], lambda n, k: True)),
    "missing at first": table(without(ORDINARY, lambda n, k: n < 20)),
    "ascending": table(sorted(ORDINARY, key=lambda r: (r["number"], r["key"]))),
    "beyond floats": table([{**r, "whole": 2**53 + r["whole"], "key": 2**60 + r["key"]} for r in ORDINARY]),
    "beyond year 9999": table(ORDINARY).set_column(10, "at", FAR),
}
TELLING = ("ordinary", "with missing values", "with NaN", "missing at first", "ascending")
"""Every case is tried on one of them in each run, and a share of all cases on every table."""
NUMBERS = ("whole", "small", "number", "price")
TIMES = ("day", "at", "fine", "moment")
TEXTS = ("text", "long", "category")
ALL = tuple(SCHEMA.names)


def each(name, columns, **arguments):
    return [(name, {"column": column, **arguments}) for column in columns]


def pairs(name, columns, **arguments):
    return [
        (name, {"column_A": a, "column_B": b, "ignore_row_if": ignore, **arguments})
        for a, b in columns
        for ignore in ("both_values_are_missing", "either_value_is_missing", "neither")
    ]


def several(name, columns, **arguments):
    return [
        (name, {"column_list": list(names), "ignore_row_if": ignore, **arguments})
        for names in columns
        for ignore in ("all_values_are_missing", "any_value_is_missing", "never")
    ]


BETWEEN = "expect_column_values_to_be_between"
ALIKE = (("number", "other"), ("whole", "small"), ("whole", "number"), ("text", "long"), ("text", "category"),
         ("day", "at"), ("at", "fine"), ("flag", "flag_too"), ("text", "whole"), ("moment", "at"))  # fmt: skip
GIVEN = [
    *each("expect_column_values_to_not_be_null", ALL),
    *each("expect_column_values_to_be_null", ALL, mostly=0.5),
    *each(BETWEEN, (*NUMBERS, "flag", "nothing"), min_value=0, max_value=2),
    *each(BETWEEN, NUMBERS, min_value=0.25, strict_min=True, mostly=0.75),
    *each(BETWEEN, NUMBERS, max_value=1, strict_max=True),
    *each(BETWEEN, ("whole", "text"), min_value=3, max_value=1),
    *each(BETWEEN, TEXTS, max_value=3),
    *each(BETWEEN, TIMES, min_value="2026-01-02", max_value="2026-01-03T01:00:00", strict_max=True),
    *each(BETWEEN, ("at", "moment"), min_value="2026-01-02T00:00:00Z"),
    *each("expect_column_values_to_be_in_set", NUMBERS, value_set=[0, 0.5, 2]),
    *each("expect_column_values_to_be_in_set", TEXTS, value_set=["a0", "b1", "x", ""]),
    *each("expect_column_values_to_be_in_set", TIMES, value_set=["2026-01-01T12:00:00", "2026-01-02"]),
    *each("expect_column_values_to_be_in_set", ("flag", "whole"), value_set=[True]),
    *each("expect_column_values_to_be_in_set", ("text", "whole"), value_set=[None, "a0"]),
    *each("expect_column_values_to_be_in_set", ("text", "whole"), value_set=[]),
    *each("expect_column_values_to_not_be_in_set", NUMBERS, value_set=[0, 0.5, 2], mostly=0.5),
    *each("expect_column_values_to_not_be_in_set", TEXTS, value_set=["a0", "x"]),
    *each("expect_column_values_to_not_be_in_set", TIMES, value_set=["2026-01-01T12:00:00", "2026-01-02"]),
    *each("expect_column_value_lengths_to_equal", (*TEXTS, "whole"), value=2),
    *each("expect_column_value_lengths_to_be_between", TEXTS, min_value=1, max_value=2, strict_min=True),
    *each("expect_column_value_lengths_to_be_between", TEXTS, max_value=2),
    *each("expect_column_values_to_match_regex", (*TEXTS, "whole", "flag"), regex=r"^[a-x]\d?"),
    *each("expect_column_values_to_match_regex", TEXTS, regex=r"(a|é)$"),
    *each("expect_column_values_to_match_regex", TEXTS, regex=r"^(?!a)"),
    *each("expect_column_values_to_match_regex", ("text",), regex="("),
    *each("expect_column_values_to_not_match_regex", TEXTS, regex="b|y"),
    *each("expect_column_values_to_match_regex_list", TEXTS, regex_list=["a", r"\d$"], match_on="all"),
    *each("expect_column_values_to_match_regex_list", TEXTS, regex_list=["a", r"\d$"], match_on="any"),
    *each("expect_column_values_to_not_match_regex_list", TEXTS, regex_list=["b", "z"]),
    *each("expect_column_values_to_be_unique", ALL),
    *each("expect_column_values_to_be_increasing", (*NUMBERS, *TIMES, "key")),
    *each("expect_column_values_to_be_increasing", (*NUMBERS, *TIMES), strictly=True),
    *each("expect_column_values_to_be_decreasing", (*NUMBERS, *TIMES), mostly=0.4),
    *each("expect_column_value_z_scores_to_be_less_than", NUMBERS, threshold=1, double_sided=True),
    *each("expect_column_values_to_not_be_outliers", NUMBERS, method="std", multiplier=1),
    *each("expect_column_values_to_be_dateutil_parseable", ("text",)),
    *each("expect_column_values_to_be_json_parseable", ("text",)),
    *each("expect_column_values_to_match_strftime_format", ("text",), strftime_format="%Y"),
    *pairs("expect_column_pair_values_a_to_be_greater_than_b", ALIKE),
    *pairs("expect_column_pair_values_a_to_be_greater_than_b", ALIKE[:3], or_equal=True, mostly=0.5),
    *pairs("expect_column_pair_values_to_be_equal", ALIKE),
    *pairs("expect_column_pair_values_to_be_in_set", ALIKE[1:3], value_pairs_set=[[0, 0], [1, 1.75], [None, 2]]),
    *pairs("expect_column_pair_values_to_be_in_set", ALIKE[3:5], value_pairs_set=[["a0", "x"], ["b1", "b1"]]),
    *several("expect_multicolumn_sum_to_equal", [("whole", "small"), ("number", "other", "whole")], sum_total=2),
    *several("expect_multicolumn_values_to_be_equal", [("whole", "small"), ("text", "category"), ("flag", "whole")]),
    *several("expect_select_column_values_to_be_unique_within_record", [("whole", "small", "number")]),
    *several("expect_select_column_values_to_be_unique_within_record", [("text", "long")]),
    *several("expect_compound_columns_to_be_unique", [("whole", "small"), ("text", "flag")]),
    *several("expect_compound_columns_to_be_unique", [("key", "text"), ("at", "day")]),
    *several("expect_compound_columns_to_be_unique", [("whole", "text", "number"), ("price", "category")], mostly=0.3),
    *each("expect_column_max_to_be_between", (*NUMBERS, *TIMES, "text"), max_value=2),
    *each("expect_column_min_to_be_between", (*NUMBERS, *TIMES), min_value="2026-01-01"),
    *each("expect_column_min_to_be_between", (*NUMBERS, "flag"), min_value=0, strict_min=True),
    *each("expect_column_sum_to_be_between", (*NUMBERS, "flag"), min_value=1, max_value=50),
    *each("expect_column_mean_to_be_between", (*NUMBERS, "at", "text"), min_value=0.5),
    *each("expect_column_stdev_to_be_between", NUMBERS, max_value=1),
    *each("expect_column_median_to_be_between", (*NUMBERS, "at"), min_value=1, max_value=1.5),
    *[
        case
        for method in ("linear", "lower", "higher", "midpoint", "nearest", False)
        for case in each(
            "expect_column_quantile_values_to_be_between",
            ("number", "whole"),
            quantile_ranges={"quantiles": [0, 0.1, 0.5, 0.77, 1], "value_ranges": [[None, 1]] * 3 + [[0, 9]] * 2},
            allow_relative_error=method,
        )
    ],
    *each("expect_column_unique_value_count_to_be_between", ALL, min_value=2, max_value=9),
    *each("expect_column_proportion_of_unique_values_to_be_between", ALL, min_value=0.2),
    *each("expect_column_proportion_of_non_null_values_to_be_between", ALL, min_value=0.6),
    *each("expect_column_most_common_value_to_be_in_set", (*NUMBERS, "flag"), value_set=[0, 1]),
    *each("expect_column_most_common_value_to_be_in_set", TEXTS, value_set=["x", "a0"], ties_okay=True),
    *each("expect_column_distinct_values_to_be_in_set", NUMBERS, value_set=[0, 0.5, 1, 2]),
    *each("expect_column_distinct_values_to_contain_set", NUMBERS, value_set=[0, 77]),
    *each("expect_column_distinct_values_to_equal_set", ("category", "text", "long"), value_set=["x", "y", "z"]),
    *each("expect_column_distinct_values_to_equal_set", ("flag",), value_set=[True, False]),
    *each("expect_column_distinct_values_to_be_in_set", TIMES, value_set=["2026-01-02"]),
    *each("expect_column_kl_divergence_to_be_less_than", ("category",), threshold=0.5,
          partition_object={"values": ["x", "y"], "weights": [0.5, 0.5]}),
    ("expect_table_row_count_to_equal", {"value": ROWS}),
    ("expect_table_row_count_to_be_between", {"min_value": 3}),
    ("expect_table_column_count_to_equal", {"value": 16}),
    ("expect_table_column_count_to_be_between", {"min_value": 3, "max_value": 5}),
    ("expect_column_to_exist", {"column": "text"}),
    ("expect_column_to_exist", {"column": "texts", "column_index": 3}),
    ("expect_table_columns_to_match_set", {"column_set": ["text", "whole"], "exact_match": False}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["text", "whole"]}),
    *each(BETWEEN, ("absent",), min_value=1),
    *each("expect_column_max_to_be_between", ("absent",), min_value=1),
]  # fmt: skip
CONDITIONS = ("whole > 2", "category == 'x' and not flag", "`text` in ['a0', 'b1'] or number >= 1.5", "text > 3",
              "number > number.mean()", "day > '2026-01-02'", "small", "small % 2", "flag")  # fmt: skip
UNDER_CONDITIONS = [
    (name, {**arguments, "row_condition": condition})
    for condition in CONDITIONS
    for name, arguments in [
        (BETWEEN, {"column": "number", "max_value": 1}),
        ("expect_column_values_to_not_be_null", {"column": "text"}),
        ("expect_column_values_to_be_unique", {"column": "text"}),
        ("expect_column_values_to_be_increasing", {"column": "number"}),
        *pairs("expect_column_pair_values_to_be_equal", ALIKE[:1])[:1],
        *pairs("expect_column_pair_values_to_be_in_set", ALIKE[3:4], value_pairs_set=[["a0", "x"]])[:1],
        *several("expect_compound_columns_to_be_unique", [("text", "flag")])[:1],
        ("expect_table_row_count_to_be_between", {"max_value": 10}),
        ("expect_column_mean_to_be_between", {"column": "number", "max_value": 1}),
        ("expect_column_unique_value_count_to_be_between", {"column": "text", "max_value": 3}),
    ]
]


def expectation(name, arguments):
    return Expectation.model_validate({name: arguments})


EXPECTATIONS = [expectation(*given) for given in GIVEN + UNDER_CONDITIONS]


def complete(rows):
    return rows.append_column("flag_too", rows["flag"])


def in_batches(rows, expectations, size):
    batches = [rows.slice(start, size) for start in range(0, rows.num_rows, size)]
    repeats = Repeats(expectations, rows.schema)
    while repeats.needed:
        for batch in batches:
            repeats.look(batch)
        repeats.finish()
    examination = Examination(expectations, rows.schema, repeats=repeats)
    for batch in batches:
        examination.look(batch)
    return examination.results()


def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=SUMS_TO, abs_tol=SUMS_TO)
    return one == other


def details(raw):
    found = dict(raw["result"])
    if "partial_missing_list" in found:
        found["partial_missing_list"] = sorted(map(str, found["partial_missing_list"]))  # the library lists a set
    return {"success": raw["success"], **found}


def difference(their, our):
    if their.raised or our.error:
        return "" if their.raised and our.error else f"one way only it can't be judged: {our.error or their.raw}"
    if not same(details(their.raw), details(our.raw)):
        return f"{details(their.raw)} became {details(our.raw)}"
    return "" if their.failing.tolist() == our.failing_rows.tolist() else f"{their.failing} became {our.failing_rows}"


def chosen_for(name):
    place = list(TABLES).index(name)
    turn = TELLING.index(name) if name in TELLING else None
    return [n for n in range(len(EXPECTATIONS)) if (n + 7 * place) % EVERY == 0 or n % len(TELLING) == turn]


@pytest.mark.filterwarnings("ignore:This pattern is interpreted")  # pandas on groups in a regex, within the library
@pytest.mark.filterwarnings("ignore:invalid value encountered")  # numpy on infinity, within the library
@pytest.mark.parametrize("name", TABLES)
def test_both_ways_agree(name):
    rows = complete(TABLES[name])
    chosen = [EXPECTATIONS[n] for n in chosen_for(name)]
    theirs, ours = found_by_library(rows, chosen), in_batches(rows, chosen, 7 if len(name) % 2 else 11)
    compared = [
        f"{e} ({our.way}): {difference(their, our)}"
        for e, their, our in zip(chosen, theirs, ours, strict=True)
        if not (name == "beyond year 9999" and their.raised)  # pandas compares no such time; the pass does
    ]
    assert not [each for each in compared if not each.endswith(": ")]


def test_every_case_every_offered_expectation_and_every_condition_is_tried_in_each_run():
    tried = {n for name in TELLING for n in chosen_for(name)}
    assert tried == set(range(len(EXPECTATIONS)))
    names = {EXPECTATIONS[n].name for n in tried}
    assert set(expectation_table().offered) - names == {"expect_column_values_to_match_json_schema"}
    assert {EXPECTATIONS[n].arguments.get("row_condition") for n in tried} == {None, *CONDITIONS}
    assert all(TABLES[name].num_rows == ROWS for name in TELLING)
    assert all(chosen_for(name) for name in TABLES)


@pytest.mark.parametrize(
    "planted",
    [{"unexpected_count": 1}, {"element_count": 39}, {"missing_percent": 0.5}, {"partial_unexpected_list": [1]}],
)
def test_a_wrong_figure_would_be_noticed(planted):
    chosen = [expectation(BETWEEN, {"column": "number", "max_value": 1})]
    (their,), (our,) = found_by_library(TABLES["ordinary"], chosen), in_batches(TABLES["ordinary"], chosen, 7)
    assert difference(their, our) == ""
    wrong = replace(our, raw={**our.raw, "result": {**our.raw["result"], **planted}})
    assert "became" in difference(their, wrong)
    assert "became" in difference(their, replace(our, failing_rows=our.failing_rows[1:]))
