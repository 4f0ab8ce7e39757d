"""Several faults of one section, each with its place within it."""

from collections.abc import Iterable

Place = tuple[str | int, ...]


class PlacedError(ValueError):
    """What a validator raises to tell each fault at its own line.

    Attributes:
        faults: the place within the section that is validated, and the message.
    """

    def __init__(self, faults: Iterable[tuple[Place, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(message for _, message in self.faults))
