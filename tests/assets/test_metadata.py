"""What the pages of assets and checks show."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.execution import Done
from assets.metadata import LONGEST_LINE, MOST_IMAGE_BYTES, verdict_metadata, version_metadata
from assets.store import Store
from assets.versions.recipe import Address, Recipe
from assets.versions.version import Version
from data_checks.verdict import Json, Verdict

DOCS = "http://127.0.0.1:5050"


def published(folder: Path, *, shown: Mapping[str, Json], files: Mapping[str, bytes] | None = None) -> Version:
    store, address = Store(folder), Address("shop", "visits", "2024-01")
    with store.draft(address) as draft:
        draft.write_table("rows", pa.table({"visits": [1, 2, 2]}))
        for name, content in (files or {}).items():
            draft.write_bytes(name, content)
        recipe = Recipe(address=address, inputs={}, declaration={}, code={}, environment={})
        return store.publish(draft, recipe, counts={"read": 3}, metadata=shown)


def shown_of(version: Version, table: str | None = None) -> Mapping[str, dg.MetadataValue]:
    done = Done(version, (), reused=False, why=("never made before",))
    return version_metadata(done, table, docs_page=DOCS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, dg.MetadataValue.null()),
        (True, dg.MetadataValue.bool(True)),
        (3, dg.MetadataValue.int(3)),
        (0.123456789, dg.MetadataValue.float(0.123457)),
        ("x", dg.MetadataValue.text("x")),
        ([1, "a", 0.123456789], dg.MetadataValue.text("1, a, 0.1235")),
        ([], dg.MetadataValue.text("none")),
        ([[1]], dg.MetadataValue.json([[1]])),
        ({"low": 1, "high": 0.5}, dg.MetadataValue.text("low 1, high 0.5")),
        (
            {"a": "x" * LONGEST_LINE},
            dg.MetadataValue.md(f"| name | value |\n| --- | --- |\n| a | {'x' * LONGEST_LINE} |"),
        ),
        ({"a": {"b": 1}, "c": {"b": 2}}, dg.MetadataValue.md("| name | b |\n| --- | --- |\n| a | 1 |\n| c | 2 |")),
        ({"a": {"b": [1]}}, dg.MetadataValue.json({"a": {"b": [1]}})),
        ([{"a": 1, "b": None}, {"a": 2, "b": None}], dg.MetadataValue.md("| a |\n| --- |\n| 1 |\n| 2 |")),
        ({"markdown": "*x*"}, dg.MetadataValue.md("*x*")),
        ({"url": "http://x"}, dg.MetadataValue.url("http://x")),
        ({"docs": "shop/index.html"}, dg.MetadataValue.url(f"{DOCS}/shop/index.html")),
    ],
)
def test_plain_values_become_metadata(tmp_path: Path, value: Json, shown: dg.MetadataValue) -> None:
    assert shown_of(published(tmp_path, shown={"it": value}))["it"] == shown


def test_the_telling_stands_first_and_the_technical_last(tmp_path: Path) -> None:
    version = published(tmp_path, shown={"told": 1, "curve": {"image": "a.png"}}, files={"a.png": b"xyz"})
    assert list(shown_of(version, "rows")) == [
        "reused",
        "why",
        "read",
        "plots",
        "told",
        "preview",
        "statistics",
        "dagster/row_count",
        "dagster/column_schema",
        "version",
        "folder",
    ]


def test_pictures_show_together_but_a_large_one_is_only_named(tmp_path: Path) -> None:
    files = {"a.png": b"xyz", "b.png": b"x", "c.png": b"x" * (MOST_IMAGE_BYTES + 1)}
    version = published(tmp_path, shown={file[0]: {"image": file} for file in files}, files=files)
    shown = shown_of(version)
    assert shown["plots"] == dg.MetadataValue.md("![a](data:image/png;base64,eHl6)\n\n![b](data:image/png;base64,eA==)")
    assert shown["c"] == dg.MetadataValue.path(str(version.path("c.png")))


def test_a_check_of_an_expectation_leads_to_its_line_in_the_data_docs(tmp_path: Path) -> None:
    version = published(tmp_path, shown={"Data Docs": {"docs": "small/2024-01/index.html"}})
    judged = Verdict("expect_it", True, "fine", evidence={"expectation": "expect_it"})
    shown = verdict_metadata(judged, version, docs_page="http://docs")
    assert shown["Data Docs"] == dg.MetadataValue.url("http://docs/small/2024-01/index.html#expect_it")
    assert "Data Docs" not in verdict_metadata(Verdict("contract", True, "fine"), version, docs_page="http://docs")


def test_a_check_shows_what_it_found_and_nothing_empty(tmp_path: Path) -> None:
    version = published(tmp_path, shown={})
    evidence: dict[str, Json] = {"rows": 0, "examples": [], "error": "", "observed": None, "passed": False}
    shown = verdict_metadata(Verdict("contract", True, "fine", evidence=evidence), version, docs_page="http://docs")
    assert list(shown) == ["partition", "rows", "passed", "version"]


def test_a_check_on_a_whole_column_shows_no_count_of_rows_that_fail(tmp_path: Path) -> None:
    version = published(tmp_path, shown={})
    evidence: dict[str, Json] = {"element_count": 0, "unexpected_count": 0, "unexpected_share": 0.0, "observed": 1.5}
    whole = Verdict("mean", True, "fine", evidence={"row_level": False, **evidence})
    shown = verdict_metadata(whole, version, docs_page="http://docs")
    assert list(shown) == ["partition", "judged", "observed", "version"]
    assert shown["judged"].value == "the kept rows together"
    rows = Verdict("between", True, "fine", evidence={"row_level": True, **evidence})
    shown = verdict_metadata(rows, version, docs_page="http://docs")
    assert set(evidence) < set(shown)
    assert shown["judged"].value == "each row as it came"
