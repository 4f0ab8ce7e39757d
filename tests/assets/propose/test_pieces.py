from pathlib import Path

import pyarrow as pa
import pytest

from assets.propose.pieces import Pieces, find


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["arrival_date_year", "arrival_date_month", "arrival_date_day_of_month"], "arrival_date"),
        (["year", "month", "day"], "date"),
        (["saleYear", "saleMonth", "saleDay"], "sale_date"),
        (["year", "month", "day", "date"], "date_of_event"),
    ],
)
def test_finds_pieces_by_their_names(names: list[str], expected: str) -> None:
    found = find(pa.schema([(name, pa.int64()) for name in names]))
    assert found == Pieces(names[0], names[1], names[2], expected)


@pytest.mark.parametrize("names", [["year_built", "month", "day"], ["year", "month"], ["season", "month", "day"]])
def test_finds_none_where_names_do_not_fit(names: list[str]) -> None:
    assert find(pa.schema([(name, pa.int64()) for name in names])) is None


def test_years_that_are_none_are_no_pieces() -> None:
    pieces = Pieces("year", "month", "day", "date")
    assert pieces.dates(pa.table({"year": [0, 2], "month": [1, 2], "day": [1, 2]})) is None


def test_the_module_derives_what_was_seen(tmp_path: Path) -> None:
    pieces = Pieces("the year", "mnth", "d", "when")
    rows = pa.table({"the year": [2024, 2024, 2023, None], "mnth": ["Sept", "feb", "Feb", "May"], "d": [30, 29, 29, 1]})
    space: dict[str, object] = {}
    exec(pieces.module(), space)
    derived = space["event_date"](rows)  # type: ignore[operator]
    assert [str(value) for value in derived["when"].to_pylist()] == ["2024-09-30", "2024-02-29", "None", "None"]
    assert derived.column_names == [*rows.column_names, "when"]
    seen = pieces.dates(rows)
    assert seen is not None
    assert seen.equals(derived["when"])
