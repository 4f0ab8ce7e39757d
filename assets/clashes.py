"""Names that two folders of `pipelines/` give to different things: which of them stands, and what the other is told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.beside import loaded_modules, told_by
from assets.declare.faults import Fault
from assets.declare.python_names import line_of

# Dagster names neither of the two forms in which what is still to be resolved comes
UNRESOLVED = dg.define_asset_job("unresolved")
UNRESOLVED_SCHEDULE = dg.build_schedule_from_partitioned_job(UNRESOLVED)
JOBS = (dg.JobDefinition, dg.GraphDefinition, type(UNRESOLVED))
TICKING = (dg.ScheduleDefinition, dg.SensorDefinition, type(UNRESOLVED_SCHEDULE))
ASSETS = (dg.AssetsDefinition, dg.AssetSpec, dg.SourceAsset)


@dataclass(frozen=True, order=True)
class Name:
    """What must be there once in a code location: of which kind, and the name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"the {self.kind} '{self.name}'" if self.name else f"an {self.kind}"


@dataclass(frozen=True)
class Folder:
    """What one folder, or file, of `pipelines/` gives.

    Attributes:
        name: of the folder.
        definitions: all of them.
        declared: those of its declaration, if it has one.
        files: the Python files that give the others.
    """

    name: str
    definitions: dg.Definitions
    declared: dg.Definitions
    files: tuple[Path, ...] = ()

    def rank(self, name: Name) -> tuple[bool, int, str]:
        """How strong its claim is, the least first: what a declaration makes, what begins with the folder's name."""
        own = self.name.removesuffix(".py")
        begins = len(own) if name.name.startswith((f"{own}/", f"{own}_")) else 0
        return name not in names_of(self.declared), -begins, self.name

    def place(self, name: Name, root: Path) -> tuple[str, int]:
        """Return the file and line that give a name, the folder and 0 where neither can be told."""
        modules = loaded_modules(self.files, root)
        for file, module in modules.items():
            for bound, value in vars(module).items():
                if name in (found for found, _ in _named(value)) and (line := line_of(file, bound)):
                    return file.relative_to(root).as_posix(), line
        likely = [file for file, module in modules.items() if told_by(module)] or list(modules)
        if len(likely) == 1:
            return likely[0].relative_to(root).as_posix(), 0
        return f"pipelines/{self.name}", 0


def names_of(definitions: dg.Definitions) -> dict[Name, list[object]]:
    """Return every name with what it is given to; more than one thing is a fault of the folder itself."""
    found: dict[Name, list[object]] = {}
    for name, value in _named(definitions):
        if all(value is not other for other in found.setdefault(name, [])):
            found[name].append(value)
    return found


def mentioned(told: str, files: Sequence[Path], root: Path) -> tuple[str, int] | None:
    """Return the file and line of the first thing that a message of Dagster's names.

    Args:
        told: the message.
        files: that may give it; a single one is named whatever is said.
        root: the repository's root.
    """
    modules = loaded_modules(files, root)
    for file, module in modules.items():
        for bound, value in vars(module).items():
            names = {name.name.rpartition("/")[2] for name, _ in _named(value)}
            if any(re.search(rf"(?:['\"]|\b(?:job|name) ){re.escape(name)}\b", told) for name in names):
                return file.relative_to(root).as_posix(), line_of(file, bound) or 0
    return (next(iter(modules)).relative_to(root).as_posix(), 0) if len(modules) == 1 else None


def clashes(folders: Sequence[Folder], shared: dg.Definitions, root: Path) -> Iterator[tuple[str, Fault]]:
    """Yield the folders that can't be loaded beside the others, each with its fault.

    What Trainyard gives to all stands before any; then what a declaration makes; then the folder with whose name the
    name begins; then the first by name.

    Args:
        folders: all that can be loaded alone.
        shared: what Trainyard gives to all.
        root: the repository's root.
    """
    of_all = names_of(shared)
    claims: dict[Name, list[tuple[Folder, list[object]]]] = {}
    for folder in folders:
        for name, values in names_of(folder.definitions).items():
            claims.setdefault(name, []).append((folder, values))
    for name, claimed in sorted(claims.items()):
        ranked = sorted(claimed, key=lambda claim: claim[0].rank(name))
        if name in of_all:
            losers, whose = ranked, "Trainyard's own"
        else:
            first, values = ranked[0]
            losers = [each for each in ranked[1:] if any(value is not values[0] for value in each[1])]
            if len(values) > 1:
                yield first.name, _fault(first, name, _of_itself(first, name), root)
            whose = f"in {_shown(first, name, root)}" if losers else ""
        for folder, _ in losers:
            yield folder.name, _fault(folder, name, f"{name} is also {whose}, which stands", root)


def _of_itself(folder: Folder, name: Name) -> str:
    return f"{name} is also the declaration's" if name in names_of(folder.declared) else f"{name} stands there twice"


def _shown(folder: Folder, name: Name, root: Path) -> str:
    if name in names_of(folder.declared):
        return f"pipelines/{folder.name}/defs.yaml"
    file, line = folder.place(name, root)
    return f"{file}:{line}" if line else file


def _fault(folder: Folder, name: Name, told: str, root: Path) -> Fault:
    file, line = folder.place(name, root)
    remedy = "give it another name, or remove one" if name.name else "name one at a job of yours instead"
    return Fault(file, line, 1 if line else 0, f"can't be loaded beside the others: {told}; {remedy}")


def _named(value: object) -> Iterator[tuple[Name, object]]:
    """Yield the names that something of Dagster takes, each with what tells it from another of that name."""
    if isinstance(value, dg.Definitions):
        yield from _all_named(value)
    elif isinstance(value, dg.AssetsDefinition):
        same: object = value.node_def if value.is_executable else value
        yield from ((Name("asset", key.to_user_string()), same) for key in value.keys)
        for check in value.check_keys:
            yield Name("asset check", f"{check.asset_key.to_user_string()}:{check.name}"), same
    elif isinstance(value, dg.AssetSpec | dg.SourceAsset):
        yield Name("asset", value.key.to_user_string()), value
    elif isinstance(value, JOBS):
        yield Name("job", value.name), value
    elif isinstance(value, TICKING):
        yield Name("schedule or sensor", value.name), value


def _all_named(definitions: dg.Definitions) -> Iterator[tuple[Name, object]]:
    listed = (
        definitions.assets,
        definitions.asset_checks,
        definitions.jobs,
        definitions.schedules,
        definitions.sensors,
    )
    for values in listed:
        for value in values or ():
            yield from _named(value)
    yield from ((Name("resource", key), value) for key, value in (definitions.resources or {}).items())
    yield from ((Name("logger", key), value) for key, value in (definitions.loggers or {}).items())
    if definitions.executor is not None:
        yield Name("executor", ""), definitions.executor
