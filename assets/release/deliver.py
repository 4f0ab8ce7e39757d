"""Hands predictions to those who use them, each period whole: in files or in a database table."""

import io
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import pyarrow as pa
import pyarrow.parquet as pq

from assets.database import connected
from assets.environment import here
from assets.release.predict import PredictError, ToFiles, ToSql
from assets.versions.disk import Disk, make_folders, replace_file

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

AT_ONCE = 1_000


def deliver(table: pa.Table, to: ToFiles | ToSql, *, partition: str | None, disk: Disk | None = None) -> str:
    """Deliver the predictions of a period, in the place of those that were delivered for it before.

    Args:
        table: as `predict` gives it.
        to: where to.
        partition: the period; None without partitions.
        disk: what carries writes of files out.

    Returns:
        Where they lie now, without any secret.

    Raises:
        PredictError: the variable with the address is not set, or the database refuses.
        UnreachableDatabaseError: the database does not answer.
        StoreWriteError: the disk refuses.
    """
    match to:
        case ToFiles():
            return _to_file(table, Path(here(to.path)), partition or "all", disk or Disk())
        case ToSql():
            return _to_table(table, to, partition or "all")
        case _:
            assert_never(to)


def _to_file(table: pa.Table, folder: Path, partition: str, disk: Disk) -> str:
    path = folder / f"{re.sub(r'[^0-9A-Za-z-]', '', partition)}.parquet"
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    make_folders(disk, folder, folder)
    replace_file(disk, path, sink.getvalue())
    return str(path)


def _to_table(table: pa.Table, to: ToSql, partition: str) -> str:
    from sqlalchemy import MetaData, delete

    address = os.environ.get(to.url_env)
    if not address:
        raise PredictError(f"predict.to.url_env is not set: {to.url_env!r} must hold the database's address; export it")
    rows = [{**row, "_partition": partition} for row in table.to_pylist()]
    target = _table(to.table, table.schema, MetaData())
    with connected(address, partial(_refused, to), tells_rows=False) as connection, connection.begin():
        target.create(connection, checkfirst=True)
        connection.execute(delete(target).where(target.c["_partition"] == partition))
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(target.insert(), rows[start : start + AT_ONCE])
    return f"table {to.table} at the address in {to.url_env}"


def _refused(to: ToSql, said: str) -> PredictError:
    return PredictError(
        f"predict.to.table {to.table!r} cannot be written: {said} at the address in {to.url_env}; "
        "check the address, the driver, the rights, and that the table has the columns of the predictions"
    )


def _table(name: str, schema: pa.Schema, metadata: "MetaData") -> "Table":
    from sqlalchemy import Column, String, Table

    columns: list[Any] = [Column(field.name, _sql_type(field.type)) for field in schema]
    return Table(name, metadata, Column("_partition", String(32), index=True), *columns)


def _sql_type(kind: pa.DataType) -> Any:  # noqa: ANN401  # SQLAlchemy's types share no useful base
    from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Text

    known = [
        (pa.types.is_boolean, Boolean),
        (pa.types.is_integer, BigInteger),
        (pa.types.is_floating, Double),
        (pa.types.is_date, Date),
        (pa.types.is_timestamp, DateTime),
    ]
    return next((column() for holds, column in known if holds(kind)), Text())
