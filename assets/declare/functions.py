"""Whether a function that a declaration names is there, by reading its module and never by running it."""

import ast
import re
from pathlib import Path

from assets.declare.faults import closest
from assets.declare.python_names import file_of, meant_module, names_of, wrong_import

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
    file = file_of(module, root)
    if file is None:
        return f"names a module that is not there: '{module}' is not found on the path; {meant_module(module, root)}"
    if file.suffix != ".py":
        return None
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return f"names a module that is no Python: {error} in line {line} of '{module}'; mend it"
    names = set(names_of(tree))
    if name in names or "*" in names:
        wrong = wrong_import(tree, module, root)
        return wrong.told if wrong else None
    meant = closest(name, {each for each in names if not each.startswith("_")})
    return f"names a function that is not there: '{module}' has no {name!r}; " + (
        f"did you mean '{meant}'?" if meant else "write the function, or mend the name"
    )


def source_of(use: str, *, root: Path) -> bytes | None:
    """Return the text of a function's module, or None where it has none or is not there."""
    written = USE.fullmatch(use)
    file = file_of(written[1], root) if written else None
    return file.read_bytes() if file is not None and file.suffix == ".py" else None


def literals(use: str, *, root: Path) -> frozenset[str]:
    """Return every text that the module of a function holds: the names of the columns that it adds are among them."""
    try:
        tree = ast.parse(source_of(use, root=root) or b"")
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
