"""What differs by machine: where versions lie, where MLflow is, and how tables pass between ordinary assets."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa

from assets.data.sources.handed import HandedTable, hand_over
from assets.data.sources.tabular import is_frame_type, reader_of
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.versions.disk import Disk, make_folders

if TYPE_CHECKING:
    import pandas as pd

# tags of an op that takes tables before anything of them is read
UNREAD = {"trainyard/tables": "unread"}
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

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Write a pyarrow table, a pandas frame, or a record batch reader, whose rows never are in memory all at once.

        None is an asset that keeps its rows elsewhere.

        Raises:
            TypeError: for anything else.
        """
        if obj is None:
            return
        rows = reader_of(obj)
        if rows is None:
            raise TypeError(
                f"asset output is no table: a {type(obj).__name__} was returned; return a pyarrow table or record "
                "batch reader, a pandas frame, or None and keep the rows elsewhere"
            )
        (path,) = self._paths(context)
        disk = Disk()
        make_folders(disk, Path(self.root), path.parent)
        count = hand_over(disk, path, rows)
        context.add_output_metadata({"path": dg.MetadataValue.path(str(path)), "dagster/row_count": count})

    def load_input(self, context: dg.InputContext) -> "HandedTable | pa.RecordBatchReader | pa.Table | pd.DataFrame":
        """Read it back, several partitions as one table, in the form that the asset's annotation asks for.

        That is a pandas frame or a record batch reader, else a pyarrow table; a stage takes it unread.

        Raises:
            FileNotFoundError: if the asset was never materialized.
            SourceError: a file cannot be read, or the columns of several partitions do not go together.
        """
        paths, key = self._paths(context), context.asset_key.to_user_string()
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise FileNotFoundError(f"{key} is missing: no file {', '.join(missing)}; materialize the asset first")
        handed = HandedTable(key, tuple(paths))
        if context.op_def.tags.items() >= UNREAD.items():
            return handed
        rows, wanted = handed.reader(), context.dagster_type.typing_type
        if wanted is pa.RecordBatchReader:
            return rows
        table = rows.read_all()
        return table.to_pandas() if is_frame_type(wanted) else table

    def _paths(self, context: dg.OutputContext | dg.InputContext) -> list[Path]:
        """Return one file a partition; a name with a dot in it keeps it."""
        *folders, name = context.asset_key.path
        folder = Path(self.root, *folders)
        if not context.has_asset_partitions:
            return [folder / f"{name}.parquet"]
        return [folder / name / f"{key}.parquet" for key in context.asset_partition_keys]
