import pyarrow as pa
import pytest

from assets.data.sources.marks import Marks


@pytest.mark.parametrize(
    ("marks", "written", "plain"),
    [
        (Marks(","), "1234,5", "1234.5"),
        (Marks(","), " -0,5 ", "-0.5"),
        (Marks(","), ",5", ".5"),
        (Marks(","), "1,5e3", "1.5e3"),
        (Marks(","), "7", "7"),
        (Marks(","), "1.234,5", ""),
        (Marks(","), "1.5", ""),
        (Marks(",", "."), "1.234.567,89", "1234567.89"),
        (Marks(",", "."), "+1.234", "+1234"),
        (Marks(",", "."), "1234,5", "1234.5"),
        (Marks(",", "."), "1.23", ""),
        (Marks(",", "."), "0.123", ""),
        (Marks(",", "."), "1234.567", ""),
        (Marks(",", "."), "1,234.5", ""),
        (Marks(".", ","), "$1,234.50", ""),
        (Marks(".", ","), "1,234.50", "1234.50"),
        (Marks(",", " "), "1\u00a0234,5", "1234.5"),
        (Marks(",", " "), "1\u202f234\u00a0567", "1234567"),
        (Marks(".", "'"), "1\u2019234.5", "1234.5"),
        (Marks(",", "."), "", ""),
        (Marks(",", "."), "x", ""),
        (Marks(), "1,5", "1,5"),
    ],
)
def test_reads_what_is_a_number_in_the_marks_and_nothing_else(marks: Marks, written: str, plain: str) -> None:
    assert marks.plain(pa.array([written, None])).to_pylist() == [plain, None]
