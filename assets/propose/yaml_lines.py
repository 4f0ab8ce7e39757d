"""YAML for people: short things on one line, long ones below each other, strings quoted only where they must be."""

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap

from assets.declare.yaml_text import FLOAT, INTEGER, WORDS
from data_checks.verdict import Json

WIDTH = 120
# what other readers of YAML take for a boolean
_ODD = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
_PLAIN = re.compile(r"(?:[^\W\d_]|/)[\w ./%+()'-]*(?<! )|_\w*")
_BRACES = re.compile(r"\{[^{}]{1,80}\}")
_TIED = "\x00"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}")


def scalar(value: Json) -> str:
    """One value; text stays text for every reader of YAML.

    >>> scalar("Resort Hotel"), scalar("NO"), scalar("010"), scalar("a: b"), scalar(0.5), scalar(True)
    ('Resort Hotel', '"NO"', '"010"', '"a: b"', '0.5', 'true')
    """
    if not isinstance(value, str):
        return json.dumps(value)
    spoken = value.lower() in _ODD or value in WORDS or INTEGER.fullmatch(value) or FLOAT.fullmatch(value)
    plain = (_PLAIN.fullmatch(value) and not value.startswith("-")) or _DATE.fullmatch(value)
    return value if plain and not spoken else json.dumps(value, ensure_ascii=False)


def flow(value: Json) -> str:
    """A value on one line.

    >>> flow({"column": "adr", "value_set": [0, 1]})
    '{column: adr, value_set: [0, 1]}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def entry(key: str, value: Json, indent: int) -> list[str]:
    """A key with its value: on one line if that fits, else its parts below it."""
    line = f"{' ' * indent}{scalar(key)}: {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping | list | tuple):
        return [line]
    return [f"{' ' * indent}{scalar(key)}:", *block(value, indent + 2)]


def block(value: Json, indent: int) -> list[str]:
    """The parts of a mapping or list, one below the other."""
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in entry(key, item, indent)]
    if isinstance(value, list | tuple):
        return [line for item in value for line in _item(item, indent)]
    return [f"{' ' * indent}{scalar(value)}"]


def text(key: str, value: str, indent: int) -> list[str]:
    """A key with a sentence, folded where it does not fit on the line."""
    line = f"{' ' * indent}{scalar(key)}: {scalar(value)}"
    if len(line) <= WIDTH:
        return [line]
    lead = " " * (indent + 2)
    folded = wrap(value, WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
    return [f"{' ' * indent}{scalar(key)}: >-", *folded]


def comment(text: str, indent: int) -> list[str]:
    """A comment of as many lines as it takes; what stands in braces stays on one."""
    lead = " " * indent + "# "
    whole = _BRACES.sub(lambda found: found[0].replace(" ", _TIED), text)
    lines = wrap(whole, WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
    return [line.replace(_TIED, " ") for line in lines]


def _item(item: Json, indent: int) -> list[str]:
    line = f"{' ' * indent}- {_short(item)}"
    if len(line) <= WIDTH or not isinstance(item, Mapping):
        return [line]
    lines = block(item, indent + 2)
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def _short(item: Json) -> str:
    """A mapping of one key without its braces, as lists of expectations are written."""
    if isinstance(item, Mapping) and len(item) == 1:
        key, value = next(iter(item.items()))
        if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
            return f"{scalar(key)}: {flow(value)}"
    return flow(item)
