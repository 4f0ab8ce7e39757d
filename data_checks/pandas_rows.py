"""Arrow rows in the one pandas form in which Great Expectations judges all of its expectations rightly."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from data_checks.floats import as_floats

if TYPE_CHECKING:
    import pandas as pd

EXACT_IN_FLOAT = 2**53
_TIME_ARGUMENTS = ("min_value", "max_value", "value_set")


def to_pandas(rows: pa.Table) -> "pd.DataFrame":
    """Convert rows to the classic pandas types: numpy numbers, datetimes, objects.

    Measured on great_expectations 1.24 with pandas 3: text must be `object` (nothing matches its `str`), a missing
    number must be NaN (`pd.NA` breaks pairs and sums), dates must be timestamps (a date does not compare with one).

    Args:
        rows: any table; columns that begin with `_` are ours and left out. Not modified.

    Returns:
        One row a row, in order, under the index 0 … n-1.
    """
    import pandas as pd

    names = [name for name in rows.column_names if not name.startswith("_")]
    columns = {name: _column(rows.column(name)) for name in names}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows.num_rows), columns=names)


def _column(column: pa.ChunkedArray) -> "pd.Series":
    import pandas as pd

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_decimal(column.type):
        column = as_floats(column)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return pd.Series(column.to_pylist(), dtype=object)
    if column.null_count and pa.types.is_boolean(kind):
        return pd.Series(column.to_pylist(), dtype=object)
    mapper = None
    if column.null_count and pa.types.is_integer(kind):
        exact = _fits_in_float(column)
        column = column.cast(pa.float64() if exact else pa.int64())
        mapper = None if exact else {pa.int64(): pd.Int64Dtype()}.get
    converted: pd.Series = column.to_pandas(date_as_object=False, types_mapper=mapper)
    return converted


def _fits_in_float(column: pa.ChunkedArray) -> bool:
    extremes = pc.min_max(column).as_py()
    return bool(max(abs(extremes["min"] or 0), abs(extremes["max"] or 0)) <= EXACT_IN_FLOAT)


def in_column_types(arguments: dict[str, JsonValue], schema: pa.Schema) -> dict[str, object]:
    """Read the times in an expectation's bounds and sets, which YAML and JSON hold as text.

    Args:
        arguments: of one expectation, with `column` naming the column that is compared.
        schema: of the rows; a time without a zone is taken in the zone of its column.

    Returns:
        The arguments, with timestamps where the column holds dates or times.
    """
    name = arguments.get("column")
    kind = schema.field(name).type if isinstance(name, str) and name in schema.names else pa.null()
    if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return dict(arguments)
    zone = getattr(kind, "tz", None)
    return {key: _times(value, zone) if key in _TIME_ARGUMENTS else value for key, value in arguments.items()}


def _times(value: JsonValue, zone: str | None) -> object:
    import pandas as pd

    if isinstance(value, list):
        return [_times(item, zone) for item in value]
    if not isinstance(value, str):
        return value
    moment = pd.Timestamp(value)
    if zone is not None:
        return (moment.tz_localize(zone) if moment.tzinfo is None else moment.tz_convert(zone)).to_pydatetime()
    return moment.to_pydatetime()
