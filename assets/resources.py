"""What differs by machine: where versions lie, where MLflow is, and how tables pass between ordinary assets."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.sources.tabular import table_of
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.versions.disk import Disk, make_folders, replace_file

if TYPE_CHECKING:
    import pandas as pd

PROGRESS = logging.getLogger("trainyard")


class Machine(dg.ConfigurableResource["Machine"]):
    """Where this machine, or the team, keeps what the stages read and write."""

    versions: str
    """Folder of the stored versions."""
    docs: str
    """Folder of the reports that people open in a browser."""
    mlflow: str
    """MLflow's tracking address."""
    artifacts: str | None = None
    """Folder or address under which MLflow's runs keep their files; absent: the server decides."""
    mlflow_page: str
    """Address of MLflow's pages, for links."""
    docs_page: str = "http://127.0.0.1:5050"
    """Address under which `docs` is served, for links."""
    dagster_page: str = "http://127.0.0.1:3000"
    """Address of Dagster's pages, for links to a run."""

    def store(self) -> Store:
        """Return the store of versions."""
        return Store(Path(self.versions))

    def service(self) -> MlflowService:
        """Return the door to MLflow, which it opens when it is first used."""
        return MlflowService(self.mlflow, self.artifacts)


class TableIOManager(dg.ConfigurableIOManager):
    """Keeps what ordinary assets return as Parquet files, so that nothing that is read back can run code."""

    root: str
    """Folder of the files."""

    def handle_output(self, context: dg.OutputContext, obj: "pa.Table | pd.DataFrame | None") -> None:
        """Write a pyarrow table or a pandas frame; None is an asset that keeps its rows elsewhere.

        Raises:
            TypeError: for anything else.
        """
        if obj is None:
            return
        sink = pa.BufferOutputStream()
        pq.write_table(_table(obj), sink, compression="zstd", write_page_checksum=True)
        (path,) = self._paths(context)
        disk = Disk()
        make_folders(disk, Path(self.root), path.parent)
        replace_file(disk, path, sink.getvalue().to_pybytes())
        context.add_output_metadata({"path": dg.MetadataValue.path(str(path))})

    def load_input(self, context: dg.InputContext) -> "pa.Table | pd.DataFrame":
        """Read it back, several partitions as one table; as a pandas frame where the asset's annotation asks for one.

        Raises:
            FileNotFoundError: if the asset was never materialized.
        """
        paths = self._paths(context)
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            key = context.asset_key.to_user_string()
            raise FileNotFoundError(f"{key} is missing: no file {', '.join(missing)}; materialize the asset first")
        rows = pa.concat_tables(
            [pq.read_table(path, page_checksum_verification=True, partitioning=None) for path in paths]
        )
        wanted = context.dagster_type.typing_type
        return rows.to_pandas() if getattr(wanted, "__name__", "") == "DataFrame" else rows

    def _paths(self, context: dg.OutputContext | dg.InputContext) -> list[Path]:
        """Return one file a partition; a name with a dot in it keeps it."""
        *folders, name = context.asset_key.path
        folder = Path(self.root, *folders)
        if not context.has_asset_partitions:
            return [folder / f"{name}.parquet"]
        return [folder / name / f"{key}.parquet" for key in context.asset_partition_keys]


def _table(value: object) -> pa.Table:
    table = table_of(value)
    if table is None:
        raise TypeError(
            f"asset output is no table: a {type(value).__name__} was returned; return a pyarrow table, a pandas frame, "
            "or None and keep the rows elsewhere"
        )
    return table
