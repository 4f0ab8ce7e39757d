"""Of a secret that the running step resolves nothing is left behind, be the run sound or not."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from assets.versions.recipe import Address
from tests.assets.data.sources.pages import answering
from tests.small_pipeline import NAME, ROWS, Small, materialize, run, told

SECRETS = ("s3cr3t-t0ken", "s3cr3t-s1g", "s3cr3t-passw0rd")


def leaks(root: Path) -> list[tuple[str, str]]:
    """Return every file under a folder that holds one, also in the rows that Dagster compresses."""
    return [
        (file.relative_to(root).as_posix(), secret)
        for file in root.rglob("*")
        if file.is_file()
        for content in contents(file)
        for secret in SECRETS
        if secret.encode() in content
    ]


def contents(file: Path) -> list[bytes]:
    found = [file.read_bytes()]
    if file.suffix != ".db":
        return found
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                found += [zlib.decompress(value) for value in row if isinstance(value, bytes) and value[:1] == b"\x78"]
    return found


def test_no_resolved_value_is_recorded(small_pipeline: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_open = True

    def shop(_: str) -> tuple[int, bytes]:
        return (200, (small_pipeline.folder / ROWS).read_bytes()) if is_open else (403, b"")

    monkeypatch.setenv("SHOP_TOKEN", SECRETS[0])
    monkeypatch.setenv("SHOP_ADDRESS_END", f"?sig={SECRETS[1]}")
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{tmp_path / SECRETS[2] / 'out.db'}")
    path = "{{ env('SHOP') }}/{{ env('SHOP_TOKEN') }}/rows.parquet{{ env('SHOP_ADDRESS_END') }}"
    with answering(shop) as page:
        monkeypatch.setenv("SHOP", page)
        declaration = small_pipeline.declare(
            source={"kind": "files", "path": [path]},
            predict={"to": {"kind": "sql", "url_env": "SHOP_DATABASE", "table": "scored"}},
        )
        found = small_pipeline.definitions(declaration)
        with dg.DagsterInstance.get() as instance:
            scored = run(found, f"{NAME}_score", "2024-06", instance)
            is_open = False
            refused = materialize(found, "raw", "2024-05", instance)
    assert "predict.to.table 'scored' cannot be written" in told(scored)
    assert "{{ env('SHOP_TOKEN') }}" in told(refused)
    (raw,) = (version for version in [small_pipeline.store.head(Address(NAME, "raw", "2024-06"))] if version)
    assert raw.counts["rows"] > 0
    assert not leaks(small_pipeline.home.root)
