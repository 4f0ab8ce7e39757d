import builtins
from collections.abc import Iterator

import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.sources import DeltaSource, SourceError
from tests.assets.data.sources.contract import ROWS, SourceContract


def written(rows: pa.Table, folder, mode: str = "overwrite") -> DeltaSource:
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    deltalake.write_deltalake(str(folder / "table"), rows, mode=mode)
    return DeltaSource(kind="delta", path=str(folder / "table"))


class TestDelta(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return written(rows, folder).batches()


def test_an_older_version_can_be_read_and_each_has_its_fingerprint(tmp_path):
    source = written(ROWS, tmp_path)
    first = source.fingerprint()
    written(ROWS.slice(0, 1), tmp_path)
    assert source.fingerprint() != first
    older = DeltaSource(kind="delta", path=source.path, version=0)
    assert older.fingerprint() == first
    assert sum(map(len, older.batches())) == 3
    assert sum(map(len, source.batches())) == 1


def test_refuses_what_is_no_table_or_version(tmp_path):
    path = written(ROWS, tmp_path).path
    for source in (
        DeltaSource(kind="delta", path=path, version=7),
        DeltaSource(kind="delta", path=str(tmp_path / "none")),
    ):
        with pytest.raises(SourceError, match=r"source\.path cannot be read as a Delta table: .* says .*; check the"):
            list(source.batches())


def test_names_the_package_that_is_not_installed(monkeypatch):
    original = builtins.__import__

    def without(name: str, *more: object) -> object:
        if name.startswith("deltalake"):
            raise ImportError("No module named 'deltalake'")
        return original(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        SourceError, match=r"source\.kind delta needs a package .*: No module named 'deltalake'; install"
    ):
        DeltaSource(kind="delta", path="a").fingerprint()


def test_refuses_credentials():
    with pytest.raises(ValidationError, match=r"source\.path holds credentials: a part before an @; take"):
        DeltaSource(kind="delta", path="s3://me:hunter2@bucket/a")
