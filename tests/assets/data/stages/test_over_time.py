from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from assets.execution import Done, carry_out, verdicts_that_stand
from assets.work import BlockedError, InputError
from data_checks.verdict import Json
from tests.assets.data.stages.conftest import STAGES, Shop, verdicts
from tests.small_pipeline import MONTHS, ROWS_A_MONTH, attributes, visits

KEY: Json = {"columns": ["visit"]}


def over(**rules: Json) -> dict[str, Json]:
    contract: dict[str, Json] = attributes(Path("rows.parquet"))["contract"]
    return {"contract": {**contract, "over_time": rules}}


def score(shop: Shop, month: str, **rules: Json) -> Done:
    shop.do("raw", month)
    return shop.do("clean", month, **over(**rules))


def without(rows: pa.Table, month: str, keep: int) -> pa.Table:
    """Return the rows of all months, of one month only the first few."""
    place = MONTHS.index(month) * ROWS_A_MONTH
    return pa.concat_tables([rows.slice(0, place + keep), rows.slice(place + ROWS_A_MONTH)])


def test_a_rule_is_a_check_with_its_severity(shop: Shop) -> None:
    rules: dict[str, Json] = {
        "rows": {"at_least": 0.5, "severity": "warning"},
        "fresh": {"within": "10 days"},
        "unique": KEY,
    }
    done = score(shop, MONTHS[0], **rules)
    found = {name: (verdict.passed, verdict.severity) for name, verdict in verdicts(done).items()}
    assert list(found)[2:] == ["rows_as_before", "fresh", "unique_across_periods"]
    assert found["rows_as_before"] == (True, "warning")
    assert found["fresh"] == found["unique_across_periods"] == (True, "critical")


def test_rules_over_time_make_no_rows_anew_and_judge_no_expectation_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.do("raw")
    first = shop.do("clean")
    monkeypatch.setattr("assets.data.stages.clean._preprocessed", lambda *_: pytest.fail("it was judged again"))
    done = shop.do("clean", **over(rows={"at_least": 0.5}, unique=KEY))
    assert done.reused
    assert done.version == first.version
    assert done.verdicts[: len(first.verdicts)] == first.verdicts


def test_a_month_of_too_few_rows_stops_what_follows(shop: Shop) -> None:
    shop.write(without(visits(), MONTHS[2], 100))
    rule: Json = {"at_least": 0.5}
    for month in MONTHS[:2]:
        assert verdicts(score(shop, month, rows=rule))["rows_as_before"].passed
    verdict = verdicts(score(shop, MONTHS[2], rows=rule))["rows_as_before"]
    assert not verdict.passed
    assert verdict.evidence["compared_with"] == {MONTHS[0]: 235, MONTHS[1]: 235}
    with pytest.raises(
        BlockedError, match=r"contract.over_time.rows is missed: 95 rows, 0.404 times the 235 of 2024-01"
    ):
        shop.do("splits", MONTHS[2], **over(rows=rule))


def test_a_refused_period_is_nobodys_measure(shop: Shop) -> None:
    shop.write(without(visits(), MONTHS[1], 20))
    rule: Json = {"at_least": 0.5, "at_most": 2, "periods": 1}
    score(shop, MONTHS[0], rows=rule)
    assert not verdicts(score(shop, MONTHS[1], rows=rule))["rows_as_before"].passed
    third = verdicts(score(shop, MONTHS[2], rows=rule))["rows_as_before"]
    assert third.passed
    assert third.evidence["compared_with"] == {}


def test_a_verdict_falls_with_the_period_that_it_was_given_beside(shop: Shop) -> None:
    rule: Json = {"at_least": 0.9, "periods": 1}
    score(shop, MONTHS[0], rows=rule)
    before = score(shop, MONTHS[1], rows=rule)
    work = shop.of(MONTHS[1], **over(rows=rule))
    assert set(verdicts_that_stand(STAGES["clean"], work, before.version)) == set(verdicts(before))
    shop.write(without(visits(), MONTHS[1], 120))
    score(shop, MONTHS[1], rows={"at_least": 0.1})
    shop.write(visits())
    third = score(shop, MONTHS[2], rows=rule)
    assert verdicts(third)["rows_as_before"].evidence["compared_with"] == {MONTHS[1]: 115}
    shop.do("raw", MONTHS[1])
    shop.do("clean", MONTHS[1], **over(rows=rule))
    work = shop.of(MONTHS[2], **over(rows=rule))
    assert "rows_as_before" not in verdicts_that_stand(STAGES["clean"], work, third.version)
    again = carry_out(STAGES["clean"], work)
    assert again.reused
    assert verdicts(again)["rows_as_before"].evidence["compared_with"] == {MONTHS[1]: 235}


def test_rows_must_be_fresh_at_the_end_of_their_period(shop: Shop) -> None:
    assert verdicts(score(shop, MONTHS[0], fresh={"within": "10 days"}))["fresh"].passed
    verdict = verdicts(score(shop, MONTHS[0], fresh={"within": "5 days"}))["fresh"]
    assert not verdict.passed
    assert verdict.summary.startswith(
        "contract.over_time.fresh is missed: of 'day' the newest is 2024-01-26 00:00, 6 days"
    )


def test_without_partitions_rows_must_be_fresh_now(shop: Shop) -> None:
    timeless: dict[str, Json] = {"partitions": None, "window": None, "split": None, "monitor": None}
    now = datetime.now(UTC)
    fresh = over(fresh={"within": "2 days", "column": "seen"})
    for days, passed in ((1, True), (3, False)):
        rows = visits(MONTHS[:1])
        seen = pa.array([now - timedelta(days=days)] * rows.num_rows, pa.timestamp("us", "UTC"))
        shop.write(rows.append_column("seen", seen))
        shop.do("raw", None, **timeless)
        assert verdicts(shop.do("clean", None, **timeless, **fresh))["fresh"].passed is passed


def test_a_key_may_not_occur_in_an_earlier_period(shop: Shop) -> None:
    rows = visits()
    twice = [f"{MONTHS[0]} 10", f"{MONTHS[0]} 11", f"{MONTHS[1]} 12", None]
    place = 2 * ROWS_A_MONTH + 20
    keys = rows["visit"].to_pylist()
    keys[place : place + 4] = twice
    shop.write(rows.set_column(0, "visit", pa.array(keys)))
    for month in MONTHS[:2]:
        assert verdicts(score(shop, month, unique=KEY))["unique_across_periods"].passed
    verdict = verdicts(score(shop, MONTHS[2], unique=KEY))["unique_across_periods"]
    assert not verdict.passed
    assert (verdict.evidence["repeated"], verdict.evidence["rows_without_key"]) == (3, 1)
    assert verdict.evidence["by_period"] == {MONTHS[0]: 2, MONTHS[1]: 1}
    assert verdict.evidence["examples"] == [
        {"visit": twice[0], "in row": 20, "earlier period": MONTHS[0], "earlier row": 10},
        {"visit": twice[1], "in row": 21, "earlier period": MONTHS[0], "earlier row": 11},
        {"visit": twice[2], "in row": 22, "earlier period": MONTHS[1], "earlier row": 12},
    ]
    with pytest.raises(
        BlockedError, match=r"unique is broken: 3 of 235 rows have a visit of an earlier period, in 2024"
    ):
        shop.do("splits", MONTHS[2], **over(unique=KEY))
    last = {"columns": ["visit"], "periods": 1}
    assert verdicts(score(shop, MONTHS[2], unique=last))["unique_across_periods"].evidence["repeated"] == 1


def test_no_key_of_a_sensitive_column_is_shown(shop: Shop) -> None:
    rows = visits()
    keys = rows["visit"].to_pylist()
    keys[ROWS_A_MONTH + 20] = keys[10]
    shop.write(rows.set_column(0, "visit", pa.array(keys)))
    sections = over(unique=KEY)
    contract: dict[str, Json] = sections["contract"]  # type: ignore[assignment]
    columns: dict[str, Json] = contract["columns"]  # type: ignore[assignment]
    private: Json = {**contract, "columns": {**columns, "visit": {"type": "text", "sensitive": True}}}
    for month in MONTHS[:2]:
        shop.do("raw", month, contract=private)
        done = shop.do("clean", month, contract=private)
    verdict = verdicts(done)["unique_across_periods"]
    assert verdict.evidence["examples"] == [{"in row": 20, "earlier period": MONTHS[0], "earlier row": 10}]
    assert keys[10] not in f"{verdict}"


def test_hashes_of_keys_are_made_once_and_again_when_rows_change(shop: Shop) -> None:
    score(shop, MONTHS[0], unique=KEY)
    score(shop, MONTHS[1], unique=KEY)
    work = shop.of(MONTHS[0])
    first = work.current("keys")
    assert first.counts == {"keys": 235}
    assert first.array("hashes").nbytes == 8 * 235
    assert first.manifest["inputs"][0]["key"] == work.current("clean").key
    shop.write(without(visits(), MONTHS[0], 120))
    score(shop, MONTHS[0], unique=KEY)
    assert work.current("keys").counts == {"keys": 115}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {"unique": {"columns": ["visitt"]}},
            "contract.over_time.unique.columns names a column that is not there: 'visitt'; did you mean 'visit",
        ),
        (
            {"fresh": {"within": "1 day", "column": "nobody"}},
            "contract.over_time.fresh.column names a column that is not there: 'nobody'; choose from ",
        ),
    ],
)
def test_an_unknown_column_is_refused(shop: Shop, rules: dict[str, Json], message: str) -> None:
    shop.do("raw")
    with pytest.raises(InputError, match=message):
        shop.do("clean", **over(**rules))
