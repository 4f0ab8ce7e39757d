"""What differs between two recipes, in sentences: inputs by name, settings by content, code by module."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assets.versions.in_short import LISTED, in_short, of_change, of_value
from data_checks.verdict import Json

ALIKE = 0.5
LABELS = 2
READ = "rows read"
WHOLE = {"source": "the source", "columns": "the columns of the source", READ: "what the source gives"}


def changed_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Say it of each input; of one stage's periods, or of files, all at once where many changed alike.

    A file is told by what it gives to the period: one that has rows of it for the first time is new to it.
    """
    alike: dict[tuple[str, str], dict[str, str]] = {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        kind = name.partition(" ")[0]
        if name not in old:
            what, values = "is new", f": {new[name][:8]}…"
        elif name not in new:
            what, values = "is gone, or has no such rows any more" if kind == "file" else "is no longer read", ""
        elif kind == "file":
            what, values = "changed", ""
        else:
            what, values = "is another version", f": {old[name][:8]}… -> {new[name][:8]}…"
        alike.setdefault((kind, what), {})[name] = "" if kind == "file" else values
    for (kind, what), found in alike.items():
        if len(found) > LISTED:
            said = in_short([name.partition(" ")[2] for name in found])
            yield f"{'files' if kind == 'file' else f'inputs {kind}'} {said}: each {what}"
        else:
            yield from (_of_input(name, what, values) for name, values in found.items())


def _of_input(name: str, what: str, values: str) -> str:
    if name in WHOLE and what == "is another version":
        return f"{WHOLE[name]} changed{values}"
    return f"{name} {what}" if name.startswith("file ") else f"input {name} {what}{values}"


def changed_code(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Say it of each module."""
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"code of {name} is used now"
        elif name not in new:
            yield f"code of {name} is no longer used"
        elif old[name] != new[name]:
            yield f"code of {name} changed"


def changed_settings(old: Mapping[str, Json], new: Mapping[str, Json], above: str = "") -> Iterator[str]:
    """Say of each setting what it was and is, by its path; of a list what came and went, wherever in it it stands."""
    for name in sorted(old.keys() | new.keys()):
        path = f"{above}{name}"
        if name not in old:
            yield f"{path} added: {of_value(new[name])}"
        elif name not in new:
            yield f"{path} removed: {of_value(old[name])}"
        else:
            yield from _changed(path, old[name], new[name])


def _changed(path: str, old: Json, new: Json) -> Iterator[str]:
    if _spelt(old) == _spelt(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from changed_settings(old, new, f"{path}.")
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple) and old and new:
        yield from _changed_list(path, old, new)
    else:
        yield f"{path} changed: {of_change(old, new)}"


def _changed_list(path: str, old: Sequence[Json], new: Sequence[Json]) -> Iterator[str]:
    gone, come = _without(old, new), _without(new, old)
    if not gone and not come:
        yield f"{path} is in another order"
    for before in [one for one in gone if isinstance(one, Mapping)]:
        after = max(come, key=lambda one: _likeness(before, one), default=None)
        if isinstance(after, Mapping) and _likeness(before, after) >= ALIKE:
            gone.remove(before)
            come.remove(after)
            yield from changed_settings(before, after, f"{path}[{_label(before, after)}].")
    if len(gone) == len(come) == 1 and not isinstance(gone[0], Mapping):
        yield f"{path} changed: {of_change(gone[0], come[0])}"
        return
    for what, found in (("removed", gone), ("added", come)):
        if any(isinstance(one, Mapping) for one in found):
            yield from (f"{path} {what}: {of_value(one)}" for one in found)
        elif found:
            yield f"{path} {what}: {in_short([of_value(one) for one in found])}"


def _without(these: Sequence[Json], others: Sequence[Json]) -> list[Json]:
    """What is in a list more often than in another, in its order."""
    there = Counter(map(_spelt, others))
    left = []
    for one in these:
        there[_spelt(one)] -= 1
        if there[_spelt(one)] < 0:
            left.append(one)
    return left


def _likeness(one: Json, other: Json) -> float:
    """The share of their plain values in which two objects agree; 0 unless both begin with the same word."""
    here, there = dict(_leaves(one)), dict(_leaves(other))
    kinds = [next((value for value in leaves.values() if isinstance(value, str)), None) for leaves in (here, there)]
    if kinds[0] is None or kinds[0] != kinds[1]:
        return 0.0
    same = sum(_spelt(here[name]) == _spelt(there[name]) for name in here.keys() & there.keys())
    return same / len(here.keys() | there.keys())


def _label(one: Json, other: Json) -> str:
    """The first words of one kind in which two objects agree, such as an expectation's name and its column."""
    there = dict(_leaves(other))
    same = [value for name, value in _leaves(one) if isinstance(value, str) and there.get(name) == value]
    return ", ".join(same[:LABELS])


def _leaves(value: Json, above: str = "") -> Iterator[tuple[str, Json]]:
    """Every plain value of an object that is given, by its path."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{above}.{name}")
    elif above and value is not None:
        yield above, value


def _spelt(value: Json) -> str:
    return json.dumps(value, sort_keys=True)
