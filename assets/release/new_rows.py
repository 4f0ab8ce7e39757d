"""What new rows, which no `clean` ever saw, break of the expectations on the columns that a model reads."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from assets.data.derive import Derive
from assets.data.preprocess import Contract, judge_expectations, preprocess
from assets.data.repeats import Read
from assets.data.sorting import Outlets
from data_checks.expectations import Expectation
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


def judge(rows: Read, contract: Contract, *, derive: Derive | None, read: frozenset[str]) -> Verdict:
    """Judge new rows by the contract's expectations; they are scored whatever this says.

    Args:
        rows: begins anew with every call: batches of raw rows with `_row`.
        contract: the pipeline's contract.
        derive: appends columns to the source columns.
        read: the columns, of the source and derived, that the model reads.
    """
    chosen = expectations_on(contract.expectations, read)
    columns = {name: column for name, column in contract.columns.items() if name in read}
    asked = contract.model_copy(update={"columns": columns, "expectations": chosen, "duplicates": "keep"})
    done = preprocess(rows, contract=asked, derive=derive, outlets=Outlets())
    verdicts = judge_expectations(done, asked)
    broken = [verdict for verdict in verdicts if not verdict.passed]
    evidence: dict[str, Json] = {verdict.check: verdict.summary for verdict in verdicts}
    left = len(contract.expectations) - len(chosen)
    asides = f"; {left} others judge no single row or columns that the model does not read" if left else ""
    if not broken:
        said = (
            f"{done.counts.read} new rows keep all {len(chosen)} expectations on columns that the model reads{asides}"
        )
        return Verdict(CHECK, True, said, "warning", evidence)
    return Verdict(CHECK, False, _told(broken, done.counts.read, len(chosen)), "warning", evidence)


def _asks_only(expectation: Expectation, read: frozenset[str]) -> bool:
    condition = expectation.arguments.get("row_condition")
    schema = pa.schema([pa.field(column, pa.null()) for column in read])
    return condition is None or columns_of(str(condition), schema) is not None


def _told(broken: Sequence[Verdict], rows: int, asked: int) -> str:
    return (
        f"predictions are of rows that break {len(broken)} of {asked} expectations on columns that the model reads, "
        f"{rows} rows were judged: {'; '.join(verdict.summary for verdict in broken)}; they are scored all the same, "
        "look at predict.source"
    )
