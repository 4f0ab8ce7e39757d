"""An expectation on rows that a function of the pipeline's own judges: `expect_rows`, as a declaration writes it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Never

from data_checks.expectation_table import Argument, Form
from data_checks.named_function import USE
from data_checks.verdict import Json

EXPECT_ROWS = "expect_rows"
FORM = Form(
    kind="rows",
    row_level=True,
    summary="Expect each row to pass a function of the pipeline's own.",
    arguments={
        "use": Argument(("string",), required=True),
        "name": Argument(("string",), required=True),
        "column_list": Argument(("array",)),
        "mostly": Argument(("number",), minimum=0, maximum=1),
        "description": Argument(("string",)),
    },
)
"""The function takes the rows as a pyarrow table, of `column_list` or all, and returns a boolean for each: False fails,
null is not judged. Rows come in batches of any size, so it must judge each row by itself."""


def faults(arguments: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Say what is wrong with the arguments beyond their types, each with its argument."""
    for argument, pattern, wrong in (
        ("use", USE, "no function: {!r} must be 'module:function'; write such a name"),
        ("name", r"^[A-Za-z0-9_]+$", "no name for a check: {!r} must be letters, digits and _; write such a name"),
    ):
        value = arguments.get(argument)
        if isinstance(value, str) and not re.match(pattern, value):
            yield argument, f"{EXPECT_ROWS}.{argument} is {wrong.format(value)}"


@cache
def make_known_to_library() -> None:
    """Let the library's pages show the expectation; it is judged without the library."""
    from great_expectations.expectations.expectation import BatchExpectation

    class ExpectRows(BatchExpectation):  # type: ignore[misc]  # registers itself by its name
        """Expect each row to pass a function of the pipeline's own."""

        use: str
        name: str
        column_list: list[str] | None = None
        mostly: float = 1.0

        def _validate(self, *_: object, **__: object) -> Never:
            raise NotImplementedError(f"{EXPECT_ROWS} is judged by data_checks.one_pass; call that")
