"""The stage `raw`: a source becomes one immutable version of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import pyarrow as pa

from assets.data.holdings import Holdings, Looking, look
from assets.data.ingest import Ingestion, ingest
from assets.data.marked_numbers import refuse_unread
from assets.data.progress import Progress
from assets.data.row_time import RowTime
from assets.data.sources import AssetSource, DeltaSource, FilesSource, SourceError, SqlSource, rows_of
from assets.data.sources.arrow import Extent
from assets.declaration import Declaration
from assets.memo import Memo
from assets.settings import plain
from assets.shell import SHELL
from assets.store import Store
from assets.versions.code_version import code_version
from assets.versions.draft import Draft
from assets.versions.layout import Layout
from assets.versions.recipe import Address
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, Stage, Work
from data_checks.contract import contract
from data_checks.named_function import module_of
from data_checks.verdict import Json, Verdict


class Raw(Stage):
    """Source to one immutable version of rows."""

    name = "raw"
    group = "data"
    kinds = frozenset({"parquet"})

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the source, and how its rows are cut into periods."""
        return {
            "source": plain(declaration.source),
            "derive": plain(declaration.derive),
            "sensitive": list[Json](sorted(declaration.contract.sensitive)),
            "partitions": plain(declaration.partitions, without={"start", "end"}),
        }

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        """Return what reads the rows, a pipeline's own function included."""
        source = declaration.source
        own = (module_of(source.use),) if source.kind == "python" else ()
        return (*super()._modules(declaration), *own)

    def inputs(self, work: Work) -> Inputs:
        """Return nothing: the source lies outside the store."""
        return {}

    def outside(self, work: Work) -> Mapping[str, str] | None:
        """Return what tells the source's rows of the period before they are read, if anything does."""
        source, periods = work.declaration.source, work.declaration.partitions
        if source.kind == "files":
            return self._files(work)
        if isinstance(source, DeltaSource) and work.period is not None and periods is not None:
            return source.fingerprint_of(work.period, periods.column)
        fingerprint = source.fingerprint()
        return None if fingerprint is None else {"source": fingerprint}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Read the source's rows of the period.

        Raises:
            SourceError: the source can't be read, or its files changed while they were read.
        """
        periods, extent, files = work.declaration.partitions, Extent(), self._files(work)
        ingestion = Ingestion(Progress(lambda line: work.report(f"raw  {line}")))
        kept = ingest(
            self._refused(work, self._batches(work, extent)),
            derive=work.declaration.derive,
            hidden=bool(work.declaration.contract.sensitive),
            period=work.period,
            column=periods.column if periods else None,
            ingestion=ingestion,
        )
        rows = draft.write_table("rows", kept, sensitive=work.declaration.contract.sensitive)
        ingestion.tell()
        if extent.rows not in {None, rows}:
            raise SourceError(
                f"source.path changed while it was read: {rows} rows of {work.partition} came, and {extent.rows} were "
                "there when it was looked at; run it again once the files are whole"
            )
        self._check_same(files, self._files(work))
        return Made(
            {"rows": rows},
            {
                "rows read from the source": ingestion.read.rows,
                "rows of other periods": ingestion.rows_outside,
                "row groups and files read": str(extent),
                "batches": ingestion.read.batches,
                "bytes decoded": ingestion.read.bytes,
            },
        )

    def _refused(self, work: Work, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        source = work.declaration.source
        return refuse_unread(batches, source, work.declaration.contract) if source.kind == "files" else batches

    def _batches(self, work: Work, extent: Extent) -> Iterator[pa.RecordBatch]:
        source, periods = work.declaration.source, work.declaration.partitions
        match source:
            case AssetSource():
                return source.batches_of(work.handed)
            case FilesSource() if work.period is not None:
                holdings = self._holdings(work, source)
                extent.read, extent.there = holdings.extent(work.period.key)
                extent.rows = holdings.count(work.period.key)
                return source.rows(holdings.parts(work.period.key), holdings.schema)
            case DeltaSource():
                return source.batches(work.period, column=periods.column if periods else None, extent=extent)
            case SqlSource():
                hidden = bool(work.declaration.contract.sensitive)
                return source.batches(work.period, hidden=hidden, column=periods.column if periods else None)
            case _:
                return rows_of(source, work.period, hidden=bool(work.declaration.contract.sensitive))

    def _files(self, work: Work) -> Mapping[str, str]:
        """Return what tells the contents of the period's files; nothing of a source that is none of files."""
        source = work.declaration.source
        if source.kind != "files":
            return {}
        if work.period is not None:
            return self._holdings(work, source).of(work.period.key)
        return {f"file {place.name}": place.identity() for place in source.places()}

    def _check_same(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Refuse files that are others than before, even of as many rows; one that came since was not read."""
        changed = [name for name in before if after.get(name) != before[name]]
        if changed:
            raise SourceError(
                f"source.path changed while it was read: {changed[:3]} no longer hold what they did when they were "
                "looked at; run it again once the files are whole"
            )

    def _holdings(self, work: Work, source: FilesSource) -> Holdings:
        return holdings(
            source,
            work.declaration,
            store=work.store,
            pipeline=work.pipeline,
            report=lambda line: work.report(f"raw  {line}"),
        )

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the contract's check."""
        return (Check("contract", "The rows have the columns and types that the contract names."),)

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the contract's columns."""
        return {"columns": plain(declaration.contract)["columns"]}

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Judge columns, types and presence, those of derived columns on the first rows."""
        first = next(version.batches("rows", rows=1))
        source = pa.Table.from_batches([first.select([n for n in first.schema.names if not n.startswith("_")])])
        derive = work.declaration.derive
        function = derive.load(hidden=bool(work.declaration.contract.sensitive)) if derive else None
        derived = function(source).column_names[source.num_columns :] if function else []
        figures = cast("Mapping[str, Mapping[str, int]]", version.manifest["statistics"]["rows.parquet"])
        nulls = {name: figures[name]["nulls"] for name in source.column_names}
        columns = {name: plain(column) for name, column in work.declaration.contract.columns.items()}
        return [contract(source.schema, version.counts["rows"], columns, nulls=nulls, derived=derived)]


def holdings(
    source: FilesSource,
    declaration: Declaration,
    *,
    store: Store,
    pipeline: str,
    report: Callable[[str], None] | None,
) -> Holdings:
    """Find which periods the files of a pipeline with partitions hold; see `look` for `report` and what is raised."""
    periods, derive = declaration.partitions, declaration.derive
    if periods is None:
        raise ValueError(f"{pipeline}/raw holds no periods: the declaration has no partitions; read its source whole")
    function = derive.load(hidden=bool(declaration.contract.sensitive)) if derive else None
    modules = ("assets.data.holdings", *([module_of(derive.use)] if derive else []))
    return look(
        Looking(
            source,
            periods,
            RowTime(function, periods.column, periods.time_zone),
            code_version(*modules, stop=SHELL),
            Memo(store.disk, Layout.of(store.root, Address(pipeline, Raw.name)).memo),
            report,
        )
    )
