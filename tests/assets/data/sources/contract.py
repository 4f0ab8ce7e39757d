"""The law of `assets.data.sources`, which every kind of source is held to."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import pyarrow as pa
import pytest

from assets.data.sources import SourceError

ROWS = pa.table({"id": [1, 2, 3], "name": ["a", None, "c"], "price": [1.5, 2.0, None]})


class SourceContract(ABC):
    """Inherit, and say how a source of these rows is made and read."""

    @abstractmethod
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        """Batches of a new source that holds the rows."""

    def test_gives_the_rows_in_their_order(self, tmp_path):
        assert pa.Table.from_batches(self.read(ROWS, tmp_path)).to_pylist() == ROWS.to_pylist()

    def test_gives_plain_types_under_one_schema(self, tmp_path):
        batches = list(self.read(ROWS, tmp_path))
        assert [field.type for field in batches[0].schema] == [pa.int64(), pa.string(), pa.float64()]
        assert all(batch.schema.equals(batches[0].schema, check_metadata=True) for batch in batches)

    def test_begins_anew_with_every_call(self, tmp_path):
        first = pa.Table.from_batches(self.read(ROWS, tmp_path))
        assert pa.Table.from_batches(self.read(ROWS, tmp_path)).equals(first)

    def test_refuses_names_that_are_ours(self, tmp_path):
        with pytest.raises(
            SourceError, match=r"source has columns that begin with an underscore: \['_row'\] are reserved"
        ):
            list(self.read(pa.table({"_row": [1]}), tmp_path))
