"""The Dagster assets that a declaration names as what its rows come from."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from assets.declare.faults import Fault, closest
from assets.declare.yaml_text import KeyPath, read

if TYPE_CHECKING:
    from assets.declaration import Declaration


def upstream_keys(declaration: "Declaration") -> dict[KeyPath, str]:
    """Return the keys by where they stand."""
    source = declaration.source
    if source.kind == "asset":
        return {("source", "key"): source.key}
    if source.kind == "sql":
        return {("source", "depends_on", place): key for place, key in enumerate(source.depends_on)}
    return {}


def unmade(file: Path, declaration: "Declaration", made: Collection[str], *, root: Path) -> tuple[Fault, ...]:
    """Return the fault of a source whose rows an asset hands over that nothing here makes: Dagster would load nothing.

    Args:
        file: the `defs.yaml`.
        declaration: what it declares.
        made: the keys of all assets of the repository.
        root: what faults name the file from.
    """
    source = declaration.source
    if source.kind != "asset" or source.key in made:
        return ()
    meant = closest(source.key, made)
    remedy = f"did you mean '{meant}'?" if meant else "write it, or name it beside as a dg.AssetSpec"
    told = f"source.key names an asset that is not there: '{source.key}' is made by nothing here; {remedy}"
    return (read(file, shown_as=file.relative_to(root).as_posix()).fault(("attributes", "source", "key"), told),)


def hands_over(declarations: Iterable["Declaration"]) -> frozenset[str]:
    """Return the keys of the assets that hand rows over to a source."""
    return frozenset(each.source.key for each in declarations if each.source.kind == "asset")
