"""What the text of a query tells without a database: its parameters, and whether it only reads."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

# texts, names and comments, in which nothing is a word of SQL
_QUOTED = re.compile(
    r"""(?<!\w)[eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*`
    | (?<![\w\])])\[[^][:'"]*\] | (?<!\w)\$(\w*)\$.*?\$\1\$ | --[^\n]* | /\*.*?\*/""",
    re.DOTALL | re.VERBOSE,
)
# as SQLAlchemy finds them, which looks into quotes too
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")
_ESCAPED = re.compile(r"\\(:\w*)(?![:\w])")
_READS = frozenset({"select", "with", "values", "table", "from"})
_CHANGES = frozenset({"insert", "update", "delete", "merge", "replace"})
_WRITES = _CHANGES | {"drop", "truncate", "alter", "create", "grant", "revoke", "copy", "vacuum"}
_FIRST = re.compile(r"[^\s()]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_CHANGE_NAMED = re.compile(r"\bas\s*(?:(?:not\s+)?materialized\s*)?\(\s*(insert|update|delete|merge)\b", re.IGNORECASE)
_STATEMENT = re.compile(rf"\b(?:{'|'.join((_READS | _CHANGES) - {'with'})})\b(?!\s+as\b)", re.IGNORECASE)
BOUNDS = ("start", "end")


def parameters(query: str) -> tuple[str, ...]:
    """The names that a query wants values for, each once, in their order; none of a colon between quotes.

    >>> parameters("SELECT a::text, ':b' FROM t WHERE day >= :start")
    ('start',)
    """
    return tuple(dict.fromkeys(_PARAMETER.findall(bare(query))))


def bare(query: str) -> str:
    """The query without texts, comments and names in quotes.

    >>> bare("SELECT ':a' FROM t -- b")
    'SELECT   FROM t  '
    """
    return _QUOTED.sub(" ", query)


def escaped(query: str) -> str:
    """The query for SQLAlchemy's `text`, which would take a colon between quotes for a parameter."""
    return _QUOTED.sub(lambda quoted: _PARAMETER.sub(r"\\:\1", quoted[0]), query)


def for_driver(query: str) -> str:
    r"""The query as a driver gets it, where `\:` is a colon."""
    return _ESCAPED.sub(r"\1", query)


def query_faults(query: str) -> Iterator[str]:
    """What keeps a query from being the source of rows, each to follow the setting's name."""
    plain = bare(query).strip().rstrip("; \n\t")
    first = found[0] if (found := _FIRST.search(plain)) else ""
    unknown = [name for name in parameters(query) if name not in BOUNDS]
    if not first:
        yield "holds no statement: no word stands outside of comments and quotes; write a SELECT"
    elif first.lower() in _WRITES:
        yield f"writes to the database: '{first}' begins it, and a source only reads; write a SELECT"
    elif first.lower() not in _READS and (meant := get_close_matches(first.lower(), _READS, 1, 0.7)):
        yield f"begins with no word of SQL: '{first}' is none; did you mean '{meant[0].upper()}'?"
    # some databases end a text at the quote after a backslash, others do not
    elif ";" in plain and "\\'" not in query:
        yield "holds two statements: a ; stands between them; write one SELECT"
    elif first.lower() == "with" and (change := _change(plain)):
        yield f"writes to the database: '{change}' stands in it, and a source only reads; write a SELECT"
    if unknown:
        yield told_unknown(unknown)


def told_unknown(names: list[str]) -> str:
    """What is said of parameters that nothing has a value for."""
    meant = get_close_matches(names[0], BOUNDS, 1, 0.6)
    remedy = f"did you mean ':{meant[0]}'?" if meant else f"rename them, or write \\:{names[0]} for a plain colon"
    return f"has unknown parameters: {names} must be :start or :end; {remedy}"


def _change(plain: str) -> str | None:
    """The statement that a WITH begins, or names, where that writes."""
    if named := _CHANGE_NAMED.search(plain):
        return named[1]
    flat = plain
    while (less := _BRACKETS.sub(" ", flat)) != flat:
        flat = less
    begun = _STATEMENT.search(flat)
    return begun[0] if begun and begun[0].lower() in _CHANGES else None
