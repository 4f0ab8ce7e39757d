import re
import traceback
from collections.abc import Iterator

import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.period import Partitions, Period
from assets.data.sources import PythonSource, SourceError
from assets.data.sources.arrow import BATCH_BYTES
from tests.assets.data.sources import yielding
from tests.assets.data.sources.contract import SourceContract

JULY = Partitions(every="month", column="at", start="2015-06", time_zone="Europe/Lisbon").period("2015-07")


def read(name: str, period: Period | None = None) -> list[pa.RecordBatch]:
    return list(PythonSource(kind="python", use=f"{yielding.__name__}:{name}").batches(period))


class TestBatches(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        yielding.GIVEN["rows"] = rows
        return iter(read("batches"))


class TestFrames(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        yielding.GIVEN["rows"] = rows
        return iter(read("frames"))


def test_is_given_the_bounds_of_the_period_in_its_zone():
    (rows,) = read("bounds", JULY)
    assert rows.to_pylist() == [{"start": "2015-07-01 00:00:00+01:00", "end": "2015-08-01 00:00:00+01:00"}]
    (rows,) = read("bounds")
    assert rows.to_pylist() == [{"start": "None", "end": "None"}]


def test_what_is_too_large_is_cut():
    batches = read("one_large")
    assert max(batch.nbytes for batch in batches) <= BATCH_BYTES
    assert sum(map(len, batches)) == 5_000_000


def test_reads_lazily():
    batches = PythonSource(kind="python", use=f"{yielding.__name__}:raising").batches()
    assert next(batches).to_pylist() == [{"a": 1}]


def test_the_fingerprint_is_unknown_until_read():
    assert PythonSource(kind="python", use="a:b").fingerprint() is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", r"source\.use names a function that is not there: '.*:nothing' says .*; mend the name"),
        ("none", r"source\.use yields nothing: '.*:none' gave 0 batches for 2015-07, and one is needed"),
        ("no_generator", r"source\.use is no generator: '.*' returned a Table; let it yield"),
        ("no_table", r"source\.use yields no table: batch 2 of '.*' is a dict; yield pyarrow tables"),
        ("two_schemas", r"yields batches of two schemas: '.*' gave \[.*a: string.*\] after \[.*a: int64.*\]; give"),
        ("without_bounds", r"raised TypeError: without_bounds\(\) got an unexpected keyword argument 'start' for"),
        ("raising", r"source\.use fails: '.*' raised KeyError: 'spent' at yielding\.py:\d+ for 2015-07; mend the"),
        ("opening", r"raised FileNotFoundError: .* '/no/such/file' at yielding\.py:\d+ for 2015-07; mend the"),
    ],
)
def test_refuses_with_one_sentence(name, message):
    with pytest.raises(SourceError, match=message) as raised:
        read(name, JULY)
    assert not re.search(r"\n", str(raised.value))


def test_a_service_that_is_away_passes_so_that_it_is_asked_again():
    with pytest.raises(ConnectionRefusedError, match="away"):
        read("without_service")


def test_refuses_what_is_no_function():
    with pytest.raises(ValidationError, match=r"String should match pattern"):
        PythonSource(kind="python", use="module")


def test_a_frame_of_mixed_values_is_told_with_its_batch():
    message = r"source\.use yields a frame of mixed values: batch 1 of '.*:mixed_values' is no table: .*; give each col"
    with pytest.raises(SourceError, match=message):
        read("mixed_values")


@pytest.mark.parametrize("name", ["telling_a_value", "mixed_values"])
def test_a_hidden_value_is_in_no_error_and_no_cause(name):
    with pytest.raises(SourceError, match=r"source\.use ") as raised:
        list(PythonSource(kind="python", use=f"{yielding.__name__}:{name}").batches(hidden=True))
    assert "123-45-6789" not in "".join(traceback.format_exception(raised.value))
