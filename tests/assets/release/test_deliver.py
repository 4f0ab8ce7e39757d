import datetime as dt
import socket
import traceback
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from assets.database import UnreachableDatabaseError
from assets.release.deliver import deliver
from assets.release.predict import PredictError, ToFiles, ToSql
from assets.versions.disk import Disk, StoreWriteError

DAY = dt.date(2016, 1, 31)


def predictions(*rows: int) -> pa.Table:
    return pa.table(
        {
            "_row": pa.array(rows, pa.int64()),
            "guest": [f"guest {row}" for row in rows],
            "arrival": pa.array([DAY for _ in rows], pa.date32()),
            "prediction": [row % 2 == 0 for row in rows],
            "probability": [row / 10 for row in rows],
            "_champion": ["1" for _ in rows],
        }
    )


@pytest.fixture
def to_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToSql:
    monkeypatch.setenv("SCORES_DATABASE", f"sqlite:///{tmp_path / 'scores.db'}")
    return ToSql(kind="sql", url_env="SCORES_DATABASE", table="scores")


def delivered(tmp_path: Path) -> list[tuple[object, ...]]:
    engine = create_engine(f"sqlite:///{tmp_path / 'scores.db'}")
    with engine.connect() as connection:
        query = 'SELECT "_partition", "_row", guest, arrival, prediction, probability FROM scores ORDER BY 1, 2'
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def test_a_period_is_one_file_replaced_whole(tmp_path: Path) -> None:
    to = ToFiles(kind="files", path=str(tmp_path / "out"))
    deliver(predictions(1, 2, 3), to, partition="2016-01-01-05:00")
    where = deliver(predictions(1, 2), to, partition="2016-01-01-05:00")
    deliver(predictions(9), to, partition=None)
    assert pq.read_table(where).equals(predictions(1, 2))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["2016-01-01-0500.parquet", "all.parquet"]


def test_a_full_disk_leaves_what_was_delivered(tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, descriptor: int, content: memoryview) -> int:
            raise OSError(28, "No space left on device")

    to = ToFiles(kind="files", path=str(tmp_path))
    where = deliver(predictions(1, 2), to, partition="2016-01")
    with pytest.raises(StoreWriteError, match="No space left on device"):
        deliver(predictions(3), to, partition="2016-01", disk=Full())
    assert pq.read_table(where).equals(predictions(1, 2))


def test_a_period_in_a_table_is_replaced_and_others_stay(tmp_path: Path, to_sql: ToSql) -> None:
    deliver(predictions(1, 2, 3), to_sql, partition="2016-01")
    deliver(predictions(1), to_sql, partition="2016-02")
    where = deliver(predictions(2), to_sql, partition="2016-01")
    assert delivered(tmp_path) == [
        ("2016-01", 2, "guest 2", "2016-01-31", 1, 0.2),
        ("2016-02", 1, "guest 1", "2016-01-31", 0, 0.1),
    ]
    assert where == "table scores at the address in SCORES_DATABASE"


def test_a_failed_delivery_leaves_the_period_as_it_was(tmp_path: Path, to_sql: ToSql) -> None:
    deliver(predictions(1, 2), to_sql, partition="2016-01")
    other = predictions(3).rename_columns(["_row", "visitor", "arrival", "prediction", "probability", "_champion"])
    with pytest.raises(PredictError, match=r"predict.to.table 'scores' cannot be written: OperationalError"):
        deliver(other, to_sql, partition="2016-01")
    assert [row[1] for row in delivered(tmp_path)] == [1, 2]


def test_an_address_that_is_not_set_is_named() -> None:
    to = ToSql(kind="sql", url_env="NO_SUCH_VARIABLE", table="scores")
    with pytest.raises(PredictError, match=r"predict.to.url_env is not set: 'NO_SUCH_VARIABLE' must hold"):
        deliver(predictions(1), to, partition=None)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+nodriver://user:secret@host/db",
        "postgresql+psycopg2://user:p@ss:secret@localhost/db",
        "postgresql+psycopg2://user:hun@secret@nohost.invalid/db",
    ],
)
def test_a_refusal_does_not_repeat_the_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SCORES_DATABASE", address)
    with pytest.raises(PredictError, match="check the address, the driver") as caught:
        deliver(predictions(1), ToSql(kind="sql", url_env="SCORES_DATABASE", table="scores"), partition=None)
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None


def test_a_server_that_is_down_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg2", reason="the driver of PostgreSQL is not installed")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.setenv("SCORES_DATABASE", f"postgresql+psycopg2://user:secret@127.0.0.1:{port}/db")
        with pytest.raises(UnreachableDatabaseError, match=r"predict.to.table 'scores' cannot be written: .*refused"):
            deliver(predictions(1), ToSql(kind="sql", url_env="SCORES_DATABASE", table="scores"), partition=None)
