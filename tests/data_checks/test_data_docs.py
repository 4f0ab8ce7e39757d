import re
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from data_checks.data_docs import DataDocsError, build
from data_checks.expectations import Expectation, expect

ROWS = pa.table({"adults": [1, None, 3], "guest": ["Ada", "Grace", None]})
RULES = [
    Expectation.model_validate(rule)
    for rule in (
        {"expect_column_values_to_be_between": {"column": "adults", "min_value": 2}},
        {"expect_column_values_to_be_in_set": {"column": "guest", "value_set": ["Grace"]}},
        {"expect_column_values_to_be_in_set": {"column": "nowhere", "value_set": ["Grace"]}},
        {"expect_table_row_count_to_equal": {"value": 3}},
        {"expect_column_mean_to_be_between": {"column": "adults", "max_value": 1}},
    )
]


@pytest.fixture(scope="module")
def results():
    return expect(ROWS, RULES, sensitive=frozenset({"guest"}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("docs") / "site"


@pytest.fixture(scope="module")
def pages(results, folder):
    return build(results, results[:1], folder, at=datetime(2026, 1, 2, tzinfo=UTC))


def test_writes_a_page_on_incoming_and_one_on_kept_rows(pages):
    assert list(pages) == ["incoming", "kept"]
    page = pages["incoming"].read_text()
    assert "2026-01-02" in page
    assert "3 incoming rows" in page
    assert "1 unexpected values found" in page
    assert "/ kept rows</h2><p>The expectations on whole columns and tables" in pages["kept"].read_text()


def test_needs_no_other_host_and_little_room(pages, folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(pages.values())
    text = "".join(path.read_text() for path in files)
    assert not re.search(r"""<(?:script|link|img)[^>]+(?:src|href)\s*=\s*["']https?:""", text)
    assert sum(path.stat().st_size for path in files) < 300_000


def test_shows_neither_sensitive_values_nor_folders_of_this_machine(pages):
    text = "".join(page.read_text() for page in pages.values())
    assert "Ada" not in text
    assert "site-packages" not in text
    assert "does not exist" in text


def test_can_be_written_without_kept_rows(results, tmp_path):
    assert list(build(results, (), tmp_path)) == ["incoming"]


def test_refuses_to_show_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"contract\.expectations is empty: no result to make Data Docs of"):
        build((), (), tmp_path)


def test_a_page_that_the_library_leaves_out_is_an_error(results, tmp_path):
    unreadable = {"raised_exception": True, "exception_message": "x", "exception_traceback": None}
    broken = replace(results[0], raw={**results[0].raw, "exception_info": unreadable})
    with pytest.raises(
        DataDocsError, match=r"contract\.expectations has no page on kept rows: great_expectations left it"
    ):
        build(results, [broken], tmp_path)


def test_every_page_leads_back_and_runs_no_script(results, tmp_path):
    for page in build(results, (), tmp_path, title="hotels <2026>").values():
        text = page.read_text()
        (way,) = re.findall(r'<h2><a href="([^"]+)">hotels &lt;2026&gt;</a> / incoming rows</h2>', text)
        assert (page.parent / way).resolve() == tmp_path / "index.html"
        assert "<script" not in text


def test_templates_are_compiled_once_a_process(results, tmp_path):
    build(results, (), tmp_path / "first")
    from data_checks.compiled_pages import COMPILED

    before = dict(COMPILED.code)
    build(results, results, tmp_path / "second")
    assert before
    assert before == COMPILED.code
