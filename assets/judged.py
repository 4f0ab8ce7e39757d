"""Which folders of `pipelines/` can be loaded beside each other, and what is wrong with the rest."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

import dagster as dg

from assets.beside import FAILURES, failure, imported, unwarned
from assets.clashes import Folder, clashes, mentioned, names_of
from assets.declare.faults import DeclarationError, Fault
from assets.declare.own_files import module_of, own_files
from assets.declare.survey import NAME, PIPELINES, Survey, remembered
from assets.declare.upstream import come_from_assets, hands_over, unmade
from assets.pipeline import definitions_of

# Dagster's name of the job that holds all assets, for which it judges them together
OF_ALL_ASSETS = "__ASSET_JOB"


@dataclass(frozen=True)
class Judged:
    """What stands, with what all share, and the faults of what does not.

    Attributes:
        standing: definitions that can be loaded together.
        broken: the faults by the folder, or file of `pipelines/`.
    """

    standing: dg.Definitions
    broken: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them, in the order of the files."""
        return tuple(sorted({fault for faults in self.broken.values() for fault in faults}))


def judge(root: Path, found: Survey, shared: dg.Definitions) -> Judged:
    """Load what can be loaded; each Python file is run once, whatever becomes of it.

    Args:
        root: the repository's root.
        found: its declarations.
        shared: what Trainyard gives to all.
    """
    files = own_files(root / PIPELINES, found.declared)
    broken = dict(found.broken)
    with _quiet():
        told = {root / fault.file for fault in found.faults}
        every = [file for own in files.values() for file in own]
        for name, own in files.items():
            faults = imported([file for file in own if file not in told], every, root)
            # what was read in a file is not told again of one that imports it
            if faults := tuple(fault for fault in faults if root / fault.file not in told):
                broken[name] = (*broken.get(name, ()), *faults)
        if not broken:
            try:
                with remembered(found, root):
                    whole = dg.Definitions.merge(dg.load_from_defs_folder(path_within_project=root), shared)
                broken = _unmade(found, whole, root)
                if not broken and (files or come_from_assets(found.declarations.values())):
                    _check_together(whole, found)
            except FAILURES:  # whose it is, is found folder by folder
                pass
            else:
                if not broken:
                    return Judged(whole)
        return _one_by_one(_Pieces(root, found, shared, files), broken)


@dataclass(frozen=True)
class _Pieces:
    root: Path
    found: Survey
    shared: dg.Definitions
    files: Mapping[str, tuple[Path, ...]]

    def together(self, folders: Sequence[Folder]) -> dg.Definitions:
        """Return folders put together; what a folder that does not stand would hand over is only named.

        Raises:
            Exception: whatever Dagster finds wrong with it.
        """
        definitions = dg.Definitions.merge(*(folder.definitions for folder in folders), self.shared)
        declarations = self.found.declarations
        needed = hands_over(declarations[each.name] for each in folders if each.name in declarations)
        named = [dg.AssetSpec(dg.AssetKey.from_user_string(key)) for key in sorted(needed - _made(definitions))]
        whole = dg.Definitions.merge(definitions, dg.Definitions(assets=named))
        _check_together(whole, self.found)
        return whole


def _one_by_one(pieces: _Pieces, broken: dict[str, tuple[Fault, ...]]) -> Judged:
    alone = []
    for name in sorted({*pieces.found.declarations, *pieces.files} - {*broken}):
        try:
            alone.append(_folder(name, pieces))
        except FAILURES as error:
            broken[name] = _told(error, name, pieces)
    for name, fault in clashes(alone, pieces.shared, pieces.root):
        broken[name] = (*broken.get(name, ()), fault)
    # the declarations come first, so that of two that can't stand together a file of somebody's own gives way
    order = sorted((each for each in alone if each.name not in broken), key=lambda each: bool(each.files))
    standing: list[Folder] = []
    refused: dict[str, BaseException] = {}
    waiting = order
    while waiting:
        refused = {}
        before = len(standing)
        _add(waiting, standing, refused, pieces)
        # one may name a job or an asset of another that was added after it
        waiting = [each for each in waiting if each.name in refused] if len(standing) > before else []
    for name, why in refused.items():
        broken[name] = _told(why, name, pieces)
    return Judged(pieces.together(standing), broken)


def _add(folders: Sequence[Folder], standing: list[Folder], refused: dict[str, BaseException], pieces: _Pieces) -> None:
    """Add to those that stand all that can, by halves: few are refused."""
    try:
        pieces.together([*standing, *folders])
    except FAILURES as error:
        if len(folders) == 1:
            refused[folders[0].name] = error
            return
        half = len(folders) // 2
        _add(folders[:half], standing, refused, pieces)
        _add(folders[half:], standing, refused, pieces)
    else:
        standing += folders


def _check_together(whole: dg.Definitions, found: Survey) -> None:
    """Let Dagster judge what it judges when a page or a run asks for it: all assets, and each job that is not ours."""
    repository = whole.get_repository_def()
    generated = {f"{name}_{kind}" for name in found.declarations for kind in ("score", "retrain")}
    if repository.has_job(OF_ALL_ASSETS):
        repository.get_job(OF_ALL_ASSETS)
    ops: dict[str, object] = {}
    for name in repository.job_names:
        if name in generated or name.startswith("__"):
            continue
        for op in repository.get_job(name).all_node_defs:
            if ops.setdefault(op.name, op) is not op:
                raise dg.DagsterInvalidDefinitionError(
                    f"'{op.name}' names two ops of jobs, the second in '{name}'; names of ops are shared by all jobs"
                )
    for schedule in whole.schedules or ():
        repository.get_schedule_def(schedule.name)
    for sensor in whole.sensors or ():
        repository.get_sensor_def(sensor.name)


def _made(definitions: dg.Definitions) -> set[str]:
    return {each.name for each in names_of(definitions) if each.kind == "asset"}


def _unmade(found: Survey, whole: dg.Definitions, root: Path) -> dict[str, tuple[Fault, ...]]:
    if not come_from_assets(found.declarations.values()):
        return {}
    made = _made(whole)
    files = {name: root / PIPELINES / name / NAME for name in found.declarations}
    faults = {name: unmade(files[name], each, made, root=root) for name, each in found.declarations.items()}
    return {name: told for name, told in faults.items() if told}


def _folder(name: str, pieces: _Pieces) -> Folder:
    root, files = pieces.root, pieces.files.get(name, ())
    path = root / PIPELINES / name
    declaration = pieces.found.declarations.get(name)
    declared = definitions_of(name, declaration) if declaration else dg.Definitions()
    module = import_module(module_of(path, root))
    if path.suffix == ".py":
        return Folder(name, dg.load_definitions_from_module(module), declared, files)
    with remembered(pieces.found, root):
        built = dg.ComponentTree.from_module(module, root).build_defs()
    return Folder(name, _plain(built), declared, files)


def _told(error: BaseException, name: str, pieces: _Pieces) -> tuple[Fault, ...]:
    *above, cause = _chain(error)
    if isinstance(cause, DeclarationError):
        return cause.faults
    files, root = pieces.files.get(name, ()), pieces.root
    fault = failure(cause, files, f"{PIPELINES}/{name}", root=root)
    said = "\n".join(map(str, (cause, *above)))
    if not fault.line and (place := mentioned(said, files, root)):
        return (replace(fault, file=place[0], line=place[1], column=1 if place[1] else 0),)
    return (fault,)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out that parts of Dagster are new, or use what is old, which nobody here can mend."""
    with unwarned():
        for warning in (dg.BetaWarning, DeprecationWarning):
            warnings.simplefilter("ignore", warning)
        yield


def _plain(found: dg.Definitions) -> dg.Definitions:
    """Leave out the tree of components that Dagster keeps beside: definitions of two trees can't be merged."""
    return dg.Definitions(
        assets=found.assets,
        asset_checks=found.asset_checks,
        schedules=found.schedules,
        sensors=found.sensors,
        jobs=found.jobs,
        resources=found.resources,
        loggers=found.loggers,
        executor=found.executor,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, as far as a declaration's faults."""
    yield error
    while error.__cause__ is not None and not isinstance(error, DeclarationError):
        error = error.__cause__
        yield error
