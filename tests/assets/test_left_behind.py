from assets.data.stages.clean import Clean
from assets.declaration import Declaration
from assets.execution import carry_out
from assets.left_behind import left_behind
from assets.versions.recipe import Address
from tests.small_pipeline import MONTHS, NAME, TRAINED, Small

FEWER = {"expect_column_values_to_be_between": {"column": "visits", "min_value": 2}}


def mended(small: Small) -> Declaration:
    """Return a declaration that keeps fewer rows of each month."""
    rules = {"expectations": [FEWER], "rows_that_fail": {"action": "quarantine", "at_most": 0.5}}
    return small.declare(contract={**small.sections["contract"], **rules})


def test_splits_whose_window_holds_a_period_that_has_other_rows_now(small_pipeline: Small) -> None:
    work = small_pipeline.work(MONTHS[1], mended(small_pipeline))
    assert left_behind(work, work.current("clean")) == ()
    done = carry_out(Clean(), work)
    assert left_behind(work, done.version) == tuple(Address(NAME, "splits", month) for month in TRAINED)
    assert left_behind(work, work.current("raw")) == ()


def test_a_window_that_does_not_hold_it_is_not_named(small_pipeline: Small) -> None:
    work = small_pipeline.work(MONTHS[0], mended(small_pipeline))
    done = carry_out(Clean(), work)
    assert left_behind(work, done.version) == (Address(NAME, "splits", TRAINED[0]),)
