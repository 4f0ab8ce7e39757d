import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.preprocess import PreprocessError
from assets.work import InputError
from data_checks.named_function import FunctionError
from data_checks.verdict import Json
from tests.assets.data.stages import derived
from tests.assets.data.stages.conftest import Shop, verdicts
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH, attributes, visits

EXPECTED = "expect_column_values_to_be_between__visits"
KEPT = ROWS_A_MONTH - EMPTY - NEGATIVE


def rules(shop: Shop, **changed: Json) -> Json:
    contract: dict[str, Json] = attributes(shop.folder)["contract"]
    return {**contract, **changed}


def test_rows_that_break_the_contract_stand_aside_with_every_reason(shop: Shop) -> None:
    shop.do("raw")
    done = shop.do("clean")
    assert done.version.counts == {
        "read": ROWS_A_MONTH,
        "kept": KEPT,
        "quarantined": EMPTY + NEGATIVE,
        "duplicates": 0,
        "repeated": 0,
    }
    aside = done.version.table("quarantine")
    assert aside["_row"].to_pylist() == [0, 1, 2, 3, 4]
    reasons = aside["_reasons"].to_pylist()
    assert ["spent" in reason[0] for reason in reasons] == [True] * EMPTY + [False] * NEGATIVE
    assert reasons[EMPTY:] == [[EXPECTED]] * NEGATIVE
    told = done.version.manifest["metadata"]["quarantined for"]
    assert told["markdown"].splitlines()[2].endswith("| 3 |  |")  # type: ignore[index,call-overload]
    assert done.version.table("rows").num_rows == KEPT


def test_rows_of_several_reasons_are_also_counted_once(shop: Shop) -> None:
    rows = visits()
    below = pa.array([-1, *rows["visits"].to_pylist()[1:]])
    shop.write(rows.set_column(rows.schema.get_field_index("visits"), "visits", below))
    shop.do("raw")
    told = shop.do("clean").version.manifest["metadata"]["quarantined for"]
    assert told["markdown"].splitlines()[2:] == [  # type: ignore[index,call-overload]
        f"| {EXPECTED} | {NEGATIVE + 1} | -1 |",
        f"| spent is missing | {EMPTY} |  |",
        f"| together, each row counted once | {EMPTY + NEGATIVE} |  |",
    ]


def test_rows_are_typed_as_the_contract_says(shop: Shop) -> None:
    shop.do("raw")
    schema = shop.do("clean").version.table("rows").schema
    assert schema.field("visits").type == pa.int64()
    assert schema.field("day").type == pa.date32()
    assert schema.names[0] == "_row"


def test_every_expectation_is_a_check_with_its_severity(shop: Shop) -> None:
    shop.do("raw")
    loud: Json = {"expect_column_values_to_be_between": {"column": "spent", "max_value": 1000, "severity": "warning"}}
    done = shop.do("clean", contract=rules(shop, expectations=[loud]))
    found = {name: (verdict.passed, verdict.severity) for name, verdict in verdicts(done).items()}
    assert found == {
        "expect_column_values_to_be_between__spent": (True, "warning"),
        "quarantine_share": (True, "critical"),
    }


def test_too_many_rows_in_quarantine_stop_what_follows(shop: Shop) -> None:
    shop.window()
    strict = rules(shop, rows_that_fail={"action": "quarantine", "at_most": 0.001})
    again = shop.do("clean", MONTHS[0], contract=strict)
    assert again.reused
    assert not verdicts(again)["quarantine_share"].passed
    with pytest.raises(InputError, match="small/clean of 2024-01 is refused: its blocking check failed"):
        shop.do("splits", MONTHS[2], contract=strict)
    assert all(verdict.passed for verdict in shop.do("clean", MONTHS[0]).verdicts)
    assert shop.do("splits", MONTHS[2]).reused


def test_rows_that_must_stop_the_run_are_kept_and_their_check_fails(shop: Shop) -> None:
    shop.do("raw")
    done = shop.do("clean", contract=rules(shop, rows_that_fail={"action": "stop", "at_most": 0.05}))
    assert done.version.counts["quarantined"] == EMPTY
    assert not verdicts(done)[EXPECTED].passed


def test_repeated_rows_are_kept_dropped_or_refused(shop: Shop) -> None:
    rows = visits(MONTHS[:1])
    shop.write(pa.concat_tables([rows, rows.slice(10, 4)]))
    shop.do("raw")
    kept, dropped = (shop.do("clean", contract=rules(shop, duplicates=what)).version for what in ("keep", "drop"))
    assert (kept.counts["kept"], kept.counts["repeated"], kept.counts["duplicates"]) == (KEPT + 4, 4, 0)
    assert (dropped.counts["kept"], dropped.counts["duplicates"]) == (KEPT, 4)
    assert dropped.counts["read"] == kept.counts["read"] == ROWS_A_MONTH + 4
    with pytest.raises(PreprocessError, match=r"contract.duplicates refuses rows that repeat another: 4 of 244 do"):
        shop.do("clean", contract=rules(shop, duplicates="refuse"))


def test_data_docs_of_the_month_are_built_and_linked(shop: Shop) -> None:
    shop.do("raw")
    shown = shop.do("clean").version.manifest["metadata"]
    assert shown["Data Docs"] == {"docs": "small/2024-01/index.html"}
    assert (shop.home.docs / "small/2024-01/index.html").is_file()


@pytest.mark.parametrize(("at_most", "word"), [(0.05, "Succeeded"), (0.008, "Failed")])
def test_the_data_docs_say_what_the_checks_say(shop: Shop, at_most: float, word: str) -> None:
    whole: Json = {"expect_column_min_to_be_between": {"column": "visits", "min_value": 0}}
    expectations = [*attributes(shop.folder)["contract"]["expectations"], whole]
    limit: Json = {"action": "quarantine", "at_most": at_most}
    shop.do("raw")
    judged = verdicts(shop.do("clean", contract=rules(shop, expectations=expectations, rows_that_fail=limit)))
    texts = [page.read_text() for page in (shop.home.docs / "small/2024-01").rglob("rows.html")]
    pages = {name: text for text in texts for name in ("incoming", "kept") if f"/ {name} rows</h2>" in text}
    statuses = {name: re.findall(r"Status:.*?(Succeeded|Failed)", text, re.DOTALL) for name, text in pages.items()}
    assert statuses == {"incoming": [word], "kept": ["Succeeded"]}
    assert f"at least {100 - 100 * at_most:g} % of the time" in " ".join(
        re.sub("<[^>]*>", "", pages["incoming"]).split()
    )
    assert judged[EXPECTED].passed is (word == "Succeeded")
    assert f"{NEGATIVE} of {ROWS_A_MONTH} rows fail" in judged[EXPECTED].summary
    minimum = judged["expect_column_min_to_be_between__visits"]
    assert (minimum.passed, minimum.evidence["observed_before_quarantine"]) == (True, -1)


def test_a_lost_verdict_is_given_again(shop: Shop) -> None:
    shop.do("raw")
    first = shop.do("clean")
    for path in (shop.home.versions / "small/clean/verdicts" / first.version.key).iterdir():
        path.unlink()
    again = shop.do("clean")
    assert again.reused
    assert again.verdicts == first.verdicts


def spent_something(rows: pa.Table) -> pa.ChunkedArray:
    return pc.greater(rows["spent"], 20.0)


def test_a_function_of_the_pipelines_own_quarantines_and_belongs_to_the_recipe(shop: Shop) -> None:
    own: Json = {"expect_rows": {"use": f"{__name__}:spent_something", "name": "spent", "column_list": ["spent"]}}
    shop.do("raw")
    done = shop.do("clean", contract=rules(shop, expectations=[own], rows_that_fail={"at_most": 0.2}))
    quarantine = done.version.table("quarantine").to_pylist()
    poor = [row for row in quarantine if row["_reasons"] == ["expect_rows__spent"]]
    assert poor
    assert all(row["spent"] <= 20 for row in poor)
    assert verdicts(done)["expect_rows__spent"].passed
    assert __name__ in done.version.recipe.code


def test_no_function_of_ones_own_repeats_a_sensitive_value(shop: Shop) -> None:
    columns = shop.sections["contract"]["columns"]
    hidden: dict[str, Json] = {"columns": {**columns, "visit": {"type": "text", "sensitive": True}}}
    rule: Json = {
        "expect_rows": {"use": f"{derived.__name__}:is_numbered", "name": "numbered", "column_list": ["visit"]}
    }
    shop.do("raw", contract=hidden)
    with pytest.raises(FunctionError, match=r"raised ArrowInvalid at derived\.py:\d+, with the columns"):
        shop.do("clean", contract=hidden, derive={"use": f"{derived.__name__}:of_visit"})
    told = verdicts(shop.do("clean", contract={**hidden, "expectations": [rule]}))
    assert not told["expect_rows__numbered"].passed
    assert MONTHS[0] + " " not in str(told)


def test_times_beyond_the_years_that_python_knows_are_kept_judged_and_shown(shop: Shop) -> None:
    rows = visits()
    far = pa.array([[-(10**17), 253402300800 * 10**6][n % 2] for n in range(len(rows))], pa.timestamp("us"))
    shop.write(rows.append_column("seen", far))
    columns = attributes(shop.folder)["contract"]["columns"] | {"seen": "timestamp"}
    bound: Json = {"expect_column_values_to_be_between": {"column": "seen", "max_value": "2024-01-01", "mostly": 0.1}}
    contract = rules(
        shop, columns=columns, expectations=[bound], rows_that_fail={"action": "quarantine", "at_most": 0.9}
    )
    shop.do("raw", contract=contract)
    done = shop.do("clean", contract=contract)
    found = done.version.manifest["statistics"]
    assert found["rows.parquet"]["seen"]["minimum"] == "-1199-02-15 14:13:20.000000"  # type: ignore[index,call-overload]
    assert found["quarantine.parquet"]["seen"]["maximum"] == "10000-01-01 00:00:00.000000"  # type: ignore[index,call-overload]
    assert done.version.counts["quarantined"] == EMPTY + (ROWS_A_MONTH - EMPTY + 1) // 2
    assert done.version.preview("rows", 1)[0]["seen"] == "-1199-02-15 14:13:20.000000"
    assert verdicts(done)["expect_column_values_to_be_between__seen"].passed


def test_no_file_but_the_rows_holds_a_sensitive_value(shop: Shop) -> None:
    contract = shop.sections["contract"]
    private = {"type": "category", "sensitive": True}
    rules: list[Json] = [
        {"expect_column_values_to_be_in_set": {"column": "shop", "value_set": ["east"], "mostly": 0.1}},
        {"expect_column_most_common_value_to_be_in_set": {"column": "shop", "value_set": ["east"]}},
        {"expect_column_values_to_be_between": {"column": "visits", "min_value": 0, "severity": "warning"}},
    ]
    spent: Json = {"type": "integer", "sensitive": True}
    columns: Json = {**contract["columns"], "shop": private, "spent": spent}
    sections: dict[str, Json] = {
        "contract": {"columns": columns, "expectations": rules, "rows_that_fail": {"at_most": 0.95}},
        "evaluate": None,
    }
    shop.do("raw", **sections)
    done = shop.do("clean", **sections)
    assert done.version.counts["quarantined"] == ROWS_A_MONTH
    assert not verdicts(done)["quarantine_share"].passed
    values = {"north", "south", *map(str, visits()["spent"].drop_null().to_pylist()[:ROWS_A_MONTH])}
    telling = [path for path in shop.home.root.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    assert {".json", ".html"} <= {path.suffix for path in telling}
    found = {path.name for path in telling if any(value in path.read_text() for value in values)}
    assert found == set()
