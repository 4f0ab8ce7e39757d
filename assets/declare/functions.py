"""Whether a function that a declaration names is there, by reading its module and never by running it."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from assets.declare.faults import closest

USE = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)")


def wrong_with(use: str, *, root: Path) -> str | None:
    """Return what is wrong with a function, or None if it is there or that can't be told without running its module.

    Args:
        use: `module:function`; any other text is judged by the form.
        root: the repository's root, from which modules are found before the rest of the path.
    """
    written = USE.fullmatch(use)
    if written is None:
        return None
    module, name = written.groups()
    file = _file_of(module, root)
    if file is None:
        return f"names a module that is not there: '{module}' is not found on the path; {_meant_module(module, root)}"
    if file.suffix != ".py":
        return None
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return f"names a module that is no Python: {error} in line {line} of '{module}'; mend it"
    names = set(_names(tree))
    if name in names or "*" in names:
        return None
    meant = closest(name, {each for each in names if not each.startswith("_")})
    return f"names a function that is not there: '{module}' has no {name!r}; " + (
        f"did you mean '{meant}'?" if meant else "write the function, or mend the name"
    )


def literals(use: str, *, root: Path) -> frozenset[str]:
    """Return every text that the module of a function holds: the names of the columns that it adds are among them."""
    written = USE.fullmatch(use)
    file = _file_of(written[1], root) if written else None
    if file is None or file.suffix != ".py":
        return frozenset()
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _file_of(module: str, root: Path) -> Path | None:
    """Find a module as an import would, without importing even the packages that it lies in."""
    first = module.partition(".")[0]
    places = [str(root)] if (root / first).is_dir() or (root / f"{first}.py").is_file() else list(sys.path)
    found: Path | None = None
    for part in module.split("."):
        spec = PathFinder.find_spec(part, places)
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
        found = Path(spec.origin) if spec.origin else None
    return found or Path(places[0]) / "__init__.so" if places else found


def _meant_module(module: str, root: Path) -> str:
    """Suggest a module of the repository."""
    files = [file for folder in ("pipelines", "assets") for file in (root / folder).rglob("*.py")]
    known = {".".join(file.relative_to(root).with_suffix("").parts) for file in files if file.stem != "__init__"}
    meant = closest(module, {name for name in known if name.partition(".")[0] == module.partition(".")[0]})
    return f"did you mean '{meant}'?" if meant else "mend the name, or install what holds it"


def _names(tree: ast.Module) -> Iterator[str]:
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
