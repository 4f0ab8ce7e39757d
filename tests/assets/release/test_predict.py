from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from assets.release import package
from assets.release.package import Scorer
from assets.release.predict import Predict, Predicted, PredictError, predict


@pytest.fixture
def packed(pack: Callable):
    return pack()


@pytest.fixture
def scorer(packed) -> Scorer:
    return package.load(packed.folder, packed.digest)


def test_every_row_is_scored_or_refused_with_its_reasons(packed, scorer: Scorer) -> None:
    adr = [None if row % 10 == 0 else float(row) for row in range(300)]
    rows = packed.raw.set_column(1, "adr", pa.array(adr))
    predicted = predict(scorer, rows.to_batches(max_chunksize=64), champion="7", keep=("hotel",))
    assert (predicted.read, predicted.scored, predicted.withheld) == (300, 270, 30)
    assert predicted.table.column_names == ["_row", "hotel", "prediction", "probability", "_champion"]
    assert predicted.refused.column_names == ["_row", "hotel", "_reasons"]
    assert set(predicted.table["_champion"].to_pylist()) == {"7"}
    assert predicted.refused["_row"].to_pylist() == list(range(0, 300, 10))
    assert predicted.refused["_reasons"].to_pylist() == [["adr is missing"]] * 30
    assert predicted.table["prediction"].null_count == 0


def test_predictions_are_those_of_the_package(packed, scorer: Scorer) -> None:
    predicted = predict(scorer, packed.raw.to_batches(max_chunksize=64), champion="1")
    whole = scorer.score(packed.raw)["probability"].to_pylist()
    assert predicted.table["probability"].to_pylist() == pytest.approx(whole, abs=1e-6)


def test_rows_without_a_number_are_numbered_as_they_come(packed, scorer: Scorer) -> None:
    rows = packed.raw.drop_columns(["_row"])
    predicted = predict(scorer, rows.to_batches(max_chunksize=100), champion="1")
    assert predicted.table["_row"].to_pylist() == list(range(300))


def test_row_numbers_stay_as_they_are(packed, scorer: Scorer) -> None:
    rows = packed.raw.take(np.array([5, 3, 8]))
    assert predict(scorer, rows.to_batches(), champion="1").table["_row"].to_pylist() == [5, 3, 8]


def test_no_rows_in_a_batch_are_no_predictions(packed, scorer: Scorer) -> None:
    predicted = predict(scorer, pa.Table.to_batches(packed.raw.slice(0, 3)), champion="1")
    empty = predict(scorer, [packed.raw.to_batches()[0].slice(0, 0)], champion="1")
    assert empty.read == 0
    assert empty.table.schema == predicted.table.schema


def test_no_batches_at_all_say_so(scorer: Scorer) -> None:
    with pytest.raises(PredictError, match=r"predict.source is empty: 0 batches"):
        predict(scorer, [], champion="1")


def test_a_column_to_keep_that_is_not_there_is_named(packed, scorer: Scorer) -> None:
    with pytest.raises(PredictError, match=r"predict.keep names columns that the rows do not have: \['id'\]"):
        predict(scorer, packed.raw.to_batches(), champion="1", keep=("id",))


def test_a_missing_input_is_named(packed, scorer: Scorer) -> None:
    with pytest.raises(ValueError, match=r"lack columns that the model reads: \['adr'\]"):
        predict(scorer, packed.raw.drop_columns(["adr"]).to_batches(), champion="1")


def test_a_lost_row_is_never_silent() -> None:
    with pytest.raises(PredictError, match="predict lost rows: 3 read, 1 scored, 1 refused"):
        Predicted(pa.table({"_row": [0]}), pa.table({"_row": [1]}), 3)


def test_settings_say_where_predictions_go() -> None:
    assert Predict().to == "store"
    files = Predict.model_validate_json('{"to": {"kind": "files", "path": "out"}, "keep": ["id"]}')
    assert files.to.path == "out"
    source = '{"source": {"kind": "files", "path": "new.csv"}}'
    assert Predict.model_validate_json(source).source.kind == "files"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"keep": ["probability_x"]}', "predict.keep names columns that predictions have themselves"),
        ('{"to": "nowhere"}', "store"),
        (
            '{"to": {"kind": "sql", "url_env": "postgresql://user:pass@host/db", "table": "t"}}',
            "is no variable's name",
        ),
        ('{"to": {"kind": "files", "path": "s3://b/scored?sig=x"}}', "is an address: 's3://b/scored' must be a folder"),
        ('{"to": {"kind": "sql", "url_env": "DB", "table": "t; drop"}}', "should match pattern"),
    ],
)
def test_senseless_settings_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Predict.model_validate_json(text)
