"""Where a pipeline's rows tell when they happened."""

from assets.declaration import Declaration


def event_time(declaration: Declaration) -> str | None:
    """Return the column of the partitions or, without them, of a division by time; None where neither is there."""
    if declaration.partitions:
        return declaration.partitions.column
    return declaration.split.column if declaration.split and declaration.split.by == "time" else None
