"""Rows in their contract's types, with derived columns; what breaks the contract stands aside, with every reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, get_args

import pyarrow as pa
from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from assets.data.conform import Broken, conformed
from assets.data.derive import Derive
from assets.data.over_time import OverTime
from assets.data.progress import Progress
from assets.data.quarantine_reasons import example_of
from assets.data.repeats import Read, Repeated, repeats
from assets.data.sorting import Fault, Outlets, Sorting
from assets.settings import Section
from data_checks.allowance import with_allowance
from data_checks.expectations import Expectation, ExpectationResult, verdicts
from data_checks.one_pass import Repeats
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
    """Whether its values stay out of reports and examples; a model keeps what it learned of a feature, and names the
    classes of its target."""

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: object) -> object:
        if value is None:
            raise ValueError(f"has no type: it is empty and must be one of {', '.join(get_args(Type))}; write one")
        return {"type": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the short form too."""
        return {"anyOf": [{"enum": list(get_args(Type)), "description": "The type alone."}, handler(core)]}


class RowsThatFail(Section):
    """What becomes of rows that break the contract or a critical row-wise expectation."""

    action: Literal["quarantine", "stop"] = "quarantine"
    """`quarantine` puts them aside with their reasons; `stop` lets the expectation's check fail."""
    at_most: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the rows read that may be put aside before the check fails; also of the rows that a critical expectation
    without `mostly` considers, how many may fail it."""


class Contract(Section):
    """What must be true of the rows."""

    columns: dict[str, Column] = Field(default_factory=dict)
    """Columns by name, of the source or derived; columns not named pass as they are."""
    duplicates: Literal["keep", "drop", "refuse"] = "keep"
    """What becomes of rows that repeat another in all source columns."""
    expectations: tuple[Expectation, ...] = ()
    """Great Expectations' own by name, and `expect_rows`, each with its arguments and `severity`: `critical` (the
    default) stops what follows, `warning` and `info` only say so. `docs/expectations.md` explains them."""
    rows_that_fail: RowsThatFail = RowsThatFail()
    """What becomes of rows that fail."""
    over_time: OverTime = OverTime()
    """Rules on a period beside the periods before and the clock."""

    @property
    def asked(self) -> tuple[Expectation, ...]:
        """The expectations as they are judged: what quarantine is for lets no check fail while it is little."""
        if self.rows_that_fail.action == "stop":
            return self.expectations
        return with_allowance(self.expectations, self.rows_that_fail.at_most)

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
        counts: where every row went.
        expectations: the library's results on the rows without repeats, before any was quarantined; in declared order.
        kept: its results on the kept rows, of the expectations on whole columns and tables; in declared order.
        reasons: how many quarantined rows each reason holds for.
        examples: of a reason that names a type, a value that has another; none of a sensitive column.
    """

    counts: Counts
    expectations: tuple[ExpectationResult, ...]
    kept: tuple[ExpectationResult, ...]
    reasons: Mapping[str, int]
    examples: Mapping[str, str]


def preprocess(read: Read, *, contract: Contract, derive: Derive | None, outlets: Outlets) -> Preprocessed:
    """Derive, conform, leave out repeats, judge by expectations, quarantine; nothing is fitted.

    Rows are read in batches, once or, where a rule looks at all rows before the first can be judged, more often; memory
    does not grow with their number, and the outcome does not depend on how they are cut.

    Args:
        read: begins anew with every call: batches of raw rows with `_row`, of all columns or those that are named.
        contract: the rules.
        derive: appends columns to the source columns.
        outlets: where the rows go.

    Raises:
        PreprocessError: rows repeat and the contract refuses it, or the types of columns change with the rows.
        ConformError: a column of the contract is not there.
    """
    found = repeats(read)
    if found.count and contract.duplicates == "refuse":
        raise PreprocessError(
            f"contract.duplicates refuses rows that repeat another: {found.count} of {found.rows} do, the first at "
            f"place {found.first}; mend the source, or write drop or keep"
        )
    rows = _Rows(read, contract, derive, found if contract.duplicates == "drop" else None)
    schema = rows.schema()
    sorting = Sorting(
        contract.asked,
        schema,
        sensitive=contract.sensitive,
        quarantine=contract.rows_that_fail.action == "quarantine",
        outlets=outlets,
        seen=_looked_at(rows, contract, schema),
    )
    progress = Progress(outlets.report)
    rows = replace(rows, read=_told(read, progress, sorting))
    for raw, typed, faults in rows:
        sorting.take(raw, typed, faults)
    progress.tell(str(sorting))
    counts = Counts(found.rows, sorting.kept, sorting.quarantined, rows.dropped, found.count)
    return Preprocessed(counts, *sorting.results(), sorting.reasons, rows.examples)


def judge_expectations(done: Preprocessed, contract: Contract) -> tuple[Verdict, ...]:
    """One verdict an expectation: rows as they came in, whole columns and tables as they were kept."""
    rule = contract.rows_that_fail
    limited = {
        result.check_name
        for result, written, asked in zip(done.expectations, contract.expectations, contract.asked, strict=True)
        if asked != written
    }
    return verdicts(done.expectations, done.kept, at_most=rule.at_most, action=rule.action, limited=limited)


def _told(read: Read, progress: Progress, sorting: Sorting) -> Read:
    """Read, and tell from time to time how far it is."""

    def reading(columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for batch in read(columns):
            yield batch
            if progress.add(batch):
                progress.tell(str(sorting))

    return reading


@dataclass
class _Rows:
    """Raw rows without repeats, the same as the contract types them, and what is wrong with which of them."""

    read: Read
    contract: Contract
    derive: Derive | None
    repeated: Repeated | None
    dropped: int = 0
    examples: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[pa.Table, pa.Table, list[Fault]]]:
        rules = {name: column.model_dump(mode="json") for name, column in self.contract.columns.items()}
        schema, self.dropped = None, 0
        for raw in self._without_repeats(None):
            source = raw.drop_columns(["_row"])
            given = self.derive(source) if self.derive else source
            typed, faults = conformed(given, rules)
            self._keep_examples(given, faults)
            schema = schema or typed.schema
            _refuse_another(typed.schema, schema)
            yield raw, typed, [(fault.reason, fault.positions) for fault in faults]

    def _keep_examples(self, given: pa.Table, faults: Sequence[Broken]) -> None:
        for fault in faults:
            if fault.reason not in self.examples and fault.column not in self.contract.sensitive:
                self.examples[fault.reason] = example_of(given[fault.column], int(fault.positions[0]))

    def schema(self) -> pa.Schema:
        """The typed schema, told from the first batch."""
        for _, typed, _ in self:
            return typed.schema
        raise PreprocessError("preprocess.read gives 0 batches, which have no schema; give one, which may have no rows")

    def of(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.Table]:
        """The typed rows once more, of no more columns than these where none of them is derived."""
        source = next(iter(self.read(None))).schema.names
        if not set(columns) <= set(source):
            yield from (typed for _, typed, _ in self)
            return
        rules = {name: column.model_dump(mode="json") for name, column in self.contract.columns.items()}
        chosen = {name: rule for name, rule in rules.items() if name in columns}
        for raw in self._without_repeats(columns):
            yield conformed(raw, chosen)[0].cast(pa.schema([schema.field(name) for name in columns]))

    def _without_repeats(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        place = 0
        for batch in self.read(columns):
            raw = pa.Table.from_batches([batch])
            if self.repeated is not None:
                raw = raw.filter(pa.array(~self.repeated.among(place, len(batch))))
            place += len(batch)
            self.dropped += len(batch) - raw.num_rows
            yield raw


def _looked_at(rows: _Rows, contract: Contract, schema: pa.Schema) -> Repeats:
    """What expectations must know of all rows before the first can be judged."""
    seen = Repeats(contract.asked, schema)
    while seen.needed:
        for typed in rows.of(seen.columns, schema):
            seen.look(typed)
        seen.finish()
    return seen


def _refuse_another(schema: pa.Schema, first: pa.Schema) -> None:
    if schema.equals(first):
        return
    changed = [f"{new.name} {new.type} after {old.type}" for new, old in zip(schema, first, strict=False) if new != old]
    raise PreprocessError(
        f"derive.use gives columns whose names or types change with the rows: {', '.join(changed) or schema.names}; "
        "cast them in the function, or name their types under contract.columns"
    )
