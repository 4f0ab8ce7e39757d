"""What the source of one module says: a hash of what runs, and the names that it may import."""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from assets import surroundings
from assets.memo import Memo
from assets.versions.disk import Disk
from data_checks.verdict import Json

MOST = 4096


@dataclass(frozen=True)
class Module:
    """One source file: the hash of what it says, and the names it may import."""

    sha256: str
    imports: frozenset[str]


def module_of(content: bytes, *, package: str) -> Module:
    """Read a module, or remember what these very bytes were found to say; comments, docstrings and layout do not count.

    Parsing all modules that a pipeline runs takes a process half a second, which every run, tick and page would pay.

    Args:
        content: of the file.
        package: that relative imports start from.

    Raises:
        SyntaxError: if it is no Python.
    """
    known = _known(_folder())
    basis = hashlib.sha256(package.encode() + b"\0" + content).hexdigest()
    if basis not in known.modules:
        tree = _Said().visit(ast.parse(content))
        said = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
        known.modules[basis] = Module(said, frozenset(_imports(tree, package)))
        known.is_new = True
    known.used.add(basis)
    return known.modules[basis]


def keep() -> None:
    """Let later processes remember what this one has read, beside what others have; too much of theirs is forgotten."""
    known = _known(_folder())
    if not known.is_new:
        return
    found: dict[str, Json] = {
        basis: [known.modules[basis].sha256, *sorted(known.modules[basis].imports)] for basis in sorted(known.used)
    }
    with suppress(OSError):  # they read the files again, which is all that it is for
        for basis, told in (known.memo.get(_reader()) or {}).items():
            if len(found) < MOST:
                found.setdefault(basis, told)
        known.memo.put(_reader(), found)
    known.is_new = False


@dataclass
class _Known:
    """The modules that were read, by what they were read from."""

    memo: Memo
    modules: dict[str, Module]
    used: set[str] = field(default_factory=set)
    is_new: bool = False


@cache
def _known(folder: Path) -> _Known:
    memo = Memo(Disk(), folder)
    told_before: Mapping[str, Json] = {}
    with suppress(OSError):  # the files are read again
        told_before = memo.get(_reader()) or {}
    modules: dict[str, Module] = {}
    for name, told in told_before.items():
        match told:
            case [str(sha256), *imports]:
                modules[name] = Module(sha256, frozenset(map(str, imports)))
    return _Known(memo, modules)


def _folder() -> Path:
    return Path(surroundings.root()) / "cache" / "code"


@cache
def _reader() -> Json:
    """What else a finding depends on: how Python shows a tree, and how this file reads one."""
    return {"python": sys.version, "reader": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


class _Said(ast.NodeTransformer):
    """Leaves what is executed: no strings that stand alone, as docstrings do, and nothing for type checkers only."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        test = node.test
        name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
        if name == "TYPE_CHECKING":
            return [self.visit(each) for each in node.orelse]
        return self.generic_visit(node)
