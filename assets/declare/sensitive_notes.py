"""Where values of sensitive columns stand because that is what was asked for: with a model that learned from them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assets.declare.yaml_text import KeyPath

if TYPE_CHECKING:
    from assets.declaration import Declaration

_LEARNED = {"number": "its mean, deviation and quantiles", "category": "its commonest values"}


def sensitive_notes(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    """Yield what is kept of each sensitive feature, and what a sensitive target shows of itself."""
    target, features = declaration.target, declaration.features
    for name in sorted(declaration.contract.sensitive):
        place: KeyPath = ("contract", "columns", name)
        where = f"contract.columns.{name}"
        if name == target.column:
            shown = "its values are drawn" if target.task == "regression" else "its classes are named"
            told = f"{shown} in the evaluation, and predictions say what it is; derive a coarser target if they may not"
            yield place, f"{where} is sensitive and the target: {told}"
            continue
        kind = _kind(declaration, name)
        if kind in _LEARNED and name not in features.never and name != target.known_at:
            told = f"the model keeps {_LEARNED[kind]}, to encode it and to see its drift; put it under features.never"
            yield place, f"{where} is sensitive and a feature: {told} if that may not be"


def _kind(declaration: "Declaration", name: str) -> str | None:
    """Return as what a declared column is learned from, if it is."""
    features = declaration.features
    listed = {"number": features.number, "category": features.category, "time": features.time}
    if any(names is not None for names in listed.values()):
        return next((kind for kind, names in listed.items() if name in (names or ())), None)
    declared = declaration.contract.columns[name].type
    return {"category": "category", "text": "category", "date": None, "timestamp": None}.get(declared, "number")
