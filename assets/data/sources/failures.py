"""What goes wrong with a file, as one sentence that names it and the remedy."""

from collections.abc import Iterator

from assets.data.sources.addresses import said, status_of
from assets.data.sources.arrow import SourceError

# what the packages that open addresses raise where a server does not answer, beside Python's own
_AWAY = {
    ("aiohttp.client_exceptions", "ClientConnectionError"),
    ("botocore.exceptions", "ConnectionError"),
    ("botocore.exceptions", "HTTPClientError"),
}


class UnreachableSourceError(ConnectionError):
    """A server of files that does not answer, or says that it cannot now: asking again may help."""


class UnreadableError(ValueError):
    """What is wrong inside of a file, in words and with the line."""


def unreadable(address: str, what: str, error: Exception) -> SourceError:
    """The error of a file that is there and cannot be read."""
    remedy = "mend it, or the settings that say how it is written"
    if isinstance(error, OSError):
        remedy = "look whether it is whole and may be read, or fetch it again"
    return SourceError(f"source.path names a file that cannot be read: {address!r}: {what}; {remedy}")


def not_reached(address: str, what: str) -> str:
    """The words for an address that could not be looked at."""
    return (
        f"source.path cannot be reached: {address!r} says {what!r}; check the scheme, that the server is up, and the "
        "credentials in the environment"
    )


def unreachable(address: str, path: str, error: Exception) -> UnreachableSourceError:
    """The error of a server of which `is_away` says that it is away."""
    cause = next(each for each in _chain(error) if _tells_away(each))
    return UnreachableSourceError(not_reached(address, said(cause, path)))


def is_away(error: Exception) -> bool:
    """Whether a server is the cause, also of a file that seems missing: so fsspec tells any failure of HTTP."""
    return any(map(_tells_away, _chain(error)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _tells_away(error: BaseException) -> bool:
    status = status_of(error)
    if status is not None:
        return status >= 500 or status == 429
    kinds = {(kind.__module__, kind.__name__) for kind in type(error).__mro__}
    return isinstance(error, (ConnectionError, TimeoutError)) or bool(kinds & _AWAY)
