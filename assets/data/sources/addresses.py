"""What an error may show of an address, which may hold a password or a signature."""

import re
import sys
from urllib.parse import unquote_plus

from assets.data.sources.arrow import SourceError
from assets.environment import concealed

# a name, and a password that may hold any character where what follows the colon is no port; Azure's own addresses
# name a container there, `abfs://container@account`
CREDENTIALS = re.compile(
    r"(?:(?<!abfs)(?<!abfss)(?<!wasb)(?<!wasbs)://[^/?#]*|://[^/?#@]*:(?!\d*(?:[/?#]|$))[^@]*)@", re.IGNORECASE
)
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"]+")
_QUERY = re.compile(r"\?[^\s'\"]+")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_CACHES = re.compile(r"(?:^|::)(simplecache|filecache|blockcache|cached)(?=:)")
_SHORTEST_PIECE = 4
_LONGEST = 200


def shown(address: str) -> str:
    """The address without its query, which may be a signature, and without a name and a password."""
    return CREDENTIALS.sub("://", address).partition("?")[0] if "://" in address else address


def refuse_credentials(address: str) -> None:
    """Refuse a name and a password in an address, which a variable may have brought in.

    Raises:
        SourceError: it holds one: libraries would repeat it.
    """
    if CREDENTIALS.search(address):
        seen = concealed(shown(address))
        raise SourceError(
            f"source.path holds credentials: {seen!r} has a part before an @ once its variables are filled "
            "in, and no address may; give them by the environment of what opens it, such as FSSPEC_FTP_USERNAME"
        )


def refuse_caches(address: str) -> None:
    """Refuse an address that goes through a cache of fsspec's.

    Raises:
        SourceError: it does: a cache gives what it kept, under the name of what the file now holds.
    """
    if found := _CACHES.search(address):
        raise SourceError(
            f"source.path goes through a cache: {found[1]!r} in {shown(address)!r} would give what it kept and not "
            "what the file now holds; take it out"
        )


def said(error: BaseException, address: str) -> str:
    """What a library says of an address in its first line, cut where it would repeat a signature."""
    return _told(_first_line(error), error, address)


def whole_said(error: BaseException, address: str) -> str:
    """What a library says of an address in lines that only together say it, as one and without a terminal's colours."""
    return _told(" ".join(_COLOUR.sub("", str(error)).split()), error, address)


def _told(line: str, error: BaseException, address: str) -> str:
    line = concealed(line)
    if "://" not in address + line:
        return line[:_LONGEST]
    line = _QUERY.sub("", _ADDRESS.sub(lambda found: shown(found[0]), line))
    query = address.partition("?")[2]
    pieces = {*re.split(r"\W+", query), *re.split(r"\W+", unquote_plus(query))}
    if any(piece in line for piece in pieces if len(piece) >= _SHORTEST_PIECE):
        return f"{type(error).__name__}, whose words would repeat the address"
    return line[:_LONGEST]


def _first_line(error: BaseException) -> str:
    http = sys.modules.get("aiohttp")
    if http and isinstance(error, http.ClientResponseError):  # its own text repeats the address with its query
        return f"{error.status} {error.message}"
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def status_of(error: BaseException) -> int | None:
    """The status that an HTTP server answered with; None of any other error."""
    http = sys.modules.get("aiohttp")
    return int(error.status) if http and isinstance(error, http.ClientResponseError) else None
