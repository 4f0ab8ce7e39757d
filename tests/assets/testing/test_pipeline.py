import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.home import REPOSITORY
from assets.testing import Pipeline, pipeline_of
from assets.work import SkippedError
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH, attributes, visits, write

TIMELESS = {"partitions": None, "window": None, "split": None, "monitor": None, "target": {"column": "back"}}


def sections(**changed: Any) -> dict[str, Any]:
    found = {**attributes(Path("visits.parquet")), **changed}
    return {name: section for name, section in found.items() if section is not None}


@pytest.fixture(scope="module")
def shop() -> Iterator[Pipeline]:
    with pipeline_of(sections(), rows=visits()) as opened:
        yield opened


def test_a_stage_runs_after_those_before_it(shop: Pipeline) -> None:
    clean = shop.run("clean", MONTHS[0])
    assert (clean.counts["read"], clean.counts["quarantined"]) == (ROWS_A_MONTH, EMPTY + NEGATIVE)
    assert clean.failed == ()
    assert clean.verdicts["quarantine_share"].passed
    assert clean.table("quarantine", ["_row"]).num_rows == EMPTY + NEGATIVE
    assert clean.table().num_rows == clean.counts["kept"]
    assert (clean.reused, clean.why) == (False, ("never made before",))
    assert shop.run("clean", MONTHS[0]).reused


def test_a_window_is_filled_and_features_are_arrays(shop: Pipeline) -> None:
    features = shop.run("features", MONTHS[2])
    assert features.version.array("train_target").shape == (ROWS_A_MONTH - EMPTY - NEGATIVE,)
    assert {*shop.run("splits", MONTHS[2]).table("assignment")["_period"].to_pylist()} == set(MONTHS[:3])


def test_a_failed_check_is_told() -> None:
    with pipeline_of(sections(), rows=visits().slice(0, 40)) as few:
        assert few.run("clean", MONTHS[0]).failed == ("quarantine_share",)


def test_expectations_of_the_library_can_be_left_out() -> None:
    with pipeline_of(sections(**TIMELESS), rows=visits().to_pandas(), expectations=False) as quick:
        clean = quick.run("clean")
        assert list(clean.verdicts) == ["quarantine_share"]
        assert clean.counts["quarantined"] == EMPTY * len(MONTHS)


def test_a_file_is_read_as_it_stands_and_takes_other_rows(tmp_path: Path) -> None:
    file = write(tmp_path, sections())
    with pipeline_of(file, rows=visits([MONTHS[0]])) as shop:
        assert shop.name == "small"
        assert shop.run("raw", MONTHS[0]).table().num_rows == ROWS_A_MONTH
    with pipeline_of(str(file)) as shop, pytest.raises(ValueError, match=r"source\.path"):
        shop.run("raw", MONTHS[0])


def test_a_mapping_names_functions_of_the_repository() -> None:
    derive = {"use": "pipelines.hotel_cancellations.features:arrival_date"}
    with pipeline_of(sections(derive=derive), rows=visits()) as shop:
        assert shop.declaration.derive is not None


def test_predictions_wait_for_a_champion(shop: Pipeline) -> None:
    with pytest.raises(SkippedError, match="no model of pipeline was champion before 2024-02"):
        shop.run("predictions", MONTHS[1])


def test_training_runs_with_an_mlflow_of_its_own() -> None:
    with pipeline_of(sections(**TIMELESS, train={"epochs": 1}), rows=visits(), expectations=False) as shop:
        model = shop.run("model")
        assert model.verdicts["converged"].summary
        assert any("epoch 1/1" in line for line in shop.lines)


def test_asks_for_what_is_missing(shop: Pipeline) -> None:
    with pytest.raises(ValueError, match=r"testing\.stage is unknown: 'cleen'; did you mean 'clean'\?"):
        shop.run("cleen")
    with pytest.raises(
        ValueError, match=r"testing\.period does not fit pipeline: None is given .* month each; name one"
    ):
        shop.run("clean")
    with pipeline_of(sections(**TIMELESS), rows=visits()) as timeless, pytest.raises(ValueError, match="leave it out"):
        timeless.run("clean", MONTHS[0])
    with pytest.raises(TypeError, match=r"testing\.rows is no table: a list is given; give a pyarrow table"):
        pipeline_of(sections(), rows=[pa.table({})]).__enter__()


def test_needs_no_heavy_library_where_no_stage_does() -> None:
    code = """
import sys
from pathlib import Path
from assets.testing import pipeline_of
from tests.assets.testing.test_pipeline import MONTHS, sections, visits
heavy = {"dagster", "great_expectations", "matplotlib", "mlflow", "onnxruntime", "sklearn", "torch"}
before = heavy & set(sys.modules)
with pipeline_of(sections(), rows=visits(), expectations=False) as shop:
    shop.run("features", MONTHS[2])
print(sorted(heavy & set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
