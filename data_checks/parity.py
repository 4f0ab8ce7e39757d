"""Whether what will serve is what was evaluated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.json_values import json_value
from data_checks.verdict import Json, Verdict

_EXAMPLES = 5


@dataclass(frozen=True)
class ServingReport:
    """What a clean process saw when it loaded a packed model and predicted with it.

    Attributes:
        loaded: whether it came up at all.
        error: what went wrong, or empty.
        has_signature: whether the model says which columns it takes.
        unsafe_files: files that would be unpickled.
        imported: modules of this repository or of a trainer that loading pulled in, for example `torch`.
        predicted: rows predicted by rows asked for, for example `{"1": 1, "2": 2, "257": 257}`.
    """

    loaded: bool
    error: str = ""
    has_signature: bool = True
    unsafe_files: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()
    predicted: Mapping[str, int] = field(default_factory=dict)


def servable(report: ServingReport) -> Verdict:
    """Judge a packed model by what a clean process saw of it.

    Args:
        report: of that process.

    Returns:
        The verdict `servable`: it loads without pickle, without this repository and without its trainer, has a
        signature, and predicts as many rows as it was asked for, whatever their number.
    """
    evidence: dict[str, Json] = {key: json_value(value) for key, value in asdict(report).items()}
    faults = [*_serving_faults(report)]
    if faults:
        return Verdict("servable", False, f"register.name can't be served: {'; '.join(faults)}", evidence=evidence)
    sizes = ", ".join(report.predicted)
    return Verdict("servable", True, f"loads in a clean process and predicts {sizes} rows", evidence=evidence)


def _serving_faults(report: ServingReport) -> list[str]:
    if not report.loaded:
        return [f"the clean process did not load it: {report.error or 'no reason given'}; mend the package"]
    faults = [f"it failed while predicting: {report.error}; mend the package"] if report.error else []
    if not report.has_signature:
        faults.append("it has no signature; declare the types of the contract's columns")
    if report.unsafe_files:
        faults.append(f"{', '.join(report.unsafe_files)} would be unpickled; store the state as JSON, Arrow or ONNX")
    if report.imported:
        faults.append(f"loading imported {', '.join(report.imported)}; pack only the modules that predict")
    for asked, found in report.predicted.items():
        if int(asked) != found:
            faults.append(f"{asked} rows gave {found} predictions; export the model with a free number of rows")
    if not report.predicted and not report.error:
        faults.append("it was not asked to predict; predict 1, 2 and 257 rows")
    return faults


def parity(expected: pa.Table, served: pa.Table, *, tolerance: float = 1e-5) -> Verdict:
    """Compare the predictions that were evaluated with those that the packed model gives on the same raw rows.

    Args:
        expected: the evaluated predictions.
        served: the packed model's, in the same order of rows.
        tolerance: how far a floating number may be off, `|served - expected| <= tolerance * (1 + |expected|)`; every
            other column must be equal, nulls included.

    Returns:
        The verdict `parity`.
    """
    evidence: dict[str, Json] = {"rows": expected.num_rows, "tolerance": tolerance}
    shape = _shape_fault(expected, served)
    if shape:
        return Verdict("parity", False, f"{shape}; pack the model anew", evidence=evidence)
    columns: dict[str, Json] = {}
    faults = []
    for name in expected.column_names:
        off, worst = _differing(expected.column(name), served.column(name), tolerance)
        first = _first(expected.column(name), served.column(name), off)
        columns[name] = {"differing_rows": len(off), "max_abs_difference": json_value(worst), "first": first}
        if len(off):
            faults.append(f"{name} differs in {len(off)} of {expected.num_rows} rows (first at row {off[0]})")
    evidence["columns"] = columns
    if faults:
        summary = (
            f"served predictions are not the evaluated ones: {'; '.join(faults)}, more than the tolerance "
            f"{tolerance:g}; look for a step that is fitted or typed differently in serving"
        )
        return Verdict("parity", False, summary, evidence=evidence)
    return Verdict("parity", True, f"{expected.num_rows} rows predicted alike", evidence=evidence)


def _shape_fault(expected: pa.Table, served: pa.Table) -> str:
    if served.column_names != expected.column_names:
        return f"served columns differ: {served.column_names} instead of {expected.column_names}"
    if served.num_rows != expected.num_rows:
        return f"served rows differ: {served.num_rows} instead of {expected.num_rows}"
    return "" if expected.num_rows else "parity has nothing to compare: 0 rows"


def _differing(expected: pa.ChunkedArray, served: pa.ChunkedArray, tolerance: float) -> tuple[np.ndarray, float | None]:
    """Return the rows that differ, ascending, and the greatest difference of a floating column."""
    if pa.types.is_floating(expected.type) and pa.types.is_floating(served.type):
        mine, theirs = (np.asarray(c.cast(pa.float64()).to_numpy()) for c in (expected, served))
        both_missing = np.isnan(mine) & np.isnan(theirs)
        with np.errstate(invalid="ignore"):
            gap = np.where((mine == theirs) | both_missing, 0.0, np.abs(mine - theirs))
            wrong = (gap != 0) & ~(np.isfinite(gap) & (gap <= tolerance * (1 + np.abs(mine))))
        return np.flatnonzero(wrong), float(np.nanmax(gap)) if not np.isnan(gap).all() else None
    if expected.type != served.type:
        return np.arange(len(expected)), None
    equal = pc.fill_null(pc.equal(expected, served), pc.and_(pc.is_null(expected), pc.is_null(served)))
    return np.flatnonzero(~np.asarray(equal.to_numpy(), bool)), None


def _first(expected: pa.ChunkedArray, served: pa.ChunkedArray, off: np.ndarray) -> Json:
    return [
        {"row": int(row), "expected": json_value(expected[row].as_py()), "served": json_value(served[row].as_py())}
        for row in off[:_EXAMPLES].tolist()
    ]
