"""Whether what a declaration names after `use` can be called as it will be, by reading its module."""

import ast
from collections.abc import Sequence
from pathlib import Path

from assets.declare.functions import USE, source_of
from assets.declare.python_names import names_of
from assets.declare.yaml_text import KeyPath

PLAIN = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set)


def miscalled(use: str, path: KeyPath, *, root: Path) -> str | None:
    """Return what is wrong with a function that is there: it is none, or does not take what it will be given.

    Nothing is told of one that is bound more than once, or decorated.

    Args:
        use: `module:function`.
        path: where it stands in the declaration.
        root: the repository's root.
    """
    written = USE.fullmatch(use)
    try:
        tree = ast.parse(source_of(use, root=root) or b"")
    except (SyntaxError, ValueError):
        return None
    name = written[2] if written else ""
    bound = [node for node in tree.body if name in set(names_of(ast.Module([node], [])))]
    match bound:
        case [ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=value)] if isinstance(value, PLAIN):
            told = f"'{name}' is {ast.unparse(value)[:40]} in line {value.lineno}"
            return f"names no function: {told} of '{use.partition(':')[0]}'; write a function, or mend the name"
        case [ast.FunctionDef(decorator_list=[]) as function]:
            return _mismatch(function, path)
    return None


def _mismatch(function: ast.FunctionDef, path: KeyPath) -> str | None:
    given, by_name, further = _given(path)
    taken = function.args
    places = [each.arg for each in (*taken.posonlyargs, *taken.args)]
    required = places[: len(places) - len(taken.defaults)]
    named = [each.arg for each in taken.kwonlyargs]
    must = [name for name, default in zip(named, taken.kw_defaults, strict=True) if default is None]
    if by_name:
        reachable = {*[each.arg for each in taken.args], *named}
        fits = (taken.kwarg is not None or reachable.issuperset(given)) and {*required, *must} <= {*given}
    else:
        fits = (taken.vararg is not None or len(places) >= len(given)) and (
            further or (len(required) <= len(given) and not must)
        )
    if fits:
        return None
    told = f"{function.name}({ast.unparse(taken)}) in line {function.lineno} is called with {_listed(given)}"
    return f"names a function that takes something else: {told}; write def {function.name}({', '.join(given)})"


def _given(path: KeyPath) -> tuple[tuple[str, ...], bool, bool]:
    """Return what a function is given, whether by name, and whether more may follow by name."""
    match path:
        case ("source", "use") | ("predict", "source", "use"):
            return ("start", "end"), True, False
        case ("model", "use"):
            return ("shape",), False, True
        case ("evaluate", *_):
            return ("truth", "scores"), False, False
    return ("rows",), False, False


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
