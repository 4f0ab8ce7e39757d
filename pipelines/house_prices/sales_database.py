"""An ordinary Dagster asset upstream of a pipeline: it fills the SQLite file that the declaration queries."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq

SALES = Path(__file__).parent / "house_sales.parquet"


@dg.asset(
    key=["house_prices", "sales_database"],
    group_name="house_prices_data",
    description="The sales as a table of an SQLite file.",
    owners=["team:valuation"],
    kinds={"sqlite"},
)
def sales_database() -> dg.MaterializeResult[None]:
    """Write the table `sales` anew, in one transaction."""
    rows = pq.read_table(SALES)
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    holes = ", ".join("?" * rows.num_columns)
    with closing(sqlite3.connect(Path(os.environ["TRAINYARD_HOME"]) / "house_sales.db")) as database, database:
        database.execute("DROP TABLE IF EXISTS sales")
        database.execute(f"CREATE TABLE sales ({columns})")
        database.executemany(f"INSERT INTO sales VALUES ({holes})", zip(*rows.to_pydict().values(), strict=True))  # noqa: S608  # a count of question marks
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.num_rows})
