"""How a version and its verdicts appear in Dagster: the telling first, all pictures in one place, numbers short."""

import base64
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import dagster as dg

from assets.display import markdown_table, preview_table, short, statistics_table
from assets.execution import Done
from assets.versions.version import Version
from data_checks.verdict import Json, Verdict

MOST_IMAGE_BYTES = 150_000
LONGEST_LINE = 120
NOTHING: tuple[Json, ...] = (None, "", [], {})
COUNTED_BY_ROW = {"row_level", "element_count", "unexpected_count", "unexpected_share"}
Scalar = bool | int | float | str | None


def version_metadata(done: Done, table: str | None, *, docs_page: str) -> dict[str, dg.MetadataValue]:
    """Return what the page of an asset shows.

    Args:
        done: what came of the stage.
        table: the version's table that the asset stands for, if any.
        docs_page: the address under which the reports are served.
    """
    version = done.version
    shown = version.manifest["metadata"]
    pictures = {
        name: str(value["image"]) for name, value in shown.items() if isinstance(value, dict) and "image" in value
    }
    others = {name: value for name, value in shown.items() if name not in pictures}
    return {
        "reused": dg.MetadataValue.bool(done.reused),
        "why": dg.MetadataValue.text("; ".join(done.why)),
        **{name: dg.MetadataValue.int(count) for name, count in version.manifest["counts"].items()},
        **_pictures(version, pictures),
        **{name: _value(value, docs_page) for name, value in others.items()},
        **(_table(version, table) if table else {}),
        "version": dg.MetadataValue.text(version.key),
        "folder": dg.MetadataValue.path(str(version.folder)),
    }


def verdict_metadata(verdict: Verdict, version: Version, *, docs_page: str) -> dict[str, dg.MetadataValue]:
    """Return what the page of a check shows: its evidence without what is empty, and which version it is about.

    Args:
        verdict: what the check said.
        version: of what.
        docs_page: as for `version_metadata`; the link leads to the check's line in the Data Docs.
    """
    told = {name: value for name, value in _judged(verdict.evidence).items() if value not in NOTHING}
    partition = version.address.partition
    return {
        **({"partition": dg.MetadataValue.text(partition)} if partition else {}),
        **{name: _value(value, "") for name, value in told.items()},
        **_docs_of(verdict, version, docs_page),
        "version": dg.MetadataValue.text(version.key),
    }


def _judged(evidence: Mapping[str, Json]) -> Mapping[str, Json]:
    """Say what an expectation judged; of a whole column or table no row fails by itself, and none is counted."""
    match evidence.get("row_level"):
        case None:
            return evidence
        case True:
            return {"judged": "each row as it came"} | {n: v for n, v in evidence.items() if n != "row_level"}
        case _:
            told = {name: value for name, value in evidence.items() if name not in COUNTED_BY_ROW}
            return {"judged": "the kept rows together"} | told


def _docs_of(verdict: Verdict, version: Version, docs_page: str) -> dict[str, dg.MetadataValue]:
    found = version.manifest["metadata"].get("Data Docs")
    if not isinstance(found, dict) or "expectation" not in verdict.evidence:
        return {}
    return {"Data Docs": dg.MetadataValue.url(f"{docs_page}/{found['docs']}#{verdict.check}")}


def _pictures(version: Version, files: Mapping[str, str]) -> dict[str, dg.MetadataValue]:
    """Show all pictures at one click, in the page itself since it can't open files; large ones would bloat the log."""
    paths = {name: version.path(file) for name, file in files.items()}
    small = {name: path for name, path in paths.items() if path.stat().st_size <= MOST_IMAGE_BYTES}
    shown: dict[str, dg.MetadataValue] = {}
    if small:
        encoded = {name: base64.b64encode(path.read_bytes()).decode() for name, path in small.items()}
        shown["plots"] = dg.MetadataValue.md(
            "\n\n".join(f"![{name}](data:image/png;base64,{text})" for name, text in encoded.items())
        )
    return shown | {name: dg.MetadataValue.path(str(path)) for name, path in paths.items() if name not in small}


def _value(value: Json, docs_page: str) -> dg.MetadataValue:
    match value:
        case {"markdown": str(text)}:
            return dg.MetadataValue.md(text)
        case {"url": str(url)}:
            return dg.MetadataValue.url(url)
        case {"docs": str(path)}:
            return dg.MetadataValue.url(f"{docs_page}/{path}")
        case dict():
            return _named(value)
        case list():
            return _listed(value)
        case _:
            return _scalar(value)


def _named(values: Mapping[str, Json]) -> dg.MetadataValue:
    """Show flat values in a line or as a table, flat groups of them as a table, and all others as JSON."""
    if values and all(_is_flat(value) for value in values.values()):
        return _listed([{"name": name, **value} for name, value in values.items() if isinstance(value, dict)])
    if not all(_is_scalar(value) for value in values.values()):
        return dg.MetadataValue.json(values)
    line = ", ".join(f"{name} {_said(value)}" for name, value in values.items())
    if len(line) <= LONGEST_LINE:
        return dg.MetadataValue.text(line)
    return dg.MetadataValue.md(markdown_table([{"name": name, "value": value} for name, value in values.items()]))


def _listed(values: Sequence[Json]) -> dg.MetadataValue:
    if all(_is_scalar(value) for value in values):
        return dg.MetadataValue.text(", ".join(_said(value) for value in values) or "none")
    if all(isinstance(value, dict) for value in values):
        rows = [value for value in values if isinstance(value, dict)]
        told = [name for name in rows[0] if any(row.get(name) not in NOTHING for row in rows)]
        return dg.MetadataValue.md(markdown_table(rows, columns=told))
    return dg.MetadataValue.json(list(values))


def _is_flat(value: Json) -> bool:
    return isinstance(value, dict) and all(_is_scalar(each) for each in value.values())


def _is_scalar(value: Json) -> TypeGuard[Scalar]:
    return not isinstance(value, dict | list)


def _said(value: Json) -> str:
    return short(value) if isinstance(value, float) else str(value)


def _scalar(value: Scalar) -> dg.MetadataValue:
    match value:
        case None:
            return dg.MetadataValue.null()
        case bool():
            return dg.MetadataValue.bool(value)
        case int():
            return dg.MetadataValue.int(value)
        case float():
            return dg.MetadataValue.float(float(f"{value:.6g}"))
        case str():
            return dg.MetadataValue.text(value)


def _table(version: Version, table: str) -> dict[str, dg.MetadataValue]:
    name = f"{table}.parquet"
    entry = version.manifest["files"][name]
    columns = [dg.TableColumn(column, kind) for column, kind in entry["schema"].items()]
    return {
        "preview": dg.MetadataValue.md(preview_table(version.preview(table))),
        "statistics": dg.MetadataValue.md(statistics_table(version.manifest["statistics"][name])),
        "dagster/row_count": dg.MetadataValue.int(entry["rows"]),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }
