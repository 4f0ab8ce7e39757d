import re
from pathlib import Path

import numpy as np
import pytest

from assets.data.preprocess import Counts, Preprocessed
from assets.data.report import Subject, report, write_home
from data_checks.expectation_result import ExpectationResult
from data_checks.expectation_verdict import verdicts
from data_checks.verdict import Verdict

VERSION = "0123456789abcdef"
SUBJECT = Subject("shop", "2024-01", VERSION, "http://dagster/assets/shop/clean?partition=2024-01", "http://run")


def result(column: str, *, failing: int = 0, severity: str = "critical") -> ExpectationResult:
    name, passes = "expect_column_values_to_be_between", failing < 2
    arguments = {"column": column, "min_value": 0, "mostly": 0.95}
    found = {"element_count": 100, "unexpected_count": failing, "unexpected_percent": float(failing)}
    raw = {
        "success": passes,
        "expectation_config": {
            "type": name,
            "kwargs": arguments,
            "severity": severity,
            "meta": {},
        },
        "result": found,
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_message": None, "exception_traceback": ""},
    }
    return ExpectationResult(
        name, f"{name}__{column}", arguments, severity, row_level=True, success=passes, rows=100,
        element_count=100, unexpected_count=failing, failing_rows=np.arange(failing), raw=raw, way="one pass",
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture
def done() -> Preprocessed:
    results = (result("a"), result("b", failing=1), result("c", failing=3, severity="warning"), result("d", failing=9))
    return Preprocessed(Counts(100, 90, 10, 0, 0), results, (), {}, {})


@pytest.fixture
def judged(done: Preprocessed) -> list[Verdict]:
    limited = {result.check_name for result in done.expectations}
    return list(verdicts(done.expectations, (), at_most=0.05, action="quarantine", limited=limited))


def linked(page: Path) -> list[Path]:
    found = re.findall(r'href="([^"#]+)"', page.read_text())
    return [(page.parent / link).resolve() for link in found if "://" not in link]


def test_a_period_shows_what_failed_first_with_its_counts(
    done: Preprocessed, judged: list[Verdict], tmp_path: Path
) -> None:
    assert report(tmp_path, SUBJECT, done, judged) == "shop/2024-01/index.html"
    text = (tmp_path / "shop/2024-01/index.html").read_text()
    rows = re.findall(r'<b>(failed|warned|passed)</b></span></td><td><a id="\w+__(\w)">', text)
    assert rows == [("failed", "d"), ("warned", "c"), ("passed", "b"), ("passed", "a")]
    assert "<td>9 of 100</td>" in text
    assert "/ 2024-01</h2>" in text
    assert "<td>all 100 rows pass</td>" in text
    assert "100 rows read = 90 kept + 10 quarantined" in text
    assert "version <code>01234567</code> of clean" in text
    rows = "http://dagster/assets/shop/quarantine?partition=2024-01"
    assert all(f'href="{address}"' in text for address in (SUBJECT.asset_page, rows, SUBJECT.run_page))
    assert "at least 95 % of the time, as rows_that_fail.at_most is 0.05" in text
    assert "1 of 100 rows fail (0.01) and are quarantined; of those it considers at most 5 % may, by" in text


def test_the_index_tells_of_every_pipeline_and_period(
    done: Preprocessed, judged: list[Verdict], tmp_path: Path
) -> None:
    report(tmp_path, SUBJECT, done, judged)
    report(tmp_path, Subject("shop", "2024-02", VERSION), done, judged[:1])
    report(tmp_path, Subject("timeless", None, VERSION), done, judged[:1])
    assert ">timeless</a> / all rows</h2>" in (tmp_path / "timeless/all/index.html").read_text()
    pipeline, home = (tmp_path / "shop/index.html").read_text(), (tmp_path / "index.html").read_text()
    assert re.findall(r">(\d{4}-\d\d)</a>", pipeline) == ["2024-02", "2024-01"]
    assert "1 failed, 1 warned, 2 passed" in pipeline
    assert re.findall(r'<td><a href="(\w+)/index.html">', home) == ["shop", "timeless"]
    assert '<a href="shop/2024-02/index.html">2024-02</a>' in home
    assert "all rows" in home


def test_every_link_leads_to_a_page(done: Preprocessed, judged: list[Verdict], tmp_path: Path) -> None:
    report(tmp_path, SUBJECT, done, judged)
    own = [tmp_path / "index.html", tmp_path / "shop/index.html", tmp_path / "shop/2024-01/index.html"]
    targets = {target for page in own for target in linked(page)}
    assert targets > set(own)
    assert all(target.is_file() for target in targets)
    assert not list(tmp_path.glob(".new*"))


def test_a_period_judged_again_has_the_new_pages_only(
    done: Preprocessed, judged: list[Verdict], tmp_path: Path
) -> None:
    report(tmp_path, SUBJECT, done, judged)
    report(tmp_path, Subject("shop", "2024-01", "fedcba9876543210"), done, judged[:1])
    text = (tmp_path / "shop/index.html").read_text()
    assert "fedcba98" in text
    assert "01234567" not in text
    assert len(list((tmp_path / "shop/2024-01").rglob("rows.html"))) == 1


def test_without_any_report_the_first_page_says_so(tmp_path: Path) -> None:
    write_home(tmp_path)
    assert "No rows were checked yet: materialize <code>clean</code>" in (tmp_path / "index.html").read_text()


def test_what_was_found_is_text_and_no_markup(done: Preprocessed, tmp_path: Path) -> None:
    evil = Verdict("quarantine_share", passed=False, summary="<script>alert(1)</script>")
    report(tmp_path, SUBJECT, done, [evil])
    assert "<script" not in (tmp_path / "shop/2024-01/index.html").read_text()
