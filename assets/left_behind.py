"""Which later periods were made from what an earlier one held before it was made again."""

from assets.versions.recipe import Address
from assets.versions.version import Version
from assets.work import Work

READ, READER = "clean", "splits"
MOST_PERIODS = 100


def left_behind(work: Work, version: Version) -> tuple[Address, ...]:
    """Return the splits of later periods whose window holds a period that has other rows now.

    No asset follows another period's in Dagster's graph, which therefore does not mark them. Of more periods than
    `MOST_PERIODS` those right after it are looked at.

    Args:
        work: for which period.
        version: what stands for a stage of it now; that of any stage but `clean` leaves nothing behind.
    """
    address, periods = version.address, work.declaration.partitions
    if address.stage != READ or address.partition is None or periods is None:
        return ()
    reach = min(work.declaration.window or MOST_PERIODS, MOST_PERIODS)
    later = [
        found
        for found in work.store.addresses(address.pipeline, READER)
        if found.partition is not None and found.partition > address.partition
    ]
    return tuple(found for found in later[:reach] if _read_otherwise(work, found, version))


def _read_otherwise(work: Work, address: Address, version: Version) -> bool:
    head = work.store.head(address)
    name = f"{READ} {version.address.partition}"
    return head is not None and head.recipe.inputs.get(name, version.digest) != version.digest
