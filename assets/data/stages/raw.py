"""The stage `raw`: a source becomes one immutable version of rows."""

from collections.abc import Mapping, Sequence
from typing import cast

import pyarrow as pa

from assets.data.ingest import Ingestion, ingest
from assets.data.progress import Progress
from assets.declaration import Declaration
from assets.draft import Draft
from assets.settings import plain
from assets.version import Version
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
        """Return the source's fingerprint, if it has one before it is read."""
        fingerprint = work.declaration.source.fingerprint()
        return None if fingerprint is None else {"source": fingerprint}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Read the source's rows of the period."""
        source, periods = work.declaration.source, work.declaration.partitions
        batches = source.batches_of(work.handed) if source.kind == "asset" else source.batches(work.period)
        ingestion = Ingestion(Progress(lambda line: work.report(f"raw  {line}")))
        kept = ingest(
            batches,
            derive=work.declaration.derive,
            period=work.period,
            column=periods.column if periods else None,
            ingestion=ingestion,
        )
        rows = draft.write_table("rows", kept, sensitive=work.declaration.contract.sensitive)
        ingestion.tell()
        return Made(
            {"rows": rows},
            {
                "rows read from the source": ingestion.read.rows,
                "rows of other periods": ingestion.rows_outside,
                "batches": ingestion.read.batches,
                "bytes decoded": ingestion.read.bytes,
            },
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
        derived = derive.load()(source).column_names[source.num_columns :] if derive else []
        figures = cast("Mapping[str, Mapping[str, int]]", version.manifest["statistics"]["rows.parquet"])
        nulls = {name: figures[name]["nulls"] for name in source.column_names}
        columns = {name: plain(column) for name, column in work.declaration.contract.columns.items()}
        return [contract(source.schema, version.counts["rows"], columns, nulls=nulls, derived=derived)]
