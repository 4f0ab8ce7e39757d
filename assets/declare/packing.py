"""A function that derives columns goes with the model, so that its module may import little: told before a training."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assets.declare.columns import Columns
from assets.declare.functions import source_of
from assets.declare.yaml_text import KeyPath
from assets.release.package import foreign_imports

if TYPE_CHECKING:
    from assets.declaration import Declaration

PLACE: KeyPath = ("derive", "use")


def not_packable(declaration: "Declaration", columns: Columns | None, *, root: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield the conflict of a function that will be packed and can't be: a feature is surely one that it derives.

    Args:
        declaration: the pipeline's.
        columns: what is known of its rows' columns.
        root: the repository's root.
    """
    feature = _derived_feature(declaration, columns)
    if feature and (foreign := _foreign(declaration, root)):
        yield (
            PLACE,
            (
                f"derive.use can't go with the model, whose feature '{feature}' it derives: its module imports "
                f"{foreign}, and a model brings along only the standard library, numpy, pandas and pyarrow; move what "
                "the function needs into its module"
            ),
        )


def may_not_be_packable(declaration: "Declaration", columns: Columns | None, *, root: Path) -> str | None:
    """Return a note on such a function where it can't be told whether a feature is derived."""
    features = declaration.features
    named = [name for names in (features.number, features.category, features.time) for name in names or ()]
    is_known = columns is not None and columns.seen is not None and named
    if is_known or _derived_feature(declaration, columns) or not (foreign := _foreign(declaration, root)):
        return None
    return (
        f"derive.use can't go with a model: its module imports {foreign}, and a model brings along only the standard "
        "library, numpy, pandas and pyarrow; move what it needs into its module, unless no feature is derived"
    )


def _foreign(declaration: "Declaration", root: Path) -> str:
    content = source_of(declaration.derive.use, root=root) if declaration.derive else None
    try:
        foreign = foreign_imports(content) if content else ()
    except (SyntaxError, ValueError):
        return ""
    return " and ".join(map(repr, foreign))


def _derived_feature(declaration: "Declaration", columns: Columns | None) -> str | None:
    """Return a feature that is surely derived, if there is one."""
    if columns is None or columns.seen is None or declaration.derive is None:
        return None
    features, target, promised = declaration.features, declaration.target, declaration.contract.columns
    named = [name for names in (features.number, features.category, features.time) for name in names or ()]
    barred = {target.column, target.known_at, *features.never}
    usable = [name for name, column in promised.items() if column.type != "text" and name not in barred]
    return next((name for name in named or usable if name not in columns.source), None)
