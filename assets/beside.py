"""What people define for Dagster beside a declaration: assets, checks, jobs, schedules, sensors and resources."""

import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import dagster as dg
from dagster.components.definitions import LazyDefinitions

from assets.declare.faults import DeclarationError, Fault
from assets.declare.own_files import module_of
from assets.declare.python_beside import files_beside

# one line for every folder, on every command: it says of Dagster's own function what nobody here can mend
PREVIEW = r"Function `load_definitions_from_module"
# a module may raise anything, and end the process; what it was is told with its line
FAILURES = (Exception, SystemExit)


def beside(context: dg.ComponentLoadContext) -> dg.Definitions:
    """Load the Python files of a folder that import dagster: Dagster itself looks no further than `defs.yaml`.

    Folders inside count, but not those with a `defs.yaml` of their own.
    As Dagster does elsewhere, a file with `@dg.definitions` or a `Definitions` object gives that and nothing else.

    Raises:
        DeclarationError: naming the file and the line that can't be loaded.
    """
    modules = [_module(context, file) for file in files_beside(context.path)]
    plain = [module for module in modules if not told_by(module)]
    # one that a file imports from another is the same object and counts once
    told = {id(each): each for module in modules for each in told_by(module)}.values()
    given = [each(context) if isinstance(each, LazyDefinitions) else each for each in told]
    with unwarned():
        return dg.Definitions.merge(dg.load_definitions_from_modules(plain), *given)


@contextmanager
def unwarned() -> Iterator[None]:
    """Leave out what Dagster warns of when a module's definitions are loaded: that the function is in preview."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", PREVIEW, dg.PreviewWarning)
        yield


def imported(files: Sequence[Path], every: Sequence[Path], root: Path) -> tuple[Fault, ...]:
    """Import files as Dagster will, which then runs none of them again, and return what keeps them from it.

    Args:
        files: of one folder.
        every: all files of all folders, at one of which an error is told.
        root: the repository's root, from which modules are named.
    """
    faults = []
    for file in files:
        try:
            import_module(module_of(file, root))
        except FAILURES as error:
            faults.append(failure(error, every, file.relative_to(root).as_posix(), root=root))
    return tuple(dict.fromkeys(faults))


def failure(error: BaseException, files: Sequence[Path], shown: str, *, root: Path) -> Fault:
    """Return what an error says, at the line of the file where it came up.

    Args:
        error: of importing or of building definitions.
        files: in which the line is looked for, those that it leads through last first.
        shown: the name of what failed, if it is none of them.
        root: what files are named from.
    """
    told = f"can't be loaded: {type(error).__name__}: {error}"
    message = f"{' '.join(told.split()).rstrip('.')}; mend the file"
    names = {str(file): file.relative_to(root).as_posix() for file in files}
    if isinstance(error, SyntaxError) and error.filename in names:
        return Fault(names[error.filename], error.lineno or 1, 1, message)
    frames = reversed(traceback.extract_tb(error.__traceback__))
    place = next(((names[frame.filename], frame.lineno or 1) for frame in frames if frame.filename in names), None)
    return Fault(*place, 1, message) if place else Fault(shown, 0, 0, message)


def told_by(module: ModuleType) -> list[dg.Definitions | LazyDefinitions[dg.Definitions]]:
    """Return what a module gives in place of its single definitions."""
    return [value for value in vars(module).values() if isinstance(value, dg.Definitions | LazyDefinitions)]


def loaded_modules(files: Sequence[Path], root: Path) -> dict[Path, ModuleType]:
    """Return the modules of files that were imported."""
    found = {file: sys.modules.get(module_of(file, root)) for file in files}
    return {file: module for file, module in found.items() if module is not None}


def _module(context: dg.ComponentLoadContext, file: Path) -> ModuleType:
    try:
        return context.load_defs_relative_python_module(file)
    except FAILURES as error:
        shown = file.relative_to(context.project_root).as_posix()
        fault = failure(error, [file], shown, root=context.project_root)
        raise DeclarationError([fault]) from error
