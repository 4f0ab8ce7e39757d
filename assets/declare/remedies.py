"""What to write instead of what is of another form, or stands where it is not known."""

from collections.abc import Sequence

from assets.declare.faults import closest
from assets.declare.schema_walk import Node, SchemaWalk
from assets.declare.wording import shown
from data_checks.verdict import Json

MOST_HOMES = 3
WHOLE = "attributes itself"


def belongs(walk: SchemaWalk, name: str) -> str | None:
    """Return where a setting belongs that is not known where it stands; None if nowhere, or in too many places."""
    homes = walk.homes(name)
    if not 0 < len(homes) <= MOST_HOMES:
        return None
    return f"it belongs under {' or '.join(home or WHOLE for home in homes)}; move it there"


def as_section(forms: Sequence[Node], value: Json) -> str | None:
    """Return how a value that stands for a whole section is written as one; None where that can't be told.

    >>> as_section([{"properties": {"column": {}, "task": {}}, "required": ["column"]}], "price")
    'write {column: price}'
    """
    if value is None:
        return "write its settings"
    if isinstance(value, bool | dict):
        return None
    known = [form for form in forms if form.get("properties")]
    words = {str(word): name for form in known for name, child in form["properties"].items() for word in _words(child)}
    if (word := closest(str(value), words)) is not None:
        return f"write {{{words[word]}: {word}}}"
    needed = [set(form.get("required", ())) - {"kind"} for form in known]
    if not needed or len(needed[0]) != 1 or not all(needed):
        return None
    kind = known[0]["properties"].get("kind", {}).get("const")
    of_kind = f"kind: {kind}, " if kind else ""
    return f"write {{{of_kind}{needed[0].pop()}: {shown(value).strip(chr(34))}}}"


def _words(node: Node) -> list[Json]:
    nodes = [node, *node.get("anyOf", ())]
    return [word for each in nodes for word in (*each.get("enum", ()), each.get("const")) if word is not None]
