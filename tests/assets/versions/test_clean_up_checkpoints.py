import os
import time

from assets.store import Store
from assets.versions.clean_up import plan, remove
from tests.assets.versions.test_clean_up import publish

DAY_SECONDS = 86_400.0


def let_be(store: Store, days: float) -> None:
    for path in store.root.rglob("checkpoints/**/*"):
        os.utime(path, (time.time() - days * DAY_SECONDS,) * 2)


def test_progress_of_published_and_of_forgotten_trainings_goes(tmp_path):
    store = Store(tmp_path)
    version = publish(store, "model")
    published, waiting = (store.root / "hotel/model/checkpoints/_" / key for key in (version.key, "0" * 32))
    for folder in (published, waiting):
        folder.mkdir(parents=True)
        (folder / "checkpoint.pt").write_bytes(b"weights")
    assert plan(store).removable == ()
    let_be(store, 2)
    assert [(one.path, one.why) for one in remove(plan(store))] == [(published, "its training is published")]
    assert waiting.exists()
    let_be(store, 8)
    (forgotten,) = remove(plan(store))
    assert forgotten.why == "nobody has gone on with its training for a week"
    assert not waiting.exists()
