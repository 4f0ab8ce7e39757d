"""What a Python module binds and imports, by reading it and never by running it."""

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from assets.declare.faults import closest

# by which a module may let others be found that are not there now
LOOKED_IN = frozenset({"path", "meta_path", "path_hooks", "modules", "addsitedir"})
# for a module that an installed package may make as it is imported: there is nothing to read
MADE_LATE = Path("made_late.so")
# of the repository, and not a pipeline's
OURS = frozenset({"assets", "data_checks"})


class WrongImport(NamedTuple):
    """The line of a module at which its import fails, and what is told of it."""

    line: int
    told: str


class _Import(NamedTuple):
    """A module that another imports, and which of its names; none for the module itself."""

    module: str
    names: tuple[str, ...]
    line: int


def file_of(module: str, root: Path) -> Path | None:
    """Find a module as an import would, without importing even the packages that it lies in.

    Of an installed package only the first part must be there: it may make the others as it is imported.
    """
    first = module.partition(".")[0]
    is_of_root = (root / first).is_dir() or (root / f"{first}.py").is_file()
    places = [str(root)] if is_of_root else list(sys.path)
    found: Path | None = None
    for depth, part in enumerate(module.split(".")):
        spec = PathFinder.find_spec(part, places) or (_found_otherwise(part) if found is None else None)
        if spec is None:
            return MADE_LATE if depth and not is_of_root else None
        places = list(spec.submodule_search_locations or ())
        found = Path(spec.origin) if spec.origin else None
    return found or Path(places[0]) / "__init__.so" if places else found


def meant_module(module: str, root: Path) -> str:
    """Return what to do about a module that is not found: take one of the repository that is close."""
    files = [file for folder in ("pipelines", "assets") for file in (root / folder).rglob("*.py")]
    known = {".".join(file.relative_to(root).with_suffix("").parts) for file in files if file.stem != "__init__"}
    meant = closest(module, {name for name in known if name.partition(".")[0] == module.partition(".")[0]})
    return f"did you mean '{meant}'?" if meant else "mend the name, or install what holds it"


def _found_otherwise(first: str) -> ModuleSpec | None:
    """Find a package that is part of Python, or that was installed so that it stays where it is written."""
    try:
        return find_spec(first)
    except ValueError:  # a module that is loaded and does not say from where
        return None


def wrong_import(tree: ast.Module, module: str, root: Path) -> WrongImport | None:
    """Return what is wrong with what a module of a pipeline always imports, itself or through neighbours, or None.

    Nothing is told of a module that changes where Python looks for others.

    Args:
        tree: of the module.
        module: its name.
        root: the repository's root.
    """
    return _wrong(tree, module, root, {module}) if is_pipelines(module, root) else None


def _wrong(tree: ast.Module, module: str, root: Path, seen: set[str]) -> WrongImport | None:
    if _looks_elsewhere(tree):
        return None
    waiting = list(_imports(tree, module, root))
    for found in waiting:
        if found.module.partition(".")[0] in sys.stdlib_module_names:
            continue
        told = f"names a module that can't be imported: '{module}' imports '{found.module}' in line {found.line}, "
        file = file_of(found.module, root)
        if file is None:
            remedy = meant_module(found.module, root)
            return WrongImport(found.line, f"{told}which is not found on the path; {remedy}")
        if file.suffix != ".py" or not is_pipelines(found.module, root):
            continue
        try:
            other = ast.parse(file.read_bytes(), str(file))
        except (SyntaxError, ValueError) as error:
            return WrongImport(found.line, f"{told}which is no Python: {error}; mend it")
        bound = set(names_of(other))
        below = [] if "*" in bound else [name for name in found.names if name not in {"*", *bound}]
        missing = next((name for name in below if file_of(f"{found.module}.{name}", root) is None), None)
        if missing is not None:
            meant = closest(missing, {each for each in bound if not each.startswith("_")})
            remedy = f"did you mean '{meant}'?" if meant else "mend the name"
            return WrongImport(found.line, f"{told}which has no {missing!r}; {remedy}")
        waiting += [_Import(f"{found.module}.{name}", (), found.line) for name in below]
        if found.module not in seen:
            seen.add(found.module)
            if wrong := _wrong(other, found.module, root, seen):
                return WrongImport(found.line, wrong.told)
    return None


def _looks_elsewhere(tree: ast.Module) -> bool:
    """Whether a module names what says where modules are looked for."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="sys" | "site"), attr=attr) if attr in LOOKED_IN:
                return True
    return False


def _imports(tree: ast.Module, module: str, root: Path) -> Iterator[_Import]:
    """Yield what is imported whenever a module is: not what stands in a function, or where it may be left out."""
    file = file_of(module, root)
    above = module.split(".") if file is not None and file.stem == "__init__" else module.split(".")[:-1]
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (_Import(alias.name, (), node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = above[: len(above) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield _Import(name, tuple(alias.name for alias in node.names), node.lineno)


def is_pipelines(module: str, root: Path) -> bool:
    """Whether a module is of the repository, and a pipeline's."""
    first = module.partition(".")[0]
    return first not in OURS and ((root / first).is_dir() or (root / f"{first}.py").is_file())


def names_of(tree: ast.Module) -> Iterator[str]:
    """Yield what a module binds when it is run, `*` where that can't be told."""
    yield from _bound_from_within(tree)
    for node in _at_the_top(tree):
        match node:
            case ast.FunctionDef(name="__getattr__"):
                yield "*"
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import():
                yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom():
                yield from (alias.asname or alias.name for alias in node.names)
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name


def _bound_from_within(tree: ast.Module) -> Iterator[str]:
    """Yield the globals that functions set, and `*` where names may be made of text."""
    for node in ast.walk(tree):
        match node:
            case ast.Global():
                yield from node.names
            case ast.Call(func=ast.Name(id="globals" | "vars" | "locals" | "setattr" | "exec")):
                yield "*"


def _at_the_top(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies within a node and outside of the functions and classes in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension)):
            yield from _at_the_top(child)


def line_of(file: Path, name: str) -> int | None:
    """Return the line of a file that binds a name first, outside of functions and classes, or None."""
    for node in ast.parse(file.read_bytes(), str(file)).body:
        if name in set(names_of(ast.Module([node], []))):
            return node.lineno
    return None
