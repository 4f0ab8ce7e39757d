import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.target import Labels, Target, TargetError, infer


def target(**more: object) -> Target:
    return Target.model_validate_json(json.dumps({"column": "y", **more}))


def column(values: list, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([True, False, True], Labels("binary", (False, True))),
        ([0, 1, 1], Labels("binary", (0, 1))),
        ([0.0, 1.0], Labels("binary", (0.0, 1.0))),
        ([Decimal("0.00"), Decimal("1.00"), Decimal("1.00")], Labels("binary", (0.0, 1.0))),
        ([Decimal(1), Decimal(2), Decimal(3)], Labels("regression")),
        (["no", "yes", "no"], Labels("binary", ("no", "yes"))),
        (["no", "yes", "yes"], Labels("binary", ("yes", "no"))),
        ([3, 7, 3], Labels("binary", (3, 7))),
        (["b", "a", "c"], Labels("multiclass", ("a", "b", "c"))),
        ([1, 2, 3], Labels("regression")),
        ([1.5, 2.5, 3.5], Labels("regression")),
    ],
)
def test_infers_the_task_from_the_values(values, labels):
    assert infer(column(values), target()) == labels


def test_the_declaration_decides_where_it_says_so():
    assert infer(column([1, 2, 3]), target(task="multiclass")) == Labels("multiclass", (1, 2, 3))
    assert infer(column([0, 1]), target(task="regression")) == Labels("regression")
    assert infer(column(["no", "yes", "yes"]), target(positive="yes")) == Labels("binary", ("no", "yes"))
    assert infer(column([False, True]), target(positive=False)) == Labels("binary", (True, False))


@pytest.mark.parametrize(
    ("labels", "values", "codes", "kind"),
    [
        (Labels("binary", ("stays", "leaves")), ["leaves", "stays"], [1, 0], np.float32),
        (Labels("binary", (False, True)), [True, False], [1, 0], np.float32),
        (Labels("binary", (0.0, 1.39)), [Decimal("1.39"), Decimal("0.00")], [1, 0], np.float32),
        (Labels("binary", (True, False)), [True, False], [0, 1], np.float32),
        (Labels("multiclass", ("a", "b", "c")), ["c", "a"], [2, 0], np.int64),
        (Labels("regression"), [2**53 - 1, 2], [2**53 - 1, 2], np.float64),
    ],
)
def test_encodes_as_the_network_is_given_it(labels, values, codes, kind):
    encoded = labels.encode(column(values))
    assert encoded.tolist() == codes
    assert encoded.dtype == kind


def test_encodes_dictionaries_and_large_text():
    labels = Labels("multiclass", ("a", "b", "c"))
    assert labels.encode(column(["b"], pa.large_string())).tolist() == [1]
    assert labels.encode(pa.chunked_array([pa.array(["b"]).dictionary_encode()])).tolist() == [1]


def test_comes_back_from_json():
    for labels in (Labels("binary", (False, True)), Labels("multiclass", ("a", "b")), Labels("regression")):
        assert Labels.from_json(json.loads(json.dumps(labels.to_json()))) == labels


@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        (
            [1, 1],
            {},
            r"target\.column has a single value: 'y' is \[1\] in all 2 rows, two are needed; widen the window",
        ),
        ([], {}, r"target\.column has a single value: 'y' is \[\] in all 0 rows"),
        (
            [1, None],
            {},
            r"target\.column has missing values: 'y' is null in 1 of 2 rows, none may be; leave these rows out",
        ),
        (
            [1.0, 2.0, float("inf")],
            {},
            r"target\.column has values that are not finite: 1 of 3 in 'y'; give it the type",
        ),
        ([1.0, 2.0, float("nan")], {}, r"target\.column has values that are not finite: 1 of 3"),
        (
            [1, 2, 3],
            {"task": "binary"},
            r"target\.task does not fit the column: 'y' has 3 distinct values .*, binary needs",
        ),
        (
            ["a", "b", "c"],
            {"task": "regression"},
            r"target\.task does not fit the column: 'y' holds string, regression needs",
        ),
        ([1.5, 2.5, 3.5], {"task": "multiclass"}, r"target\.column does not hold classes: 3 distinct values such as"),
        ([str(n) for n in range(1001)], {}, r"target\.column does not hold classes: 1001 distinct values"),
        (["a", "b"], {"positive": "c"}, r"target\.positive is no value of the column: 'c' is not among \['a', 'b'\]"),
        ([1, 2, 3], {"positive": 1}, r"target\.positive is given for regression: 1 needs a binary task; take it out"),
    ],
)
def test_refuses_what_cannot_be_learned(values, more, message):
    with pytest.raises(TargetError, match=message):
        infer(column(values, None if values else pa.int64()), target(**more))


def test_refuses_a_class_that_was_not_there_at_first():
    with pytest.raises(TargetError, match=r"target\.column has classes that were not there at first: \['c'\] not in"):
        Labels("multiclass", ("a", "b")).encode(column(["a", "c"]))


def test_refuses_to_encode_missing_and_infinite_values():
    with pytest.raises(TargetError, match="has missing values"):
        Labels("binary", (0, 1)).encode(column([0, None]))
    with pytest.raises(TargetError, match="not finite"):
        Labels("regression").encode(column([0.0, float("inf")]))


def test_refuses_a_span_that_is_none():
    with pytest.raises(ValidationError, match="is no duration: 'two weeks' is no number of hours, days or weeks"):
        target(matures_after="two weeks")
