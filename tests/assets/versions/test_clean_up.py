import os
import time
from dataclasses import replace

import pytest

from assets.owner import Owner
from assets.store import MissingVersionError, Store
from assets.versions.clean_up import plan, remove
from assets.versions.disk import Disk
from assets.versions.layout import DamagedError, Layout
from assets.versions.recipe import Address, Recipe
from data_checks.verdict import Verdict

OLD = time.time() - 30 * 86_400


def publish(store, stage, number=1, *, inputs=None, partition=None, point=True, old=True):
    address = Address("hotel", stage, partition)
    with store.draft(address) as draft:
        draft.write_json("state", [stage, number])
        recipe = Recipe(address=address, inputs={}, declaration={"number": number}, code={}, environment={})
        version = store.publish(draft, recipe, inputs=inputs)
    store.record(version, [Verdict("contract", passed=True, summary="")], "b")
    if point:
        store.point(version)
    if old:
        age(store)
    return version


def age(store):
    for path in store.root.rglob("*"):
        os.utime(path, (OLD, OLD))


def key(version):
    return version.address.pipeline, version.address.stage, version.key


def folders(found):
    return {one.path for one in found}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_a_version_that_was_never_judged_goes_too(store):
    first, second = publish(store, "raw", 1), publish(store, "raw", 2)
    store.disk.remove(store.root / "hotel/raw/verdicts")
    assert [one.path for one in remove(plan(store))] == [first.folder]
    second.verify()


def test_a_version_that_another_replaced_goes_and_the_plan_says_why_and_how_much(store):
    first = publish(store, "raw", 1)
    second = publish(store, "raw", 2)
    found = plan(store)
    (one,) = found.removable
    assert one.path == first.folder
    assert one.bytes > 200
    assert one.why.startswith("no partition stands on it, nothing that is kept was made from it, last used 20")
    first.verify()
    assert remove(found) == (one,)
    assert store.find(first.address, first.key) is None
    assert not first.folder.exists()
    assert not (store.root / "hotel/raw/verdicts" / first.key).exists()
    assert store.head(second.address) == second
    assert store.verdicts(second)


def test_every_partition_keeps_its_version(store):
    for partition in ("2015-07", "2015-08"):
        publish(store, "raw", partition=partition)
    assert plan(store).removable == ()


def test_what_a_kept_version_was_made_from_stays_to_the_first_source(store):
    raw = publish(store, "raw", 1)
    clean = publish(store, "clean", 1, inputs={"raw": [raw]})
    model = publish(store, "model", 1, inputs={"clean": clean})
    for stage in ("raw", "clean", "model"):
        publish(store, stage, 2)
    assert folders(plan(store).removable) == {raw.folder, clean.folder, model.folder}
    assert plan(store, kept_keys={key(model)}).removable == ()
    assert folders(plan(store, kept_keys={key(clean)}).removable) == {model.folder}
    publish(store, "release", inputs={"model": model})
    assert plan(store).removable == ()


def test_what_was_made_or_found_lately_stays_and_so_does_what_it_was_made_from(store):
    raw = publish(store, "raw", 1)
    clean = publish(store, "clean", 1, inputs={"raw": raw})
    publish(store, "raw", 2)
    publish(store, "clean", 2)
    assert len(plan(store).removable) == 2
    store.find(clean.address, clean.key)
    assert plan(store).removable == ()
    assert len(plan(store, grace_seconds=-1).removable) == 2


def test_what_came_into_use_after_the_plan_stays(store):
    first = publish(store, "raw", 1)
    publish(store, "raw", 2)
    found = plan(store)
    store.point(first)
    assert remove(found) == ()
    first.verify()


class Beside(Disk):
    """Lets another process do something at the first move or removal."""

    def __init__(self, act):
        self.act = act

    def move(self, source, target):
        super().move(source, target)
        act, self.act = self.act, lambda: None
        act()


def test_what_was_found_while_others_are_removed_stays(store):
    first, second, _ = (publish(store, "raw", number) for number in (1, 2, 3))
    found = plan(store)
    assert len(found.removable) == 2
    store.disk = Beside(lambda: [Store(store.root).find(version.address, version.key) for version in (first, second)])
    (removed,) = remove(found)
    (left,) = folders(found.removable) - {removed.path}
    assert left.exists()


@pytest.mark.parametrize("moves", [1, 2])
def test_what_comes_to_stand_as_it_is_removed_is_put_back_with_its_verdicts(store, moves):
    """`moves`: how much is aside as another process points at it: the verdicts, or the record too."""
    first = publish(store, "raw", 1)
    publish(store, "raw", 2)
    found = plan(store)

    def point():
        if moves == 1:
            Store(store.root).point(first)
        else:
            store.disk.act = point_late

    def point_late():
        with pytest.raises(MissingVersionError):
            Store(store.root).point(first)

    store.disk = Beside(point)
    assert remove(found) == ()
    assert store.head(first.address) == first
    first.verify()
    assert store.verdicts(first)


def test_a_version_that_is_gone_can_be_neither_pointed_at_nor_made_from(store):
    first = publish(store, "raw", 1)
    publish(store, "raw", 2)
    remove(plan(store))
    with pytest.raises(MissingVersionError, match=r"store\.hotel/raw lost a version: .*; run the stage again"):
        publish(store, "clean", inputs={"raw": first})
    with pytest.raises(MissingVersionError):
        store.point(first)

    class Removing(type(store.disk)):
        """Clean-up takes the folder of the verdicts as one is put there."""

        def move(self, source, target):
            super().remove(target.parent)
            super().move(source, target)

    with pytest.raises(MissingVersionError):
        Store(store.root, Removing()).record(first, [Verdict("contract", passed=True, summary="")], "b")
    assert store.head(first.address) is None
    assert publish(store, "raw", 1).digest == first.digest


def staged(store, owner, nonce="0123abcd"):
    home = Layout.of(store.root, Address("hotel", "raw")).staging / f"{owner.name}-{nonce}"
    (home / "files").mkdir(parents=True)
    (home / "files/rows.parquet").write_bytes(b"x" * 1000)
    return home


def test_a_draft_goes_with_its_process(store):
    publish(store, "raw")
    owner = Owner.current()
    mine = staged(store, owner)
    dead = staged(store, replace(owner, pid=2**22 + 1), "d")
    rebooted = staged(store, replace(owner, boot="00000000"), "r")
    foreign = staged(store, replace(owner, host="00000000"), "f")
    found = plan(store)
    assert folders(found.removable) == {dead, rebooted}
    assert all(one.bytes == 1000 and "died before it was published" in one.why for one in found.removable)
    remove(found)
    assert mine.exists()
    assert foreign.exists()
    age(store)
    assert folders(plan(store).removable) == {foreign}


def test_a_live_draft_can_still_be_published(store):
    address = Address("hotel", "raw")
    with store.draft(address) as draft:
        draft.write_json("state", 1)
        age(store)
        remove(plan(store, grace_seconds=-1))
        store.publish(draft, Recipe(address=address, inputs={}, declaration={}, code={}, environment={})).verify()


def test_an_object_without_a_record_goes_unless_its_writer_lives_or_it_is_young(store):
    version = publish(store, "raw")
    objects = version.folder.parent
    lost = objects / f"{version.key}-aaaa"
    lost.mkdir()
    never = objects / ("0" * 32 + "-0123abcd")
    never.mkdir()
    assert plan(store).removable == ()
    home = staged(store, Owner.current())
    age(store)
    (one,) = plan(store).removable
    assert (one.path, one.why) == (lost, "a twin of it was published first")
    home.rename(home.with_name(f"{replace(Owner.current(), started=1).name}-0123abcd"))
    assert {one.why for one in plan(store).removable} == {
        "a twin of it was published first",
        "it was never published",
        "its writer died before it was published",
    }
    remove(plan(store))
    assert list(objects.iterdir()) == [version.folder]


def test_verdicts_without_version_and_drafts_of_heads_go(store):
    version = publish(store, "raw")
    root = store.root / "hotel/raw"
    (root / "verdicts/gone").mkdir()
    (root / "verdicts" / version.key / ".contract.json.aa").write_text("{")
    (root / "heads/._.json.aa").write_text("{")
    assert plan(store).removable == ()
    age(store)
    assert {one.why for one in plan(store).removable} == {"its version is gone", "it was never put in its place"}
    remove(plan(store))
    assert plan(store).removable == ()
    assert store.verdicts(version)


def test_removes_nothing_while_it_is_not_known_what_is_needed(store):
    publish(store, "raw", 1)
    version = publish(store, "raw", 2)
    (version.folder / "manifest.json").write_text("{}")
    with pytest.raises(DamagedError, match=r"delete .* and run the stage again"):
        plan(store)


def work_beside_clean_up(store):
    for number in range(40):
        try:
            raw = publish(store, "raw", number % 7, old=False)
            clean = publish(store, "clean", number, inputs={"raw": raw}, old=False)
        except MissingVersionError:
            continue  # a step of this machine took longer than the short grace
        assert store.head(raw.address) in {raw, None}  # for a moment it may be aside
        raw.verify()
        clean.verify()


def test_harms_no_publication_at_the_same_time(store):
    publish(store, "raw", 0, old=False)
    child = os.fork()
    if not child:
        code = 1
        try:
            work_beside_clean_up(store)
            code = 0
        finally:
            os._exit(code)
    removed, state = 0, (0, 0)
    while not state[0]:
        removed += len(remove(plan(store, grace_seconds=0.2)))
        state = os.waitpid(child, os.WNOHANG)
    assert state[1] == 0
    time.sleep(0.3)
    assert removed + len(remove(plan(store, grace_seconds=0.2))) > 10
    for address in store.addresses():
        store.head(address).verify()


def test_folders_of_others_are_left_alone(store):
    publish(store, "raw")
    other = store.root / "hotel/raw/checkpoints/_"
    other.mkdir(parents=True)
    age(store)
    remove(plan(store))
    assert other.exists()
    assert plan(Store(store.root / "empty")).removable == ()
