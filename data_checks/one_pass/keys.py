"""Keys of rows as 64-bit numbers: equal for equal keys, and different for different ones, or nearly so."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data_checks.one_pass.batch import View
from data_checks.row_hashes import scattered

_WORD = 8
_MISSING = 0xA5A5A5A5
_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)
_MASKS = np.array([2 ** (8 * kept) - 1 for kept in range(_WORD + 1)], np.uint64)


def is_exact(views: Sequence[View]) -> bool:
    """Whether different keys surely have different numbers: one column that is not text."""
    return len(views) == 1 and views[0].kind != "text"


def key_numbers(views: Sequence[View], judged: np.ndarray | None, *, seed: int) -> np.ndarray:
    """Number the keys of a batch.

    Args:
        views: the columns of the key.
        judged: (N,) which rows count, or none if all do.
        seed: another one gives other numbers, independent of the first, where the numbers are not exact.

    Returns:
        (R,) uint64 of the rows that count, or int64 or float64 of one column that is not text.
    """
    if is_exact(views):
        return _chosen(_plain(views[0]), judged)
    numbers = np.full(len(views[0].held), _start(seed))
    for view in views:
        numbers = scattered(numbers * _MULTIPLIER ^ _of_column(view, seed))
    return _chosen(numbers, judged)


def _chosen(numbers: np.ndarray, judged: np.ndarray | None) -> np.ndarray:
    return numbers if judged is None else numbers[judged]


def _plain(view: View) -> np.ndarray:
    """(N,) int64 or float64, anything where a value is missing."""
    values = view.plain.cast(pa.int64()) if view.kind == "boolean" else view.plain
    plain = np.asarray((values.fill_null(0) if view.missing else values).to_numpy(zero_copy_only=False))
    return plain + 0.0 if plain.dtype.kind == "f" else plain  # -0.0 equals 0.0


def _of_column(view: View, seed: int) -> np.ndarray:
    missing = missing_number(seed)
    if view.kind != "text":
        numbers = _plain(view).view(np.uint64)
    elif view.encoded is not None:
        distinct = np.append(text_numbers(view.encoded.dictionary, seed), missing)
        numbers = distinct[view.encoded.indices.fill_null(len(distinct) - 1).to_numpy(zero_copy_only=False)]
    else:
        numbers = text_numbers(view.held, seed)
    return np.where(view.valid, numbers, missing) if view.missing else numbers


def _start(seed: int) -> np.uint64:
    return np.uint64(scattered(np.array([seed], np.uint64))[0])


def missing_number(seed: int) -> np.uint64:
    """The number of a missing value, another one for another seed, so that no value agrees with it under both."""
    return _start(seed + _MISSING)


def text_numbers(texts: pa.Array, seed: int) -> np.ndarray:
    """Number texts, eight bytes at a time over all of them.

    Args:
        texts: (N,) string or large_string; a missing one gets any number.
        seed: another one gives other numbers.

    Returns:
        (N,) uint64.
    """
    if not len(texts):
        return np.empty(0, np.uint64)
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, offsets, held = texts.buffers()
    ends = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    starts, lengths = ends[:-1] - ends[0], np.diff(ends)
    size = int(ends[-1] - ends[0])
    text = np.zeros(size + _WORD, np.uint8)
    if size:
        text[:size] = np.frombuffer(held, np.uint8)[ends[0] : ends[-1]]
    words = np.ndarray((size + 1,), "<u8", text, strides=(1,))
    numbers = scattered(lengths.astype(np.uint64) ^ _start(seed))
    longest = int(lengths.max(initial=1))  # empty texts have one number, whether longer ones are beside them or not
    left: np.ndarray | slice = slice(None)
    for done in range(0, longest, _WORD):
        if done:
            left = np.flatnonzero(lengths > done)
        kept = np.clip(lengths[left] - done, 0, _WORD)
        word = words[np.minimum(starts[left] + done, size)] & _MASKS[kept]
        mixed = (numbers[left] ^ word) * _MULTIPLIER
        numbers[left] = mixed ^ (mixed >> np.uint64(32))
    return scattered(numbers)
