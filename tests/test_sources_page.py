"""Every example of `docs/sources.md` is read as it stands there."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import fsspec
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

from assets.data.period import Period
from assets.data.sources import Source
from assets.resources import UNREAD, TableIOManager

PAGE = Path(__file__).parents[1] / "docs" / "sources.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
JULY = Period("2024-07", datetime(2024, 7, 1, tzinfo=UTC), datetime(2024, 8, 1, tzinfo=UTC))


def code(word: str) -> ModuleType:
    """The page's block of Python with a word, as a module."""
    (found,) = [text for language, text in BLOCKS if language == "python" and word in text]
    module = ModuleType("orders")
    exec(compile(found, str(PAGE), "exec"), module.__dict__)
    return module


def declared(kind: str) -> Any:
    sources = [yaml.safe_load(text)["source"] for language, text in BLOCKS if language == "yaml"]
    (found,) = [source for source in sources if source["kind"] == kind]
    return TypeAdapter(Source).validate_json(json.dumps(found))


def read(batches: Any) -> list[dict[str, Any]]:
    return pa.Table.from_batches(batches).to_pylist()


def test_the_page_shows_every_kind() -> None:
    kinds = [yaml.safe_load(text)["source"]["kind"] for language, text in BLOCKS if language == "yaml"]
    assert sorted(kinds) == ["asset", "delta", "files", "python", "sql"]


def test_code_is_as_clean_as_our_own(tmp_path: Path) -> None:
    """Under the rules for what people write beside their declarations."""
    folder = tmp_path / "pipelines" / "my_model"
    folder.mkdir(parents=True)
    for place, text in enumerate(text for language, text in BLOCKS if language == "python"):
        (folder / f"orders_{place}.py").write_text(text, encoding="utf-8")
    settings = str(PAGE.parents[1] / "pyproject.toml")
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", settings, str(folder)]
        found = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bookings-1.csv").write_bytes("city;agent\nÉvora;7\n".encode("latin-1"))
    fsspec.filesystem("memory").pipe("/late/bookings.csv", b"agent;price\n8;-\n9;2\n")
    assert read(declared("files").batches()) == [
        {"city": "Évora", "agent": "7", "price": None, "_file": "bookings-1.csv"},
        {"city": None, "agent": "8", "price": None, "_file": "bookings.csv"},
        {"city": None, "agent": "9", "price": 2, "_file": "bookings.csv"},
    ]


def test_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("CREATE TABLE orders (ordered_at TEXT)")
        connection.execute("INSERT INTO orders VALUES ('2024-06-30'), ('2024-07-01'), ('2024-08-01')")
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{tmp_path / 'shop.db'}")
    assert read(declared("sql").batches(JULY)) == [{"ordered_at": "2024-07-01"}]


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pipelines.my_model", ModuleType("pipelines.my_model"))
    monkeypatch.setitem(sys.modules, "pipelines.my_model.orders", code("start"))
    rows = read(declared("python").batches(JULY))
    assert rows == [{"order": page, "ordered_at": JULY.start} for page in range(3)]


def test_asset(tmp_path: Path) -> None:
    seen: dict[str, Any] = {}

    @dg.asset(ins={"orders": dg.AssetIn(["shop", "orders"])})
    def yours(orders: pd.DataFrame) -> None:
        seen["frame"] = orders

    @dg.asset(ins={"orders": dg.AssetIn(["shop", "orders"])}, op_tags=UNREAD)
    def ours(orders: object) -> None:
        seen["rows"] = read(declared("asset").batches_of(orders))

    resources = {"io_manager": TableIOManager(root=str(tmp_path))}
    dg.materialize([code("dagster").orders, yours, ours], resources=resources)
    assert seen["rows"] == seen["frame"].to_dict("records") == [{"order": page} for page in range(3)]


def test_delta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lake").mkdir()
    for order in (1, 2):
        deltalake.write_deltalake("lake/orders", pa.table({"order": [order]}), mode="append")
    assert read(declared("delta").batches()) == [{"order": 1}]
