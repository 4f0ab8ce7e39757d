import numpy as np
import pyarrow as pa
import pytest

from data_checks.expectations import Examination, Expectation, Repeats, expect

ROWS = pa.table(
    {
        "_row": list(range(8)),
        "key": ["a", "b", "c", "a", None, "d", "b", "e"],
        "adr": [1.0, -1.0, None, 4.0, 5.0, float("nan"), -7.0, 8.0],
    }
)
BETWEEN = Expectation.model_validate({"expect_column_values_to_be_between": {"column": "adr", "min_value": 0}})
UNIQUE = Expectation.model_validate({"expect_column_values_to_be_unique": {"column": "key"}})
MEAN = Expectation.model_validate({"expect_column_mean_to_be_between": {"column": "adr", "min_value": 0}})


def first_look(expectations, size=3):
    repeats = Repeats(expectations, ROWS.schema)
    while repeats.needed:
        for start in range(0, ROWS.num_rows, size):
            repeats.look(ROWS.select(repeats.columns).slice(start, size))
        repeats.finish()
    return repeats


def examined(expectations, size=3, **more):
    examination = Examination(expectations, ROWS.schema, repeats=first_look(expectations, size), **more)
    told = [examination.look(ROWS.slice(start, size)) for start in range(0, ROWS.num_rows, size)]
    return told, examination.results()


def test_tells_the_rows_of_a_batch_that_fail_in_the_order_of_the_declaration():
    told, _ = examined([MEAN, UNIQUE, BETWEEN])
    assert [[each.tolist() for each in batch] for batch in told] == [[[], [0, 1], [1]], [[], [0], []], [[], [0], [0]]]
    assert all(each.dtype == np.int64 for batch in told for each in batch)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_batches_change_no_result(size):
    given = [BETWEEN, UNIQUE, MEAN, BETWEEN]
    _, results = examined(given, size)
    for batched, whole in zip(results, expect(ROWS, given), strict=True):
        assert batched.failing_rows.tolist() == whole.failing_rows.tolist()
        assert dict(batched.raw) == dict(whole.raw)
        assert (batched.check_name, batched.rows, batched.examples) == (whole.check_name, 8, whole.examples)


def test_can_leave_out_the_failing_rows_of_the_whole_stream():
    told, (result,) = examined([BETWEEN], keep_failing=False)
    assert sum(len(batch[0]) for batch in told) == result.unexpected_count == 2
    assert not len(result.failing_rows)


def test_judges_a_stream_without_a_batch():
    examination = Examination([BETWEEN, MEAN], ROWS.schema)
    assert [(result.success, result.rows) for result in examination.results()] == [(True, 0), (False, 0)]


def test_refuses_to_judge_uniqueness_without_a_first_look():
    with pytest.raises(ValueError, match="repeats is not finished: uniqueness can't be told from one batch; look at"):
        Examination([UNIQUE], ROWS.schema)


def test_needs_a_first_look_for_uniqueness_only():
    assert not Repeats([BETWEEN, MEAN], ROWS.schema).needed
    assert Repeats([BETWEEN, UNIQUE], ROWS.schema).columns == ("key",)


def test_says_which_way_a_result_was_found():
    parsed = Expectation.model_validate({"expect_column_values_to_be_json_parseable": {"column": "key"}})
    scores = {"expect_column_value_z_scores_to_be_less_than": {"column": "adr", "threshold": 3, "double_sided": True}}
    _, results = examined([BETWEEN, MEAN, UNIQUE, parsed, Expectation.model_validate(scores)])
    assert [result.way for result in results] == ["one pass", "one pass", "one pass", "library", "library"]


def test_keeps_no_value_of_a_sensitive_column():
    given = [BETWEEN, UNIQUE, Expectation.model_validate({"expect_column_max_to_be_between": {"column": "adr"}})]
    for result in examined(given, sensitive=frozenset({"adr", "key"}))[1]:
        assert result.examples == ()
        assert result.observed is None
        assert not any("list" in name or "counts" in name for name in result.raw["result"])
