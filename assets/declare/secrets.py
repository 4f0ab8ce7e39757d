"""Secrets that stand in a declaration, which is recorded and shown: each is a fault, and no other fault repeats it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from assets.data.sources.addresses import CREDENTIALS
from assets.declare.faults import Fault
from assets.declare.schema_walk import SchemaWalk
from assets.declare.yaml_text import Document, KeyPath
from assets.environment import REFERENCE
from data_checks.verdict import Json

MASK = "***"
ENDINGS = (
    "signature|token|secret|password|passwd|passphrase|credentials?|apikey|accesskey|accesskeyid|secretkey|accountkey|"
    "privatekey|authkey|authorization|connectionstring"
)
# what a name is once case, hyphens and underscores are taken from it
SECRET_NAME = re.compile(rf"(?:.*(?:{ENDINGS})|sig|sas|auth|pwd)")
PARAMETER = re.compile(r"(?<=[?&#;])([\w.%-]+)=([^&#;\s'\"<>]+)")
ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
PASSWORD = re.compile(r"(?<=://)[^/?#\s:@]*:[^/?#\s@]+(?=@)")
# forms in which well-known services write their keys
KEYS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bAIza[\w-]{35}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|\bAccountKey=[A-Za-z0-9+/]{40,}=*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*"
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
    faults: list[Fault] = []

    def masked(value: Json, path: KeyPath) -> Json:
        if isinstance(value, dict):
            return {key: masked(below, (*path, key)) for key, below in value.items()}
        if isinstance(value, list):
            return [masked(below, (*path, place)) for place, below in enumerate(value)]
        if not isinstance(value, str):
            return value
        if _is_kept_by_name(path, value):
            if "options" in path[:-1] and path[1:2] != ("source",):
                faults.append(document.fault(path, _told_of_option(path)))
            return MASK
        for secret in _secrets(value, is_path=path[-1:] == ("path",) or path[-2:-1] == ("path",)):
            if not (path[-1] in REFUSED_ANYWAY and secret.what == "credentials"):
                faults.append(document.fault(path, _told(document, walk, path, secret.what)))
            value = secret.rest
        return value

    return replace(document, value=masked(document.value, ())), tuple(faults)


def _secrets(text: str, *, is_path: bool) -> Iterator[_Secret]:
    """Yield the secrets of a text one by one, each with the text that is left without it and those before."""
    credentials = CREDENTIALS if is_path else PASSWORD
    if credentials.search(text):
        text = CREDENTIALS.sub("://", text) if is_path else PASSWORD.sub(MASK, text)
        yield _Secret("credentials", text)
    names = [name for address in ADDRESS.findall(REFERENCE.sub("{{}}", text)) for name in _signed(address)]
    if names:
        text = PARAMETER.sub(lambda found: _masked(found[1], found[2]), text)
        yield _Secret(f"'{names[0]}'", text)
    if KEYS.search(text):
        yield _Secret("key", KEYS.sub(MASK, text))


def _signed(address: str) -> Iterator[str]:
    yield from (name for name, value in PARAMETER.findall(address) if _says_secret(name) and "{{" not in value)


def _masked(name: str, value: str) -> str:
    return f"{name}={value if '{{' in value or not _says_secret(name) else MASK}"


def _says_secret(name: str) -> bool:
    return SECRET_NAME.fullmatch(re.sub(r"[-_.]|%[0-9A-Fa-f]{2}", "", name).lower()) is not None


def _is_kept_by_name(path: KeyPath, text: str) -> bool:
    """Whether a setting that is no section's own, such as an option, is named like a secret."""
    open_above = any(part in {"options", "storage_options"} for part in path[:-1])
    name = path[-1]
    if not open_above or not isinstance(name, str) or not text or "{{" in text:
        return False
    return _says_secret(name) or (name == "key" and "storage_options" in path)


def _told(document: Document, walk: SchemaWalk, path: KeyPath, what: str) -> str:
    name, inside = _dotted(path), path[1:]
    if what == "credentials":
        return f"{name} holds credentials: a part before an @; take them out, and give them by the environment"
    seen = "a key of a service" if what == "key" else f"the value of {what} in its address"
    attributes = document.value.get("attributes") if isinstance(document.value, dict) else None
    if any(node.get("machine_fact") for node in walk.nodes(attributes, inside)):
        remedy = "write {{ env('NAME') }} in its place, which only the running step resolves"
        return f"{name} holds a secret: {seen} would be recorded; {remedy}"
    return f"{name} holds a secret: {seen} would be recorded; take it out"


def _told_of_option(path: KeyPath) -> str:
    return (
        f"{_dotted(path)} holds a secret: a value of this name would be recorded; take it out, and let the function "
        "read it from the environment"
    )


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path[1:]) if path[:1] == ("attributes",) else ".".join(map(str, path))
