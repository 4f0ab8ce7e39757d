"""Removes what nothing needs: first says what and why, then removes it, and never what a version in use rests on."""

import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assets.owner import Owner
from assets.store import Store, read_version
from assets.versions.disk import Disk, explained
from assets.versions.layout import Layout, unsealed
from assets.versions.recipe import Address

Key = tuple[str, str, str]
GRACE_SECONDS = 86_400.0
UNSEEN_SECONDS = 6 * GRACE_SECONDS
WRITING_SECONDS = 3_600.0


@dataclass(frozen=True)
class Removable:
    """Something that nothing needs.

    Attributes:
        path: what people know it by.
        bytes: what removing it frees.
        why: the reason, for people.
        record: of the version, if it is one.
    """

    path: Path
    bytes: int
    why: str
    record: Path | None = None


@dataclass(frozen=True)
class Plan:
    """What a clean-up would remove.

    Attributes:
        store: that is cleaned.
        kept: (pipeline, stage, key) of the versions protected from outside, such as those of registered models.
        grace_seconds: for how long a version is left after it was last made or found.
        removable: what would go.
    """

    store: Store
    kept: frozenset[Key]
    grace_seconds: float
    removable: tuple[Removable, ...]


def plan(store: Store, *, kept_keys: Collection[Key] = (), grace_seconds: float = GRACE_SECONDS) -> Plan:
    """Find what nothing needs; nothing is changed.

    Needed are the version that stands for any partition, those of `kept_keys`, those made or found within the grace,
    and every version that a needed one was made from. What a living process writes is left, and so for a week is what
    a process of another machine writes, which cannot be seen from here.

    Args:
        store: to look at.
        kept_keys: (pipeline, stage, key) of what registered models and others rest on.
        grace_seconds: for how long a version is left after it was last made or found; longer than any stage takes.

    Raises:
        DamagedError: if a head, a record or a manifest is not what was written, since what it protects is not known.
    """
    return Plan(store, frozenset(kept_keys), grace_seconds, tuple(_removable(store.root, kept_keys, grace_seconds)))


def remove(found: Plan) -> tuple[Removable, ...]:
    """Remove what a plan named and nothing needs by now; a version used since then stays.

    Returns:
        What was removed.

    Raises:
        StoreWriteError: if the machine refuses; the rest stays for the next time.
        DamagedError: as `plan`.
    """
    disk, oldest = found.store.disk, time.time() - found.grace_seconds
    still = {one.path for one in _removable(found.store.root, found.kept, found.grace_seconds)}
    removed = []
    for one in found.removable:
        if one.path not in still or (one.record and _modified(one.record) >= oldest):
            continue
        with explained(one.path):
            if one.record is None or _withdrawn(disk, one.record):
                disk.remove(one.path)
                if one.path.parent.exists():
                    disk.sync(one.path.parent)
                removed.append(one)
    return tuple(removed)


def _withdrawn(disk: Disk, record: Path) -> bool:
    """Take back a version and its verdicts, unless it has come to stand for a partition meanwhile.

    `Store.point` writes the head and then looks for the record; here the record goes and then the heads are looked at.
    So at least one of the two sees the other.
    """
    layout, key = Layout(record.parent.parent), record.stem
    aside = {path: path.with_name(f".{path.name}.{os.urandom(6).hex()}") for path in (layout.verdicts / key, record)}
    for path, away in aside.items():
        if path.exists():
            disk.move(path, away)
            disk.sync(path.parent)
    stands = key in _heads(layout)
    for path, away in aside.items():
        if stands and away.exists() and not path.exists():
            disk.move(away, path)
            disk.sync(path.parent)
        else:
            disk.remove(away)
    return not stands


def _removable(root: Path, kept: Collection[Key], grace_seconds: float) -> Iterator[Removable]:
    oldest = time.time() - grace_seconds
    layouts = Layout.all(root)
    needed = _needed(root, [*kept, *(key for layout in layouts for key in _roots(layout, oldest))])
    for layout in layouts:
        yield from _versions(layout, needed)
        yield from _interrupted(layout, oldest)
        yield from _left_over(layout, min(oldest, time.time() - WRITING_SECONDS))
        yield from _checkpoints(layout, oldest)


def _roots(layout: Layout, oldest: float) -> Iterator[Key]:
    yield from ((layout.pipeline, layout.stage, key) for key in _heads(layout))
    for record in layout.records.glob("*.json"):
        if _modified(record) >= oldest:
            yield layout.pipeline, layout.stage, record.stem


def _heads(layout: Layout) -> set[str]:
    """The keys of the versions that stand for a partition."""
    heads = [unsealed(layout.head(partition)) for partition in layout.partitions()]
    return {str(head["key"]) for head in heads if head is not None}


def _needed(root: Path, roots: Collection[Key]) -> set[Key]:
    """The roots and all that they were made from."""
    needed: set[Key] = set()
    waiting = list(roots)
    while waiting:
        pipeline, stage, key = one = waiting.pop()
        if one in needed:
            continue
        needed.add(one)
        version = read_version(root, Address(pipeline, stage), key)
        if version is not None:
            waiting += [(each["pipeline"], each["stage"], each["key"]) for each in version.manifest["inputs"]]
    return needed


def _versions(layout: Layout, needed: Collection[Key]) -> Iterator[Removable]:
    for path in sorted(layout.records.glob("*.json")):
        key, record = path.stem, unsealed(path)
        if record is None or (layout.pipeline, layout.stage, key) in needed:
            continue
        used = datetime.fromtimestamp(_modified(path), UTC)
        why = f"no partition stands on it, nothing that is kept was made from it, last used {used:%Y-%m-%d %H:%M} UTC"
        folder = layout.objects / str(record["folder"])
        size = sum(map(_size, (layout.verdicts / key, path, folder)))
        yield Removable(folder, size, why, path)


def _interrupted(layout: Layout, oldest: float) -> Iterator[Removable]:
    """Drafts, and objects that no record names, whose writers do not come back."""
    folders = sorted(layout.objects.glob("*-*"))
    homes = {home.name.rpartition("-")[2]: home for home in sorted(layout.staging.glob("*"))}
    for home in homes.values():
        if _abandoned(home, home, oldest):
            yield Removable(home, _size(home), "its writer died before it was published")
    for folder in folders:
        key, _, nonce = folder.name.rpartition("-")
        # in this order: a writer's home is gone only after it has made the record, or never will
        abandoned = _abandoned(homes.get(nonce), folder, oldest)
        record = unsealed(layout.record(key))
        if abandoned and (record is None or record["folder"] != folder.name):
            why = "it was never published" if record is None else "a twin of it was published first"
            yield Removable(folder, _size(folder), why)


def _left_over(layout: Layout, oldest: float) -> Iterator[Removable]:
    for folder in sorted(layout.verdicts.glob("*")):
        if not layout.record(folder.name).exists() and _newest(folder) < oldest:
            yield Removable(folder, _size(folder), "its version is gone")
    for path in sorted([*layout.heads.glob(".*"), *layout.records.glob(".*"), *layout.verdicts.glob("*/.*")]):
        if _modified(path) < oldest:
            yield Removable(path, _size(path), "it was never put in its place")


def _checkpoints(layout: Layout, oldest: float) -> Iterator[Removable]:
    """Progress of trainings that are published, or that nobody has gone on with for a week."""
    for folder in sorted(layout.checkpoints.glob("*/*")):
        published = layout.record(folder.name).exists()
        if _newest(folder) < (oldest if published else oldest - UNSEEN_SECONDS):
            why = "its training is published" if published else "nobody has gone on with its training for a week"
            yield Removable(folder, _size(folder), why)


def _abandoned(home: Path | None, path: Path, oldest: float) -> bool:
    """Whether no writer comes back to a path; its home is there as long as it writes, and stays if it died."""
    if home is None:
        return _newest(path) < oldest
    owner = Owner.from_name(home.name)
    alive = None if owner is None else owner.alive()
    return _newest(path) < oldest - UNSEEN_SECONDS if alive is None else not alive


def _modified(path: Path) -> float:
    """When something was changed last; now, if it has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _newest(path: Path) -> float:
    return max(_modified(each) for each in (path, *path.rglob("*")))


def _size(path: Path) -> int:
    return sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file())
