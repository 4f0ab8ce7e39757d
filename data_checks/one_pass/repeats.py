"""A first look at all rows, for expectations that can't be told from one batch."""

from collections.abc import Sequence

import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_library import identity_of
from data_checks.expectation_report import Found
from data_checks.one_pass.members import Collected, columns_for, needs_first_look


class Repeats:
    """Finds what repeats over all rows, before an `Examination` of the same rows in the same order.

    ```python
    repeats = Repeats(expectations, schema)
    while repeats.needed:
        for rows in stream():  # of repeats.columns, or of all
            repeats.look(rows)
        repeats.finish()
    ```
    """

    def __init__(self, expectations: Sequence[Expectation], schema: pa.Schema) -> None:
        self._members = {identity_of(e): Collected(e, schema) for e in expectations if needs_first_look(e)}
        self._columns = {name for e in expectations if needs_first_look(e) for name in columns_for(e, schema)}
        self._schema = schema
        self._found: dict[str, Found] = {}

    @property
    def needed(self) -> bool:
        """Whether the rows must be looked at, once or once more."""
        return len(self._found) < len(self._members)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the next look needs, in the order of the schema."""
        return tuple(name for name in self._schema.names if name in self._columns)

    def look(self, rows: pa.Table) -> None:
        """Take note of one batch; not modified."""
        for member in self._members.values():
            member.look(rows, 0)

    def finish(self) -> None:
        """Conclude a look, after its last batch."""
        self._found = {key: member.found() for key, member in self._members.items()}

    def found(self, expectation: Expectation) -> Found | None:
        """What was found of an expectation; none if it needs no first look.

        Raises:
            ValueError: the first look is not finished.
        """
        if self.needed:
            raise ValueError(
                "repeats is not finished: uniqueness can't be told from one batch; look at all rows and call finish "
                "while it is needed"
            )
        return self._found.get(identity_of(expectation))
