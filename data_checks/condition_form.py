"""A row condition as it is written: what it says of columns, and what of it pandas would refuse, without pandas."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_PIECES = re.compile(r"""`(?P<name>[^`]+)`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?P<sign>[&|@])""", re.DOTALL)
_WORDS = {"&": " and ", "|": " or "}
_EXAMPLE = "write such as `column == 'a' and other > 3`"
_TO_PANDAS = frozenset({"index", "ilevel_0", "inf", "Inf"})  # names that are no columns
_FUNCTIONS = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "ceil", "cos", "cosh", "exp",
    "expm1", "floor", "log", "log10", "log1p", "sin", "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip
_OF_ALL_ROWS = frozenset({
    "all", "any", "count", "kurt", "max", "mean", "median", "min", "nunique", "prod", "quantile", "sem", "skew", "std",
    "sum", "var",
})  # fmt: skip
_READ = (
    ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Name, ast.Constant, ast.List, ast.Tuple, ast.Attribute,
    ast.Call, ast.keyword, ast.Subscript, ast.Slice, ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip
_NOT_READ = (ast.Is, ast.IsNot, ast.MatMult, ast.LShift, ast.RShift, ast.BitXor)


class ConditionTextError(ValueError):
    """A row condition that pandas would refuse whatever the rows are."""


@dataclass(frozen=True)
class Condition:
    """What can be told of a row condition without its rows.

    Attributes:
        columns: that it names, in order.
        compared: pairs of a column and a plain value with which it is compared.
        answering: columns of which one at least must hold True or False, because no comparison answers.
    """

    columns: tuple[str, ...]
    compared: tuple[tuple[str, object], ...] = ()
    answering: tuple[str, ...] = ()


def read_condition(text: str) -> Condition:
    """Read a condition as pandas' `query` does, and refuse besides what can have no say in it.

    Args:
        text: such as "`a b` == 'x' and other > 3".

    Raises:
        ConditionTextError: pandas would refuse it, or would find in it no answer of each row, or a part of it says the
            same of every row.
    """
    tree, quoted = parsed(text)
    for node in ast.walk(tree):
        if fault := _fault(node):
            raise ConditionTextError(fault.replace("{}", repr(text), 1))
    names = [name.id for name in _names(tree)]
    if not names:
        raise ConditionTextError(f"names no column: {text!r} says the same of every row; {_EXAMPLE}")
    if idle := next((part for part in _parts(tree) if not _names(part)), None):
        raise ConditionTextError(
            f"holds a part without a column: {text!r} has '{ast.unparse(idle)}', which says the same of every row; "
            "compare a column with it, or take it out"
        )
    if not _of_each_row(tree):
        raise ConditionTextError(
            f"gives no value for each row: {text!r} gives one for all of them; compare a column with something"
        )
    answering = _answering(tree)
    if answering and not _columns(answering):
        raise ConditionTextError(
            f"gives something else than True or False for a row: {text!r} has no comparison; compare with a "
            "value, as in `c == 1`"
        )
    own = {name: quoted.get(name, name) for name in names if name not in _TO_PANDAS}
    return Condition(
        tuple(dict.fromkeys(own.values())),
        tuple((own[name], value) for name, value in _compared(tree) if name in own),
        tuple(own[name] for name in _columns(answering) if name in own),
    )


def parsed(text: str) -> tuple[ast.expr, Mapping[str, str]]:
    """Parse as Python what pandas turns a condition into; names in backticks get a word that stands for them.

    Raises:
        ConditionTextError: it is none.
    """
    quoted: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        if found["name"]:
            return quoted.setdefault(found["name"], f"quoted_{len(quoted)}_")
        return _WORDS.get(found[0], found[0])

    if not text.strip():
        raise ConditionTextError(f"is empty: {text!r} lets every row through; remove it, or write a condition")
    if "\n" in text.strip():
        raise ConditionTextError(f"stands on several lines: {text!r} must be one; fold it by `>-`")
    if any(found["sign"] == "@" for found in _PIECES.finditer(text)):
        raise ConditionTextError(f"names a variable: {text!r} holds @, and there are none; write the value")
    try:
        tree = ast.parse(_PIECES.sub(plain, text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = error.msg if isinstance(error, SyntaxError) else str(error) or "too deep"
        raise ConditionTextError(f"can't be read: {text!r} is no condition ({told}); {_EXAMPLE}") from error
    return tree, {word: name for name, word in quoted.items()}


def _fault(node: ast.AST) -> str:
    """What pandas refuses of a part; `{}` stands for the whole condition."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name not in _FUNCTIONS:
            known = ", ".join(_FUNCTIONS)
            return f"calls what is not there: {{}} has '{name}(…)', which must be one of {known}; derive a column"
        case ast.Attribute(attr=name) if name.startswith("_"):
            return f"asks for what is hidden: {{}} has '.{name}', which is no figure; compare values instead"
        case ast.Subscript(value=ast.Name()):
            return "asks for rows by labels: {} has [ ] behind a column; compare values instead"
        case ast.Compare(ops=tests, comparators=sides) if any(
            isinstance(test, ast.In | ast.NotIn) and isinstance(side, ast.Constant)
            for test, side in zip(tests, sides, strict=True)
        ):
            return "looks in what is no list: {} has a single value behind `in`; write `column in ['a', 'b']`"
    if isinstance(node, _READ) and not isinstance(node, _NOT_READ):
        return ""
    return f"can't be read: {{}} has the form {type(node).__name__} of Python, which pandas' query lacks; {_EXAMPLE}"


def _names(tree: ast.expr) -> list[ast.Name]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    return sorted(found, key=lambda node: node.col_offset)


def _parts(tree: ast.expr) -> Iterator[ast.expr]:
    """Yield what `and`, `or` and `not` join."""
    for node in ast.walk(tree):
        match node:
            case ast.BoolOp(values=parts):
                yield from parts
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=part):
                yield part


def _of_each_row(node: ast.AST) -> bool:
    """Whether a part gives a value for each row, as far as its words tell."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in _OF_ALL_ROWS:
            return False
        case ast.Name():
            return True
    return any(_of_each_row(part) for part in ast.iter_child_nodes(node))


def _answering(node: ast.expr) -> list[ast.expr]:
    """The parts of which one must be True or False; none if a comparison is among them, or what may be one."""
    match node:
        case ast.BoolOp(values=parts):
            found = [_answering(part) for part in parts]
            return [each for part in found for each in part] if all(found) else []
        case ast.UnaryOp(operand=part):
            return _answering(part)
        case ast.BinOp(op=ast.Add() | ast.Mult()):  # of answers pandas makes an answer
            both = [_answering(node.left), _answering(node.right)]
            if not any(found and not _columns(found) for found in both):
                return both[0] or both[1]
        case ast.Constant(value=bool()) | ast.Compare() | ast.Call() | ast.Attribute() | ast.Subscript():
            return []
    return [node]


def _columns(parts: Sequence[ast.expr]) -> list[str]:
    return [part.id for part in parts if isinstance(part, ast.Name)]


def _compared(tree: ast.expr) -> Iterator[tuple[str, object]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for one, other in pairwise([node.left, *node.comparators]):
                for side, beside in ((one, other), (other, one)):
                    if isinstance(side, ast.Name):
                        yield from ((side.id, value) for value in _values(beside))


def _values(node: ast.expr) -> Iterator[object]:
    match node:
        case ast.Constant(value=value):
            yield value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            yield -value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _values(part)
