"""Rows in their contract's types, with derived columns; what breaks the contract stands aside, with every reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from assets.data.conform import conform
from assets.data.derive import Derive
from assets.data.rowhash import occurrence, row_hash
from assets.settings import Section
from data_checks.expectations import Expectation, ExpectationResult, expect, verdicts
from data_checks.verdict import Verdict

Type = Literal["integer", "number", "boolean", "category", "text", "date", "timestamp"]


class PreprocessError(ValueError):
    """Rows that the contract refuses as a whole."""


class Column(Section):
    """What one column holds; in YAML also just its type."""

    type: Type
    """Values are read as this type; a value that cannot be breaks the contract."""
    nullable: bool = False
    """Whether a value may be missing."""
    sensitive: bool = False
    """Whether its values stay out of reports and examples."""

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: object) -> object:
        return {"type": value} if isinstance(value, str) else value


class RowsThatFail(Section):
    """What becomes of rows that break the contract or a critical row-wise expectation."""

    action: Literal["quarantine", "stop"] = "quarantine"
    """`quarantine` puts them aside with their reasons; `stop` lets the expectation's check fail."""
    at_most: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the rows read that may be put aside before the check fails."""


class Contract(Section):
    """What must be true of the rows."""

    columns: dict[str, Column] = Field(default_factory=dict)
    """Columns by name, of the source or derived; columns not named pass as they are."""
    duplicates: Literal["keep", "drop", "refuse"] = "keep"
    """What becomes of rows that repeat another in all source columns."""
    expectations: tuple[Expectation, ...] = ()
    """Great Expectations' own, by name."""
    rows_that_fail: RowsThatFail = RowsThatFail()
    """What becomes of rows that fail."""

    @property
    def sensitive(self) -> frozenset[str]:
        """Columns whose values stay out of reports."""
        return frozenset(name for name, column in self.columns.items() if column.sensitive)


@dataclass(frozen=True)
class Counts:
    """Where every row that was read went.

    Attributes:
        read: rows that came in.
        kept: rows of `clean`.
        quarantined: rows that broke a rule.
        duplicates: rows left out because they repeat another.
        repeated: rows that repeat another, left out or not.
    """

    read: int
    kept: int
    quarantined: int
    duplicates: int
    repeated: int

    def __post_init__(self) -> None:
        if self.read != self.kept + self.quarantined + self.duplicates:
            raise PreprocessError(f"preprocess.counts do not add up: {self}; this is a fault of ours, report it")


@dataclass(frozen=True)
class Preprocessed:
    """The outcome for one version of raw rows.

    Attributes:
        clean: `_row`, the source columns in their types, the derived columns; in the order of the rows.
        quarantine: the source columns as they came, `_row`, `_reasons` (list of strings); in the order of the rows.
        counts: where every row went.
        expectations: the library's results on the rows without repeats, before any was quarantined; in declared order.
    """

    clean: pa.Table
    quarantine: pa.Table
    counts: Counts
    expectations: tuple[ExpectationResult, ...]


def preprocess(rows: pa.Table, *, contract: Contract, derive: Derive | None) -> Preprocessed:
    """Derive, conform, leave out repeats, judge by expectations, quarantine; nothing is fitted.

    Args:
        rows: raw rows with `_row`; not modified.
        contract: the rules.
        derive: appends columns to the source columns.

    Raises:
        PreprocessError: rows repeat and the contract refuses it.
        ConformError: a column of the contract is not there.
    """
    source = rows.drop_columns(["_row"])
    first = _first_of_their_kind(source, contract)
    repeated = rows.num_rows - int(first.sum())
    if contract.duplicates == "drop":
        rows, source = rows.filter(pa.array(first)), source.filter(pa.array(first))
    typed, reasons = _typed(source, contract, derive)
    results = expect(typed, contract.expectations, sensitive=contract.sensitive)
    if contract.rows_that_fail.action == "quarantine":
        _add_reasons(reasons, results)
    bad = pa.array([bool(broken) for broken in reasons], pa.bool_())
    numbered = typed.add_column(0, "_row", rows["_row"])
    aside = rows.append_column("_reasons", pa.array(reasons, pa.list_(pa.string())))
    clean, quarantine = numbered.filter(pc.invert(bad)), aside.filter(bad)
    dropped = repeated if contract.duplicates == "drop" else 0
    counts = Counts(rows.num_rows + dropped, clean.num_rows, quarantine.num_rows, dropped, repeated)
    return Preprocessed(clean, quarantine, counts, results)


def expect_of_kept(done: Preprocessed, contract: Contract) -> tuple[ExpectationResult, ...]:
    """The library's results on the kept rows, of the expectations on whole columns and tables; in declared order."""
    whole = [expectation for expectation in contract.expectations if not expectation.row_level]
    names = [result.check_name for result in done.expectations if not result.row_level]
    judged = expect(done.clean, whole, sensitive=contract.sensitive)
    return tuple(replace(result, check_name=name) for result, name in zip(judged, names, strict=True))


def judge_expectations(
    done: Preprocessed, contract: Contract, kept: Sequence[ExpectationResult] | None = None
) -> tuple[Verdict, ...]:
    """One verdict an expectation: rows as they came in, whole columns and tables as they were kept.

    Args:
        done: the outcome for one version.
        contract: the rules.
        kept: what `expect_of_kept` said, where it was asked already.
    """
    rule, after = contract.rows_that_fail, expect_of_kept(done, contract) if kept is None else kept
    return verdicts(done.expectations, after, at_most=rule.at_most, action=rule.action)


def _first_of_their_kind(source: pa.Table, contract: Contract) -> np.ndarray:
    """(N,) whether no row before is equal in all source columns."""
    own = source.select([name for name in source.column_names if not name.startswith("_")])
    first: np.ndarray = occurrence(row_hash(own)) == 0
    repeated = int((~first).sum())
    if repeated and contract.duplicates == "refuse":
        place = int(np.flatnonzero(~first)[0])
        raise PreprocessError(
            f"contract.duplicates refuses rows that repeat another: {repeated} of {len(first)} do, the first at place "
            f"{place}; mend the source, or write drop or keep"
        )
    return first


def _typed(source: pa.Table, contract: Contract, derive: Derive | None) -> tuple[pa.Table, list[list[str]]]:
    rules = {name: column.model_dump(mode="json") for name, column in contract.columns.items()}
    return conform(derive(source) if derive else source, rules)


def _add_reasons(reasons: list[list[str]], results: Sequence[ExpectationResult]) -> None:
    for result in results:
        if result.quarantines:
            for position in result.failing_rows:
                reasons[position].append(result.check_name)
