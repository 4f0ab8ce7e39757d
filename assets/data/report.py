"""The Data Docs that people open: a page a period with what failed first, and an index of all pipelines and periods."""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, cast

from assets.data.preprocess import Preprocessed
from data_checks.data_docs import STYLE, build
from data_checks.verdict import Json, Verdict

OVERVIEW = "overview.json"
INDEX = "index.html"
ALL = "all"  # the folder of a pipeline without periods
HOME = "Data Docs"
STATES = ("failed", "warned", "passed")


@dataclass(frozen=True)
class Subject:
    """What a report is about.

    Attributes:
        pipeline: its name.
        partition: the key of the period, if any.
        version: the key of the clean version.
        asset_page: address of the asset in Dagster; empty outside of a run.
        run_page: address of the run that judged it; empty outside of one.
    """

    pipeline: str
    partition: str | None
    version: str
    asset_page: str = ""
    run_page: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.pipeline} {self.partition or ''}".strip()

    @property
    def quarantine_page(self) -> str:
        """Address of the asset beside it in Dagster that holds the rows which failed; empty outside of a run."""
        before, _, after = self.asset_page.rpartition("/clean")
        return f"{before}/quarantine{after}" if before else ""


def report(folder: Path, subject: Subject, done: Preprocessed, verdicts: Sequence[Verdict]) -> str:
    """Write the pages of a period anew, in place of those of an earlier version, and the index; a twin waits.

    Args:
        folder: of all reports.
        subject: what was judged.
        done: what came of its rows; with at least one expectation.
        verdicts: on them.

    Returns:
        The path of its first page under the folder.
    """
    site = Path(subject.pipeline, subject.partition or ALL)
    target, at = folder / site, datetime.now(UTC)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new") as staging, (folder / ".lock").open("w") as lock:
        new = Path(staging, "site")
        each = [result for result in done.expectations if result.row_level]
        pages = build(each, done.kept, new, at=at, title=subject.title)
        there = {name: page.relative_to(new).as_posix() for name, page in pages.items()}
        ways = {result.check_name: result.way for result in done.expectations}
        (new / INDEX).write_text(_overview(subject, done, verdicts, at=at, pages=there, ways=ways))
        outcome: dict[str, Json] = {
            "pipeline": subject.pipeline,
            "period": subject.partition,
            "version": subject.version,
            "at": f"{at:%Y-%m-%d %H:%M}",
            "read": done.counts.read,
            "kept": done.counts.kept,
            "quarantined": done.counts.quarantined,
            **{state: sum(_state(verdict) == state for verdict in verdicts) for state in STATES},
        }
        (new / OVERVIEW).write_text(json.dumps(outcome))
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)
        _write_index(folder, subject.pipeline)
        write_home(folder)
    return f"{site.as_posix()}/{INDEX}"


def write_home(folder: Path) -> None:
    """Write the page that lists every pipeline with its newest period; without any, it says how to make one."""
    rows: list[Mapping[str, Json]] = []
    for pipeline in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        found = _outcomes(pipeline)
        if found:
            troubled = sum(bool(outcome["failed"]) for outcome in found)
            newest = _row(found[0], f"{pipeline.name}/")
            rows.append(
                {
                    "pipeline": _link(f"{pipeline.name}/{INDEX}", pipeline.name),
                    **newest,
                    "reports": len(found),
                    "of them with failed checks": troubled,
                }
            )
    text = "<p>The newest period of each pipeline whose contract has expectations.</p>" + _table(rows)
    empty = "<p>No rows were checked yet: materialize <code>clean</code> of a pipeline.</p>"
    _replace(folder / INDEX, _page(HOME, text if rows else empty))


def _write_index(folder: Path, pipeline: str) -> None:
    rows = [_row(outcome, "") for outcome in _outcomes(folder / pipeline)]
    _replace(folder / pipeline / INDEX, _page(pipeline, _table(rows), (("../" + INDEX, HOME),)))


def _outcomes(folder: Path) -> list[dict[str, Any]]:
    """Return what came of each period, the newest first."""
    found = [cast("dict[str, Any]", json.loads(path.read_text())) for path in folder.glob(f"*/{OVERVIEW}")]
    return sorted(found, key=lambda outcome: outcome["period"] or "", reverse=True)


def _row(outcome: Mapping[str, Any], above: str) -> dict[str, Json]:
    period = outcome["period"]
    told = {state: f"{outcome[state]} {state}" for state in STATES if outcome[state]}
    return {
        "period": _link(f"{above}{period or ALL}/{INDEX}", period or "all rows"),
        "checks": _marked(next(iter(told)), ", ".join(told.values())),
        **{name: f"{outcome[name]:,}" for name in ("read", "kept", "quarantined")},
        "version": outcome["version"][:8],
        "checked, UTC": outcome["at"],
    }


def _overview(
    subject: Subject,
    done: Preprocessed,
    verdicts: Sequence[Verdict],
    *,
    at: datetime,
    pages: Mapping[str, str],
    ways: Mapping[str, str],
) -> str:
    links = [(subject.asset_page, "the asset in Dagster"), (subject.run_page, "the run that checked it")]
    if done.counts.quarantined:
        links.insert(1, (subject.quarantine_page, "the rows in quarantine"))
    told = [f"Checked {at:%Y-%m-%d %H:%M} UTC", f"version <code>{escape(subject.version[:8])}</code> of clean"]
    told += [_link(address, name) for address, name in links if address]
    counts = done.counts
    fate = f"{counts.read:,} rows read = {counts.kept:,} kept + {counts.quarantined:,} quarantined"
    text = (
        f"<p>{' · '.join(told)}</p><p><b>{fate} + {counts.duplicates:,} left out as repeats</b></p>"
        f"{_table(list(_checks(verdicts, pages, ways)))}"
        "<p>Each verdict is the library's own. Rows that fail a critical expectation are quarantined; where it writes "
        "no <code>mostly</code>, as many may as the contract's <code>rows_that_fail.at_most</code> says. Checks that "
        "compare periods, and those of other stages, stand in Dagster only.</p>"
    )
    above = (("../../" + INDEX, HOME), ("../" + INDEX, subject.pipeline))
    return _page(subject.title, text, above)


def _checks(
    verdicts: Sequence[Verdict], pages: Mapping[str, str], ways: Mapping[str, str]
) -> Iterator[Mapping[str, Json]]:
    ordered = sorted(verdicts, key=lambda one: (STATES.index(_state(one)), not one.evidence.get("unexpected_count")))
    for verdict in ordered:
        evidence, state = verdict.evidence, _state(verdict)
        is_row = evidence.get("row_level", False)
        page = pages["incoming" if is_row else "kept"] if verdict.check in ways else ""
        failing = f"{evidence['unexpected_count']:,} of {evidence['rows']:,}" if is_row else ""
        yield {
            "": _marked(state, state),
            "check": f'<a id="{escape(verdict.check)}"></a>' + (_link(page, verdict.check) if page else verdict.check),
            "severity": verdict.severity,
            "rows that fail": failing,
            "found": escape(verdict.summary.removeprefix(f"{verdict.check}: ")),
            "counted by": ways.get(verdict.check, ""),
        }


def _state(verdict: Verdict) -> str:
    return "passed" if verdict.passed else "failed" if verdict.severity == "critical" else "warned"


def _marked(state: str, text: str) -> str:
    kind = {"failed": "danger", "warned": "warning", "passed": "success"}[state]
    return f'<span class="text-{kind}"><b>{escape(text)}</b></span>'


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _table(rows: Sequence[Mapping[str, Json]]) -> str:
    """Return rows as a table; the cells are markup already."""
    head = "".join(f"<th>{name}</th>" for name in (rows[0] if rows else ()))
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row.values()) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _page(title: str, body: str, above: Sequence[tuple[str, str]] = ()) -> str:
    own = title.removeprefix(above[-1][1]).strip() or "all rows" if above else title
    way = " / ".join([*(_link(address, name) for address, name in above), escape(own)])
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{STYLE}'
    return f"<!doctype html><html><head>{head}</head><body><h2>{way}</h2>{body}</body></html>"


def _replace(path: Path, text: str) -> None:
    staged = path.with_name(f".{path.name}.new")
    staged.write_text(text)
    staged.replace(path)
