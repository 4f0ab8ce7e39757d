"""One key of the rows, whose repeats are found in one look, and proven in a second if there are any."""

from collections.abc import Sequence

import numpy as np

from data_checks.one_pass.batch import Batch
from data_checks.one_pass.column_rules import NOTHING, Outcome
from data_checks.one_pass.judge import Tally
from data_checks.one_pass.keys import is_exact, key_numbers
from data_checks.one_pass.numbers import Numbers
from data_checks.one_pass.tuple_rules import judged_rows


class Key:
    """Finds the keys that several rows share.

    The keys of one column that is not text are compared as they are. Others are compared by 64-bit numbers: if no two
    are equal, no two keys are. Where some are, a second look numbers just those rows anew, and keys that agree in both,
    in 128 bits, are taken for equal.
    """

    def __init__(self, columns: Sequence[str], ignore: str, implied_by: "Key | None" = None) -> None:
        """Begin.

        Args:
            columns: of the key.
            ignore: which rows do not count, in the library's words for `ignore_row_if`.
            implied_by: a key of one of these columns: if that one is unique, this one is, and needs no look.
        """
        self.columns, self._ignore, self._implied_by = tuple(columns), ignore, implied_by
        self._numbers = Numbers()
        self._repeated: list[np.ndarray] = []
        self._exact = True
        self._done = False

    @property
    def done(self) -> bool:
        """Whether all repeats are known."""
        return self._done

    @property
    def unique(self) -> bool:
        """Whether no key repeats, once it is done."""
        return not all(map(len, self._repeated))

    @property
    def waits(self) -> bool:
        """Whether the next look is none of its business."""
        return self._done or (self._implied_by is not None and not self._implied_by.done)

    def look(self, batch: Batch) -> None:
        """Take note of a batch."""
        if self.waits:
            return
        views = [batch[name] for name in self.columns]
        self._exact = is_exact(views)
        judged = judged_rows(views, self._ignore)
        if self._repeated:
            judged = self._suspects(batch, judged)
        self._numbers.add(key_numbers(views, judged, seed=len(self._repeated) + 1))

    def finish(self) -> None:
        """Conclude a look."""
        if self.waits:
            return
        self._repeated.append(self._numbers.repeated())
        self._numbers = Numbers()
        self._done = self._exact or self.unique or len(self._repeated) == 2

    def settle(self) -> None:
        """Be done without a look, if a key of one of its columns is unique."""
        if self._implied_by is not None and self._implied_by.done and self._implied_by.unique and not self._repeated:
            self._repeated, self._done = [NOTHING], True

    def outcome(self, batch: Batch) -> Outcome:
        """Say which rows of a batch hold a key that repeats, in it or elsewhere."""
        views = [batch[name] for name in self.columns]
        judged, rows = judged_rows(views, self._ignore), batch.rows.num_rows
        considered = rows if judged is None else int(judged.sum())
        failing = NOTHING if self.unique else np.flatnonzero(self._suspects(batch, judged))
        return Outcome(Tally(rows, considered, len(failing)), failing)

    def _suspects(self, batch: Batch, judged: np.ndarray | None) -> np.ndarray:
        """(N,) the rows that count and whose numbers are all among those that repeat."""
        views = [batch[name] for name in self.columns]
        suspects = np.ones(batch.rows.num_rows, np.bool_) if judged is None else judged.copy()
        for seed, repeated in enumerate(self._repeated, start=1):
            numbers = key_numbers(views, suspects, seed=seed)
            suspects[suspects] = _among(numbers, repeated)
        return suspects


def _among(numbers: np.ndarray, ascending: np.ndarray) -> np.ndarray:
    if not len(ascending):
        return np.zeros(len(numbers), np.bool_)
    places = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    return np.asarray(ascending[places] == numbers)
