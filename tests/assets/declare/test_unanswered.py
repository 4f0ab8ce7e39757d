import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assets.declaration import Declaration
from assets.declare.unanswered import unanswered
from data_checks.verdict import Json
from tests.small_pipeline import attributes

ORDERS = "SELECT * FROM orders WHERE day >= :start AND day < :end"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE orders (day, spent, back)")
    (tmp_path / "other.db").write_text("no database")
    return tmp_path


def told(root: Path, query: str, **source: Json) -> list[str]:
    whole = {**attributes(Path("rows.parquet")), "source": {"kind": "sql", "url": "sqlite:///shop.db", **source}}
    whole["source"]["query"] = query
    return [message for _, message in unanswered(Declaration.model_validate_json(json.dumps(whole)), root=root)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (ORDERS.replace("orders", "order_"), "it has no table 'order_'; did you mean 'orders'?"),
        (ORDERS.replace("day <", "dya <"), "it has no column 'dya'; did you mean 'day'?"),
        (ORDERS.replace("day <", "orders.dya <"), "it has no column 'orders.dya'; did you mean 'day'?"),
        (ORDERS.replace("WHERE", "WERE"), 'near "day": syntax error; mend the SQL'),
        (f"{ORDERS} AND (spent > 0", "incomplete input; mend the SQL"),
        (ORDERS.replace("day <", "dya <") + "; -- all", "it has no column 'dya'; did you mean 'day'?"),
    ],
)
def test_tells_what_a_database_that_is_there_refuses(root: Path, query: str, message: str) -> None:
    assert told(root, query) == [f"source.query can't be answered by 'sqlite:///shop.db': {message}"]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        (ORDERS, {}),
        (f"{ORDERS}; -- all of a month", {}),
        (f"{ORDERS}; /* all of a month */", {}),
        ("PRAGMA table_info(orders)", {}),
        (ORDERS.replace("orders", "later"), {"depends_on": ["shop/later"]}),
        (ORDERS.replace("orders", "later"), {"url": "sqlite:///later.db"}),
        (ORDERS, {"url": "sqlite:///other.db"}),
        ("DELETE FROM nothing", {}),  # which is told otherwise
    ],
)
def test_what_may_come_later_or_is_told_elsewhere_is_let_be(root: Path, query: str, source: dict[str, Json]) -> None:
    assert told(root, query, **source) == []
