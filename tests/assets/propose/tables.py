"""Small tables that say one thing each, as a source gives them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from assets.propose.look import Look, look
from assets.propose.proposal import Proposal, propose

NOW = datetime(2025, 1, 15, tzinfo=UTC)
ROWS = 1300


def orders(rows: int = ROWS, **changed: Iterable[object]) -> pa.Table:
    """Orders of a year, by day, that are returned more often the dearer they are."""
    draw = np.random.default_rng(0)
    price = draw.gamma(2.0, 30.0, rows)
    back = draw.random(rows) < 0.1 + 0.6 * (price > 80)
    columns: dict[str, object] = {
        "order_id": [f"o-{number}" for number in range(rows)],
        "day": [date(2024, 1, 1) + timedelta(days=int(d)) for d in np.sort(draw.integers(0, 366, rows))],
        "price": price,
        "pieces": draw.integers(1, 9, rows),
        "shop": draw.choice(["north", "south", "NO"], rows),
        "was_returned": back.astype(np.int64),
    }
    return pa.table({name: pa.array(values) for name, values in {**columns, **changed}.items()})


def seen(table: pa.Table) -> Look:
    return look(table.to_batches(max_chunksize=500), report=lambda _: None)


def proposed(table: pa.Table, target: str | None = None) -> Proposal:
    return propose(seen(table), target=target, now=NOW)
