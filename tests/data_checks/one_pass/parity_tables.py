"""Tables on which every expectation is tried both ways."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

ROWS = 40
RECORDS = ('{"n": 1}', '{"n": "a"}', "3", '[1, {"n": 2}]')
SCHEMA = pa.schema({
    "whole": pa.int64(), "small": pa.int16(), "number": pa.float64(), "other": pa.float64(),
    "price": pa.decimal128(9, 2), "flag": pa.bool_(), "text": pa.string(), "long": pa.large_string(),
    "category": pa.dictionary(pa.int32(), pa.string()), "day": pa.date32(), "at": pa.timestamp("us"),
    "fine": pa.timestamp("ns"), "moment": pa.timestamp("ms", "Europe/Lisbon"), "nothing": pa.null(), "key": pa.int64(),
    "record": pa.string(),
})  # fmt: skip
START = datetime(2026, 1, 1, 12, tzinfo=UTC).replace(tzinfo=None)


def row(n):
    text = f"{'abc'[n % 3]}{n % 7}" + ("é" if n % 11 == 0 else "")
    at = START + timedelta(hours=7 * (n % 13))
    return {
        "whole": n % 9 - 2, "small": n % 5, "number": (n * 7 % 11) / 4, "other": (n % 6) / 4,
        "price": Decimal(n % 8) / 4, "flag": n % 3 == 0, "text": text, "long": text * (n % 3), "category": "xyz"[n % 3],
        "day": at.date(), "at": at, "fine": at, "moment": at.replace(tzinfo=UTC), "nothing": None, "key": n,
        "record": RECORDS[n % 4],
    }  # fmt: skip


def table(rows):
    made = pa.Table.from_pylist(rows, SCHEMA)
    return made.append_column("flag_too", made["flag"])


def without(rows, missing):
    return [{k: None if k != "key" and missing(n, k) else v for k, v in each.items()} for n, each in enumerate(rows)]


ORDINARY = [row(n) for n in range(ROWS)]
SCATTERED = without(ORDINARY, lambda n, k: (n + len(k)) % 4 == 0)
INFINITE = [{**r, "number": math.inf if n in {3, 4} else r["number"]} for n, r in enumerate(ORDINARY)]
NOT_A_NUMBER = [{**r, "number": math.nan if n % 5 else r["number"]} for n, r in enumerate(SCATTERED)]
FAR_NUMBERS = [{**r, "whole": 2**53 + r["whole"], "key": 2**60 + r["key"]} for r in ORDINARY]
FAR = pa.chunked_array([pa.array([253402300800 * 10**6 * (n % 2) + n for n in range(ROWS)], pa.timestamp("us"))])
TABLES = {
    "ordinary": table(ORDINARY),
    "empty": table([]),
    "one row": table(ORDINARY[5:6]),
    "without values": table(without(ORDINARY[:9], lambda n, k: True)),
    "with NaN": table(NOT_A_NUMBER),
    "with missing values": table(SCATTERED),
    "with infinity": table(INFINITE),
    "one row without values": table(without(ORDINARY[5:6], lambda n, k: True)),
    "missing at first": table(without(ORDINARY, lambda n, k: n < 20)),
    "ascending": table(sorted(ORDINARY, key=lambda r: (r["number"], r["key"]))),
    "beyond floats": table(FAR_NUMBERS),
    "beyond year 9999": table(ORDINARY).set_column(10, "at", FAR),
}
