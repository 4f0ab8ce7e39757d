"""What is no fault of a declaration and worth a look: a file that is not there yet, imports that may not do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assets.data.sources.files import FilesSource
from assets.data.sources.places import is_pattern, on_disk
from assets.declare.columns import columns_of
from assets.declare.faults import Fault, closest
from assets.declare.packing import PLACE, may_not_be_packable
from assets.declare.sensitive_notes import sensitive_notes
from assets.declare.yaml_text import KeyPath, read
from assets.environment import here, unset

if TYPE_CHECKING:
    from assets.declaration import Declaration


def notes(file: Path, declaration: "Declaration", *, root: Path) -> tuple[Fault, ...]:
    """Return what is worth a look in a sound declaration.

    - A path of a source that names no file on this disk, as one may well come later.
    - A function that could not be packed with a model if a feature were derived, where that can't be told.
    - Periods that have not begun.
    - Sensitive columns of which a model keeps something.

    Args:
        file: the `defs.yaml`.
        declaration: what it declares.
        root: what relative paths start from, and notes name the file from.
    """
    found = list(_absent(declaration, root))
    if unsure := may_not_be_packable(declaration, columns_of(declaration, root=root), root=root):
        found.append((PLACE, unsure))
    found += _ahead(declaration)
    found += sensitive_notes(declaration)
    if not found:
        return ()
    document = read(file, shown_as=file.relative_to(root).as_posix())
    return tuple(document.fault(("attributes", *place), f"note: {message}") for place, message in found)


def _ahead(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    partitions = declaration.partitions
    if partitions and partitions.period(partitions.start).start > datetime.now(UTC):
        told = f"no period has begun before {partitions.start!r}; mend it, unless that is meant"
        yield ("partitions", "start"), f"partitions.start lies ahead: {told}"


def _absent(declaration: "Declaration", root: Path) -> Iterator[tuple[KeyPath, str]]:
    sources: dict[KeyPath, object] = {
        ("source",): declaration.source,
        ("predict", "source"): declaration.predict.source,
    }
    for section, source in sources.items():
        if not isinstance(source, FilesSource):
            continue
        above: KeyPath = (*section, "path")
        listed = () if isinstance(source.path, str) else source.path
        paths: dict[KeyPath, str] = {(*above, place): written for place, written in enumerate(listed)}
        for place, written in ({above: source.path} if isinstance(source.path, str) else paths).items():
            local = None if unset(written) else here(written).removeprefix("file://")
            if local is not None and "://" not in local and not on_disk(str(root / local)):
                name = ".".join(str(part) for part in place)
                yield place, f"{name} names no file yet: {written!r} {_remedy(written, root / local)}"


def _remedy(written: str, path: Path) -> str:
    if is_pattern(str(path)):
        return "fits none; mend it, unless files come later"
    beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
    near = closest(path.name, beside)
    if near is None:
        return "is not there; mend it, unless the file comes later"
    return f"is not there; did you mean '{PurePosixPath(written).with_name(near)}'?"
