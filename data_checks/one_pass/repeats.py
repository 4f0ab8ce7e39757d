"""A first look at all rows, for expectations that can't be told from one batch."""

from collections.abc import Sequence

import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_library import check_forms, identity_of
from data_checks.expectation_report import Found
from data_checks.one_pass.batch import Batch
from data_checks.one_pass.key import Key
from data_checks.one_pass.members import Collected
from data_checks.one_pass.rules import UNIQUE, key_columns, needs_all_rows


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
        """Begin.

        Args:
            expectations: as declared.
            schema: of every batch.

        Raises:
            ExpectationError: the library refuses the arguments of an expectation.
        """
        check_forms(expectations, schema)
        self._schema = schema
        self._keys: dict[str, Key] = {}
        self._collected: dict[str, Collected] = {}
        self._found: dict[str, Found] = {}
        needing = {identity_of(e): e for e in expectations if needs_all_rows(e, schema)}
        ordered = sorted(needing.items(), key=lambda item: item[1].name != UNIQUE)
        single: dict[str, Key] = {}
        for identity, expectation in ordered:
            columns = key_columns(expectation, schema)
            if expectation.name == UNIQUE and columns:
                self._keys[identity] = single.setdefault(columns[0], Key(columns, "any_value_is_missing"))
            elif columns:
                ignore = str(expectation.arguments["ignore_row_if"])
                implying = [single[name] for name in columns if name in single and ignore.startswith("any")]
                self._keys[identity] = Key(columns, ignore, implying[0] if implying else None)
            else:
                self._collected[identity] = Collected(expectation, schema)

    @property
    def needed(self) -> bool:
        """Whether the rows must be looked at, once or once more."""
        return len(self._found) < len(self._collected) or not all(key.done for key in self._keys.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the next look needs, in the order of the schema."""
        needed = {name for key in self._keys.values() if not key.waits for name in key.columns}
        if not self._found:
            needed |= {name for member in self._collected.values() for name in member.columns}
        return tuple(name for name in self._schema.names if name in needed)

    def look(self, rows: pa.Table) -> None:
        """Take note of one batch; not modified."""
        batch = Batch(rows)
        for key in dict.fromkeys(self._keys.values()):
            key.look(batch)
        if not self._found:
            for member in self._collected.values():
                member.look(batch, 0)

    def finish(self) -> None:
        """Conclude a look, after its last batch."""
        if not self._found:
            self._found = {identity: member.found() for identity, member in self._collected.items()}
        for key in reversed(dict.fromkeys(self._keys.values())):  # what is implied waits for the next look
            key.finish()
        for key in self._keys.values():
            key.settle()

    def found(self, expectation: Expectation) -> Found | Key | None:
        """What was found of an expectation; none if it needs no first look.

        Raises:
            ValueError: the first look is not finished.
        """
        if self.needed:
            raise ValueError(
                "repeats is not finished: uniqueness can't be told from one batch; look at all rows and call finish "
                "while it is needed"
            )
        identity = identity_of(expectation)
        return self._keys.get(identity) or self._found.get(identity)
