"""Every declaration of a repository at once: which are sound, and all faults of all files."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from assets.declaration import TYPE, Declaration, load
from assets.declare.faults import DeclarationError, Fault, closest
from assets.declare.python_beside import faults_beside
from assets.declare.upstream import upstream_keys
from assets.declare.yaml_text import read
from assets.lifecycle import LIFECYCLE

PIPELINES = "pipelines"
NAME = "defs.yaml"
# names that somebody gives to a declaration who has forgotten which one is read
LOOKALIKES = {
    f"{stem}{suffix}"
    for stem in ("def", "defs", "definition", "definitions", "declaration", "pipeline", "component")
    for suffix in (".yaml", ".yml")
}
MOST_CHARACTERS = 200_000


# what a survey found sound a moment ago, by file: reading it once more costs as much again
SURVEYED: ContextVar[Mapping[Path, Declaration]] = ContextVar("SURVEYED", default=MappingProxyType({}))


@dataclass(frozen=True)
class Survey:
    """What stands in `pipelines/`.

    Attributes:
        declarations: the sound ones by their folder's name.
        faults: of every other file, in the order of the files.
        declared: the folders that hold a declaration, sound or not.
    """

    declarations: Mapping[str, Declaration]
    faults: tuple[Fault, ...]
    declared: frozenset[str] = frozenset()

    @property
    def broken(self) -> Mapping[str, tuple[Fault, ...]]:
        """The faults by the folder, or file of `pipelines/`, in which they lie."""
        found: dict[str, tuple[Fault, ...]] = {}
        for fault in self.faults:
            name = Path(fault.file).parts[1]
            found[name] = (*found.get(name, ()), fault)
        return found


@contextmanager
def remembered(found: Survey, root: Path) -> Iterator[None]:
    """Let `declaration_of` give what a survey has just read."""
    token = SURVEYED.set({root / PIPELINES / name / NAME: each for name, each in found.declarations.items()})
    try:
        yield
    finally:
        SURVEYED.reset(token)


def declaration_of(folder: Path, root: Path) -> Declaration:
    """Return the declaration of a folder, read now unless a survey is remembered.

    Raises:
        DeclarationError: with every fault of the file.
    """
    file = folder / NAME
    return SURVEYED.get().get(file) or load(file, root=root)


def survey(root: Path) -> Survey:
    """Read every declaration and the Python files beside it, and look for files that only look like one.

    Args:
        root: the repository's root.
    """
    faults = list(_ignored(root))
    sound: dict[str, Declaration] = {}
    names: dict[str, str] = {}
    declared = set[str]()
    for file in sorted((root / PIPELINES).glob(f"*/{NAME}")):
        if _is_anothers(file):
            continue
        declared.add(file.parent.name)
        beside = [*faults_beside(file.parent, root=root)]
        faults += beside
        try:
            declaration = load(file, root=root)
            _check_upstream(file, declaration, root=root)
            _check_name(file, declaration, names, root=root)
        except DeclarationError as error:
            faults += error.faults
        else:
            sound |= {} if beside else {file.parent.name: declaration}
    return Survey(sound, tuple(sorted(faults)), frozenset(declared))


def _check_upstream(file: Path, declaration: Declaration, *, root: Path) -> None:
    """Refuse an asset of the pipeline's own lifecycle as its source: Dagster could load no asset of a circle."""
    name, keys = file.parent.name, upstream_keys(declaration)
    own = {f"{name}/{output}" for output in (*LIFECYCLE, "quarantine")}
    circles = {path: key for path, key in keys.items() if key in own}
    if circles:
        document = read(file, shown_as=file.relative_to(root).as_posix())
        raise DeclarationError(
            document.fault(
                ("attributes", *path),
                f"{'.'.join(map(str, path))} leads in a circle: '{key}' is made from this source itself; name the "
                "asset that the rows come from",
            )
            for path, key in circles.items()
        )


def _check_name(file: Path, declaration: Declaration, names: dict[str, str], *, root: Path) -> None:
    """Refuse the second pipeline of a registered name: their versions and aliases would be taken for each other's."""
    registered = declaration.registration.name or file.parent.name
    shown = file.relative_to(root).as_posix()
    if registered in names:
        message = f"register.name is taken: '{registered}' is also registered by {names[registered]}; choose another"
        raise DeclarationError([read(file, shown_as=shown).fault(("attributes", "register", "name"), message)])
    names[registered] = shown


def _ignored(root: Path) -> Iterator[Fault]:
    folder = root / PIPELINES
    for file in sorted([*folder.rglob("*.y*ml"), *folder.rglob("*.Y*ML")]):
        parts = file.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or not file.is_file():
            continue
        if len(parts) == 2 and file.name == NAME:
            continue
        if (file.name.lower() in LOOKALIKES and not _is_anothers(file)) or _says_so(file):
            shown = file.relative_to(root).as_posix()
            yield Fault(shown, 0, 0, f"is not read: it looks like a declaration; {_remedy(parts)}")


def _remedy(parts: tuple[str, ...]) -> str:
    where = f"{PIPELINES}/<name>/{NAME} is the one place of one"
    if len(parts) == 1:
        return f"{where}, move it into a folder of its own"
    if len(parts) > 2:
        return f"{where}, move it to {PIPELINES}/{parts[-2]}/{NAME}"
    return f"{where}, rename it to {NAME}, or remove it"


def _says_so(file: Path) -> bool:
    return f"type: {TYPE}" in _text(file)


def _is_anothers(file: Path) -> bool:
    """Whether a file declares another component of Dagster, which Dagster reads by itself."""
    written = re.search(r"^type:[ ]*([\w.]+)[ ]*(?:#.*)?$", _text(file), re.MULTILINE)
    return written is not None and "." in written[1] and closest(written[1], [TYPE]) is None


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.read(MOST_CHARACTERS)
    except (OSError, UnicodeDecodeError):
        return ""
