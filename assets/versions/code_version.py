"""What code a module runs: the hash of every first-party module that importing and calling it can reach."""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from assets.versions.module_source import Module, module_of

FIRST_PARTY = ("assets", "data_checks", "pipelines")
_TRAINYARD = ("assets", "data_checks")
_INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class _Place:
    """Where a module lies: its file (none for a folder without `__init__.py`), and the folders of a package."""

    file: Path | None
    folders: tuple[Path, ...]


def code_version(*modules: str, stop: frozenset[str] = frozenset()) -> str:
    """Give the hash (64 hex) of the code that the modules run; comments, docstrings and layout do not count.

    Args:
        modules: dotted names; of `module:function`, the module.
        stop: see `closure`.

    Raises:
        ValueError: if a module has no source, or its source is no Python.
    """
    whole = hashlib.sha256()
    for name, sha256 in closure(*modules, stop=stop).items():
        whole.update(f"{name} {sha256}\n".encode())
    return whole.hexdigest()


def closure(*modules: str, stop: frozenset[str] = frozenset()) -> dict[str, str]:
    """Give module -> hash, sorted, of the modules and of all first-party modules that they import, none executed.

    Imports inside functions count, those under `if TYPE_CHECKING` do not. First-party are `assets`, `data_checks`,
    `pipelines`, the package of each module named here, and whatever lies under the folder of that package and was not
    installed there. The code is read once in the life of a process.

    Args:
        modules: dotted names; of `module:function`, the module.
        stop: modules that are left out with all that only they import: the shell that carries code out and does not
            change what it gives.

    Raises:
        ValueError: if a module has no source, or its source is no Python.
    """
    found: dict[str, str] = {}
    for module in modules:
        found |= _closure(module.partition(":")[0], stop)
    return dict(sorted(found.items()))


@cache
def libraries(*modules: str, stop: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """Give distribution -> version, sorted, of what the modules import that is neither first-party nor Python's own.

    What `assets` and `data_checks` import is left out: each stage names the libraries that it depends on by itself.

    Args:
        modules: see `closure`.
        stop: see `closure`.
    """
    own = closure(*modules, stop=stop)
    read = [_read(name) for name in own if name.partition(".")[0] not in _TRAINYARD]
    imported = {each.partition(".")[0] for module in read if module for each in module.imports}
    outside = imported - {name.partition(".")[0] for name in own} - {*FIRST_PARTY} - sys.stdlib_module_names
    found = {distribution for name in outside for distribution in _distributions().get(name, ())}
    return {name: told for name in sorted(found) if (told := _version(name))}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@cache
def _closure(start: str, stop: frozenset[str]) -> Mapping[str, str]:
    if _read(start) is None:
        raise ValueError(f"code.{start} has no source: no such module is found on the path; correct its name")
    top = start.partition(".")[0]
    own, root = {*FIRST_PARTY, top}, _root(top)
    found: dict[str, str] = {}
    waiting = list(_with_packages(start))
    while waiting:
        name = waiting.pop()
        module = None if name in found or name in stop or not _is_own(name, own, root) else _read(name)
        if module:
            found[name] = module.sha256
            waiting += [each for imported in module.imports for each in _with_packages(imported)]
    return found


@cache
def _root(package: str) -> Path | None:
    """The folder in which a package of the repository lies; None if it was installed."""
    place = _place(package)
    if place is None:
        return None
    root = place.folders[0].parent if place.folders else place.file.parent if place.file else None
    return None if root is None or _INSTALLED.intersection(root.parts) else root


def _is_own(name: str, packages: set[str], root: Path | None) -> bool:
    top = name.partition(".")[0]
    if top in packages:
        return True
    there = None if root is None or top in sys.stdlib_module_names else _root(top)
    return there is not None and root is not None and there.is_relative_to(root)


def _with_packages(name: str) -> Iterator[str]:
    """A module and the packages it lies in, which run when it is imported."""
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


@cache
def _read(name: str) -> Module | None:
    """The module of this name; None if it is no module, such as a function named in `from module import function`."""
    place = _place(name)
    if place is None:
        return None
    if place.file is None:
        return Module(hashlib.sha256().hexdigest(), frozenset())
    package = name if place.folders else name.rpartition(".")[0]
    try:
        return module_of(place.file.read_bytes(), package=package)
    except SyntaxError as error:
        raise ValueError(
            f"code.{name} cannot be read: {error} in line {error.lineno} of {place.file}; mend it"
        ) from error


@cache
def _place(name: str) -> _Place | None:
    """Find a module as an import would; nothing is imported, not even the packages it lies in."""
    above, _, last = name.rpartition(".")
    if not above:
        spec = PathFinder.find_spec(name)
        if spec is None or not (spec.origin or ".py").endswith(".py"):
            return None
        return _Place(
            Path(spec.origin) if spec.origin else None, tuple(map(Path, spec.submodule_search_locations or ()))
        )
    parent = _place(above)
    folders = tuple(folder / last for folder in parent.folders) if parent else ()
    for folder in folders:
        if (folder / "__init__.py").is_file():
            return _Place(folder / "__init__.py", (folder,))
        if folder.with_name(f"{last}.py").is_file():
            return _Place(folder.with_name(f"{last}.py"), ())
    namespace = tuple(folder for folder in folders if folder.is_dir())
    return _Place(None, namespace) if namespace else None
