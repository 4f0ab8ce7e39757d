"""Scores new rows with the champion, and says of each row that it cannot score why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from assets.data.sources import Source
from assets.data.sources.addresses import shown
from assets.environment import MachineFact, Variable
from assets.release.package import Scorer
from assets.settings import Section


class PredictError(ValueError):
    """Rows that cannot be scored as declared."""


class ToFiles(Section):
    """Predictions as Parquet files, one a period, replaced whole when it is scored again."""

    kind: Literal["files"]
    path: MachineFact
    """The folder, on a disk."""

    @field_validator("path")
    @classmethod
    def _is_on_a_disk(cls, path: str) -> str:
        if "://" in path:
            raise ValueError(f"is an address: {shown(path)!r} must be a folder of a disk; mount it, or take kind sql")
        return path


class ToSql(Section):
    """Predictions as rows of a database table, those of a period replaced in one transaction."""

    kind: Literal["sql"]
    url_env: Variable
    """Name of the environment variable that holds the SQLAlchemy address; an address itself never stands here."""
    table: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
    """The table, made if it is not there."""


class Predict(Section):
    """What is scored, and where the predictions go besides the store."""

    to: Literal["store"] | Annotated[ToFiles | ToSql, Field(discriminator="kind")] = "store"
    """`store`, or also files or a table."""
    keep: tuple[str, ...] = ()
    """Source columns that stand beside the predictions, such as a key."""
    source: Source | None = None
    """Rows to score, for a pipeline without partitions; with partitions each period's own rows are scored."""

    @model_validator(mode="after")
    def _keeps_source_columns(self) -> Self:
        ours = [name for name in self.keep if name.startswith(("_", "prediction", "probability"))]
        if ours:
            raise ValueError(
                f"predict.keep names columns that predictions have themselves: {ours} clash; rename them in the source"
            )
        return self


@dataclass(frozen=True)
class Predicted:
    """The outcome of scoring; every row that was read is in one of the two tables.

    Attributes:
        table: scored rows, in the order read: `_row`, kept columns, `prediction` and probabilities, `_champion`.
        refused: the others: `_row`, kept columns, `_reasons`.
        read: how many rows were read.
    """

    table: pa.Table
    refused: pa.Table
    read: int

    def __post_init__(self) -> None:
        if self.read != self.scored + self.withheld:
            raise PredictError(
                f"predict lost rows: {self.read} read, {self.scored} scored, {self.withheld} refused; "
                "report it with the declaration"
            )

    @property
    def scored(self) -> int:
        """How many rows have a prediction."""
        return int(self.table.num_rows)

    @property
    def withheld(self) -> int:
        """How many rows have none, each with its reasons."""
        return int(self.refused.num_rows)


def predict(
    scorer: Scorer, batches: Iterable[pa.RecordBatch], *, champion: str, keep: tuple[str, ...] = ()
) -> Predicted:
    """Score raw rows.

    Args:
        scorer: the champion's package.
        batches: raw source rows, with `_row`, or numbered in the order they come; not modified.
        champion: its version in the registry, written beside every prediction.
        keep: source columns that stand beside the predictions.

    Raises:
        PredictError: a column to keep is not there.
        ValueError: a column that the model reads is not there (the package's own class says so).
    """
    names = [name for name in scorer.outputs.names if not name.startswith("_")]
    scored, refused, read = [], [], 0
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        beside = _beside(rows, keep, first=read)
        read += rows.num_rows
        said = scorer.score(rows)
        is_scored = pc.equal(pc.list_value_length(said["_reasons"]), 0)
        scored.append(_join(beside, said.select(names)).filter(is_scored))
        refused.append(_join(beside, said.select(["_reasons"])).filter(pc.invert(is_scored)))
    if not scored:
        raise PredictError("predict.source is empty: 0 batches hold no schema; look whether the source still has rows")
    table = pa.concat_tables(scored)
    table = table.append_column("_champion", pa.array([champion] * table.num_rows, pa.string()))
    return Predicted(table, pa.concat_tables(refused), read)


def _beside(rows: pa.Table, keep: tuple[str, ...], *, first: int) -> pa.Table:
    missing = [name for name in keep if name not in rows.column_names]
    if missing:
        raise PredictError(
            f"predict.keep names columns that the rows do not have: {missing} not in {rows.column_names}; "
            "correct the names"
        )
    if "_row" in rows.column_names:
        return rows.select(["_row", *keep])
    return rows.select(keep).add_column(0, "_row", pa.array(np.arange(first, first + rows.num_rows)))


def _join(left: pa.Table, right: pa.Table) -> pa.Table:
    return pa.table([*left.columns, *right.columns], names=[*left.column_names, *right.column_names])
