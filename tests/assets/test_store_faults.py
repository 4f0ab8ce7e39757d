"""Every file operation of a publication fails once, in every way; what stood before must stand, whole."""

import errno
import hashlib
import json
import os
import resource
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from assets import clean_up
from assets.disk import Disk, StoreWriteError
from assets.layout import DamagedError, Layout, sealed
from assets.manifest import MANIFEST, content_digest
from assets.owner import Owner
from assets.recipe import Address, Recipe
from assets.store import Store
from data_checks.verdict import Verdict

ADDRESS = Address("hotel", "raw", "2015-07")
KILLED = 9


class CutError(BaseException):
    """The power is gone."""


class QuickDisk(Disk):
    """Syncs nothing, for what cannot be told apart without a power cut."""

    def sync(self, path):
        path.stat()


class FaultyDisk(QuickDisk):
    """Does operation `at` (counted from 1) in a way of its own; `at=0` only counts."""

    def __init__(self, at=0):
        self.at = at
        self.count = 0

    def fail(self, carry_out):
        return carry_out()

    def lose(self, root):
        """Take from the disk what such a fault takes."""

    def step(self, carry_out):
        self.count += 1
        return self.fail(carry_out) if self.at and self.count >= self.at else carry_out()

    def create(self, path):
        return self.step(lambda: Disk.create(self, path))

    def write(self, descriptor, content):
        return self.step(lambda: Disk.write(self, descriptor, content))

    def sync(self, path):
        return self.step(path.stat)

    def make_folder(self, path):
        return self.step(lambda: Disk.make_folder(self, path))

    def move(self, source, target):
        return self.step(lambda: Disk.move(self, source, target))

    def touch(self, path):
        return self.step(lambda: Disk.touch(self, path))

    def link(self, source, target):
        return self.step(lambda: Disk.link(self, source, target))

    def remove(self, path):
        return self.step(lambda: Disk.remove(self, path))


class KillingDisk(FaultyDisk):
    def fail(self, carry_out):
        os._exit(KILLED)


class TearingDisk(FaultyDisk):
    """Does half of a write, and nothing any more."""

    torn = False

    def step(self, carry_out):
        if self.torn:
            raise CutError
        return super().step(carry_out)

    def write(self, descriptor, content):
        if self.torn or self.count + 1 != self.at:
            return super().write(descriptor, content)
        self.torn = True
        os.write(descriptor, content[: len(content) // 2])
        raise CutError


class RefusingDisk(FaultyDisk):
    number = errno.EIO

    def fail(self, carry_out):
        if self.count == self.at:
            raise OSError(self.number, os.strerror(self.number))
        return carry_out()


class FullDisk(FaultyDisk):
    """Full from then on; names can still be removed."""

    def fail(self, carry_out):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def remove(self, path):
        Disk.remove(self, path)


class LyingDisk(RefusingDisk):
    """Does it, and says it failed."""

    def fail(self, carry_out):
        done = carry_out()
        if self.count == self.at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return done


class CutDisk(FaultyDisk):
    """Loses all that was not synced, at operation `at`: contents become empty, names go back to what they were."""

    def __init__(self, at):
        super().__init__(at)
        self.attic = Path(tempfile.mkdtemp())
        self.names = []  # (folder whose sync makes it last, how to undo it)
        self.dirty = set()

    def fail(self, carry_out):
        raise CutError

    def create(self, path):
        new = not path.exists()
        descriptor = super().create(path)
        self.dirty.add(os.fstat(descriptor).st_ino)
        if new:
            self.names.append((path.parent, lambda: path.unlink(missing_ok=True)))
        return descriptor

    def sync(self, path):
        super().sync(path)
        self.dirty.discard(path.stat().st_ino)
        self.names = [(folder, undo) for folder, undo in self.names if folder != path]

    def make_folder(self, path):
        new = not path.exists()
        super().make_folder(path)
        if new:
            self.names.append((path.parent, lambda: shutil.rmtree(path)))

    def move(self, source, target):
        kept = self.attic / str(self.count)
        if target.is_file():
            os.link(target, kept)
        super().move(source, target)

        def undo():
            target.rename(source)
            if kept.exists():
                kept.rename(target)

        self.names.append((target.parent, undo))

    def link(self, source, target):
        super().link(source, target)
        self.names.append((target.parent, target.unlink))

    def lose(self, root):
        for _, undo in reversed(self.names):
            with suppress(FileNotFoundError):
                undo()
        for path in root.rglob("*"):
            if path.is_file() and path.stat().st_ino in self.dirty:
                os.truncate(path, 0)
        shutil.rmtree(self.attic)


class NaiveStore(Store):
    """The control: writes in place and syncs nothing, as much code does."""

    def _commit(self, draft, manifest, own):
        layout = Layout.of(self.root, draft.address)
        for folder in (layout.objects, layout.records):
            folder.mkdir(parents=True, exist_ok=True)
        files = draft.finish()
        content = json.dumps({**manifest, "files": files, "digest": content_digest(files)}).encode()
        self._put(draft.folder / MANIFEST, content)
        self.disk.move(draft.folder, own)
        sha256 = hashlib.sha256(content).hexdigest()
        self._put(layout.record(manifest["key"]), sealed({"folder": own.name, "manifest": sha256}))

    def point(self, version):
        self._put(Layout.of(self.root, version.address).head(version.address.partition), sealed({"key": version.key}))

    def _put(self, path, content):
        descriptor = self.disk.create(path)
        self.disk.write(descriptor, memoryview(content))
        os.close(descriptor)


def recipe(number):
    return Recipe(address=ADDRESS, inputs={}, declaration={"number": number}, code={}, environment={})


def materialize(store, number):
    with store.draft(ADDRESS) as draft:
        draft.write_table("rows", pa.table({"number": [number] * 3}))
        draft.write_json("state", number)
        (draft.path("package") / "network.onnx").write_bytes(b"onnx")
        version = store.publish(draft, recipe(number))
    store.record(version, [Verdict("contract", passed=True, summary=str(number))], basis=str(number))
    store.point(version)
    return version


def suffer(store_class, root, disk):
    """Materialize version 2 over version 1 on a disk that fails; give what was reported, if anything was."""
    try:
        materialize(store_class(root, disk), 2)
    except (OSError, CutError) as error:
        return error
    return None


def inspect(root):
    """Raise if what stands is not whole, or what stood before is not there; then finish the work and clean up."""
    store = Store(root, QuickDisk())
    first = store.find(ADDRESS, recipe(1).key)
    assert first is not None
    first.verify()
    assert store.verdicts(first)["contract"].basis == "1"
    second = store.find(ADDRESS, recipe(2).key)
    if second is not None:
        second.verify()
        assert {one.basis for one in store.verdicts(second).values()} <= {"2"}
    head = store.head(ADDRESS)
    assert head is not None
    assert head in {first, second}
    if head == second:
        assert store.verdicts(second)
    assert materialize(store, 2).table("rows")["number"].to_pylist() == [2] * 3
    clean_up.remove(clean_up.plan(store, kept_keys=[("hotel", "raw", first.key)], grace_seconds=-60))
    assert {path.name for path in (root / "hotel/raw/objects").iterdir()} == {
        store.find(ADDRESS, recipe(number).key).folder.name for number in (1, 2)
    }
    assert list((root / "hotel/raw/staging").iterdir()) == []
    assert [path.name for path in (root / "hotel/raw/heads").iterdir()] == ["2015-07.json"]


def broken(store_class, folder, fault):
    """Let operation 1, 2, 3, … fail; give the operations after which something was wrong, and what."""
    materialize(Store(folder / "start", QuickDisk()), 1)
    shutil.copytree(folder / "start", folder / "count")
    disk = FaultyDisk()
    materialize(store_class(folder / "count", disk), 2)
    assert disk.count > 20
    for at in range(1, disk.count + 1):
        root = folder / str(at)
        shutil.copytree(folder / "start", root)
        fault(store_class, root, at)
        try:
            inspect(root)
        except (AssertionError, DamagedError, OSError) as error:
            yield at, repr(error)


def kill(store_class, root, at):
    child = os.fork()
    if not child:
        suffer(store_class, root, KillingDisk(at))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def here(disk_class):
    """Suffer in this process, which the store takes for the dead one, without the cost of a fork."""

    def fault(store_class, root, at):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Owner, "current", lambda: replace(CURRENT, pid=DEAD))
            disk = disk_class(at)
            error = suffer(store_class, root, disk)
            assert error is None or isinstance(error, StoreWriteError | CutError) or store_class is NaiveStore
            disk.lose(root)

    return fault


CURRENT = Owner.current()
DEAD = 2**22 + 1
FAULTS = {
    "kill": kill,
    "torn write": here(TearingDisk),
    "input/output error": here(RefusingDisk),
    "full disk": here(FullDisk),
    "error after success": here(LyingDisk),
    "power cut": here(CutDisk),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_is_whole_or_absent_whatever_fails_at_any_operation(tmp_path, fault):
    assert list(broken(Store, tmp_path, FAULTS[fault])) == []


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"error after success"}))
def test_the_naive_control_fails_the_same_loop(tmp_path, fault):
    assert next(broken(NaiveStore, tmp_path, FAULTS[fault]), None)


def test_a_retry_in_the_same_draft_finds_its_own_record(tmp_path):
    """The link took effect and reported an error; and any step after which the first try failed is not done twice."""
    for at in range(1, 80):
        store = Store(tmp_path / str(at), LyingDisk(0))
        with store.draft(ADDRESS) as draft:
            draft.write_json("state", 1)
            store.disk.at = store.disk.count + at
            try:
                version = store.publish(draft, recipe(1))
                failed = False
            except StoreWriteError:
                version = store.publish(draft, recipe(1))
                failed = True
        version.verify()
        objects = list((tmp_path / str(at) / "hotel/raw/objects").iterdir())
        assert objects == [version.folder]
        if not failed and store.disk.count < store.disk.at:
            break
    assert 10 < at < 79


def test_a_short_write_of_the_machine_is_an_error_that_names_place_and_remedy(tmp_path):
    Store(tmp_path)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        error = None
        try:
            with Store(tmp_path).draft(ADDRESS) as draft:
                draft.write_bytes("large", b"x" * 100_000)
        except StoreWriteError as caught:
            error = str(caught)
        named = (
            error and "File too large" in error and f"{tmp_path}" in error and "earlier versions are intact" in error
        )
        os._exit(0 if named else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert list((tmp_path / "hotel/raw/staging").iterdir()) == []


def test_of_processes_that_publish_one_key_at_once_one_wins_and_all_get_its_version(tmp_path):
    start_read, start_write = os.pipe()
    answer_read, answer_write = os.pipe()
    children = []
    for number in range(8):
        child = os.fork()
        if not child:
            os.close(start_write)
            store = Store(tmp_path)
            with store.draft(ADDRESS) as draft:
                draft.write_json("state", number)
                os.read(start_read, 1)
                version = store.publish(draft, recipe(1))
            os.write(answer_write, f"{version.digest}\n".encode())
            os._exit(0)
        children.append(child)
    os.close(start_write)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    digests = os.read(answer_read, 10_000).decode().split()
    version = Store(tmp_path).find(ADDRESS, recipe(1).key)
    version.verify()
    assert digests == [version.digest] * 8
    assert list((tmp_path / "hotel/raw/objects").iterdir()) == [version.folder]
    assert list((tmp_path / "hotel/raw/staging").iterdir()) == []
