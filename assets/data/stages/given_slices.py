"""Where a column of the rows tells their part."""

from assets.data.given_slices import GivenSlices
from assets.data.given_split import FILE, part_of_each
from assets.declaration import Declaration


def given_slices(declaration: Declaration) -> GivenSlices | None:
    """Return the slices of the parts; None where no column tells them, or where periods are sliced instead."""
    split = declaration.split
    if declaration.partitions or split is None or split.by != "given":
        return None
    return GivenSlices(split.column or FILE, part_of_each(split.parts))
