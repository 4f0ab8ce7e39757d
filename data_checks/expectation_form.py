"""An expectation as a declaration names it, checked against the library's names and arguments without importing it."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, JsonValue, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from data_checks.condition_form import ConditionTextError, read_condition
from data_checks.expectation_table import Argument, Form, JsonType, expectation_table
from data_checks.placed import Place, PlacedError
from data_checks.plain_letters import plain_letters
from data_checks.row_rule import EXPECT_ROWS, FORM
from data_checks.row_rule import faults as faults_of_rule
from data_checks.verdict import Severity

_NULLS_OF = {"pair": "either_value_is_missing", "multicolumn": "any_value_is_missing"}
_PYTHON_TYPES: dict[JsonType, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_WORDS: dict[JsonType, str] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "settings by name",
}
_LISTED = 8
_BEGINNING = 3
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list")


class Expectation(BaseModel):
    """One Great Expectations expectation, written in YAML as `- name: {argument: value, severity: warning}`.

    Beside the library's there is `expect_rows`, which a function of the pipeline's own judges.

    Pairs and tuples in which a value is missing are left to the columns' own rules: `ignore_row_if` is written out,
    because the library's own default judges them differently by engine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    name: str
    """The library's name of the expectation, such as `expect_column_values_to_be_between`."""
    arguments: dict[str, JsonValue] = {}
    """The library's arguments by name."""
    severity: Severity = "critical"
    """`critical` blocks (rows that fail are quarantined), `warning` and `info` keep the rows and only say so."""

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: object) -> object:
        if not isinstance(value, dict) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError(
                f"is not one name with its arguments: {sorted(map(str, value))} stand in one item; write "
                "each as an item of its own, `- expect_…: {column: …}`"
            )
        name, arguments = next(iter(value.items()))
        if not isinstance(arguments, dict | None):
            message = f"{name} takes arguments by name: found {arguments!r}; write `{name}: {{column: …}}`"
            raise PlacedError([((str(name),), message)])
        rest = dict(arguments or {})
        severity = {"severity": rest.pop("severity")} if "severity" in rest else {}
        if severity and severity["severity"] not in get_args(Severity):
            raise PlacedError([_wrong_severity(str(name), severity["severity"]), *_told(str(name), rest)])
        return {"name": name, "arguments": _explicit(str(name), rest), **severity}

    @model_validator(mode="after")
    def _is_known(self) -> "Expectation":
        if faults := [*_told(self.name, self.arguments)]:
            raise PlacedError(faults)
        return self

    @property
    def row_level(self) -> bool:
        """Whether it says which rows fail."""
        return _form_of(self.name).row_level

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it judges, in the order of its arguments; empty for a whole table."""
        named = (self.arguments.get(argument) for argument in _COLUMN_ARGUMENTS)
        if _form_of(self.name).kind == "table":
            return ()
        return tuple(
            str(c) for value in named if value is not None for c in (value if isinstance(value, list) else [value])
        )

    @property
    def use(self) -> str | None:
        """The function of the pipeline's own that judges, where one does."""
        return str(self.arguments["use"]) if self.name == EXPECT_ROWS else None

    def __str__(self) -> str:
        """The expectation as people read it: its own description, or its name and arguments."""
        said = ", ".join(f"{name} {value}" for name, value in self.arguments.items() if name != "description")
        return str(self.arguments.get("description") or f"{self.name}: {said or 'no arguments'}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the short form, so that an editor completes names and arguments."""
        offered = {EXPECT_ROWS: FORM, **expectation_table().offered}
        return {
            "type": "object",
            "description": "one expectation by its Great Expectations name, with its arguments",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {name: _schema(form) for name, form in offered.items()},
        }


def check_names(expectations: Sequence[Expectation]) -> tuple[str, ...]:
    """Name the check of each expectation: its own name and its columns, unique, ASCII letters, digits and `_` only.

    Args:
        expectations: in the order of the declaration; a repeated name gets `_2`, `_3`… in that order.

    Returns:
        One identifier an expectation, in the same order.
    """
    names: list[str] = []
    for expectation in expectations:
        judged = (str(expectation.arguments["name"]),) if expectation.use else expectation.columns
        plain = "__".join((expectation.name, *map(plain_letters, judged)))
        candidates = (plain if n == 1 else f"{plain}_{n}" for n in range(1, len(expectations) + 1))
        names.append(next(name for name in candidates if name not in names))
    return tuple(names)


def is_unknown(name: str) -> str:
    """Return what is wrong with the name of an expectation that there is none of."""
    known = expectation_table()
    meant = _meant(name, [*known.offered, EXPECT_ROWS])
    return f"{name} is unknown: it is no expectation of great_expectations {known.version}{meant}"


def takes_no(name: str, argument: str) -> str:
    """Return what is wrong with an argument that an expectation does not have.

    Raises:
        ValueError: there is no such expectation.
    """
    known = _form_of(name).arguments
    return (
        f"{name} has no such argument: '{argument}' is none of its {len(known)}{_meant(argument, [*known, 'severity'])}"
    )


def _form_of(name: str) -> Form:
    if name == EXPECT_ROWS:
        return FORM
    known = expectation_table()
    if name in known.not_offered:
        raise ValueError(f"{name} can't be used here: {known.not_offered[name]}")
    if name not in known.offered:
        raise ValueError(is_unknown(name))
    return known.offered[name]


def _explicit(name: str, arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
    form = expectation_table().offered.get(name)
    nulls = {"ignore_row_if": _NULLS_OF[form.kind]} if form and form.kind in _NULLS_OF else {}
    return {**nulls, **arguments}


def _meant(word: str, known: Iterable[str]) -> str:
    known = sorted(known)
    if close := _closest(word, known):
        return f"; did you mean '{close}'?"
    return f"; it knows {', '.join(known if len(known) <= _LISTED + 1 else [*known[:_LISTED], '…'])}"


def _closest(word: str, known: Iterable[str]) -> str | None:
    """Return the likeliest word, else the only one that begins alike."""
    known = list(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    begun = [each for each in known if len(word) >= _BEGINNING and each.startswith(word[:_BEGINNING].lower())]
    return close[0] if close else begun[0] if len(begun) == 1 else None


def _wrong_severity(name: str, severity: JsonValue) -> tuple[Place, str]:
    known = get_args(Severity)
    close = get_close_matches(str(severity), known, n=1, cutoff=0.6)
    remedy = f"did you mean '{close[0]}'?" if close else "write one of them"
    return (name, "severity"), f"{name}.severity is wrong: {severity!r} must be one of {', '.join(known)}; {remedy}"


def _told(name: str, given: dict[str, JsonValue]) -> Iterator[tuple[Place, str]]:
    """Yield all that is wrong with an expectation, its severity left out."""
    try:
        form = _form_of(name)
    except ValueError as error:
        yield (name,), str(error)
    else:
        yield from _faults(name, form, given)


def _faults(name: str, form: Form, given: dict[str, JsonValue]) -> Iterator[tuple[Place, str]]:
    meant = set()
    for argument in given:
        if argument not in form.arguments:
            meant.add(_closest(argument, form.arguments))
            yield (name, argument), takes_no(name, argument)
    for argument, takes in form.arguments.items():
        if argument not in given:
            if takes.required and argument not in meant:
                yield (name,), f"{name}.{argument} is missing: the expectation needs it; write `{argument}: …`"
        elif wrong := _wrong(given[argument], takes):
            told = f"{name}.{argument} is wrong: {given[argument]!r} must be {wrong}; write such a value"
            yield (name, argument), told
    condition = given.get("row_condition")
    if isinstance(condition, str) and (refused := _refused(condition)):
        yield (name, "row_condition"), f"{name}.row_condition {refused}"
    if name == EXPECT_ROWS:
        yield from (((name, argument), told) for argument, told in faults_of_rule(given))


def _refused(condition: str) -> str:
    try:
        read_condition(condition)
    except ConditionTextError as error:
        return str(error)
    return ""


def _wrong(value: JsonValue, takes: Argument) -> str:
    if takes.types and not any(_is(value, t) for t in takes.types):
        return " or ".join(_WORDS[each] for each in takes.types)
    if takes.choices and isinstance(value, str) and value not in takes.choices:
        return "one of " + ", ".join(takes.choices)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if takes.minimum is not None and value < takes.minimum:
            return f"at least {takes.minimum:g}"
        if takes.maximum is not None and value > takes.maximum:
            return f"at most {takes.maximum:g}"
    return ""


def _is(value: JsonValue, wanted: JsonType) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, _PYTHON_TYPES[wanted])


def _schema(form: Form) -> JsonSchemaValue:
    arguments = {name: _argument_schema(takes) for name, takes in form.arguments.items()}
    severity = {"enum": ["critical", "warning", "info"], "default": "critical"}
    return {
        "type": "object",
        "description": form.summary,
        "properties": arguments | {"severity": severity},
        "required": [name for name, takes in form.arguments.items() if takes.required],
        "additionalProperties": False,
    }


def _argument_schema(takes: Argument) -> JsonSchemaValue:
    bounds = {"minimum": takes.minimum, "maximum": takes.maximum, "enum": list(takes.choices) or None}
    schema = {"type": list(takes.types) or None, **bounds}
    return {key: value for key, value in schema.items() if value is not None}
