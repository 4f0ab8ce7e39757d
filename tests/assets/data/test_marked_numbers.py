from pathlib import Path

import pytest

from assets.data.sources import SourceError
from assets.testing import pipeline_of
from data_checks.verdict import Json


def stored(folder: Path, values: list[str], **source: Json) -> list[object]:
    """What raw holds of a column of numbers that only the contract declares."""
    rows = [f"{value};{place % 2}" for place, value in enumerate(values)]
    (folder / "rows.csv").write_text("\n".join(["price;late", *rows]))
    declared: dict[str, Json] = {
        "source": {"kind": "files", "path": str(folder / "rows.csv"), "delimiter": ";", "decimal": ",", **source},
        "contract": {"columns": {"price": {"type": "number", "nullable": True}, "late": "integer"}},
        "target": {"column": "late"},
        "model": {"kind": "linear"},
    }
    with pipeline_of(declared) as pipeline:
        return list(pipeline.run("clean").table()["price"].to_pylist())


def test_numbers_with_a_decimal_comma_need_no_type_where_all_are(tmp_path: Path) -> None:
    assert stored(tmp_path, ["1,5", "2", "0,25"]) == [1.5, 2.0, 0.25]
    assert stored(tmp_path, ["007", "12"]) == [7.0, 12.0]


@pytest.mark.parametrize("values", [["2,5", "1.234"], ["2,5", "n.a."], ["n.a.", "1.234"]])
def test_text_that_the_contract_would_read_otherwise_is_refused(tmp_path: Path, values: list[str]) -> None:
    message = (
        r"^source\.types does not name 'price': not all its values are numbers with decimal ',', so that all are "
        r"text, of which the contract reads others; write types: {price: number} to be told the first of them, and "
    )
    with pytest.raises(SourceError, match=message):
        stored(tmp_path, values)
    with pytest.raises(SourceError, match=r"numbers with decimal ',' and thousands '\.', so that all are text"):
        stored(tmp_path, [*values, "x"], thousands=".")


def test_what_the_message_proposes_works(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"row 2 after the header has in 'price' no number, see source\.types"):
        stored(tmp_path, ["2,5", "n.a."], types={"price": "number"})
    assert stored(tmp_path, ["2,5", "n.a."], types={"price": "number"}, nulls=["n.a."]) == [2.5, None]
