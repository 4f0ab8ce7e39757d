"""The Dagster assets that a declaration names as what its rows come from."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from assets.declare.faults import Fault, closest
from assets.declare.yaml_text import KeyPath, dotted, read

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
    """Return the faults of assets that a source comes from and that nothing here makes.

    Of one that hands rows over Dagster would load nothing; of one that fills a table the lineage would end at a slip.

    Args:
        file: the `defs.yaml`.
        declaration: what it declares.
        made: the keys of all assets of the repository.
        root: what faults name the file from.
    """
    absent = {path: key for path, key in upstream_keys(declaration).items() if key not in made}
    if not absent:
        return ()
    document = read(file, shown_as=file.relative_to(root).as_posix())
    faults = []
    for path, key in absent.items():
        meant = closest(key, made)
        remedy = f"did you mean '{meant}'?" if meant else "write it, or name it beside as a dg.AssetSpec"
        told = f"{dotted(path)} names an asset that is not there: '{key}' is made by nothing here; {remedy}"
        faults.append(document.fault(("attributes", *path), told))
    return tuple(faults)


def come_from_assets(declarations: Iterable["Declaration"]) -> bool:
    """Whether a source names an asset, be it one that hands rows over or one that fills a table."""
    return any(upstream_keys(each) for each in declarations)


def hands_over(declarations: Iterable["Declaration"]) -> frozenset[str]:
    """Return the keys of the assets that hand rows over to a source."""
    return frozenset(each.source.key for each in declarations if each.source.kind == "asset")
