"""What a stage says when the machine takes no more, also of files that libraries write by themselves."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from assets.execution import carry_out
from assets.lifecycle import LIFECYCLE
from assets.mlflow_service import UnreachableError
from assets.versions.disk import StoreWriteError
from tests.small_pipeline import Small


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let this process write no further than this many bytes into any file, as a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_data_docs_that_find_no_room_name_place_and_remedy(small_pipeline: Small) -> None:
    contract = small_pipeline.sections["contract"]
    rule = {"expect_column_values_to_be_between": {"column": "visits", "min_value": 0, "max_value": 99}}
    declaration = small_pipeline.declare(contract={**contract, "expectations": [rule]})
    work = small_pipeline.work("2024-03", declaration)
    before = work.current("clean")
    with (
        no_file_over(30_000),
        pytest.raises(StoreWriteError, match=r"store.write failed: File too large at .*/home; make room or mend"),
    ):
        carry_out(LIFECYCLE["clean"], work)
    assert work.current("clean") == before
    assert carry_out(LIFECYCLE["clean"], work).version != before


def test_a_training_that_finds_no_room_says_so_and_leaves_the_model_that_stood(small_pipeline: Small) -> None:
    work = small_pipeline.work("2024-04", small_pipeline.declare(train={"epochs": 3}))
    before = work.current("model")
    with (
        no_file_over(100_000),
        pytest.raises((StoreWriteError, UnreachableError), match=r"File too large|disk is full|disk I/O error"),
    ):
        carry_out(LIFECYCLE["model"], work)
    assert work.current("model") == before
    assert carry_out(LIFECYCLE["model"], work).version != before
