"""One schema for batches whose types are only known once all were seen."""

import tempfile
from collections.abc import Iterable, Iterator

import pyarrow as pa

from assets.data.sources.arrow import SourceError, check_names

_MEMORY_BYTES = 64 * 2**20


def spooled(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches under the one schema that holds all of them, as `unify` finds it.

    They wait in memory, beyond 64 MiB in a temporary file, so that a column that is empty at first, or whole at
    first and fractional later, does not decide by its beginning.
    """
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        schemas: dict[pa.Schema, None] = {}
        count = 0
        for batch in batches:
            schemas[batch.schema.remove_metadata()] = None
            count += 1
            with pa.ipc.new_stream(file, batch.schema) as writer:
                writer.write_batch(batch)
        if not count:
            return
        schema = unify(list(schemas))
        file.seek(0)
        for _ in range(count):
            with pa.ipc.open_stream(file) as reader:
                batch = reader.read_next_batch()
                reader.read_all()
            yield cast(batch, schema)


def unify(schemas: list[pa.Schema]) -> pa.Schema:
    """The narrowest schema that holds all of them: nulls become anything, integers numbers.

    Raises:
        SourceError: the names differ, or one column has types that do not go together.
    """
    first = schemas[0]
    for schema in schemas:
        check_names(schema.names)
        missing, extra = set(first.names) - set(schema.names), set(schema.names) - set(first.names)
        if missing or extra:
            raise SourceError(
                f"source has parts with other columns than the first: missing {sorted(missing)}, "
                f"extra {sorted(extra)}, all must have the same; mend them or read them as sources of their own"
            )
    try:
        return pa.unify_schemas([schema.remove_metadata() for schema in schemas], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SourceError(
            f"source has parts whose types do not go together: {error}; make them one type at their origin"
        ) from error


def cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch's columns in the order and types of the schema."""
    columns = [
        pa.nulls(len(batch)) if pa.types.is_null(field.type) else batch.column(field.name).cast(field.type, safe=False)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
