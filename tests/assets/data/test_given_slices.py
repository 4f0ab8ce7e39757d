from collections.abc import Sequence

import pyarrow as pa
import pytest

from assets.data.given_slices import GivenSlices
from assets.data.given_split import part_of_each
from assets.data.slice_counts import SliceCounts

FOLDS = part_of_each({"train": ("1", "2"), "test": ("4",), "validation": ("3",)})


def slices(values: pa.Array, column: str = "fold") -> list[int]:
    batch = pa.record_batch({"fold": values})
    placed = GivenSlices(column, FOLDS).place(batch)
    assert placed.moved is None
    return list(placed.slices.tolist())


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["4", "1", None, "2", "3", "7"]),
        pa.array([4, 1, None, 2, 3, 7]),
        pa.array(["4", "1", None, "2", "3", "7"]).dictionary_encode(),
        pa.array(["4", "1", None, "2", "3", "7"], pa.large_string()),
    ],
    ids=lambda values: str(values.type),
)
def test_each_part_is_a_slice_and_what_makes_none_is_the_last(values: pa.Array) -> None:
    assert slices(values) == [2, 0, 3, 0, 1, 3]


def test_values_are_the_names_of_the_parts_where_nothing_else_is_said() -> None:
    batch = pa.record_batch({"_file": ["test", "validation", "train", "other"]})
    assert GivenSlices("_file", part_of_each(None)).place(batch).slices.tolist() == [2, 1, 0, 3]


@pytest.mark.parametrize("values", [[[1], [2]], [b"\xff", b"a"]], ids=["lists", "bytes"])
def test_a_column_that_tells_no_parts_is_left_to_the_division(values: Sequence[object]) -> None:
    assert slices(pa.array(values)) == [3, 3]
    assert slices(pa.array(["1", "2"]), column="elsewhere") == [3, 3]


def test_neither_cut_nor_order_changes_counts() -> None:
    rows = pa.table({"fold": [1, 2, 3, 4, 5] * 20, "price": [float(n) for n in range(100)]})
    found = []
    for way, size in ((rows, 100), (rows, 7), (rows.sort_by("fold"), 13)):
        counts = SliceCounts(GivenSlices("fold", FOLDS))
        for batch in way.combine_chunks().to_batches(max_chunksize=size):
            counts.take(batch)
        found.append(counts.table())
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])
    assert set(found[0]["slice"].to_pylist()) == {0, 1, 2, 3}


def test_which_slice_is_which_is_told() -> None:
    assert GivenSlices("fold", FOLDS).told() == {
        "slices": ["train", "validation", "test", None],
        "column": "fold",
        "values": {"1": "train", "2": "train", "3": "validation", "4": "test"},
    }
