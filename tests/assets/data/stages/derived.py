"""A derivation of the small pipeline's rows, named by declarations of tests."""

import pyarrow as pa
import pyarrow.compute as pc


def with_tax(rows: pa.Table) -> pa.Table:
    """Append what was spent with tax."""
    return rows.append_column("with_tax", pc.multiply(rows["spent"], 1.2))
