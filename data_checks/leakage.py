"""Whether anything of the rows that judge a model reached the rows that made it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.json_values import json_value
from data_checks.lone_predictors import Power, lone_predictors
from data_checks.metric_names import Task
from data_checks.row_hashes import row_hashes, value_codes
from data_checks.verdict import Json, Verdict

PARTS = ("train", "validation", "test")


def no_leakage(
    assignment: pa.Table,
    *,
    by: str,
    times: pa.ChunkedArray | None = None,
    groups: pa.ChunkedArray | None = None,
    features: pa.Table | None = None,
    target: np.ndarray | None = None,
    task: Task | None = None,
    accepted: Collection[str] = (),
) -> Verdict:
    """Judge a split; whatever is given beside the assignment has its rows, in its order.

    Args:
        assignment: (N,) `_period`, `_row` and `_part` (`train`, `validation`, `test`); not modified.
        by: how it was split; `time` demands that no training time is later than a validation or test time.
        times: (N,) event times.
        groups: (N,) keys that must stay in one part; rows without a key are groups of their own.
        features: (N,) candidate feature columns as they are before the transform.
        target: (N,) 0/1, class codes or numbers; with `features` and `task`, each column is tried as a lone predictor.
        task: what the target is.
        accepted: columns that may predict the target almost perfectly.

    Returns:
        The verdict `no_leakage`, with counts of everything that was looked at.
    """
    parts = np.asarray(assignment.column("_part").to_numpy(), object)
    evidence: dict[str, Json] = {"by": by, "rows": {part: int((parts == part).sum()) for part in PARTS}}
    faults = [*_row_faults(assignment, parts, evidence)]
    if times is not None:
        faults += _time_faults(times, parts, evidence, strict=by == "time")
    if groups is not None:
        faults += _group_faults(groups, parts, evidence)
    if features is not None:
        evidence["features_repeated_from_train"] = _repeats(features, parts)
    if features is not None and target is not None and task is not None:
        powers = lone_predictors(features, target, parts, task=task)
        faults += _predictor_faults(powers, frozenset(accepted), evidence)
    if faults:
        return Verdict("no_leakage", False, "; ".join(faults), evidence=evidence)
    said = ", ".join(f"{int((parts == part).sum())} {part}" for part in PARTS)
    return Verdict("no_leakage", True, f"{said} rows share no row, key or later time", evidence=evidence)


def _row_faults(assignment: pa.Table, parts: np.ndarray, evidence: dict[str, Json]) -> Iterator[str]:
    unknown = sorted({str(part) for part in parts} - set(PARTS))
    if unknown:
        yield f"split gave parts that are none: {', '.join(unknown)}; only {', '.join(PARTS)} are"
    keys = assignment.select(["_period", "_row"])
    counted = keys.append_column("one", pa.array(np.ones(len(parts), np.int8))).group_by(["_period", "_row"])
    twice = int(pc.sum(pc.greater(counted.aggregate([("one", "count")]).column("one_count"), 1)).as_py() or 0)
    evidence["rows_assigned_twice"] = twice
    if twice:
        yield f"split assigned {twice} rows more than once: a row has one part; assign each row of a period once"


def _time_faults(
    times: pa.ChunkedArray, parts: np.ndarray, evidence: dict[str, Json], *, strict: bool
) -> Iterator[str]:
    spans = {part: pc.min_max(times.filter(pa.array(parts == part))).as_py() for part in PARTS}
    evidence["times"] = json_value(spans)
    evidence["rows_without_time"] = times.null_count
    if not strict:
        return
    if times.null_count:
        yield f"split.column has {times.null_count} rows without a time: their order is unknown; leave them out before"
    for earlier, later in (("train", "validation"), ("train", "test"), ("validation", "test")):
        last, first = spans[earlier]["max"], spans[later]["min"]
        if last is not None and first is not None and last > first:
            yield (
                f"split.by time is broken: {earlier} reaches {json_value(last)} and {later} begins at "
                f"{json_value(first)}; no {earlier} row may be later than a {later} row"
            )


def _group_faults(groups: pa.ChunkedArray, parts: np.ndarray, evidence: dict[str, Json]) -> Iterator[str]:
    codes = value_codes(groups)
    parts_of = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    for bit, part in enumerate(PARTS):
        members = codes[(parts == part) & (codes >= 0)]
        parts_of[members] |= 1 << bit
    shared = int(np.isin(parts_of, [3, 5, 6, 7]).sum())
    evidence["groups"] = len(parts_of)
    evidence["groups_in_several_parts"] = shared
    if shared:
        yield (
            f"split.column has {shared} of {len(parts_of)} groups in several parts: a group has one part; split by "
            "group on this column"
        )


def _repeats(features: pa.Table, parts: np.ndarray) -> Json:
    """Count the rows that judge a model and have the features of a training row, which equal rows rightly may."""
    hashes = row_hashes(features)
    train = np.unique(hashes[parts == "train"])
    repeats: dict[str, Json] = {}
    for part in ("validation", "test"):
        mine = hashes[parts == part]
        count = int(np.isin(mine, train).sum())
        repeats[part] = {"rows": count, "share": count / len(mine) if len(mine) else 0.0}
    return repeats


def _predictor_faults(
    powers: Mapping[str, Power], accepted: frozenset[str], evidence: dict[str, Json]
) -> Iterator[str]:
    strongest = sorted(powers, key=lambda name: min(powers[name].train, powers[name].validation), reverse=True)
    evidence["strongest_columns"] = {name: json_value(asdict(powers[name])) for name in strongest[:10]}
    evidence["accepted"] = json_value(sorted(accepted))
    for name in strongest:
        power = powers[name]
        if power.suspect and name not in accepted:
            yield (
                f"features.{name} gives the target away: alone it reaches {power.train:.4f} on train and "
                f"{power.validation:.4f} on validation, above {power.limit:g}; list it in features.never with the "
                "reason, or in features.accept if it is known in time"
            )


def fitted_on_train_only(
    *, rows_fitted: int, train_rows: int, fingerprint_fitted: str, train_fingerprint: str
) -> Verdict:
    """Judge the fitted state of a transform by what it says it was fitted on.

    Args:
        rows_fitted: rows the state was fitted on.
        train_rows: rows of the training part.
        fingerprint_fitted: of the rows the state was fitted on.
        train_fingerprint: of the rows of the training part, computed apart from the fit.

    Returns:
        The verdict `fitted_on_train_only`.
    """
    evidence: dict[str, Json] = {
        "rows_fitted": rows_fitted,
        "train_rows": train_rows,
        "fingerprint_fitted": fingerprint_fitted,
        "train_fingerprint": train_fingerprint,
    }
    if rows_fitted == train_rows and fingerprint_fitted == train_fingerprint:
        summary = f"fitted on the {train_rows} training rows and no other"
        return Verdict("fitted_on_train_only", True, summary, evidence=evidence)
    summary = (
        f"features were fitted on other rows: {rows_fitted} rows ({fingerprint_fitted[:12]}) instead of the "
        f"{train_rows} of train ({train_fingerprint[:12]}); fit on the training part only"
    )
    return Verdict("fitted_on_train_only", False, summary, evidence=evidence)
