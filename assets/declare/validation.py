"""Holds what a file says to the typed form, and leaves out what is wrong, so that the rest can be checked on."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assets.declare.faults import Fault, closest, did_you_mean, surely
from assets.declare.remedies import as_section, belongs
from assets.declare.schema_walk import SchemaWalk
from assets.declare.wording import shown, told
from assets.declare.yaml_text import Document, KeyPath, dotted
from data_checks.placed import PlacedError
from data_checks.verdict import Json

ROUNDS = 20
EXPECTATIONS = ("contract", "expectations")
SHAPES = {"literal_error", "string_type", "model_type", "model_attributes_type", "dict_type", "tuple_type", "list_type"}
SECTIONS = {"model_type", "model_attributes_type", "dict_type"}
Form = TypeVar("Form", bound=BaseModel)
Tree = dict[str | int, object]


class _Items(Tree):
    """A list by the places that its values have in the file, so that one can be left out."""


@dataclass(frozen=True)
class Validated(Generic[Form]):
    """The outcome for one file.

    Attributes:
        form: what is sound in it, with defaults or stand-ins in the place of the rest; None if nothing could be saved.
        faults: what is wrong.
        faulty: the settings that were left out, and those that a misspelled key probably meant.
        tree: what is sound, with each item of a list under its place in the file.
    """

    form: Form | None
    faults: tuple[Fault, ...]
    faulty: frozenset[KeyPath]
    tree: object

    def written(self, place: KeyPath) -> KeyPath:
        """Return where in the file a place of the sound form lies, counting the items that were left out."""
        path: KeyPath = ()
        node = self.tree
        for part in place:
            key = list(node)[part] if isinstance(node, _Items) and isinstance(part, int) and part < len(node) else part
            path, node = (*path, key), node.get(key) if isinstance(node, dict) else None
        return path


def validated(
    form: type[Form],
    document: Document,
    walk: SchemaWalk,
    *,
    stand_ins: Mapping[str, Json],
    context: Mapping[str, Json],
) -> Validated[Form]:
    """Validate the attributes of a document.

    Args:
        form: the typed form.
        document: the file.
        walk: over the form's schema.
        stand_ins: a sound value for each setting that must be there, for when the file's own is faulty.
        context: what validators are told beside the values.
    """
    return _Validation(form, document, walk, stand_ins, context).outcome()


@dataclass
class _Validation(Generic[Form]):
    form: type[Form]
    document: Document
    walk: SchemaWalk
    stand_ins: Mapping[str, Json]
    context: Mapping[str, Json]
    faults: list[Fault] = field(default_factory=list)
    faulty: set[KeyPath] = field(default_factory=set)

    def __post_init__(self) -> None:
        whole = self.document.value
        self.attributes: Json = whole["attributes"] if isinstance(whole, dict) else {}

    def outcome(self) -> Validated[Form]:
        """Validate, leave out what is wrong, and validate again until the rest is sound."""
        tree = _opened(self.attributes)
        sound: Form | None = None
        for _ in range(ROUNDS):
            try:
                sound = self.form.model_validate_json(json.dumps(_closed(tree)), context=self.context)
                break
            except ValidationError as error:
                self._judge(tree, error.errors(include_url=False))
        return Validated(sound, tuple(self.faults), frozenset(self.faulty), tree)

    def _judge(self, tree: object, errors: Sequence[ErrorDetails]) -> None:
        placed = sorted(((_path(tree, error), error) for error in errors), key=lambda pair: str(pair[0]))
        grouped = {path: [error for _, error in group] for path, group in groupby(placed, key=lambda pair: pair[0])}
        before = frozenset(self.faulty)
        meant = _meant_by_others(grouped)
        for path, details in grouped.items():
            if _is_another_form(path, details, grouped) or _is_of_another_form(path, details, grouped):
                continue
            places = [path]
            unknown = details[0]["type"] == "extra_forbidden"
            for place, message in self._told(path, details, meant.get(path)):
                told_otherwise = path in meant.values() or _is_emptied(tree, place, before)
                if not (told_otherwise or _follows(place, message, before)):
                    self._add(place, message)
                is_whole = not path or (isinstance(path[-1], int) and path[:2] != EXPECTATIONS)
                if len(place) > len(path) and not is_whole:
                    places = [*(each for each in places if each != path), place]
            for place in places:
                self._leave_out(tree, place, is_faulty=not unknown)

    def _add(self, path: KeyPath, message: str) -> None:
        self.faults.append(self.document.fault(("attributes", *path), _named(path, message)))

    def _told(
        self, path: KeyPath, details: Sequence[ErrorDetails], meant: KeyPath | None
    ) -> Iterator[tuple[KeyPath, str]]:
        first = details[0]
        match first["type"]:
            case "extra_forbidden":
                remedy = self._meant(path)
                if meant and not remedy.startswith(f"did you mean '{meant[-1]}'"):
                    remedy = f"'{meant[-1]}' is missing, write that"
                yield path, f"is not a setting here: {shown(first['input'])}; {remedy}"
            case "missing":
                yield path, "is missing: it has no default; write it"
            case "union_tag_not_found":
                kinds = first["ctx"]["discriminator"]
                yield path, f"has no kind: {shown(first['input'])} must say which; write {kinds.strip(chr(39))}"
            case "union_tag_invalid":
                kinds = [kind.strip("' ") for kind in first["ctx"]["expected_tags"].split(",")]
                tag = str(first["ctx"]["tag"])
                yield (*path, "kind"), f"is unknown: '{tag}' must be one of {', '.join(kinds)}; {_hint(tag, kinds)}"
            case "value_error":
                error = first["ctx"]["error"]
                said = str(error)
                inner = error.faults if isinstance(error, PlacedError) else ((self._within(path, said), said),)
                yield from (((*path, *place), message) for place, message in inner)
            case _:
                is_section = {detail["type"] for detail in details} <= SECTIONS
                forms = self.walk.nodes(self.attributes, path) if is_section else ()
                yield path, told(details, remedy=as_section(forms, first["input"]) if is_section else None)

    def _within(self, path: KeyPath, message: str) -> KeyPath:
        """Return where below a section the setting stands that a message of the whole section begins with."""
        above, named = dotted(path), _named(path, message).partition(" ")[0]
        rest = named.removeprefix(f"{above}.") if path else named
        for place in ((rest,), tuple(rest.split("."))):
            if ("attributes", *path, *place) in self.document.places:
                return place
        return ()

    def _meant(self, path: KeyPath) -> str:
        name, above = str(path[-1]), path[:-1]
        known = self.walk.names(self.attributes, above)
        kinds = self.walk.kinds_with(self.attributes, above, name)
        meant = None if kinds else closest(name, known)
        if meant:
            self.faulty.add((*above, meant))
        elif kinds:
            return f"it belongs to kind {' and '.join(kinds)}; remove it, or change kind"
        home = None if surely(name, known) else belongs(self.walk, name)
        return home or did_you_mean(name, known)

    def _leave_out(self, tree: object, path: KeyPath, *, is_faulty: bool = True) -> None:
        """Take a setting out; where it was missing, that in which it is missing.

        Without one that is not known nothing is lost but what it was meant to be.
        """
        self.faulty |= {path} if is_faulty else set()
        if len(path) == 1 and path[0] in self.stand_ins and isinstance(tree, dict):
            tree[path[0]] = _opened(self.stand_ins[str(path[0])])
            return
        node = tree
        for place, part in enumerate(path[:-1]):
            if not isinstance(node, dict) or part not in node:
                self._leave_out(tree, path[:place])
                return
            node = node[part]
        if isinstance(node, dict) and path and path[-1] in node:
            del node[path[-1]]
        elif len(path) > 1:
            self._leave_out(tree, path[:-1])


def _named(path: KeyPath, message: str) -> str:
    """Let a message begin with the whole name of its setting.

    >>> _named(("gates", 0, "metric"), "is unknown"), _named(("a", "b", "c"), "b.c is off")
    ('gates.0.metric is unknown', 'a.b.c is off')
    """
    name = dotted(path) or "attributes"
    first = message.partition(" ")[0]
    if name == first or name.startswith(f"{first}."):
        return message
    for place, part in enumerate(path):
        if first == part or first.startswith(f"{part}."):
            return ".".join((*map(str, path[:place]), message))
    return f"{name} {message}"


def _hint(word: str, known: Sequence[str]) -> str:
    return f"did you mean '{meant}'?" if (meant := closest(word, known)) else "choose one"


def _meant_by_others(grouped: Mapping[KeyPath, Sequence[ErrorDetails]]) -> dict[KeyPath, KeyPath]:
    """Return, of settings that are not known, the missing one that each was probably meant to be.

    That is one of a like name, or within a section the only one that is missing beside the only one not known.
    """
    missing = [path for path, details in grouped.items() if details[0]["type"] == "missing"]
    found: dict[KeyPath, KeyPath] = {}
    for path, details in grouped.items():
        if details[0]["type"] != "extra_forbidden":
            continue
        beside = {str(other[-1]): other for other in missing if other[:-1] == path[:-1]}
        unknown = [p for p, d in grouped.items() if d[0]["type"] == "extra_forbidden" and p[:-1] == path[:-1]]
        like = closest(str(path[-1]), beside)
        if like:
            found[path] = beside[like]
        elif len(path) > 1 and len(beside) == len(unknown) == 1:
            found[path] = next(iter(beside.values()))
    return found


def _is_emptied(tree: object, place: KeyPath, faulty: frozenset[KeyPath]) -> bool:
    """Whether a list or section is empty because all that stood in it was left out."""
    node = tree
    for part in place:
        node = node.get(part) if isinstance(node, dict) else None
    return node == {} and any(len(other) > len(place) and other[: len(place)] == place for other in faulty)


def _is_another_form(path: KeyPath, details: Sequence[ErrorDetails], grouped: Mapping[KeyPath, object]) -> bool:
    """Whether a value of another form, or one with more sound items, is meant and what is wrong within is told."""
    deeper = any(other[: len(path)] == path and len(other) > len(path) for other in grouped)
    return deeper and all(detail["type"] in SHAPES | {"too_short"} for detail in details)


def _is_of_another_form(
    path: KeyPath, details: Sequence[ErrorDetails], grouped: Mapping[KeyPath, Sequence[ErrorDetails]]
) -> bool:
    """Whether only another form lacks or does not know a setting, while one form fits but for what it says itself."""
    fitting = [place for place, told in grouped.items() if any(detail["type"] == "value_error" for detail in told)]
    return details[0]["type"] in {"missing", "extra_forbidden"} and any(
        len(place) < len(path) and path[: len(place)] == place for place in fitting
    )


def _follows(path: KeyPath, message: str, faulty: frozenset[KeyPath]) -> bool:
    """Whether a fault is only there because something was left out."""
    for other in faulty:
        if path[: len(other)] == other:
            return True
        if other[:1] == path[:1] and re.search(rf"\b{re.escape(str(other[-1]))}\b", message):
            return True
    return False


def _opened(value: Json) -> object:
    if isinstance(value, dict):
        return {key: _opened(one) for key, one in value.items()}
    return _Items(enumerate(map(_opened, value))) if isinstance(value, list) else value


def _closed(value: object) -> object:
    if isinstance(value, _Items):
        return [_closed(one) for one in value.values()]
    return {key: _closed(one) for key, one in value.items()} if isinstance(value, dict) else value


def _path(tree: object, error: ErrorDetails) -> KeyPath:
    """Return where in the file an error lies: without the tags of unions, and counting items that were left out."""
    path: KeyPath = ()
    node = tree
    for part in error["loc"]:
        key = list(node)[part] if isinstance(node, _Items) and isinstance(part, int) and part < len(node) else part
        if isinstance(node, dict) and key in node:
            path, node = (*path, key), node[key]
    return (*path, error["loc"][-1]) if error["type"] == "missing" else path
