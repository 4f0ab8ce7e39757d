import pyarrow as pa
import pytest

from assets.data import progress
from assets.data.progress import Progress

BATCH = pa.record_batch([list(range(100))], names=["a"])


def told(batches: int) -> list[str]:
    lines: list[str] = []
    seen = Progress(lines.append)
    for _ in range(batches):
        if seen.add(BATCH):
            seen.tell("kept")
    seen.tell("all kept")
    return lines


def test_many_rows_are_told_of_now_and_then_and_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ROWS", 200)
    assert told(5) == [
        "200 rows read, 0.0 MiB in 2 batches; kept",
        "400 rows read, 0.0 MiB in 4 batches; kept",
        "500 rows read, 0.0 MiB in 5 batches; all kept",
    ]


def test_many_bytes_are_told_of_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "BYTES", 1600)
    assert len(told(4)) == 2


def test_nothing_is_told_twice() -> None:
    assert told(1) == ["100 rows read, 0.0 MiB in 1 batch; all kept"]
