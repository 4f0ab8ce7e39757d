"""What features become: fitted on train rows once, and from then on loaded, never fitted again."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from assets.data.encode import CYCLES, as_categories, as_numbers, parts_of_time
from assets.data.rowhash import row_hash
from assets.data.target import Target
from assets.settings import Section
from data_checks.placed import Place, PlacedError
from data_checks.verdict import Json

Kind = Literal["number", "category", "time"]
State = dict[str, Json]

_HOURS = "hour"
_GREATEST = float(np.finfo(np.float64).max)


class FeaturesError(ValueError):
    """Features that are not there, or cannot be what they are declared."""


class Features(Section):
    """What may be learned from; absent: every column by its type, minus the target and `never`."""

    number: tuple[str, ...] | None = None
    """Columns taken as quantities: standardised; missing ones become the mean, with an indicator."""
    category: tuple[str, ...] | None = None
    """Columns taken as names: each value gets a code."""
    time: tuple[str, ...] | None = None
    """Columns taken as times: the phase of the year, the week and the day; not the trend."""
    never: dict[str, str] = Field(default_factory=dict)
    """Columns that must not be learned from, each with the reason."""
    accept: dict[str, str] = Field(default_factory=dict)
    """Columns that may tell the target almost alone without being a leak, each with the reason."""
    clip: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    """Share of the lowest and of the highest values of a number that are drawn in to the quantile there."""
    min_count: Annotated[int, Field(ge=1)] = 10
    """Categories with fewer train rows are taken together as rare, as are those never seen."""
    max_categories: Annotated[int, Field(ge=1, le=1000)] = 1000
    """Of more categories than this only the most frequent keep a code of their own."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        faults: list[tuple[Place, str]] = []
        first: dict[str, str] = {}
        for kind in ("number", "category", "time"):
            for place, name in enumerate(getattr(self, kind) or ()):
                if name in first:
                    told = f"features.{kind} names a column again: '{name}' is in features.{first[name]}; keep one"
                    faults.append(((kind, place), told))
                elif name in self.never:
                    told = f"features.{kind} names a column that is in features.never: '{name}'; take it out of one"
                    faults.append(((kind, place), told))
                first.setdefault(name, kind)
        if faults:
            raise PlacedError(faults)
        return self


def fit(train: pa.Table, features: Features, target: Target) -> State:
    """Fit the state that `encode` applies.

    Args:
        train: the train rows, clean, with `_row` (and `_period` where partitioned); not modified.
        features: which columns, and how.
        target: never a feature, nor is the column that says when it was known.

    Returns:
        JSON: `number`, `category` and `time` features in order, `names` of the encoded columns, `cardinalities` of the
        categories, `columns` (column to kind), `becomes` (a table for people), `constant`, `all_null`, `ignored`, and
        what it was fitted on: `rows_fitted`, `fingerprint`.

    Raises:
        FeaturesError: a column is missing, or of a type that its kind cannot take; or none is left.
    """
    chosen = _chosen(train, features, target)
    state: State = {
        "number": [_fit_number(train[name], name, features.clip) for name in chosen["number"]],
        "category": [_fit_category(train[name], name, features) for name in chosen["category"]],
        "time": [_fit_time(train[name], name) for name in chosen["time"]],
    }
    distinct = {name: _distinct(train[name]) for names in chosen.values() for name in names}
    return {
        **state,
        **_described(state),
        "columns": {name: kind for kind, names in chosen.items() for name in names},
        "constant": [name for name, count in distinct.items() if count == 1],
        "all_null": [name for name, count in distinct.items() if count == 0],
        "ignored": _ignored(train, features, target, chosen),
        "rows_fitted": train.num_rows,
        "fingerprint": fingerprint(train),
    }


def fingerprint(rows: pa.Table) -> str:
    """32 hex digits that name a set of rows by `_period` and `_row`, whatever their order."""
    places = rows.select([name for name in ("_period", "_row") if name in rows.column_names])
    if "_period" in places.column_names and pc.all(pc.equal(places["_period"], "")).as_py():
        places = places.drop_columns(["_period"])
    total = row_hash(places).sum(axis=0, dtype=np.uint64)
    return f"{int(total[0]):016x}{int(total[1]):016x}"


def _chosen(train: pa.Table, features: Features, target: Target) -> dict[Kind, list[str]]:
    barred = {target.column, *features.never} | ({target.known_at} if target.known_at else set())
    named: dict[Kind, tuple[str, ...] | None] = {
        "number": features.number, "category": features.category, "time": features.time,
    }  # fmt: skip
    _check_names(
        train, [*features.never, *(name for names in named.values() for name in names or ())], barred, features
    )
    if all(names is None for names in named.values()):
        chosen: dict[Kind, list[str]] = {"number": [], "category": [], "time": []}
        for field in train.schema:
            kind = _kind(field.type)
            if kind and field.name not in barred and not field.name.startswith("_"):
                chosen[kind].append(field.name)
    else:
        chosen = {kind: list(names or ()) for kind, names in named.items()}
    for kind, names in chosen.items():
        _check_types(train, kind, names)
    if not any(chosen.values()):
        raise FeaturesError(
            f"features is empty: none of {train.column_names} is left beside the target and features.never; name some"
        )
    return chosen


def _check_names(train: pa.Table, named: Sequence[str], barred: set[str], features: Features) -> None:
    for name in named:
        if name not in train.column_names:
            near = get_close_matches(name, train.column_names, 1)
            raise FeaturesError(
                f"features names a column that is not there: {name!r} not in {train.column_names}; "
                + (f"did you mean {near[0]!r}" if near else "mend the name")
            )
        if name in barred and name not in features.never:
            raise FeaturesError(f"features names what is to be predicted: {name!r} gives the label away; take it out")


def _kind(kind: pa.DataType) -> Kind | None:
    """What a column of this type becomes by itself; None for what cannot be learned from as it is."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    ):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "category"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "time"
    return None


def _check_types(train: pa.Table, kind: Kind, names: Sequence[str]) -> None:
    for name in names:
        found = _kind(train.schema.field(name).type)
        empty = pa.types.is_null(train.schema.field(name).type)
        if not empty and found != kind and (kind != "category" or found is None):
            raise FeaturesError(
                f"features.{kind} names a column of another type: {name!r} holds {train.schema.field(name).type}; "
                f"give it the type in contract.columns, or list it elsewhere"
            )


def _fit_number(column: pa.ChunkedArray, name: str, clip: float | None) -> dict[str, Json]:
    numbers = as_numbers(column)
    present = numbers[~np.isnan(numbers)]
    low, high = (
        (float(edge) for edge in np.quantile(present, [clip, 1 - clip])) if clip and len(present) else (None, None)
    )
    if low == high:
        low = high = None
    if low is not None:
        present = np.clip(present, low, high)
    mean, deviation, reach = _moments(present)
    return {
        "column": name,
        "mean": mean,
        "scale": deviation if deviation > abs(mean) * 1e-12 else max(1.0, reach),
        "low": low,
        "high": high,
        "indicator": bool(0 < len(present) < len(numbers)),
    }


def _moments(present: np.ndarray) -> tuple[float, float, float]:
    """Mean, standard deviation and the greatest distance from the mean, exact also of numbers far from zero."""
    if not len(present):
        return 0.0, 0.0, 0.0
    first = float(present[0])
    # halves differ by no more than a float holds, and squares of what is 1 at most do not overflow
    halves = present / 2 - first / 2
    width = float(np.abs(halves).max()) or 1.0
    parts = halves / width
    half = width * float(parts.mean())
    deviation, reach = (2 * (width * float(part)) for part in (parts.std(), np.abs(parts - parts.mean()).max()))
    return first + half + half, min(deviation, _GREATEST), min(reach, _GREATEST)


def _fit_category(column: pa.ChunkedArray, name: str, features: Features) -> dict[str, Json]:
    counted = pc.value_counts(as_categories(column).drop_null()).to_pylist()
    ranked = sorted(counted, key=lambda item: (-item["counts"], item["values"]))
    frequent = [item for item in ranked if item["counts"] >= features.min_count][: features.max_categories]
    kept = sum(item["counts"] for item in frequent)
    return {
        "column": name,
        "values": sorted(item["values"] for item in frequent),
        "rare_values": len(ranked) - len(frequent),
        "rare_rows": sum(item["counts"] for item in ranked) - kept,
    }


def _fit_time(column: pa.ChunkedArray, name: str) -> dict[str, Json]:
    steps = parts_of_time(column)
    parts = [part for part in CYCLES if part != _HOURS or bool((steps[part] > 0).any())]
    return {"column": name, "parts": list[Json](parts)}


def _described(state: Mapping[str, Any]) -> State:
    """The names, cardinalities and the table for people that follow from the fitted features."""
    names: list[Json] = []
    becomes: list[Json] = []
    for feature in state["number"]:
        own = [feature["column"], *([f"{feature['column']} is missing"] if feature["indicator"] else [])]
        names += own
        clipped = "" if feature["low"] is None else f", drawn in to {feature['low']:g} … {feature['high']:g}"
        figures = f"minus {feature['mean']:.4g}, by {feature['scale']:.4g}{clipped}"
        becomes.append(_line(feature["column"], "number", len(own), figures + (", indicator" if len(own) > 1 else "")))
    for feature in state["time"]:
        own = [f"{feature['column']} {part} {wave}" for part in feature["parts"] for wave in ("sin", "cos")]
        names += own
        becomes.append(_line(feature["column"], "time", len(own), f"phase of {', '.join(feature['parts'])}"))
    cardinalities: list[Json] = []
    for feature in state["category"]:
        cardinalities.append(len(feature["values"]) + 2)
        rare = f", {feature['rare_values']} rare values together ({feature['rare_rows']} rows)"
        text = f"{len(feature['values'])} codes{rare if feature['rare_values'] else ''}, unseen, missing"
        becomes.append(_line(feature["column"], "category", 1, text))
    categories: list[Json] = [feature["column"] for feature in state["category"]]
    return {"names": {"number": names, "category": categories}, "cardinalities": cardinalities, "becomes": becomes}


def _line(feature: str, kind: Kind, columns: int, how: str) -> dict[str, Json]:
    return {"feature": feature, "kind": kind, "columns": columns, "becomes": how}


def _distinct(column: pa.ChunkedArray) -> int:
    present = column.filter(pc.invert(pc.is_null(column, nan_is_null=True)))
    return len(pc.unique(present))


def _ignored(
    train: pa.Table, features: Features, target: Target, chosen: Mapping[Kind, Sequence[str]]
) -> dict[str, Json]:
    """Columns that are no feature, each with the reason."""
    used = {name for names in chosen.values() for name in names}
    listed = any(names is not None for names in (features.number, features.category, features.time))
    reasons: dict[str, Json] = {}
    for name in train.column_names:
        if name in used or name.startswith("_"):
            continue
        if name == target.column:
            reasons[name] = "is the target"
        elif name == target.known_at:
            reasons[name] = "says when the target became known"
        else:
            reasons[name] = features.never.get(name, "is not listed" if listed else "has no usable type")
    return reasons
