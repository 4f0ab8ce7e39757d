"""Every file operation of a publication fails once, in every way; what stood before must stand, whole."""

import hashlib
import json
import os
import resource
import shutil
from dataclasses import replace

import pyarrow as pa
import pytest

from assets.owner import Owner
from assets.store import Store
from assets.versions import clean_up
from assets.versions.disk import StoreWriteError
from assets.versions.layout import DamagedError, Layout, sealed
from assets.versions.manifest import MANIFEST, content_digest
from assets.versions.recipe import Address, Recipe
from data_checks.verdict import Verdict
from tests.assets.versions.faulty_disks import (
    KILLED,
    CutDisk,
    CutError,
    FaultyDisk,
    FullDisk,
    KillingDisk,
    LyingDisk,
    QuickDisk,
    RefusingDisk,
    TearingDisk,
)

ADDRESS = Address("hotel", "raw", "2015-07")


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


def inspect(root, finished):
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
    if finished:
        assert head == second
    if head == second:
        assert store.verdicts(second)
    assert materialize(store, 2).table("rows")["number"].to_pylist() == [2] * 3
    for path in root.rglob("*"):
        os.utime(path, (0, 0))
    clean_up.remove(clean_up.plan(store, kept_keys=[("hotel", "raw", first.key)]))
    assert {path.name for path in (root / "hotel/raw/objects").iterdir()} == {
        store.find(ADDRESS, recipe(number).key).folder.name for number in (1, 2)
    }
    assert list((root / "hotel/raw/staging").iterdir()) == []
    assert [path.name for path in (root / "hotel/raw/heads").iterdir()] == ["2015-07.json"]


def broken(store_class, folder, fault):
    """Let operation 1, 2, 3, … and the one after the last fail; give those that did harm, and what."""
    materialize(Store(folder / "start", QuickDisk()), 1)
    shutil.copytree(folder / "start", folder / "count")
    disk = FaultyDisk()
    materialize(store_class(folder / "count", disk), 2)
    assert disk.count > 20
    for at in range(1, disk.count + 2):
        root = folder / str(at)
        shutil.copytree(folder / "start", root)
        finished = fault(store_class, root, at)
        try:
            inspect(root, finished)
        except (AssertionError, DamagedError, OSError) as error:
            yield at, repr(error)


def kill(store_class, root, at):
    child = os.fork()
    if not child:
        suffer(store_class, root, KillingDisk(at))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, KILLED}
    return code == 0


def here(disk_class):
    """Suffer in this process, which the store takes for the dead one, without the cost of a fork."""

    def fault(store_class, root, at):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Owner, "current", lambda: replace(CURRENT, pid=DEAD))
            disk = disk_class(at)
            disk.before(root)
            error = suffer(store_class, root, disk)
            assert error is None or isinstance(error, StoreWriteError | CutError) or store_class is NaiveStore
            disk.lose(root)
            return error is None

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


# each takes seconds; a power cut also loses what was not synced, and a torn write is the half of one
QUICK = ("torn write", "power cut")
EACH = {name: name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS}


@pytest.mark.parametrize("fault", EACH.values())
def test_is_whole_or_absent_whatever_fails_at_any_operation(tmp_path, fault):
    assert list(broken(Store, tmp_path, FAULTS[fault])) == []


@pytest.mark.parametrize("fault", [each for name, each in EACH.items() if name != "error after success"])
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
