"""Which model stands as champion, told from the stored releases and never from an alias that moves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, cast

from assets.registered import MODEL_KEY, PACKAGE, Registered
from assets.registry import Registry
from assets.release.roll_back import rolled_back_to
from assets.store import Store
from assets.versions.recipe import Address
from assets.versions.version import Version
from data_checks.verdict import Json


@dataclass(frozen=True)
class Champion:
    """A released model.

    Attributes:
        registered: its version in the registry.
        partition: the period whose training made it; None without partitions.
        key: of its model version in the store.
        package: digest of its package.
    """

    registered: str
    partition: str | None
    key: str
    package: str

    def to_json(self) -> dict[str, Json]:
        """Return the plain form, which `from_json` reads."""
        return dict(asdict(self))

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the plain form."""
        return cls(**cast("dict[str, Any]", value))


def release_before(store: Store, pipeline: str, partition: str | None) -> Version | None:
    """Return the newest release of an earlier period; without periods, the release that stands.

    Args:
        store: where releases lie.
        pipeline: its name.
        partition: the period, or None.
    """
    if partition is None:
        return store.head(Address(pipeline, "release", None))
    earlier = [
        address
        for address in store.addresses(pipeline, "release")
        if address.partition is not None and address.partition < partition
    ]
    return store.head(max(earlier, key=lambda address: address.partition or "")) if earlier else None


@dataclass(frozen=True)
class Throne:
    """Where to look for the champion of a pipeline.

    Attributes:
        store: where releases lie.
        registry: where people roll back.
        pipeline: its name.
        name: of the registered model.
    """

    store: Store
    registry: Registry
    pipeline: str
    name: str

    def before(self, partition: str | None, *, challenger: str | None = None) -> Champion | None:
        """Return the champion that stood before a period, or stands now without periods; None if nobody passed yet.

        Without periods the release that stands may hold the challenger itself, when it is judged again; then the one
        that it beat counts. A roll back counts from the period after the one in which it was made.

        Args:
            partition: the period, or None.
            challenger: key of the model that is judged.
        """
        release = release_before(self.store, self.pipeline, partition)
        if release is None:
            return None
        back = rolled_back_to(self.registry, self.name, since=release.address.partition, before=partition)
        standing = _of(back) if back else champion_of(release)
        if standing is not None and standing.key == challenger:
            said = cast("Mapping[str, Json]", release.json("release"))
            return Champion.from_json(said["before"]) if said["before"] else None
        return standing


def _of(version: Registered) -> Champion:
    return Champion(version.version, version.partition, version.tags[MODEL_KEY], version.tags[PACKAGE])


def champion_of(release: Version) -> Champion | None:
    """Return who is champion after a release; None if nobody has passed yet."""
    said = cast("Mapping[str, Json]", release.json("release"))
    return Champion.from_json(said["champion"]) if said["champion"] else None


def model_of(store: Store, pipeline: str, champion: Champion) -> Version:
    """Return the stored model of a champion.

    Raises:
        ValueError: if it was removed.
    """
    address = Address(pipeline, "model", champion.partition)
    version = store.find(address, champion.key)
    if version is None:
        raise ValueError(
            f"store.{address} is missing: the champion is its version {champion.key[:8]}; restore it from a copy, or "
            "materialize the period's model again"
        )
    return version
