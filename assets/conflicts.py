"""Settings that are right by themselves and senseless together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assets.yaml_text import KeyPath

if TYPE_CHECKING:
    from assets.declaration import Declaration


def conflicts(declaration: "Declaration") -> tuple[tuple[KeyPath, str], ...]:
    """Return every conflict, each with the key path of the setting to mend."""
    return (*_periods(declaration), *_columns(declaration), *_gates(declaration))


def _periods(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    partitions, split = declaration.partitions, declaration.split
    if partitions is None:
        if declaration.window is not None:
            yield (
                ("window",),
                f"window has no effect: {declaration.window} periods, no partitions; declare partitions or remove it",
            )
        return
    if split is None or declaration.window is None or split.by not in {None, "time"}:
        return
    held = sum(size if isinstance(size, int) else 1 for size in (split.validation, split.test))
    if held >= declaration.window:
        yield (
            ("window",),
            f"window is too short: {declaration.window} periods, split takes {held}; make it at least {held + 1}",
        )


def _columns(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    target, features = declaration.target, declaration.features
    for kind in ("number", "category", "time"):
        for place, name in enumerate(getattr(features, kind) or ()):
            if name == target.column:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names the target: '{name}' is what is predicted; remove it",
                )
            elif name == target.known_at:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names target.known_at: '{name}' is known with the target; remove it",
                )
    if target.column in features.never:
        yield (
            ("features", "never", target.column),
            f"features.never names the target: '{target.column}' is never a feature; remove it",
        )


def _gates(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    metrics, slices = declaration.evaluate.metrics, declaration.evaluate.slices
    for place, gate in enumerate(declaration.gates):
        if metrics is not None and gate.metric not in metrics:
            yield (
                ("gates", place, "metric"),
                f"gates.{place}.metric is not evaluated: '{gate.metric}' is not in evaluate.metrics; add it there",
            )
        if gate.slice is not None and gate.slice not in slices:
            yield (
                ("gates", place, "slice"),
                f"gates.{place}.slice is not evaluated: '{gate.slice}' is not in evaluate.slices; add it there",
            )
