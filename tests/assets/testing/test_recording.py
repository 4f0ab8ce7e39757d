from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.testing import Pipeline, RecordingError, pipeline_of
from assets.testing.recording import keep
from tests.small_pipeline import MONTHS, TRAINED, Small, attributes, visits

MONTH, NEXT = TRAINED[0], MONTHS[MONTHS.index(TRAINED[0]) + 1]


@pytest.fixture(scope="module")
def recorded(trained: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the costly stages made of the same rows, once."""
    folder = tmp_path_factory.mktemp("recorded")
    for stage in ("model", "evaluation", "release"):
        keep(trained.work(MONTH).current(stage), folder)
    return folder


@pytest.fixture
def shop() -> Iterator[Pipeline]:
    with opened() as found:
        yield found


def opened(**changed: Any):
    return pipeline_of({**attributes(Path("rows.parquet")), **changed}, rows=visits(), name="small", expectations=False)


def test_a_chain_goes_on_after_recorded_stages(shop: Pipeline, recorded: Path, trained: Small) -> None:
    model = shop.replay("model", recorded, MONTH)
    assert (model.failed, model.reused, model.why) == ((), True, ("made elsewhere",))
    assert model.version.key == trained.work(MONTH).current("model").key
    assert shop.replay("evaluation", recorded, MONTH).verdicts["gates"].passed
    assert shop.replay("release", recorded, MONTH).failed == ()
    predictions = shop.run("predictions", NEXT)
    assert predictions.counts["scored"] == predictions.table().num_rows > 0
    assert set(shop.run("drift", NEXT).verdicts) == {"no_drift", "performance"}


def test_gates_are_judged_by_the_present_limits(recorded: Path) -> None:
    with opened(gates=[{"metric": "roc_auc", "at_least": 0.99999}]) as strict:
        strict.replay("model", recorded, MONTH)
        assert strict.replay("evaluation", recorded, MONTH).failed == ("gates",)


def test_a_recorded_model_can_be_evaluated(shop: Pipeline, recorded: Path) -> None:
    shop.replay("model", recorded, MONTH)
    assert shop.run("evaluation", MONTH).verdicts["gates"].passed
    with pytest.raises(RecordingError, match=r"testing\.release needs the MLflow run of its model: .* put release"):
        shop.run("release", MONTH)


def test_records_what_a_stage_made_in_place_of_an_earlier_recording(shop: Pipeline, tmp_path: Path) -> None:
    place = shop.record("clean", tmp_path, MONTHS[0])
    assert place == tmp_path / "clean" / MONTHS[0]
    (place / "old").touch()
    shop.record("clean", tmp_path, MONTHS[0])
    assert not (place / "old").exists()
    with opened() as other:
        again = other.replay("clean", tmp_path, MONTHS[0])
        assert again.version.digest == shop.run("clean", MONTHS[0]).version.digest
        assert again.table().equals(shop.run("clean", MONTHS[0]).table())


def test_refuses_a_recording_that_is_not_there(shop: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"testing\.raw is not recorded: .* holds no manifest"):
        shop.replay("raw", tmp_path, MONTH)


def test_refuses_a_recording_of_something_else(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / NEXT).symlink_to(recorded / "model" / MONTH)
    with (
        opened() as shop,
        pytest.raises(RecordingError, match=r"another pipeline or period: small/model"),
    ):
        shop.replay("model", tmp_path, NEXT)
    with (
        opened(train={"epochs": 9}) as changed,
        pytest.raises(RecordingError, match=r"testing\.model was recorded under another declaration: .*train\.epochs"),
    ):
        changed.replay("model", recorded, MONTH)


def test_refuses_a_recording_that_was_changed(shop: Pipeline, tmp_path: Path) -> None:
    place = shop.record("splits", tmp_path, MONTH)
    (place / "counts.json").write_text("{}")
    with (
        opened() as other,
        pytest.raises(RecordingError, match=r"testing\.splits is not what was recorded"),
    ):
        other.replay("splits", tmp_path, MONTH)
