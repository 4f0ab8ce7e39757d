"""What is wrong with a value, in the words of a declaration instead of pydantic's."""

import json
import re
from collections.abc import Collection, Sequence

from pydantic_core import ErrorDetails

from assets.declare.faults import did_you_mean
from data_checks.verdict import Json

SHOWN = 80
MOST_DIGITS = 18
NUMBERS = {"int_type", "float_type"}
LISTS = {"list_type", "tuple_type"}
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# how what is wanted of a number begins, which among other forms must say that it is one
BOUNDS = ("above ", "at least ", "below ", "at most ")
# what is called so elsewhere
SYNONYMS = {
    "float": "number", "double": "number", "decimal": "number", "int": "integer", "bigint": "integer", "string": "text",
    "str": "text", "varchar": "text", "object": "text", "bool": "boolean", "enum": "category",
    "categorical": "category", "datetime": "timestamp", "classification": "binary", "gpu": "cuda", "daily": "day",
    "weekly": "week", "monthly": "month", "hourly": "hour",
}  # fmt: skip
MEANT = {"yes": "true", "on": "true", "true": "true", "1": "true",
         "no": "false", "off": "false", "false": "false", "0": "false"}  # fmt: skip
WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "settings by name",
    "model_type": "settings by name",
    "model_attributes_type": "settings by name",
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length} values",
    "too_long": "a list of at most {max_length} values",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "literal_error": "{expected}",
}


def told(details: Sequence[ErrorDetails], *, remedy: str | None = None) -> str:
    """Return what is wrong with one value, of which each form it could have says something else.

    Args:
        details: what each form says.
        remedy: what to do, where more is known of it than these tell.

    >>> told([{"type": "int_type", "loc": ("window",), "msg": "", "input": "x"}])
    'is wrong: "x" must be a whole number; write such a value'
    >>> told([{"type": "greater_than_equal", "loc": ("gap",), "msg": "", "input": -1, "ctx": {"ge": 0}},
    ...       {"type": "string_type", "loc": ("gap",), "msg": "", "input": -1}])
    'is wrong: -1 must be a number of at least 0 or text; write such a value'
    """
    value = details[0]["input"]
    wanted = list(dict.fromkeys(_wanted(detail) for detail in details))
    if len(wanted) > 1:
        wanted = [
            f"a number {'of ' * each.startswith('at ')}{each}" if each.startswith(BOUNDS) else each for each in wanted
        ]
    return f"is wrong: {shown(value)} must be {' or '.join(wanted)}; {remedy or _remedy(value, details)}"


def shown(value: object) -> str:
    """Return a value in one short line.

    >>> shown({"a": "x" * 100})[-10:]
    'xxxxxxx...'
    """
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _wanted(detail: ErrorDetails) -> str:
    template = WANTED.get(detail["type"])
    if template is None:
        return detail["msg"][0].lower() + detail["msg"][1:]
    return template.format(**{name: _plain(value) for name, value in detail.get("ctx", {}).items()})


def _remedy(value: Json, details: Sequence[ErrorDetails]) -> str:
    types = {detail["type"] for detail in details}
    choices = [word for detail in details for word in _choices(detail)]
    if isinstance(value, str) and choices:
        word = SYNONYMS.get(value.lower(), value)
        return did_you_mean(word if word in choices else value, choices)
    if types == {"string_type"} and isinstance(value, int | float) and value is not None:
        return f"put it in quotes: '{_plain(value)}'"
    if isinstance(value, str) and types <= NUMBERS and PLAIN_NUMBER.fullmatch(value):
        return "take a smaller number" if len(value) > MOST_DIGITS else "take the quotes off"
    if types == {"bool_type"} and str(value).lower() in MEANT:
        return f"write {MEANT[str(value).lower()]}"
    return _reshaped(value, types) or "write such a value"


def _reshaped(value: Json, types: Collection[str]) -> str | None:
    """Return how a value of another shape is written; a list that only lacks its brackets, or a text its quotes."""
    if set(types) <= LISTS and isinstance(value, dict):
        return "put a dash before each item"
    if set(types) <= LISTS and value is not None:
        return f"write [{value if isinstance(value, str) else shown(value)}]"
    if set(types) == {"string_type"} and isinstance(value, dict) and len(value) == 1:
        return "put it in quotes: " + "".join(f"'{key}: {_plain(one)}'" for key, one in value.items())
    return None


def _choices(detail: ErrorDetails) -> list[str]:
    expected = str(detail.get("ctx", {}).get("expected", "")) if detail["type"] == "literal_error" else ""
    return [word.strip(" '") for part in expected.split(" or ") for word in part.split(",") if word]


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | float) else str(value)
