import re
from dataclasses import replace

import pyarrow as pa
import pytest

from assets.execution import carry_out
from assets.work import InputError
from data_checks.verdict import Json
from tests.assets.data.stages.conftest import STAGES, Shop
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH, visits

KEPT = ROWS_A_MONTH - EMPTY - NEGATIVE
TIMELESS: dict[str, Json] = {"partitions": None, "window": None, "monitor": None, "target": {"column": "back"}}


def test_the_newest_month_tests_and_the_one_before_it_validates(shop: Shop) -> None:
    done = shop.window()
    assignment = done.version.table("assignment").to_pydict()
    months = {part: set() for part in ("train", "validation", "test")}
    for period, part in zip(assignment["_period"], assignment["_part"], strict=True):
        months[part].add(period)
    assert months == {"train": {MONTHS[0]}, "validation": {MONTHS[1]}, "test": {MONTHS[2]}}
    assert done.verdicts[0].passed
    assert done.version.manifest["metadata"]["window"] == f"{MONTHS[0]} to {MONTHS[2]}"
    assert sum(done.version.counts.values()) == 3 * KEPT


def test_the_window_moves_on(shop: Shop) -> None:
    done = shop.window(MONTHS[3])
    assert set(done.version.table("assignment")["_period"].to_pylist()) == set(MONTHS[1:4])


def test_labels_that_were_not_known_by_then_are_left_out(shop: Shop) -> None:
    target: dict[str, Json] = {"column": "back", "known_at": "known", "matures_after": "14 days"}
    done = shop.window(target=target, monitor={"labels_after": "14 days"})
    counts = done.version.counts
    assert 0.5 < counts["test"] / KEPT < 0.8
    assert counts["train"] == KEPT
    assert sum(counts.values()) == 3 * KEPT


def test_a_window_fills_itself_but_for_the_month_that_is_run(shop: Shop) -> None:
    message = (
        "^window is not there yet: clean of 2024-03 was never materialized; run small_score for these periods first, "
        "or shorten the window$"
    )
    with pytest.raises(InputError, match=message):
        shop.do("splits", MONTHS[2])
    assert {address.partition for address in shop.store.addresses("small", "clean")} == set(MONTHS[:2])
    shop.do("raw", MONTHS[2])
    shop.do("clean", MONTHS[2])
    done = shop.do("splits", MONTHS[2])
    assert done.renewed == ()
    assert set(done.version.table("assignment")["_period"].to_pylist()) == set(MONTHS[:3])


def test_older_months_of_the_window_follow_a_changed_contract(shop: Shop) -> None:
    shop.window()
    changed: Json = {**shop.sections["contract"], "expectations": []}
    shop.do("clean", MONTHS[2], contract=changed)
    done = shop.do("splits", MONTHS[2], contract=changed)
    assert [str(each.version.address) for each in done.renewed] == ["small/clean[2024-01]", "small/clean[2024-02]"]
    assert sum(done.version.counts.values()) == 3 * (ROWS_A_MONTH - EMPTY)


def test_an_asset_cannot_be_read_again_for_an_older_month(shop: Shop) -> None:
    source: Json = {"kind": "asset", "key": "shop/visits"}
    message = "^small/raw of 2024-01 is missing: it was never materialized; materialize it first$"
    with pytest.raises(InputError, match=message):
        shop.do("splits", MONTHS[2], source=source)


def test_a_column_that_gives_the_target_away_is_a_leak_until_it_is_accepted(shop: Shop) -> None:
    rows = visits()
    shop.write(rows.append_column("points", rows["back"].cast(pa.int64())))
    open_eyed = {"number": ["spent", "points"]}
    (leak,) = shop.window(features=open_eyed).verdicts
    assert not leak.passed
    assert "points" in leak.summary
    (accepted,) = shop.do("splits", MONTHS[2], features={**open_eyed, "accept": {"points": "a card"}}).verdicts
    assert accepted.passed
    (barred,) = shop.do("splits", MONTHS[2], features={"never": {"points": "written afterwards"}}).verdicts
    assert barred.passed
    (unnamed,) = shop.do("splits", MONTHS[2], features=None).verdicts
    assert not unnamed.passed


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "random"},
        {"by": "key", "column": "visit"},
        {"by": "stratum", "column": "shop"},
        {"by": "time", "column": "day"},
        None,
    ],
    ids=lambda settings: settings["by"] if settings else "usual",
)
def test_without_periods_rows_are_divided_by_shares(shop: Shop, settings: Json) -> None:
    for stage in ("raw", "clean"):
        shop.do(stage, None, **TIMELESS, split=settings)
    done = shop.do("splits", None, **TIMELESS, split=settings)
    (verdict,) = done.verdicts
    assert verdict.passed, verdict.summary
    counts, whole = done.version.counts, len(MONTHS) * KEPT
    assert sum(counts.values()) == whole
    assert 0.1 < counts["test"] / whole < 0.3
    assert "window" not in done.version.manifest["metadata"]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"number": ["spend"]}, "features.number names a column that is not there: 'spend'; did you mean 'spent'?"),
        ({"category": ["shop", "xyz"]}, "features.category names a column that is not there: 'xyz'; choose from "),
    ],
)
def test_features_that_are_no_columns_are_named_before_anything_is_trained(
    shop: Shop, features: Json, message: str
) -> None:
    shop.window()
    with pytest.raises(InputError, match=re.escape(message)):
        shop.do("splits", MONTHS[2], features=features)


def test_a_column_that_an_asset_gained_is_missing_in_older_months(shop: Shop) -> None:
    source: Json = {"kind": "asset", "key": "shop/visits"}
    rows = visits()
    wider = rows.append_column("later", pa.array(range(rows.num_rows), pa.float64()))
    for month, handed in zip(MONTHS[:3], (rows, rows, wider), strict=True):
        carry_out(STAGES["raw"], replace(shop.of(month, source=source), handed=handed))
        shop.do("clean", month, source=source)
    (verdict,) = shop.do("splits", MONTHS[2], source=source).verdicts
    assert verdict.passed, verdict.summary
    assert shop.do("features", MONTHS[2], source=source).verdicts[0].passed


def test_groups_stay_whole(shop: Shop) -> None:
    rows = visits()
    shop.write(rows.append_column("visitor", pa.array([f"v{place % 50}" for place in range(rows.num_rows)])))
    split = {"by": "group", "column": "visitor"}
    for stage in ("raw", "clean"):
        shop.do(stage, None, **TIMELESS, split=split)
    (verdict,) = shop.do("splits", None, **TIMELESS, split=split).verdicts
    assert verdict.passed, verdict.summary


def by_month(rows: pa.Table) -> list[str]:
    months = sorted(set(rows["_period"].to_pylist()))
    return [("train", "validation", "test")[min(months.index(month), 2)] for month in rows["_period"].to_pylist()]


def test_a_function_that_divides_is_judged_for_leaks_and_belongs_to_the_recipe(shop: Shop) -> None:
    own: Json = {"by": "custom", "use": f"{__name__}:by_month", "columns": ["_period"]}
    done = shop.window(split=own)
    assert [verdict.check for verdict in done.verdicts] == ["no_leakage"]
    assert done.verdicts[0].passed
    assert __name__ in done.version.recipe.code
