"""The one door to Great Expectations: imported late, without telemetry, progress bars and files."""

import os
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext


def library_context() -> "EphemeralDataContext":
    """Import the library (seconds of CPU the first time) and open a context that lives in memory."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read when the library is imported
    with warnings.catch_warnings():
        # great_expectations 1.24 imports `sre_constants` and `sre_parse`, deprecated since python 3.11
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context
