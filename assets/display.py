"""What people look at in Dagster: plain JSON forms that a version keeps, so that a reused stage shows them again."""

from collections.abc import Mapping, Sequence

from data_checks.verdict import Json

MOST_COLUMNS = 60
STATISTICS = ("nulls", "distinct", "minimum", "maximum", "mean", "deviation")
TOP_SHOWN = 5
WHOLE_FROM = 1000
REASONS = "_reasons"


def markdown(text: str) -> Json:
    """Return a text with markup."""
    return {"markdown": text}


def link(url: str) -> Json:
    """Return an address to follow."""
    return {"url": url}


def docs(path: str) -> Json:
    """Return a report, by its path under the folder that is served for reports."""
    return {"docs": path}


def image(file: str) -> Json:
    """Return a picture, by the name of the version's file that holds it."""
    return {"image": file}


def table(rows: Sequence[Mapping[str, Json]], *, columns: Sequence[str] | None = None) -> Json:
    """Return rows as a table with markup; an empty one says so."""
    return markdown(markdown_table(rows, columns=columns))


def markdown_table(rows: Sequence[Mapping[str, Json]], *, columns: Sequence[str] | None = None) -> str:
    """Return rows as the text of a table with markup.

    >>> print(markdown_table([{"month": "2016-01", "rows": 3}]))
    | month | rows |
    | --- | --- |
    | 2016-01 | 3 |
    """
    if not rows:
        return "none"
    names = list(columns or rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def short(number: float, *, signed: bool = False) -> str:
    """Return a number in few digits, never with an exponent because it is large.

    >>> short(0.123456), short(72345.6)
    ('0.1235', '72,346')
    """
    sign = "+" if signed else ""
    return f"{number:{sign},.0f}" if abs(number) >= WHOLE_FROM else f"{number:{sign}.4g}"


def _cell(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return short(value)
    if isinstance(value, list):
        return "; ".join(_cell(each) for each in value)
    return str(value).replace("|", "\\|").replace("\n", " ")


def preview_table(rows: Sequence[Mapping[str, Json]]) -> str:
    """Return the first rows of a table, as `Version.preview` gives them, as the text of a table with markup.

    Where rows have reasons to be there, these come first: a wide table's last columns are out of sight.
    """
    first = {REASONS} if any(row.get(REASONS) for row in rows) else set()
    names = sorted(rows[0], key=lambda name: name not in first) if rows else []
    return markdown_table(rows, columns=names[:MOST_COLUMNS] or None)


def statistics_table(statistics: Json) -> str:
    """Return the statistics of a table's columns, one line a column, as the text of a table with markup."""
    if not isinstance(statistics, dict):
        return "none"
    lines: list[Mapping[str, Json]] = []
    for column, figures in list(statistics.items())[:MOST_COLUMNS]:
        known = figures if isinstance(figures, dict) else {}
        commonest = _commonest(known.get("top"))
        lines.append({"column": column, **{name: known.get(name) for name in STATISTICS}, "commonest": commonest})
    return markdown_table(lines)


def _commonest(top: Json) -> str:
    pairs = [pair for pair in top if isinstance(pair, list)] if isinstance(top, list) else []
    return ", ".join(f"{_cell(value)} ({count:,})" for value, count in pairs[:TOP_SHOWN])
