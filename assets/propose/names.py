"""What the name of a column says."""

import re

IDENTIFIERS = frozenset({"id", "uuid", "guid", "key", "uid", "ids"})
CODES = frozenset({"zip", "zipcode", "postcode", "postal", "code", "sku", "id", "iban", "phone"})
TIMES = frozenset({"ts", "timestamp", "time", "epoch", "unix", "date", "at", "when", "created", "started", "event"})
AFTERWARDS = frozenset(
    {
        "status", "updated", "modified", "closed", "resolved", "outcome", "result", "cancelled", "canceled",
        "cancellation", "refund", "refunded", "returned", "delivered", "finished", "completed", "ended", "end", "paid",
    }
)  # fmt: skip
# these speak of what happened before the row
BEFORE = frozenset({"previous", "previously", "prior", "past", "last", "former", "history", "prev"})


def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case.

    >>> words("arrivalDate_year2"), words("Größe der Fläche")
    (('arrival', 'date', 'year2'), ('größe', 'der', 'fläche'))
    """
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return tuple(word for word in re.split(r"[\W_]+", parted.lower()) if word)
