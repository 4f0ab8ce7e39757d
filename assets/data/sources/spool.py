"""One schema for batches whose types are only known once all were seen."""

import tempfile
from collections.abc import Iterable, Iterator

import pyarrow as pa

from assets.data.sources.schemas import Part, Rules, cast, unify

_MEMORY_BYTES = 16 * 2**20


def spooled(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches under the one schema that holds all of them, as `unify` finds it.

    They wait in memory, beyond 16 MiB in a temporary file, so that a column that is empty at first, or whole at
    first and fractional later, does not decide by its beginning.
    """
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        schemas: dict[pa.Schema, str] = {}
        count = 0
        for batch in batches:
            count += 1
            schemas.setdefault(batch.schema.remove_metadata(), f"batch {count}")
            with pa.ipc.new_stream(file, batch.schema) as writer:
                writer.write_batch(batch)
        if not count:
            return
        schema = unify([Part(name, schema) for schema, name in schemas.items()], Rules())
        file.seek(0)
        for place in range(1, count + 1):
            with pa.ipc.open_stream(file) as reader:
                batch = reader.read_next_batch()
                reader.read_all()
            yield cast(batch, schema, f"batch {place}")
