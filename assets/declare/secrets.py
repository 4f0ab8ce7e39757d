"""Secrets that stand in a declaration, which is recorded and shown: each is a fault, and no other fault repeats it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from assets.data.sources.addresses import CREDENTIALS
from assets.declare.faults import Fault
from assets.declare.schema_walk import Node, SchemaWalk
from assets.declare.secret_texts import secrets_in
from assets.declare.yaml_text import Document, KeyPath, dotted
from assets.environment import REFERENCE, says_secret
from data_checks.verdict import Json

MASK = "***"
PARAMETER = re.compile(r"(?<=[?&#;])([\w.%-]+)=([^&#;\s'\"<>]+)")
ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
WORD = re.compile(r"\S+")
LITERAL = re.compile(r"'((?:[^']|'')*)'|\"([^\"]*)\"|\$\$(.*?)\$\$", re.DOTALL)
PART = re.compile(r"(?:''.*?''|\S)+", re.DOTALL)
PAIR = re.compile(r"\s*(\w[\w ]*?)\s*=\s*(\S.*)", re.DOTALL)
# forms in which well-known services write their keys
KEYS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bAIza[\w-]{35}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|\bAccountKey=[A-Za-z0-9+/]{40,}=*"
    r"|\bglpat-[\w-]{20,}|\b[sr]k_(?:live|test)_\w{16,}|\bsk-(?:[a-z]{2,8}-){0,3}[A-Za-z0-9]{20,}|\bhf_[A-Za-z]{30,}"
    r"|\bnpm_[A-Za-z0-9]{36}|\bdapi[0-9a-f]{32}|\bya29\.[\w-]{20,}|\bSG\.[\w-]{20,}\.[\w-]{20,}"
    r"|(?<=hooks\.slack\.com/services/)T\w+/B\w+/\w{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*"
)
# settings whose form refuses any address with a password, and says where it belongs
REFUSED_ANYWAY = {"url", "url_env"}


class _Secret(NamedTuple):
    """Something in a text that nobody may read, and the text without it."""

    what: str
    rest: str


def without_secrets(document: Document, walk: SchemaWalk) -> tuple[Document, tuple[Fault, ...]]:
    """Return the document with every secret masked, and a fault for each that its form does not refuse anyway.

    Args:
        document: the file.
        walk: over the schema of its attributes.
    """
    search = _Search(document, walk, dict(document.places))
    value = search.masked(document.value, (), ())
    told = tuple(replace(fault, message=KEYS.sub(MASK, fault.message)) for fault in document.faults)
    return replace(document, value=value, places=search.places, faults=told), tuple(search.faults)


@dataclass
class _Search:
    """Masks value by value; `path` is where one stands in the file, `shown` the same without secrets."""

    document: Document
    walk: SchemaWalk
    places: dict[KeyPath, tuple[int, int]]
    faults: list[Fault] = field(default_factory=list)

    def masked(self, value: Json, path: KeyPath, shown: KeyPath) -> Json:
        if shown != path and path in self.places:
            self.places[shown] = self.places[path]
        if isinstance(value, dict):
            return {
                (name := self._key((*path, key), shown)): self.masked(below, (*path, key), (*shown, name))
                for key, below in value.items()
            }
        if isinstance(value, list):
            return [self.masked(below, (*path, place), (*shown, place)) for place, below in enumerate(value)]
        if value is None or isinstance(value, bool) or value == "" or "{{" in str(value):
            return self._text(value, path, shown) if isinstance(value, str) else value
        if _is_kept_by_name(path):
            if not self._refused(path):
                self.faults.append(self.document.fault(path, _told_of_option(shown)))
            return MASK
        if any(
            isinstance(part, str) and says_secret(part) and self._refused(path[: n + 1]) for n, part in enumerate(path)
        ):
            return MASK
        return self._text(value, path, shown) if isinstance(value, str) else value

    def _key(self, path: KeyPath, above: KeyPath) -> str:
        name = str(path[-1])
        for secret in _secrets(name, path):
            name = secret.rest
            if not self._refused(path):
                self.faults.append(self.document.fault(path, _told(self, path, (*above, name), secret.what)))
        return name

    def _text(self, value: str, path: KeyPath, shown: KeyPath) -> str:
        for secret in _secrets(value, path):
            if not (path[-1] in REFUSED_ANYWAY and secret.what == "credentials"):
                self.faults.append(self.document.fault(path, _told(self, path, shown, secret.what)))
            value = secret.rest
        return value

    def nodes(self, path: KeyPath) -> list[Node]:
        """What may stand at a place of the file."""
        whole = self.document.value
        return self.walk.nodes(whole.get("attributes") if isinstance(whole, dict) else None, path[1:])

    def _refused(self, path: KeyPath) -> bool:
        """Whether this is no setting, nor a name that the form leaves open, such as that of a column."""
        if path[:1] != ("attributes",):
            return True
        above = path
        while not (nodes := self.nodes(above)):
            above = above[:-1]
        return above != path and not any(map(_takes_anything, nodes))


def _takes_anything(node: Node) -> bool:
    """Whether a form says nothing of what stands within it, as that of a value which is any JSON does."""
    within = {"array": "items", "object": "additionalProperties"}
    return not node.keys() & {"type", "enum", "const", "properties"} or any(
        kind in node.get("type", ()) and rule not in node for kind, rule in within.items()
    )


def _secrets(text: str, path: KeyPath) -> Iterator[_Secret]:
    """Yield the secrets of a text one by one, each with the text that is left without it and those before."""
    is_path = "path" in path[-2:]
    rest = CREDENTIALS.sub("://", text) if is_path else WORD.sub(lambda word: _without_password(word[0]), text)
    if rest != text:
        text = rest
        yield _Secret("credentials", text)
    names = [name for address in ADDRESS.findall(REFERENCE.sub("{{}}", text)) for name in _signed(address)]
    if names:
        text = PARAMETER.sub(lambda found: _masked(found[1], found[2]), text)
        yield _Secret(f"'{names[0]}' in its address", text)
    for name, value in [] if is_path else list(_connecting(text)):
        text = text.replace(value, MASK)
        yield _Secret(f"'{name}' in its address", text)
    if KEYS.search(text):
        text = KEYS.sub(MASK, text)
        yield _Secret("key", text)
    # in SQL and in paths a name with = before a value asks for rows
    for name, value in [] if is_path or path[-1] in {"query", "use"} else list(secrets_in(text)):
        text = text.replace(value, MASK)
        yield _Secret(f"'{name}' in the text", text)


def _without_password(word: str) -> str:
    """Mask a name and a password before an @; a name alone is no secret outside of a path."""
    before, at, after = word.rpartition("@")  # without an @ to come, a long text would be searched again and again
    return CREDENTIALS.sub(lambda found: f"://{MASK}@" if ":" in found[0][3:] else found[0], before + at) + after


def _connecting(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is named like a secret in quoted texts that are nothing but `name=value` pairs."""
    for found in LITERAL.finditer(text):
        literal = found[1] or found[2] or found[3] or ""
        parts = literal.split(";") if ";" in literal else PART.findall(re.sub(r"\s*=\s*", "=", literal))
        pairs = [PAIR.fullmatch(part) for part in parts if part.strip()]
        if all(pairs):
            yield from ((pair[1], pair[2].strip()) for pair in pairs if pair and says_secret(pair[1]))


def _signed(address: str) -> Iterator[str]:
    yield from (name for name, value in PARAMETER.findall(address) if says_secret(name) and "{{" not in value)


def _masked(name: str, value: str) -> str:
    return f"{name}={value if '{{' in value or not says_secret(name) else MASK}"


def _is_kept_by_name(path: KeyPath) -> bool:
    """Whether a setting that is no section's own, such as an option, is named like a secret."""
    names = [part for part in path if isinstance(part, str)]
    if not {"options", "storage_options"}.intersection(names[:-1]):
        return False
    return says_secret(names[-1]) or (names[-1] == "key" and "storage_options" in names)


def _told(search: _Search, path: KeyPath, shown: KeyPath, what: str) -> str:
    name = _name(shown)
    if what == "credentials":
        return f"{name} holds credentials: a part before an @; take them out, and give them by the environment"
    seen = "a key of a service" if what == "key" else f"the value of {what}"
    if any(node.get("machine_fact") for node in search.nodes(path)):
        remedy = "write {{ env('NAME') }} in its place, which only the running step resolves"
        return f"{name} holds a secret: {seen} would be recorded; {remedy}"
    return f"{name} holds a secret: {seen} would be recorded; take it out"


def _told_of_option(path: KeyPath) -> str:
    return (
        f"{_name(path)} holds a secret: a value of this name would be recorded; take it out, and let the function "
        "read it from the environment"
    )


def _name(path: KeyPath) -> str:
    return dotted(path[1:] if path[:1] == ("attributes",) else path)
