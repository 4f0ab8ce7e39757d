"""Great Expectations' own pages on what was found, written from results that are already there, readable offline."""

import html
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_checks.expectation_library import library_context
from data_checks.expectation_result import ExpectationResult
from data_checks.expectation_table import expectation_table
from data_checks.row_rule import make_known_to_library
from data_checks.verdict import Json

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

_SITE = "contract"
_VIEW = {"module_name": "data_checks.compiled_pages", "class_name": "CompiledPage"}
# scripts, which need libraries of other hosts, and what else would be fetched from there
_REMOTE = re.compile(
    r"<script\b.*?</script>|<(?:link|img)\b[^>]*\b(?:href|src)=\s*\"https?://[^>]*>|<link\b[^>]*favicon[^>]*>",
    re.DOTALL,
)
_MEANT = {
    "incoming": "The expectations on single rows, on the rows as they came, without repeats; rows that fail a critical "
    "one are quarantined where the contract says so.",
    "kept": "The expectations on whole columns and tables, on the rows that were kept.",
}
STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1200px; padding: 1rem; color: #222 }
nav.navbar, .cooltip .top, button, .modal, footer, .sticky, .mb-4, a[data-toggle="collapse"] { display: none }
.ge-index-page-site-name-title, .ge-index-page-tabs-container { display: none }
a[href*="expectations/"] { color: inherit; pointer-events: none; text-decoration: none }
h4, h5, h6 { font-size: 1.1rem; margin: .8rem 0 .4rem }
table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #ccc; padding: .4rem; vertical-align: top }
table table td, table table th { padding: .2rem .4rem } ul { padding-left: 1.2rem }
.badge, .param-span { background: #eef; border-radius: 4px; padding: 0 .3rem }
.text-success, .badge-success { color: #16793a } .text-danger, .badge-danger { color: #b3261e }
.text-warning, .badge-warning { color: #8a5a00 }
.fa-check-circle::before { content: "\\2713" } .fa-times::before { content: "\\2717" }
.fa-exclamation-triangle::before, .fa-exclamation::before { content: "!" }
.col-md-10 { display: flex; flex-direction: column }
.ge-section { order: 2 } .ge-section:has(.text-danger, .text-warning) { order: 1 } #section-1 { order: 0 }
tr:target, tr:has(:target) { background: #fff6d6 }
</style>"""


class DataDocsError(RuntimeError):
    """The library left out a page; it reports why only to its log."""


def build(
    before: Sequence[ExpectationResult],
    after: Sequence[ExpectationResult],
    folder: Path,
    *,
    at: datetime | None = None,
    title: str = "Data Docs",
) -> dict[str, Path]:
    """Write the Data Docs of one version: a page on the incoming rows and one on the kept rows, what failed first.

    Each leads to an `index.html` in the folder, which the caller writes. Nothing is judged anew, values of sensitive
    columns are not in the results that it shows, and what the library would fetch from other hosts (styles and scripts
    that would see the page) is taken out of the pages.

    Args:
        before: results on the incoming rows; may be empty if the others are not.
        after: results on the kept rows; likewise.
        folder: where the site goes, made if it is not there.
        at: when the rows were judged, shown on the pages; now if it is not given.
        title: the heading of every page.

    Returns:
        The page on the `incoming` rows and that on the `kept` rows, those that there are results for.

    Raises:
        ValueError: there is no result to show.
        DataDocsError: the library did not write a page.
    """
    pages = {name: results for name, results in (("incoming", before), ("kept", after)) if results}
    if not pages:
        raise ValueError("contract.expectations is empty: no result to make Data Docs of; declare an expectation first")
    site = folder.resolve()
    context = library_context()
    make_known_to_library()
    context.add_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "site_section_builders": {"expectations": "None", "profiling": "None", "validations": {"view": _VIEW}},
        },
    )
    moment = at or datetime.now(UTC)
    for name, results in pages.items():
        _add(context, name, results, moment)
    context.build_data_docs(site_names=[_SITE], build_index=False)  # the index costs as much as the pages
    return _made_readable_offline(site, pages, title)


def _add(context: "EphemeralDataContext", name: str, results: Sequence[ExpectationResult], moment: datetime) -> None:
    from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier
    from great_expectations.core.expectation_validation_result import expectationValidationResultSchema
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    met = sum(result.success for result in results)
    statistics: dict[str, Json] = {
        "evaluated_expectations": len(results),
        "successful_expectations": met,
        "unsuccessful_expectations": len(results) - met,
        "success_percent": 100 * met / len(results),
    }
    run = RunIdentifier(run_name=_SITE, run_time=moment)
    validation = ExpectationSuiteValidationResult(
        success=met == len(results),
        results=[expectationValidationResultSchema.load(dict(result.raw)) for result in results],
        suite_name=f"{name} rows",
        statistics=statistics,
        meta={
            "great_expectations_version": expectation_table().version,
            "batch_kwargs": {"data_asset_name": f"{max(result.rows for result in results)} {name} rows"},
            "run_id": run.to_json_dict(),
        },
    )
    suite = ExpectationSuiteIdentifier(name)
    identifier = ValidationResultIdentifier(suite, run, batch_identifier="rows")
    context.validation_results_store.set(identifier, validation)


def _made_readable_offline(site: Path, pages: dict[str, Sequence[ExpectationResult]], title: str) -> dict[str, Path]:
    found = {name: page for name in pages for page in (site / "validations" / name).rglob("*.html")}
    if missing := pages.keys() - found.keys():
        raise DataDocsError(
            f"contract.expectations has no page on {', '.join(sorted(missing))} rows: great_expectations left it out; "
            "look at its log for the cause"
        )
    shutil.rmtree(site / "static", ignore_errors=True)  # fonts and pictures that no page shows
    for name, page in found.items():
        text = _REMOTE.sub("", page.read_text())
        back = "../" * (len(page.relative_to(site).parts) - 1)
        heading = (
            f'<h2><a href="{back}index.html">{html.escape(title)}</a> / {name} rows</h2><p>{_MEANT[name]} The verdicts '
            "of the checks stand on the page before.</p>"
        )
        head, body, rest = text.partition("<body>")
        page.write_text(head.replace("</head>", STYLE + "</head>") + body + heading + rest)
    return found
