import pyarrow as pa
import pytest

from assets.release.mlflow_format import _column, frame_rows


@pytest.mark.parametrize(
    ("kind", "nullable", "values"),
    [
        (pa.uint64(), False, [0, 2**63 + 5]),
        (pa.uint64(), False, [7, 8]),
        (pa.int64(), True, [2**60 + 1, None]),
        (pa.int64(), False, [2**60 + 1, -5]),
        (pa.uint8(), False, [0, 255]),
        (pa.float32(), True, [0.5, None]),
    ],
)
def test_mlflow_accepts_the_numbers_of_the_signature(kind: pa.DataType, nullable: bool, values: list[object]) -> None:
    from mlflow.models.utils import validate_schema
    from mlflow.types import Schema

    inputs = pa.schema([pa.field("n", kind, nullable=nullable)])
    frame = frame_rows(pa.table({"n": pa.array(values, kind), "other": ["x", "y"]}), inputs).to_pandas()
    validate_schema(frame, Schema([_column(field) for field in inputs]))
    assert list(frame.columns) == ["n"]
