from pathlib import Path

import pytest

from assets.home import Home
from assets.lifecycle import STAGES
from assets.work import InputError, Terms, Work
from tests.small_pipeline import small, work_on


def work(folder: Path, period: str | None = "2024-02", **sections: object) -> Work:
    return work_on(Home(folder / "home"), small(folder, **sections), period)  # type: ignore[arg-type]


def test_an_address_is_of_the_period_unless_another_is_named(tmp_path: Path) -> None:
    assert str(work(tmp_path).address("raw")) == "small/raw[2024-02]"
    assert str(work(tmp_path).address("raw", "2024-01")) == "small/raw[2024-01]"


def test_without_partitions_there_is_no_period(tmp_path: Path) -> None:
    one = work(tmp_path, None, partitions=None, window=None, split=None, monitor=None)
    assert one.partition is None
    assert str(one.address("raw")) == "small/raw"


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"user": "ann", "trainyard/trigger": "schedule"}, "ann"),
        ({"trainyard/trigger": "schedule"}, "schedule"),
        ({}, "a program"),
    ],
)
def test_knows_who_started_it(tmp_path: Path, tags: dict[str, str], who: str) -> None:
    one = work(tmp_path)
    assert Work(**{**vars(one), "tags": tags}).who == who


def test_a_missing_input_is_named_with_the_remedy(tmp_path: Path) -> None:
    rest = "is missing: it was never materialized; materialize it first"
    with pytest.raises(InputError, match=f"^small/raw of 2024-02 {rest}$"):
        work(tmp_path).current("raw")
    with pytest.raises(InputError, match=f"^small/raw of 2024-01 {rest}$"):
        work(tmp_path).current("raw", "2024-01")
    timeless = work(tmp_path, None, partitions=None, window=None, split=None, monitor=None)
    with pytest.raises(InputError, match=f"^small/raw {rest}$"):
        timeless.current("raw")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_what_a_stage_takes_from_a_declaration_is_plain_and_the_same_every_time(tmp_path: Path, stage: object) -> None:
    first, second = (stage.terms(small(tmp_path)) for _ in range(2))  # type: ignore[attr-defined]
    assert isinstance(first, Terms)
    assert first == second
    assert type(stage).__module__ in first.modules
    assert len({check.name for check in first.checks}) == len(first.checks)


def test_stages_follow_only_earlier_ones_or_the_scoring_of_earlier_periods() -> None:
    known: set[str] = set()
    for stage in STAGES:
        assert set(stage.follows) <= known
        known.add(stage.name)


def test_the_dagster_run_is_linked_to_where_it_is_one(tmp_path: Path) -> None:
    one = work(tmp_path)
    assert one.made_by == ""
    page = "http://127.0.0.1:3000/runs/0f3a9b51-2c"
    run = Work(**{**vars(one), "run_page": page, "tags": {"trainyard/trigger": "schedule"}})
    assert run.made_by == f"Made by the [Dagster run 0f3a9b51]({page}), started by schedule."
