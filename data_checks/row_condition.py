"""Row conditions as pandas reads them: which rows of a frame one lets through."""

from tokenize import TokenError
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class ConditionError(ValueError):
    """A row condition that does not say of each row whether it lets it through; pandas' own words where it has any."""


def rows_through(frame: "pd.DataFrame", condition: str) -> np.ndarray:
    """Find the rows by what pandas' `query` asks of each, and refuse what `query` would take for labels of rows.

    Args:
        frame: under any index; not modified.
        condition: as pandas' `query` reads it.

    Returns:
        (R,) int64, the ascending positions that it lets through.

    Raises:
        ConditionError: pandas refuses it for these rows, or it gives something else than True or False for each.
    """
    import pandas as pd

    try:
        found = frame.eval(condition, target=None)
    except (KeyError, IndexError) as error:  # pandas' own words list the values
        raise ConditionError("row_condition asks for rows by labels; compare values instead") from error
    except (
        ArithmeticError, AttributeError, NameError, NotImplementedError, SyntaxError, TokenError, TypeError, ValueError
    ) as error:  # fmt: skip
        raise ConditionError(str(error)) from error
    if not isinstance(found, pd.Series) or len(found) != len(frame):
        raise ConditionError("row_condition gives no value for each row; compare a column with something")
    if found.dtype == object and all(isinstance(value, bool | np.bool_) for value in found):
        found = found.astype(bool)
    if not pd.api.types.is_bool_dtype(found.dtype):
        raise ConditionError(
            "row_condition gives something else than True or False for a row; compare with a value, as in `c == 1`"
        )
    return np.flatnonzero(found.fillna(False).to_numpy(dtype=np.bool_))
