from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from assets.data.sources import SourceError
from assets.resources import Machine, TableIOManager

DAYS = dg.StaticPartitionsDefinition(["mon", "tue"])


@dg.asset(key=["shop", "orders.v2"])
def orders() -> pa.Table:
    return pa.table({"amount": [1, 2]})


@dg.asset(key=["shop", "orders"])
def others() -> pd.DataFrame:
    return pd.DataFrame({"amount": [3]})


@dg.asset(partitions_def=DAYS)
def daily(context: dg.AssetExecutionContext) -> pa.Table:
    return pa.table({"day": [context.partition_key]})


@dg.asset
def nothing_kept() -> None:
    """Keeps its rows elsewhere."""


@dg.asset
def no_table() -> list[int]:
    return [1]


def materialize(*assets: dg.AssetsDefinition, folder: Path, **more: object) -> dg.ExecuteInProcessResult:
    resources = {"io_manager": TableIOManager(root=str(folder))}
    return dg.materialize(list(assets), resources=resources, **more)  # type: ignore[arg-type]


def test_tables_and_frames_pass_between_assets_in_the_form_that_is_asked_for(tmp_path: Path) -> None:
    seen: dict[str, object] = {}

    @dg.asset(ins={"first": dg.AssetIn(["shop", "orders.v2"]), "second": dg.AssetIn(["shop", "orders"])})
    def reader(first: pd.DataFrame, second: pa.Table) -> None:
        seen.update(first=first, second=second)

    result = materialize(orders, others, reader, folder=tmp_path)
    assert isinstance(seen["first"], pd.DataFrame)
    assert list(seen["first"]["amount"]) == [1, 2]
    assert seen["second"] == pa.table({"amount": [3]})
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.parquet")) == [
        "shop/orders.parquet",
        "shop/orders.v2.parquet",
    ]
    (event,) = result.asset_materializations_for_node("shop__orders")
    assert event.metadata["path"].value == str(tmp_path / "shop/orders.parquet")


def test_a_reader_is_written_batch_by_batch_and_read_so_where_one_is_asked_for(tmp_path: Path) -> None:
    drawn: list[int] = []
    seen: list[pa.Table] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(3):
            drawn.append(number)
            yield pa.RecordBatch.from_pydict({"number": [number]})

    @dg.asset
    def numbers() -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(pa.schema({"number": pa.int64()}), batches())

    @dg.asset
    def reader(numbers: pa.RecordBatchReader) -> None:
        seen.append(numbers.read_all())

    result = materialize(numbers, reader, folder=tmp_path)
    (event,) = result.asset_materializations_for_node("numbers")
    assert event.metadata["dagster/row_count"].value == 3
    assert drawn == seen[0]["number"].to_pylist() == [0, 1, 2]


def test_a_reader_that_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    fails: list[bool] = []

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"number": [1]})
        if fails:
            raise RuntimeError("the shop is closed")

    @dg.asset
    def numbers() -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(pa.schema({"number": pa.int64()}), batches())

    materialize(numbers, folder=tmp_path)
    before = (tmp_path / "numbers.parquet").read_bytes()
    fails.append(True)
    with pytest.raises(RuntimeError, match="the shop is closed"):
        materialize(numbers, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.parquet"]
    assert (tmp_path / "numbers.parquet").read_bytes() == before


def test_each_partition_has_its_file_and_all_of_them_are_read_where_none_is_named(tmp_path: Path) -> None:
    seen: list[pa.Table] = []

    @dg.asset(ins={"daily": dg.AssetIn()}, partitions_def=DAYS)
    def same_day(daily: pa.Table) -> None:
        seen.append(daily)

    @dg.asset(ins={"daily": dg.AssetIn()})
    def whole_week(daily: pa.Table) -> None:
        seen.append(daily)

    for day in ("tue", "mon"):
        materialize(daily, same_day, folder=tmp_path, partition_key=day)
    materialize(daily, whole_week, folder=tmp_path, selection=[whole_week])
    assert [table["day"].to_pylist() for table in seen] == [["tue"], ["mon"], ["mon", "tue"]]


class Other:
    DataFrame = type("DataFrame", (), {})


@pytest.mark.parametrize(("form", "kind"), [(Other.DataFrame, pa.Table), (pd.DataFrame, pd.DataFrame)])
def test_what_only_pandas_tells_of_a_frame_is_kept_for_pandas_alone(tmp_path: Path, form: type, kind: type) -> None:
    frame = pd.DataFrame({"_id": pd.array([2**60 + 1, None], "Int64"), "size": pd.Categorical(["s", "m"])})
    seen: list[object] = []

    @dg.asset
    def sizes() -> pd.DataFrame:
        return frame

    def keep(sizes: object) -> None:
        seen.append(sizes)

    keep.__annotations__ = {"sizes": form, "return": None}
    materialize(sizes, folder=tmp_path)
    op = dg.asset(keep).op
    context = dg.build_input_context(
        asset_key=dg.AssetKey("sizes"), dagster_type=op.ins["sizes"].dagster_type, op_def=op
    )
    found = TableIOManager(root=str(tmp_path)).load_input(context)
    assert isinstance(found, kind)
    if kind is pd.DataFrame:
        pd.testing.assert_frame_equal(found, frame)


@dg.asset(partitions_def=DAYS)
def sold(context: dg.AssetExecutionContext) -> pa.Table:
    return pa.table({"price": [2] if context.partition_key == "mon" else [0.5]})


@pytest.mark.parametrize("form", [pa.Table, pd.DataFrame, pa.RecordBatchReader, None])
def test_partitions_of_several_types_are_one_table_in_whatever_form(tmp_path: Path, form: object) -> None:
    seen: list[object] = []

    def keep(sold: object) -> None:
        seen.append(sold.read_all() if isinstance(sold, pa.RecordBatchReader) else sold)

    keep.__annotations__ = {"sold": form, "return": None} if form else {"return": None}
    for day in ("mon", "tue"):
        materialize(sold, folder=tmp_path, partition_key=day)
    asset = dg.asset(ins={"sold": dg.AssetIn()})(keep)
    materialize(sold, asset, folder=tmp_path, selection=[asset])
    (found,) = seen
    wanted = pd.DataFrame if form is pd.DataFrame else pa.Table
    assert isinstance(found, wanted)
    assert list(found["price"].to_numpy()) == [2.0, 0.5]


def test_an_asset_that_returns_nothing_leaves_no_file(tmp_path: Path) -> None:
    materialize(nothing_kept, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_refuses_what_is_no_table(tmp_path: Path) -> None:
    message = "asset output is no table: a list was returned; return a pyarrow table or record batch reader, a"
    with pytest.raises(TypeError, match=message):
        materialize(no_table, folder=tmp_path)


def test_names_what_was_never_materialized(tmp_path: Path) -> None:
    @dg.asset(ins={"rows": dg.AssetIn(["shop", "orders"])})
    def reader(rows: pa.Table) -> None: ...

    message = "^shop/orders is missing: no file .*shop/orders.parquet; materialize the asset first$"
    with pytest.raises(FileNotFoundError, match=message):
        materialize(others, reader, folder=tmp_path, selection=[reader])


def test_a_bit_that_flipped_on_disk_is_not_read_as_data(tmp_path: Path) -> None:
    @dg.asset(ins={"rows": dg.AssetIn(["shop", "orders"])})
    def reader(rows: pa.Table) -> None: ...

    materialize(others, folder=tmp_path)
    file = tmp_path / "shop/orders.parquet"
    content = bytearray(file.read_bytes())
    content[30] ^= 1
    file.write_bytes(content)
    with pytest.raises(SourceError, match=r"(?i)'shop/orders' lies in .* says .*(checksum|crc).*; materialize the"):
        materialize(others, reader, folder=tmp_path, selection=[reader])


def test_a_machine_opens_its_store_and_its_mlflow(tmp_path: Path) -> None:
    machine = Machine(versions=str(tmp_path / "v"), docs="d", mlflow="sqlite:///m.db", artifacts="a", mlflow_page="p")
    assert machine.store().root == tmp_path / "v"
    assert (machine.service().tracking_uri, machine.service().artifacts) == ("sqlite:///m.db", "a")
