"""What people define for Dagster beside a declaration: assets, checks, jobs, schedules, sensors and resources."""

import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import dagster as dg
from dagster.components.definitions import LazyDefinitions

from assets.declare.faults import DeclarationError, Fault
from assets.declare.python_beside import files_beside

# one line for every folder, on every command: it says of Dagster's own function what nobody here can mend
PREVIEW = r"Function `load_definitions_from_module"


def beside(context: dg.ComponentLoadContext) -> dg.Definitions:
    """Load the Python files of a folder that import dagster: Dagster itself looks no further than `defs.yaml`.

    Folders inside count, but not those with a `defs.yaml` of their own.
    As Dagster does elsewhere, a file with `@dg.definitions` or a `Definitions` object gives that and nothing else.

    Raises:
        DeclarationError: naming the file and the line that can't be loaded.
    """
    modules = [_module(context, file) for file in files_beside(context.path)]
    plain = [module for module in modules if not _told(module)]
    # one that a file imports from another is the same object and counts once
    told = {id(each): each for module in modules for each in _told(module)}.values()
    given = [each(context) if isinstance(each, LazyDefinitions) else each for each in told]
    with unwarned():
        return dg.Definitions.merge(dg.load_definitions_from_modules(plain), *given)


@contextmanager
def unwarned() -> Iterator[None]:
    """Leave out what Dagster warns of when a module's definitions are loaded: that the function is in preview."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", PREVIEW, dg.PreviewWarning)
        yield


def _module(context: dg.ComponentLoadContext, file: Path) -> ModuleType:
    try:
        return context.load_defs_relative_python_module(file)
    except Exception as error:  # a module may raise anything; what it was is told with its line
        shown = file.relative_to(context.project_root).as_posix()
        told = f"can't be loaded: {type(error).__name__}: {error}; mend the file"
        raise DeclarationError([Fault(shown, _line(error, file), 1, told)]) from error


def _line(error: BaseException, file: Path) -> int:
    """The line of the file at which it stopped: where its syntax breaks, or what it was doing."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(file)), 1)


def _told(module: ModuleType) -> list[dg.Definitions | LazyDefinitions[dg.Definitions]]:
    return [value for value in vars(module).values() if isinstance(value, dg.Definitions | LazyDefinitions)]
