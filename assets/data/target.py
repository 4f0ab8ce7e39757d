"""What is predicted, and how its values become numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import field_validator

from assets.data.event_time import duration
from assets.settings import Section
from data_checks.floats import as_floats
from data_checks.verdict import Json

Task = Literal["binary", "multiclass", "regression"]

_MOST_CLASSES = 1_000


class TargetError(ValueError):
    """A target column that cannot be learned from as declared."""


class Target(Section):
    """The column to predict."""

    column: str
    """Name of the column, of the source or derived."""
    task: Task | None = None
    """What kind of prediction; absent: two distinct values are binary, text is multiclass, numbers are regression."""
    positive: bool | int | float | str | None = None
    """Class that `probability` speaks of, for binary; absent: true, 1, or else the rarer one."""
    known_at: str | None = None
    """Column that says when a row's label became known; rows whose label was not known in time are left out."""
    matures_after: str | None = None
    """How old a row must be to be used, such as `14 days`, where one class becomes known sooner than the other."""

    @field_validator("matures_after")
    @classmethod
    def _check_duration(cls, value: str | None) -> str | None:
        if value is not None:
            duration(value)
        return value


@dataclass(frozen=True)
class Labels:
    """The task and its classes, and their codes.

    Attributes:
        task: binary, multiclass or regression.
        classes: (negative, positive) for binary, all in ascending order for multiclass, empty for regression.
    """

    task: Task
    classes: tuple[Json, ...] = ()

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """The target as the network is given it.

        Returns:
            (N,) float64 for regression, float32 for binary (1 is the positive class), int64 codes for multiclass.

        Raises:
            TargetError: a value is null, infinite, or a class that is not among `classes`.
        """
        values = _present(column, "column")
        if self.task == "regression":
            return _finite(values, "column")
        codes = pc.index_in(values, value_set=pa.array(self.classes, values.type))
        if codes.null_count:
            unknown = pc.unique(values.filter(pc.is_null(codes))).to_pylist()[:5]
            raise TargetError(
                f"target.column has classes that were not there at first: {unknown} not in {list(self.classes)}; "
                "train on a window that holds them, or map them in derive"
            )
        return cast("np.ndarray", codes.to_numpy()).astype(np.float32 if self.task == "binary" else np.int64)

    def to_json(self) -> dict[str, Json]:
        """JSON that `from_json` reads."""
        return {"task": self.task, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        """What `to_json` wrote."""
        return cls(cast("Task", value["task"]), tuple(cast("list[Json]", value["classes"])))


def infer(column: pa.ChunkedArray, target: Target) -> Labels:
    """The labels of a target column.

    Raises:
        TargetError: there are nulls, infinite values, a single value, or classes that do not fit the declared task.
    """
    values = _present(column, target.column)
    if pa.types.is_floating(values.type):
        _finite(values, target.column)
    counted = pc.value_counts(values)
    if len(counted) < 2:
        single = counted.field("values").to_pylist()
        raise TargetError(
            f"target.column has a single value: {target.column!r} is {single} in all {len(values)} rows, two are "
            "needed; widen the window or choose another target"
        )
    task = target.task or _task(values.type, len(counted))
    if task != "binary" and target.positive is not None:
        raise TargetError(f"target.positive is given for {task}: {target.positive!r} needs a binary task; take it out")
    if task == "regression":
        _finite(values, target.column)
        return Labels("regression")
    counts = {item["values"]: item["counts"] for item in counted.to_pylist()}
    return Labels(task, _binary(counts, target) if task == "binary" else _classes(counts, target))


def _task(kind: pa.DataType, distinct: int) -> Task:
    if distinct == 2:
        return "binary"
    return "multiclass" if pa.types.is_string(kind) else "regression"


def _present(column: pa.ChunkedArray, name: str) -> pa.Array:
    values = column.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_large_string(values.type):
        values = values.cast(pa.string())
    if pa.types.is_decimal(values.type):
        values = as_floats(values)
    if values.null_count:
        raise TargetError(
            f"target.column has missing values: {name!r} is null in {values.null_count} of {len(values)} rows, "
            "none may be; leave these rows out"
        )
    return values


def _finite(values: pa.Array, name: str) -> np.ndarray:
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)):
        raise TargetError(
            f"target.task does not fit the column: {name!r} holds {values.type}, regression needs numbers; "
            "give it the type number in the contract, or another task"
        )
    numbers: np.ndarray = as_floats(values).to_numpy()
    bad = int((~np.isfinite(numbers)).sum())
    if bad:
        raise TargetError(
            f"target.column has values that are not finite: {bad} of {len(numbers)} in {name!r}; "
            "give it the type number in the contract, so that such rows are quarantined"
        )
    return numbers


def _classes(counts: Mapping[Json, int], target: Target) -> tuple[Json, ...]:
    if any(not isinstance(value, bool | int | str) for value in counts) or len(counts) > _MOST_CLASSES:
        shown = list(counts)[:5]
        raise TargetError(
            f"target.column does not hold classes: {len(counts)} distinct values such as {shown} in {target.column!r}, "
            f"classes are text, integers or booleans, at most {_MOST_CLASSES}; set target.task to regression"
        )
    return tuple(sorted(counts, key=lambda value: (str(type(value)), value)))


def _binary(counts: Mapping[Json, int], target: Target) -> tuple[Json, ...]:
    if len(counts) != 2 or any(not isinstance(value, bool | int | float | str) for value in counts):
        raise TargetError(
            f"target.task does not fit the column: {target.column!r} has {len(counts)} distinct values such as "
            f"{list(counts)[:5]}, binary needs two; set target.task to multiclass"
        )
    values = sorted(counts, key=str)
    if target.positive is None:
        positive = next((v for v in values if v is True or v == 1), min(values, key=lambda v: counts[v]))
    elif target.positive in values:
        positive = values[values.index(target.positive)]
    else:
        raise TargetError(
            f"target.positive is no value of the column: {target.positive!r} is not among {values}; write one of them"
        )
    return next(value for value in values if value != positive), positive
