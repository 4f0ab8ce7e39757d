import math
import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.split import split
from assets.declaration import Declaration, load
from assets.propose import ProposeError
from assets.propose.contract import CLASSES, FILLED, RANGE, TABLE_ROWS, TEXTS
from assets.propose.write import declaration
from assets.propose.yaml_lines import WIDTH
from data_checks.verdict import Json
from tests.assets.propose.tables import ROWS, orders, proposed

SOURCE: dict[str, Json] = {"kind": "files", "path": "rows.parquet"}


def written(folder: Path, table: pa.Table, target: str | None = None) -> tuple[str, Declaration]:
    text = declaration("shop", proposed(table, target), SOURCE)
    file = folder / "pipelines" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.startswith("# yaml-language-server: $schema=../../docs/declaration.schema.json\ntype: ")
    return text, load(file, root=folder)


def test_a_table_with_time_is_partitioned_and_split_by_it(tmp_path: Path) -> None:
    text, found = written(tmp_path, orders(), "was_returned")
    assert found.partitions
    assert (found.partitions.every, found.partitions.column, found.partitions.start) == ("month", "day", "2024-01")
    assert found.partitions.end is None
    assert found.window == 12
    assert "# Each training reads this many months in a row: the last one tests, the one before it validates, " in text
    assert found.split
    assert (found.split.by, found.split.validation, found.split.test) == ("time", 1, 1)
    assert [str(gate) for gate in found.gates] == [
        "roc_auc better than the trivial's by 0.13",
        "roc_auc not worse than the champion's by 0.01",
    ]
    assert found.features.never == {"order_id": "it is an identifier and names one row each"}
    assert (found.target.column, found.target.task, found.target.positive) == ("was_returned", "binary", 1)
    assert found.evaluate.slices == ("shop",)
    assert "at_least: …" in text


def test_a_table_that_no_longer_grows_has_an_end(tmp_path: Path) -> None:
    days = [date(2020, 1, 1) + timedelta(days=n // 4) for n in range(ROWS)]
    text, found = written(tmp_path, orders(day=days), "was_returned")
    assert found.partitions
    assert found.partitions.end == "2020-11"
    assert "# Its newest row is more than three months old" in text


def test_a_time_with_too_few_periods_still_divides(tmp_path: Path) -> None:
    days = [date(2024, 1, 1) + timedelta(days=n // 400) for n in range(ROWS)]
    text, found = written(tmp_path, orders(day=days), "was_returned")
    assert found.partitions is None
    assert found.split
    assert (found.split.by, found.split.column) == ("time", "day")
    assert "too few periods" in text


def test_rows_of_a_group_stay_together(tmp_path: Path) -> None:
    table = orders(customer_id=[n % 300 for n in range(ROWS)]).drop_columns(["day"])
    _, found = written(tmp_path, table, "price")
    assert found.split
    assert (found.split.by, found.split.column) == ("group", "customer_id")
    assert found.features.never["customer_id"] == "it names a group of rows; the next group has another name"
    assert str(found.gates[0]) == "r2 better than the trivial's by 0.016"


def test_comments_say_what_was_found(tmp_path: Path) -> None:
    table = orders(
        was_returned=[None if n < 3 else n % 2 for n in range(ROWS)],
        weight=[float("inf") if n == 0 else 1.5 + n % 3 for n in range(ROWS)],
        order_status=[f"s{n % 5}" for n in range(ROWS)],
    )
    doubled = pa.concat_tables([table, table.slice(0, 10)])
    text, found = written(tmp_path, doubled.drop_columns(["day", "order_id"]))
    for said in (
        "# Chosen because its name says 'returned'. Other candidates: price (its name says 'price');",
        "# 6 rows without a value of it are left out of training.",
        "# Infinite values break the contract: weight (2).",
        "# - order_status is called 'status': is it written after the event?",
        "# 10 rows repeat another in every column. If they are the same thing twice: drop.",
        "# No column is taken for the time of a row",
        "# By a hash of all columns of a row: equal rows stay together",
    ):
        assert said in text
    assert found.contract.columns["was_returned"].nullable


def test_comments_tell_the_rules_by_which_numbers_were_written(tmp_path: Path) -> None:
    size = [0.5, *(10.0 + n % 101 for n in range(ROWS - 2)), 5000.0]
    gap = [None if n < 130 else n % 7 for n in range(ROWS)]
    text, found = written(tmp_path, orders(size=size, gap=gap).drop_columns(["day"]), "was_returned")
    told = " ".join(line.strip().removeprefix("# ") for line in text.splitlines() if line.strip().startswith("#"))
    rules = {(one.name.split("_to_")[1], *one.columns): one.arguments for one in found.contract.expectations}
    for law in (RANGE, CLASSES, TEXTS, FILLED, TABLE_ROWS):
        assert law in told
    # half of what the middle 98 % span is 49.5, a tenth of what all span 499.95, whose first digit stands for hundreds
    middle = float(np.ptp(np.quantile(size, [0.01, 0.99])))
    room = max(middle / 2, (5000 - 0.5) / 10)
    assert rules["be_between", "size"]["max_value"] == math.ceil((5000 + room) / 100) * 100 == 5500
    assert rules["be_between", "size"]["min_value"] == 0
    assert rules["be_between", "pieces"] == {"column": "pieces", "min_value": 0, "max_value": 12}
    assert rules["be_in_set", "was_returned"] == {"column": "was_returned", "value_set": [0, 1]}
    assert rules["be_in_set", "shop"]["mostly"] == 0.98
    assert rules["not_be_null", "gap"]["mostly"] == 1 - math.ceil(2 * 10 + 1) / 100
    assert rules["be_between",]["min_value"] == ROWS // 2
    assert found.contract.rows_that_fail.at_most == 0.02
    assert "more than 2 % of the rows, and the check fails" in told


def test_comments_tell_what_a_period_may_hold_and_what_infinite_values_take(tmp_path: Path) -> None:
    weight = [float("inf") if n % 20 == 0 else 1.5 + n % 3 for n in range(ROWS)]
    text, found = written(tmp_path, orders(weight=weight), "was_returned")
    counts = Counter(day.strftime("%Y-%m") for day in orders()["day"].to_pylist()).values()
    (rows,) = (one.arguments for one in found.contract.expectations if not one.columns)
    assert (rows["min_value"], rows["max_value"]) == (min(counts) // 2, 2 * max(counts))
    assert "Each month has at least half of the rows of the smallest one seen" in " ".join(text.split()).replace(
        "# ", ""
    )
    assert found.contract.rows_that_fail.at_most == 0.1
    assert "more than twice the share of the infinite values, and the check fails" in " ".join(text.split()).replace(
        "# ", ""
    )


def test_a_column_that_names_the_row_divides_the_rows(tmp_path: Path) -> None:
    text, found = written(tmp_path, orders().drop_columns(["day"]), "was_returned")
    assert found.split
    assert (found.split.by, found.split.column) == ("key", "order_id")
    assert "# By a hash of order_id: a row keeps its part, whatever becomes of the rest of it." in text


def test_a_rare_class_gets_its_share_of_each_part(tmp_path: Path) -> None:
    table = orders(was_returned=[int(n % 40 == 0) for n in range(ROWS)]).drop_columns(["day"])
    text, found = written(tmp_path, table, "was_returned")
    assert found.split
    assert (found.split.by, found.split.column) == ("stratum", "was_returned")
    assert "# 1 stands in 33 rows: by chance a part could have next to none of them" in text
    # equal rows must stay together, which a stratum does not see to
    again, found = written(tmp_path, pa.concat_tables([table, table.slice(0, 1)]).drop_columns(["order_id"]))
    assert found.split
    assert found.split.by == "key"
    assert "stands in 34 rows" not in again


@pytest.mark.parametrize(
    "rare",
    [
        [float(n % 40 == 0) for n in range(ROWS)],
        [None if n % 40 == 1 else float(n % 40 == 0) for n in range(ROWS)],
        [None if n % 40 == 1 else Decimal(n % 40 == 0) for n in range(ROWS)],
    ],
    ids=["floats", "floats with nulls", "decimals with nulls"],
)
def test_a_rare_class_that_is_no_integer_gets_its_share_too(tmp_path: Path, rare: list[float | Decimal | None]) -> None:
    table = orders(was_returned=rare).drop_columns(["day"])
    _, found = written(tmp_path, table, "was_returned")
    assert found.split
    assert (found.split.by, found.split.column) == ("stratum", "was_returned")
    parts = split(table.append_column("_row", pa.array(range(ROWS))), found.split, target=found.target).table
    tested = table["was_returned"].take(parts.filter(pc.equal(parts["_part"], "test"))["_row"])
    assert 5 <= pc.sum(tested).as_py() <= 8
    assert (found.target.task, found.target.positive) == ("binary", 1)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        (
            "day",
            [None, *[date(2024, 1, n % 28 + 1) for n in range(ROWS - 1)]],
            "is a time, but missing in 1 rows, which",
        ),
        (
            "ended_at",
            [date(2024, 1, n % 28 + 1) for n in range(ROWS)],
            "is a time, but called 'ended', as what is written",
        ),
        (
            "day",
            [f"{n % 28 + 1:02}.01.2024" for n in range(ROWS)],
            "read as text, because of values such as '01.01.2024'",
        ),
        ("day", ["2024-01-31", "31.01.2024"] * (ROWS // 2), "read as text, because of values such as '31.01.2024'"),
        ("day", [date(2024, 1, 1)] * ROWS, "is a time, but the same in all rows"),
    ],
)
def test_says_why_a_column_is_not_the_time(tmp_path: Path, name: str, values: list[object], said: str) -> None:
    text, found = written(
        tmp_path, orders().drop_columns(["day"]).append_column(name, pa.array(values)), "was_returned"
    )
    assert found.partitions is None
    told = " ".join(line.strip().removeprefix("# ") for line in text.splitlines())
    assert f"{name} {said}" in told or f"{name} looks like a time, but is {said}" in told
    assert "No column is taken for the time of a row" in told


def test_a_number_of_few_values_may_be_classes(tmp_path: Path) -> None:
    text, found = written(tmp_path, orders(), "pieces")
    assert found.target.task == "regression"
    assert "# It has 8 different values; if these are classes: task: multiclass." in text
    assert _changed(text, "regression", "multiclass", tmp_path).target.task == "multiclass"
    assert written(tmp_path, orders(), "shop")[1].evaluate.metrics == ("accuracy", "macro_f1", "log_loss")


def test_codes_that_are_taken_for_classes_can_be_made_numbers(tmp_path: Path) -> None:
    text, found = written(tmp_path, orders(kind=[n % 3 for n in range(ROWS)]), "kind")
    assert found.target.task == "multiclass"
    assert "# Its 3 values are taken for classes; if they are numbers:" in text
    assert _changed(text, "multiclass", "regression", tmp_path).target.task == "regression"


@pytest.mark.parametrize("key", ["order_id", None])
def test_codes_with_a_rare_one_can_be_made_numbers(tmp_path: Path, key: str | None) -> None:
    kinds = [2 if n % 40 == 0 else n % 2 for n in range(ROWS)]
    table = orders(kind=kinds).drop_columns(["day", *([] if key else ["order_id"])])
    text, found = written(tmp_path, table, "kind")
    assert (found.target.task, found.split and found.split.by) == ("multiclass", "stratum")
    changed = _changed(text, "multiclass", "regression", tmp_path)
    assert changed.split
    assert (changed.split.by, changed.split.column) == ("key", key)


def test_a_count_with_great_values_can_be_made_classes(tmp_path: Path) -> None:
    counts = [1000 * (n // 400) if n % 400 == 0 else n % 7 for n in range(ROWS)]
    text, found = written(tmp_path, orders(pieces=counts), "pieces")
    assert (found.target.task, found.train.loss) == ("regression", "huber")
    assert _changed(text, "regression", "multiclass", tmp_path).train.loss == "squared"


def _changed(text: str, task: str, other: str, root: Path) -> Declaration:
    """Do what the comment of a declaration says, and nothing else."""
    lines = text.splitlines()
    start = lines.index(f"  #   task: {other}")
    end = next(place for place in range(start, len(lines)) if not lines[place].startswith("  #   "))
    told = [line.removeprefix("  #   ") for line in lines[start + 1 : end]]
    gates = told[told.index("gates:") + 1 :]
    kept = [line.replace(f"task: {task}", f"task: {other}") for line in lines]
    for line in told[: told.index("gates:")]:
        key = line.partition(":")[0]
        if key == "metrics":
            kept = [re.sub(r"metrics: \[[^]]*\]", line, old) if "evaluate:" in old else old for old in kept]
        else:
            kept = [f"  {line}" if old.startswith(f"  {key}: ") else old for old in kept]
    first = kept.index("  gates:")
    last = next((n for n in range(first + 1, len(kept)) if not kept[n].startswith("    - ")), len(kept))
    kept[first + 1 : last] = [f"  {line}" for line in gates]
    file = root / "pipelines" / "shop" / "defs.yaml"
    file.write_text("\n".join(kept), encoding="utf-8")
    return load(file, root=root)


def test_names_and_values_that_yaml_would_take_for_others_are_quoted(tmp_path: Path) -> None:
    odd = {"NO": [f"{n % 3:03}" for n in range(ROWS)], "a: b": ["yes", "on"] * (ROWS // 2), "12:30": range(ROWS)}
    _, found = written(tmp_path, orders(**odd), "was_returned")
    assert {"NO", "a: b", "12:30"} <= set(found.contract.columns)
    sets = {rule.columns[0]: rule.arguments.get("value_set") for rule in found.contract.expectations if rule.columns}
    assert sets["NO"] == ["000", "001", "002"]
    assert sets["a: b"] == ["on", "yes"]


def test_refuses_a_table_of_which_nothing_is_left_to_learn_from() -> None:
    table = pa.table({"token": [f"t{n}" for n in range(100)], "y": [n % 7 for n in range(100)]})
    said = r"besides 'y' there are only token \(is an identifier and names one row each\); give a table"
    with pytest.raises(ProposeError, match=f"^--source has nothing to learn from: {said} "):
        declaration("shop", proposed(table, "y"), SOURCE)
    with pytest.raises(ProposeError, match=r"besides 'y' there are no other columns; "):
        declaration("shop", proposed(table.select(["y"]), "y"), SOURCE)
