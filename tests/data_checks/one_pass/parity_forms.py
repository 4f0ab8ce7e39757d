"""Every expectation in its forms: the same arguments on columns of several types, by name and arguments."""

from data_checks.expectation_table import expectation_table
from tests.data_checks.one_pass.parity_tables import ROWS, SCHEMA

NUMBERS = ("whole", "small", "number", "price")
TIMES = ("day", "at", "fine", "moment")
TEXTS = ("text", "long", "category")
ALL = tuple(SCHEMA.names)
NUMBERED = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def each(name, columns, **arguments):
    return [(name, {"column": column, **arguments}) for column in columns]


def pairs(name, columns, **arguments):
    """One form a pair."""
    ignore = ("both_values_are_missing", "either_value_is_missing", "neither")
    return [
        [(name, {"column_A": a, "column_B": b, "ignore_row_if": i, **arguments}) for i in ignore] for a, b in columns
    ]


def several(name, columns, **arguments):
    """One form a list of columns."""
    ignore = ("all_values_are_missing", "any_value_is_missing", "never")
    return [[(name, {"column_list": list(c), "ignore_row_if": i, **arguments}) for i in ignore] for c in columns]


BETWEEN = "expect_column_values_to_be_between"
ALIKE = (("number", "other"), ("whole", "small"), ("whole", "number"), ("text", "long"), ("text", "category"),
         ("day", "at"), ("at", "fine"), ("flag", "flag_too"), ("text", "whole"), ("moment", "at"))  # fmt: skip
FORMS = [
    each("expect_column_values_to_not_be_null", ALL),
    each("expect_column_values_to_be_null", ALL, mostly=0.5),
    each(BETWEEN, (*NUMBERS, "flag", "nothing"), min_value=0, max_value=2),
    each(BETWEEN, NUMBERS, min_value=0.25, strict_min=True, mostly=0.75),
    each(BETWEEN, NUMBERS, max_value=1, strict_max=True),
    each(BETWEEN, ("whole", "text"), min_value=3, max_value=1),
    each(BETWEEN, TEXTS, max_value=3),
    each(BETWEEN, TIMES, min_value="2026-01-02", max_value="2026-01-03T01:00:00", strict_max=True),
    each(BETWEEN, ("at", "moment"), min_value="2026-01-02T00:00:00Z"),
    each("expect_column_values_to_be_in_set", NUMBERS, value_set=[0, 0.5, 2]),
    each("expect_column_values_to_be_in_set", ("whole", "small", "number"), value_set=[0, 4, 2, 1, 3, 2]),
    each("expect_column_values_to_be_in_set", ("whole", "small"), value_set=[-2, 0, 3, 6]),
    each("expect_column_values_to_be_in_set", TEXTS, value_set=["a0", "b1", "x", ""]),
    each("expect_column_values_to_be_in_set", TIMES, value_set=["2026-01-01T12:00:00", "2026-01-02"]),
    each("expect_column_values_to_be_in_set", ("flag", "whole"), value_set=[True]),
    each("expect_column_values_to_be_in_set", ("text", "whole"), value_set=[None, "a0"]),
    each("expect_column_values_to_be_in_set", ("text", "whole"), value_set=[]),
    each("expect_column_values_to_not_be_in_set", NUMBERS, value_set=[0, 0.5, 2], mostly=0.5),
    each("expect_column_values_to_not_be_in_set", TEXTS, value_set=["a0", "x"]),
    each("expect_column_values_to_not_be_in_set", TIMES, value_set=["2026-01-01T12:00:00", "2026-01-02"]),
    each("expect_column_value_lengths_to_equal", (*TEXTS, "whole"), value=2),
    each("expect_column_value_lengths_to_be_between", TEXTS, min_value=1, max_value=2, strict_min=True),
    each("expect_column_value_lengths_to_be_between", TEXTS, max_value=2),
    each("expect_column_value_lengths_to_be_between", TEXTS, max_value=3),
    each("expect_column_values_to_match_regex", (*TEXTS, "whole", "flag"), regex=r"^[a-x]\d?"),
    each("expect_column_values_to_match_regex", TEXTS, regex=r"(a|é)$"),
    each("expect_column_values_to_match_regex", TEXTS, regex=r"^(?!a)"),
    each("expect_column_values_to_match_regex", ("text",), regex="("),
    each("expect_column_values_to_not_match_regex", TEXTS, regex="b|y"),
    each("expect_column_values_to_match_regex_list", TEXTS, regex_list=["a", r"\d$"], match_on="all"),
    each("expect_column_values_to_match_regex_list", TEXTS, regex_list=["a", r"\d$"], match_on="any"),
    each("expect_column_values_to_not_match_regex_list", TEXTS, regex_list=["b", "z"]),
    each("expect_column_values_to_be_unique", ALL),
    each("expect_column_values_to_be_increasing", (*NUMBERS, *TIMES, "key")),
    each("expect_column_values_to_be_increasing", (*NUMBERS, *TIMES), strictly=True),
    each("expect_column_values_to_be_decreasing", (*NUMBERS, *TIMES), mostly=0.4),
    each("expect_column_value_z_scores_to_be_less_than", NUMBERS, threshold=1, double_sided=True),
    each("expect_column_values_to_not_be_outliers", NUMBERS, method="std", multiplier=1),
    each("expect_column_values_to_not_be_outliers", NUMBERS, method="iqr", multiplier=0.2),
    each("expect_column_values_to_be_dateutil_parseable", ("text",)),
    each("expect_column_values_to_be_json_parseable", ("text", "record", "nothing")),
    each("expect_column_values_to_match_json_schema", ("record", "nothing"), json_schema={"type": "object"}),
    each("expect_column_values_to_match_json_schema", ("record",), json_schema={"enum": [3]}, mostly=0.2),
    each("expect_column_values_to_match_json_schema", ("record", "text", "whole"), json_schema=NUMBERED),
    each("expect_column_values_to_match_json_schema", ("record",), json_schema={"type": "no such type"}),
    each("expect_column_values_to_match_strftime_format", ("text",), strftime_format="%Y"),
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
    each("expect_column_max_to_be_between", (*NUMBERS, *TIMES, "text"), max_value=2),
    each("expect_column_min_to_be_between", (*NUMBERS, "flag"), min_value=0, strict_min=True),
    each("expect_column_min_to_be_between", (*NUMBERS, *TIMES), min_value="2026-01-01"),
    each("expect_column_sum_to_be_between", (*NUMBERS, "flag"), min_value=1, max_value=50),
    each("expect_column_mean_to_be_between", (*NUMBERS, "at", "text"), min_value=0.5),
    each("expect_column_stdev_to_be_between", NUMBERS, max_value=1),
    each("expect_column_median_to_be_between", (*NUMBERS, "at"), min_value=1, max_value=1.5),
    *[
        each(
            "expect_column_quantile_values_to_be_between",
            ("number", "whole"),
            quantile_ranges={"quantiles": [0, 0.1, 0.5, 0.77, 1], "value_ranges": [[None, 1]] * 3 + [[0, 9]] * 2},
            allow_relative_error=method,
        )
        for method in ("linear", "lower", "higher", "midpoint", "nearest", False)
    ],
    each("expect_column_unique_value_count_to_be_between", ALL, min_value=2, max_value=9),
    each("expect_column_proportion_of_unique_values_to_be_between", ALL, min_value=0.2),
    each("expect_column_proportion_of_non_null_values_to_be_between", ALL, min_value=0.6),
    each("expect_column_most_common_value_to_be_in_set", (*NUMBERS, "flag"), value_set=[0, 1]),
    each("expect_column_most_common_value_to_be_in_set", TEXTS, value_set=["x", "a0"], ties_okay=True),
    each("expect_column_distinct_values_to_be_in_set", NUMBERS, value_set=[0, 0.5, 1, 2]),
    each("expect_column_distinct_values_to_contain_set", NUMBERS, value_set=[0, 77]),
    each("expect_column_distinct_values_to_equal_set", ("category", "text", "long"), value_set=["x", "y", "z"]),
    each("expect_column_distinct_values_to_equal_set", ("flag",), value_set=[True, False]),
    each("expect_column_distinct_values_to_be_in_set", TIMES, value_set=["2026-01-02"]),
    each("expect_column_kl_divergence_to_be_less_than", ("category",), threshold=0.5,
          partition_object={"values": ["x", "y"], "weights": [0.5, 0.5]}),
    each("expect_column_kl_divergence_to_be_less_than", ("category", "number"), threshold=0.9, min_value=0, max_value=1,
         partition_object={"values": ["x", "y", "w"], "weights": [0.3, 0.3, 0.4]}, row_condition="whole > -2",
         bucketize_data=False, tail_weight_holdout=0.01, internal_weight_holdout=0.01),
    [("expect_table_row_count_to_equal", {"value": ROWS})],
    [("expect_table_row_count_to_be_between", {"min_value": 3})],
    [("expect_table_column_count_to_equal", {"value": 17})],
    [("expect_table_column_count_to_be_between", {"min_value": 3, "max_value": 5})],
    [("expect_column_to_exist", {"column": "text"})],
    [("expect_column_to_exist", {"column": "texts", "column_index": 3})],
    [("expect_table_columns_to_match_set", {"column_set": ["text", "whole"], "exact_match": False})],
    [("expect_table_columns_to_match_ordered_list", {"column_list": ["text", "whole"]})],
    each(BETWEEN, ("absent",), min_value=1),
    each("expect_column_max_to_be_between", ("absent",), min_value=1),
]  # fmt: skip
CONDITIONS = ("whole > 2", "category == 'x' and not flag", "`text` in ['a0', 'b1'] or number >= 1.5", "text > 3",
              "number > number.mean()", "day > '2026-01-02'", "small", "abs(small)", "flag")  # fmt: skip
UNDER_CONDITIONS = [
    [(name, {**arguments, "row_condition": condition}) for name, arguments in asked]
    for condition in CONDITIONS
    for asked in [
        [
            (BETWEEN, {"column": "number", "max_value": 1}),
            ("expect_column_values_to_not_be_null", {"column": "text"}),
            ("expect_column_values_to_be_unique", {"column": "text"}),
            ("expect_column_values_to_be_increasing", {"column": "number"}),
            pairs("expect_column_pair_values_to_be_equal", ALIKE[:1])[0][0],
            pairs("expect_column_pair_values_to_be_in_set", ALIKE[3:4], value_pairs_set=[["a0", "x"]])[0][0],
            several("expect_compound_columns_to_be_unique", [("text", "flag")])[0][0],
            ("expect_table_row_count_to_be_between", {"max_value": 10}),
            ("expect_column_mean_to_be_between", {"column": "number", "max_value": 1}),
            ("expect_column_unique_value_count_to_be_between", {"column": "text", "max_value": 3}),
        ]
    ]
]


def with_the_rest():
    """One case an expectation, with every argument that no form above writes."""
    values = {"mostly": 0.6, "row_condition": "whole > -2", "strictly": True, "strict_min": True, "strict_max": True,
              "min_value": 0, "max_value": 3, "description": "why"}  # fmt: skip
    cases = [case for form in FORMS + UNDER_CONDITIONS for case in form]
    for name, offered in expectation_table().offered.items():
        own = [arguments for other, arguments in cases if other == name]
        rest = set(offered.arguments).difference(*own)
        bounds = {"min_value", "max_value"} & set(offered.arguments) if rest & {"strict_min", "strict_max"} else set()
        if own and rest:
            yield [(name, {**own[0], **{argument: values[argument] for argument in rest | bounds}})]


FORMS += with_the_rest()
