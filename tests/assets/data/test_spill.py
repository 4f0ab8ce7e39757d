import numpy as np
import pytest

from assets.data import spill
from assets.data.spill import Spill


@pytest.mark.parametrize("memory", [0, 1000, 10**9])
def test_every_record_comes_back_once_with_its_own_and_in_order(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    monkeypatch.setattr(spill, "MEMORY_BYTES", memory)
    keys = np.random.default_rng(0).integers(0, 2**64, 500, dtype=np.uint64).repeat(3)
    records = np.column_stack([keys, np.arange(len(keys), dtype=np.uint64)])
    with Spill(2) as found:
        for part in np.split(records, [1, 40, 700]):
            found.add(part)
        parts = list(found.parts())
    assert len(parts) > 1
    home = {int(key): number for number, part in enumerate(parts) for key in part[:, 0]}
    for number, part in enumerate(parts):
        assert all(home[int(key)] == number for key in part[:, 0])
        assert (np.diff(part[:, 1].astype(np.int64)) > 0).all()
    together = np.concatenate(parts)
    assert np.array_equal(together[np.argsort(together[:, 1])], records)
