"""New rows, which no `clean` ever saw: what they break of the expectations, and how many there are of what."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from assets.data.conform import conformed
from assets.data.derive import Derive
from assets.data.preprocess import Contract, judge_expectations, preprocess
from assets.data.repeats import Read
from assets.data.slice_counts import OneSlice, SliceCounts
from assets.data.sorting import Outlets
from assets.declaration import Declaration
from assets.settings import plain
from data_checks.expectations import Expectation
from data_checks.named_function import FunctionError
from data_checks.one_pass.conditions import columns_of
from data_checks.verdict import Json, Verdict

CHECK = "expectations"


def expectations_on(expectations: Iterable[Expectation], read: frozenset[str]) -> tuple[Expectation, ...]:
    """Return the expectations on single rows that judge only columns among those that are read.

    Those on whole columns and tables, and functions of one's own, are about the rows that models learn from.
    """
    return tuple(
        each
        for each in expectations
        if each.row_level and each.columns and read.issuperset(each.columns) and _asks_only(each, read)
    )


def judge(rows: Read, contract: Contract, *, derive: Derive | None, read: frozenset[str], refused: int) -> Verdict:
    """Judge new rows by the contract's expectations; they are scored whatever this says.

    Args:
        rows: begins anew with every call: batches of raw rows with `_row`.
        contract: the pipeline's contract.
        derive: appends columns to the source columns.
        read: the columns, of the source and derived, that the model reads.
        refused: how many of the rows the serving contract refuses; their values of another type count as missing here.
    """
    chosen = expectations_on(contract.expectations, read)
    if not chosen:
        said = f"nothing was judged: none of {len(contract.expectations)} expectations asks for single rows of columns"
        return Verdict(CHECK, True, f"{said} that the model reads", "warning")
    columns = {name: column for name, column in contract.columns.items() if name in read}
    asked = contract.model_copy(update={"columns": columns, "expectations": chosen, "duplicates": "keep"})
    done = preprocess(rows, contract=asked, derive=derive, outlets=Outlets())
    verdicts = judge_expectations(done, asked)
    broken = [verdict.summary for verdict in verdicts if not verdict.passed]
    evidence: dict[str, Json] = {verdict.check: verdict.summary for verdict in verdicts}
    withheld = f", {refused} of them refused by the serving contract," if refused else ""
    kinds = f"of {len(chosen)} expectations on columns that the model reads"
    if not broken:
        left = len(contract.expectations) - len(chosen)
        asides = f"; {left} others ask for more than single rows of such columns" if left else ""
        said = f"{done.counts.read} new rows{withheld} break none {kinds}{asides}"
        return Verdict(CHECK, True, said, "warning", evidence)
    said = f"predictions are of {done.counts.read} rows{withheld} that break {len(broken)} {kinds}: {'; '.join(broken)}"
    remedy = "every row that is not refused is scored all the same, look at predict.source"
    return Verdict(CHECK, False, f"{said}; {remedy}", "warning", evidence)


def typed_by(declaration: Declaration) -> Mapping[str, Json]:
    """Return what of a declaration has a say in how new rows are typed; nothing where there are none."""
    if declaration.predict.source is None:
        return {}
    return {"derive": plain(declaration.derive), "columns": plain(declaration.contract)["columns"]}


def typed(rows: pa.Table, contract: Contract, derive: Derive | None) -> pa.Table:
    """Return new rows, derived and as the contract types them, those left out that break its types.

    Args:
        rows: (N) raw rows; not modified.
        contract: the pipeline's contract; columns that are not there are not asked for.
        derive: appends columns to the source columns.
    """
    derived = derive(rows) if derive else rows
    there = {name: column for name, column in contract.columns.items() if name in derived.column_names}
    kept, faults = conformed(derived, {name: column.model_dump(mode="json") for name, column in there.items()})
    good = np.ones(kept.num_rows, bool)
    for fault in faults:
        good[fault.positions] = False
    return kept.filter(pa.array(good))


class NewCounts:
    """Counts new rows while they are scored, typed as drift compares them; what keeps them from it stops no scoring.

    Args:
        columns: that are compared.
        contract: the pipeline's contract.
        derive: gives the function that appends columns to the source columns, or None.
        report: takes a line that says why the rows are not counted.
    """

    def __init__(
        self,
        columns: Collection[str],
        contract: Contract,
        derive: Callable[[], Derive | None],
        *,
        report: Callable[[str], None],
    ) -> None:
        self._columns, self._contract, self._derive, self._report = columns, contract, derive, report
        self._counts: SliceCounts | None = SliceCounts(OneSlice())
        self._schema: pa.Schema | None = None

    def along(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Give the batches on, and count each when it was taken."""
        for batch in batches:
            yield batch
            if self._counts:
                try:
                    self._take(pa.Table.from_batches([batch]))
                except (FunctionError, ConnectionError, TimeoutError) as error:
                    self._counts = None
                    self._report(f"new rows are not counted, and drift reads them instead: {error}")

    def table(self) -> pa.Table | None:
        """Return the counts; None if a derived column failed or changed its type, so that rows were not counted."""
        return self._counts.table() if self._counts else None

    def _take(self, raw: pa.Table) -> None:
        rows = typed(raw, self._contract, self._derive())
        rows = rows.select([name for name in rows.column_names if name in self._columns])
        if self._schema is None:
            self._schema = rows.schema
        if not rows.schema.equals(self._schema):
            self._counts = None
        if self._counts:
            for batch in rows.combine_chunks().to_batches():
                self._counts.take(batch)


def _asks_only(expectation: Expectation, read: frozenset[str]) -> bool:
    condition = expectation.arguments.get("row_condition")
    schema = pa.schema([pa.field(column, pa.null()) for column in read])
    return condition is None or columns_of(str(condition), schema) is not None
