"""Takes a misspelt word that can mean one setting only for that setting, so that all below it is judged as well."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from assets.declare.faults import Fault, surely
from assets.declare.schema_walk import Node, SchemaWalk
from assets.declare.wording import shown
from assets.declare.yaml_text import Document, KeyPath, dotted
from assets.environment import says_secret
from data_checks.expectation_form import is_unknown, takes_no
from data_checks.verdict import Json

FRAME = ("type", "attributes")
EXPECTATIONS = ("attributes", "contract", "expectations")


class Slip(NamedTuple):
    """A key that is misspelt or stands too far out, or a misspelt kind, and the place that is meant.

    Attributes:
        path: that is meant.
        written: the word in the file.
        choices: among which a kind is to be.
        outside: the sections that stand beside `attributes`, of which this is the first.
    """

    path: KeyPath
    written: str
    choices: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def respelled(document: Document, walk: SchemaWalk) -> tuple[Document, tuple[Slip, ...]]:
    """Return the document with every misspelt word as it was surely meant, at the place of the one that is written.

    A key is taken for the one setting, expectation or argument that it is close to, where that one is absent; a kind
    for the one that it is close to; a section beside `attributes` for one of them.

    Args:
        document: the file.
        walk: over the schema of its attributes.
    """
    search = _Search(walk, document.places)
    value = search.meant(document.value)
    return replace(document, value=value, places=search.places), tuple(search.slips)


def told(document: Document, slips: Sequence[Slip]) -> Iterator[Fault]:
    """Yield the fault of each misspelt word.

    Args:
        document: as `respelled` gave it, by now without secrets.
        slips: beside it.
    """
    keys = {slip.path: slip.written for slip in slips if not slip.choices}
    kinds = {slip.path: slip.written for slip in slips if slip.choices}
    for slip in slips:
        value = _at(document.value, slip.path)
        yield document.fault(slip.path, _message(slip, value, _as_written(value, slip.path, keys, kinds)))


def _message(slip: Slip, value: Json, written: Json) -> str:
    path, meant = slip.path[1:], slip.path[-1]
    if slip.choices:
        return (
            f"{dotted(path)} is unknown: '{slip.written}' must be one of {', '.join(slip.choices)}; did you mean "
            f"'{value}'?"
        )
    if slip.outside:
        others = ", ".join(slip.outside[1:])
        there = f", as {others} {'do' if ',' in others else 'does'}; indent them" if others else f" as '{meant}'"
        return f"{slip.written} is not known here: it belongs under attributes{there}"
    if not path:
        return f"{slip.written} is not known here: did you mean '{meant}'?"
    if slip.path[:3] == EXPECTATIONS and len(path) in {4, 5}:
        wrong = is_unknown(slip.written) if len(path) == 4 else takes_no(str(path[3]), slip.written)
        return f"{dotted(path[:3])}.{wrong}"
    return f"{dotted((*path[:-1], slip.written))} is not a setting here: {shown(written)}; did you mean '{meant}'?"


@dataclass
class _Search:
    """Goes through a file, and knows of each place how it is written and how it is meant."""

    walk: SchemaWalk
    written: Mapping[KeyPath, tuple[int, int]]
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)

    def meant(self, whole: Json) -> Json:
        self._place((), ())
        if not isinstance(whole, dict):
            return whole
        names = _names(whole, FRAME)
        found: dict[str, Json] = {}
        for key, value in whole.items():
            name = names.get(key, key)
            place = self._slipped((), name, key)
            found[name] = self._below(value, self.walk.whole(None) if name == "attributes" else [], (key,), place)
        within = found.get("attributes")
        if within is None or isinstance(within, dict):
            outside = self._sections(found, within or {})
            found = {key: value for key, value in found.items() if key not in outside}
            found |= {"attributes": {**(within or {}), **self._moved(whole, outside)}} if outside else {}
        return found

    def _sections(self, frame: Mapping[str, Json], within: Mapping[str, Json]) -> dict[str, str]:
        """Return the sections that stand beside `attributes` and not under it, each with its right name."""
        known = self.walk.names(None, ())
        rest = {key: value for key, value in frame.items() if key not in FRAME}
        meant = {key: key for key in rest if key in known} | _names(rest, known)
        return {key: name for key, name in meant.items() if name not in within}

    def _moved(self, whole: Mapping[str, Json], outside: Mapping[str, str]) -> dict[str, Json]:
        forms = self.walk.whole(None)
        found: dict[str, Json] = {}
        for key, name in outside.items():
            place: KeyPath = ("attributes", name)
            if not found:
                self.slips.append(Slip(place, key, outside=tuple(outside)))
            found[name] = self._below(whole[key], self.walk.below(forms, name, None), (key,), place)
        return found

    def _below(self, value: Json, forms: Sequence[Node], written: KeyPath, meant: KeyPath) -> Json:
        """Return a value as it is meant, which may have any of these forms, whatever their kind."""
        self._place(written, meant)
        if isinstance(value, list):
            return [
                self._below(one, self.walk.below(forms, at, None), (*written, at), (*meant, at))
                for at, one in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        kinds = tuple(str(kind) for form in forms if (kind := _kind(form)))
        names = _names(value, ["kind"]) if kinds and "kind" not in value else {}
        said = next((one for key, one in value.items() if names.get(key, key) == "kind"), None)
        kind = said if isinstance(said, str) else None
        word = surely(kind, kinds) if kind and kind not in kinds else None
        of_kind = [form for form in forms if _kind(form) in {None, word or kind}]
        fitting = of_kind if (word or kind) in kinds else forms
        names |= _settings(value, forms, fitting)
        found: dict[str, Json] = {}
        for key, one in value.items():
            name = names.get(key, key)
            place = self._slipped(meant, name, key)
            found[name] = self._below(one, self.walk.below(fitting, name, None), (*written, key), place)
        if kind and word:
            self.slips.append(Slip((*meant, "kind"), kind, kinds))
            found["kind"] = word
        return found

    def _slipped(self, above: KeyPath, name: str, key: str) -> KeyPath:
        if name != key:
            self.slips.append(Slip((*above, name), key))
        return (*above, name)

    def _place(self, written: KeyPath, meant: KeyPath) -> None:
        if written in self.written:
            self.places[meant] = self.written[written]


def _settings(value: Mapping[str, Json], forms: Sequence[Node], fitting: Sequence[Node]) -> dict[str, str]:
    """Return the keys of a section that are misspelt, each with the setting that is meant."""
    known = {name for form in fitting for name in form.get("properties", {})}
    of_others = {name for form in forms for name in form.get("properties", {})} - known
    if any(isinstance(form.get("additionalProperties"), dict) for form in fitting):
        return {}
    names = {key: name for key, name in _names(value, known).items() if key not in of_others}
    if any(form.get("maxProperties") == 1 for form in fitting):
        return names if len(value) == 1 and all(_takes(fitting, names[key], value[key]) for key in names) else {}
    return names


def _takes(forms: Sequence[Node], name: str, given: Json) -> bool:
    """Whether an expectation has all arguments that are given, or such as they may be misspelt from."""
    known = {each for form in forms for each in form["properties"].get(name, {}).get("properties", {})}
    return isinstance(given, dict) and all(each in known or surely(each, known) for each in given)


def _names(value: Mapping[str, Json], known: Collection[str]) -> dict[str, str]:
    """Return the keys that are not known and each close to one known word, which is absent."""
    unknown = [key for key in value if key not in known and not says_secret(key)]
    clear = {key: name for key in unknown if (name := surely(key, known)) and name not in value}
    meant = list(clear.values())
    return {key: name for key, name in clear.items() if meant.count(name) == 1}


def _kind(form: Node) -> str | None:
    kind = form.get("properties", {}).get("kind", {}).get("const")
    return None if kind is None else str(kind)


def _at(value: Json, path: KeyPath) -> Json:
    """Return what stands at a place, or nothing where a key was masked."""
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    return value


def _as_written(value: Json, path: KeyPath, keys: Mapping[KeyPath, str], kinds: Mapping[KeyPath, str]) -> Json:
    if isinstance(value, dict):
        return {keys.get((*path, key), key): _as_written(one, (*path, key), keys, kinds) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_written(one, (*path, at), keys, kinds) for at, one in enumerate(value)]
    return kinds.get(path, value)
