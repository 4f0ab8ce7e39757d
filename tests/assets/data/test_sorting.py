import json

import pyarrow as pa

from assets.data.preprocess import Contract, preprocess
from assets.data.sorting import Outlets


def test_counts_take_the_rows_that_clean_takes_and_the_distinct_values_that_a_rule_looked_for():
    rows = pa.table({"price": [1.5, -2.0, 3.0], "name": ["a", "b", "a"], "_row": [0, 1, 2]})
    between = {"expect_column_values_to_be_between": {"column": "price", "min_value": 0}}
    names = {"expect_column_values_to_be_in_set": {"column": "name", "value_set": ["a", "b"]}}
    given, taken, clean = Contract.model_validate_json(json.dumps({"expectations": [between, names]})), [], []
    outlets = Outlets(clean.append, counts=lambda batch, encoded: taken.append((batch, dict(encoded))))
    preprocess(lambda _: rows.to_batches(), contract=given, derive=None, outlets=outlets)
    preprocess(lambda _: rows.slice(0, 1).to_batches(), contract=given, derive=None, outlets=outlets)
    assert [batch for batch, _ in taken] == clean
    assert [{name: values.to_pylist() for name, values in encoded.items()} for _, encoded in taken] == [
        {},
        {"name": ["a"]},
    ]
