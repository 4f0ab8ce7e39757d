"""YAML as written: every value with its line and column, strings that stay strings, nothing hidden or repeated."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from assets.declare.faults import DeclarationError, Fault
from data_checks.verdict import Json

KeyPath = tuple[str | int, ...]
MOST_CHARACTERS = 200_000
MOST_LEVELS = 20
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?[eE][-+]?[0-9]+)")
Loader: TypeAlias = "type[yaml.SafeLoader | yaml.CSafeLoader]"
QUICK: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# libyaml takes tabs between words, which Dagster's parser refuses, and counts columns after the others in its own way
DISPUTED = re.compile("[\t\r\x85\u2028\u2029\ufeff]")
NODES = (yaml.ScalarEvent, yaml.CollectionStartEvent)
WORDS: Mapping[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
# of a line without a colon PyYAML says where the next one begins, and where it began itself
SIMPLE_KEY = "while scanning a simple key"
BLANK = re.compile(r"^ *[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]", re.MULTILINE)
UNQUOTED = re.compile(r"[:,\[{-]\s*\{\{")
CHECK = "check the indentation, brackets and quotes"
# what PyYAML says by the names of its own tokens
PROBLEMS = {
    "'\\t'": ("a tab stands where only spaces may", "put spaces in its place"),
    "but found '?'": ("this line is written otherwise than those that it stands beside, which begin with a dash",
                      "write all as `- value`, or all as `name: value`"),
    "but found '<block": ("this line is indented otherwise than those that it belongs to", "give it their indentation"),
    "could not find expected ':'": ("a line without a colon is no setting", f"write `name: value`, or {CHECK}"),
    "mapping values are not allowed": ("a second colon stands in a value, or a line is indented too deep",
                                       "put the value in quotes, or mend the indentation of this line or the last"),
    "expected alphabetic or numeric character": ("a value begins with * or &, which name other values in YAML",
                                                 "put it in quotes"),
    "unknown escape character": ("a backslash within double quotes begins a letter that there is none of",
                                 "write the value in single quotes"),
    "that cannot start any token": ("a value begins with a sign that has a meaning of its own in YAML",
                                    "put it in quotes"),
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A parsed file and the place, line and column from 1, of every key path in it.

    `faults` holds what is refused though the rest can be read, such as a repeated key.
    """

    file: str
    value: Json
    places: Mapping[KeyPath, tuple[int, int]]
    faults: tuple[Fault, ...] = ()

    def fault(self, path: KeyPath, message: str) -> Fault:
        """Return a fault at a key path, or at its nearest ancestor that is written in the file."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Fault(self.file, line, column, message)


def dotted(path: KeyPath) -> str:
    """Return a key path as messages name it.

    >>> dotted(("gates", 0, "metric"))
    'gates.0.metric'
    """
    return ".".join(map(str, path))


def texts(value: Json, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text within a value, with its place."""
    if isinstance(value, str):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        yield from texts(below, (*path, key))


def read(path: Path, *, shown_as: str) -> Document:
    """Parse one file into plain JSON values.

    Only `true`, `false`, `null`, `~` and plain numbers are converted; `NO`, `12:30`, `010` and `2015-07` stay strings.

    Args:
        path: the file.
        shown_as: how faults name it, usually its path from the repository's root.

    Raises:
        DeclarationError: for a file that is not UTF-8, too long, nested too deep, not YAML, or that holds an alias.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DeclarationError(
            [Fault(shown_as, 0, 0, f"is not UTF-8 text: {error.reason} at byte {error.start}; save it as UTF-8")]
        ) from error
    except OSError as error:
        message = f"can't be read: {error.strerror or error}; make it a file that this user may read"
        raise DeclarationError([Fault(shown_as, 0, 0, message)]) from error
    if len(text) > MOST_CHARACTERS:
        message = f"is too long: {len(text)} characters, at most {MOST_CHARACTERS}; move data out of the declaration"
        raise DeclarationError([Fault(shown_as, 0, 0, message)])
    return parse(text, file=shown_as)


def parse(text: str, *, file: str) -> Document:
    """Parse the text of one file; see `read`."""
    node, faults = _composed(text, file)
    builder = _Builder(file)
    value = builder.build(node, ()) if node is not None else None
    return Document(file, value, builder.places, (*faults, *builder.faults))


def _composed(text: str, file: str) -> tuple[yaml.Node | None, list[Fault]]:
    """Return the file's node; libyaml is ten times as fast, and PyYAML's own parser says better what is wrong."""
    if not DISPUTED.search(text):
        with suppress(yaml.YAMLError):
            return _checked(text, file, QUICK)
    try:
        return _checked(text, file, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if error.context == SIMPLE_KEY else error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = str(error.problem or error.context)
        said, remedy = next((told for part, told in PROBLEMS.items() if part in problem), (problem, CHECK))
        if mark and UNQUOTED.search(text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""):
            said, remedy = (
                "a reference stands outside of quotes",
                "put the whole value in quotes: \"{{ env('NAME') }}…\"",
            )
        if blank := BLANK.search(text, 1):
            line, column = text.count("\n", 0, blank.end()) + 1, blank.end() - blank.start()
            said, remedy = (
                f"a blank that is no space (U+{ord(blank[0][-1]):04X}) begins a line",
                "put spaces in its place",
            )
        message = f"is not YAML: {said}; {remedy}"
        raise DeclarationError([Fault(file, line, column, message)]) from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise DeclarationError([Fault(file, 0, 0, f"is not YAML: {reason}; remove the character")]) from error


def _checked(text: str, file: str, loader: Loader) -> tuple[yaml.Node | None, list[Fault]]:
    faults, whole = _refused_events(text, file, loader)
    if not whole:
        raise DeclarationError(faults)
    return yaml.compose(text, Loader=loader), faults


def _refused_events(text: str, file: str, loader: Loader) -> tuple[list[Fault], bool]:
    """Return what is refused, and whether the rest may be read: an alias or many levels could make it grow."""
    faults: list[Fault] = []
    whole = True
    depth = documents = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_LEVELS:
                deep = _at(file, event, f"is nested too deep: at most {MOST_LEVELS} levels; flatten it")
                return [*faults, deep], False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                whole = False
                faults.append(
                    _at(file, event, "holds a second document: one declaration a file; give it a folder of its own")
                )
        whole = whole and not isinstance(event, yaml.AliasEvent)
        faults += _refused_properties(event, file)
    return faults, whole


def _refused_properties(event: yaml.Event, file: str) -> list[Fault]:
    if isinstance(event, yaml.AliasEvent):
        return [_at(file, event, f"uses the alias '*{event.anchor}': aliases are refused; write the value out")]
    faults = []
    if isinstance(event, NODES) and event.anchor:
        faults.append(_at(file, event, f"defines the anchor '&{event.anchor}': anchors are refused; remove it"))
    if isinstance(event, NODES) and event.tag:
        faults.append(_at(file, event, f"has the tag '{event.tag}': tags are refused; remove it"))
    return faults


def _at(file: str, item: yaml.Event | yaml.Node, message: str) -> Fault:
    mark = item.start_mark
    return Fault(file, mark.line + 1, mark.column + 1, message) if mark else Fault(file, 0, 0, message)


class _Builder:
    """Turns nodes into values, noting the place of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.places: dict[KeyPath, tuple[int, int]] = {}

    def build(self, node: yaml.Node, path: KeyPath) -> Json:
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> Json:
        values: dict[str, Json] = {}
        for place, (key_node, value_node) in enumerate(node.value):
            if place and _is_fraction(node.value[place - 1][1], key_node, value_node):
                self._mend_comma(values, node.value[place - 1], key_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(
                    _at(self.file, key_node, "has a key that is not a word: keys are plain text; rewrite it")
                )
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in values:
                first = self.places[here][0]
                self.faults.append(
                    _at(
                        self.file,
                        key_node,
                        f"repeats the key '{key}' of line {first}: a key stands once; remove one",
                    )
                )
                continue
            self.places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            values[key] = self.build(value_node, here)
        return values

    def _mend_comma(self, values: dict[str, Json], pair: tuple[yaml.Node, yaml.Node], fraction: yaml.Node) -> None:
        """Take the number for the one that was meant, so that what is wrong is told once."""
        name, whole, rest = str(pair[0].value), pair[1].value, fraction.value
        values[name] = float(f"{whole}.{rest}")
        message = f"holds a comma in the number of '{name}': {whole},{rest} is two settings here; write {whole}.{rest}"
        self.faults.append(_at(self.file, pair[0], message))


def _is_fraction(whole: yaml.Node, key: yaml.Node, value: yaml.Node) -> bool:
    """Whether a key without a value is what stands after the comma of a number, as in `{lr: 0,002}`."""
    plain = all(isinstance(node, yaml.ScalarNode) and not node.style for node in (whole, key, value))
    if not plain or value.value or not re.fullmatch("[0-9]+", key.value) or not INTEGER.fullmatch(whole.value):
        return False
    return bool(key.start_mark.index == whole.end_mark.index + 1 and value.start_mark.index == key.end_mark.index)


def _scalar(node: yaml.ScalarNode) -> Json:
    text = str(node.value)
    if node.style:
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return text
