"""Connections to databases: what fails is told without any part of an address, which holds a password."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

MALFORMED = "the address is malformed; write '@', ':' and '/' of a user or a password as %40, %3A and %2F"
HIDDEN = "***"
# a password's piece of one or two letters is in every sentence
SHORTEST_PIECE = 3
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class UnreachableDatabaseError(ConnectionError):
    """A database that does not answer, or is busy: it may later."""


@contextmanager
def connected(address: str, refuse: Callable[[str], ValueError], *, tells_rows: bool = True) -> Iterator["Connection"]:
    """Open a connection; whatever a driver says, then and on it, is told without a part of the address.

    Args:
        address: for SQLAlchemy; a secret.
        refuse: makes the error of what went wrong.
        tells_rows: whether what the database says of a statement is repeated, which may be a value of a row.

    Raises:
        ValueError: what `refuse` made, for an address, a driver or a statement that is wrong.
        UnreachableDatabaseError: with the same text, if the server does not answer.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    url = _parsed(address)
    if url is None:
        raise refuse(MALFORMED) from None
    try:
        # the text that the server gives keeps a number's digits and may be any JSON, which an object of Python may not
        told = {"json_deserializer": _text} if url.get_backend_name() == "postgresql" else {}
        engine = create_engine(url, **told)
        connection = engine.connect()
    # drivers raise the last three for options of an address that they do not know and for hosts that are none
    except (SQLAlchemyError, ImportError, OSError, ValueError, TypeError) as error:
        # without `from`: the cause repeats the address
        raise _told(error, url, refuse, connecting=True) from None
    try:
        with connection:
            yield connection
    except SQLAlchemyError as error:
        kind = type(error).__name__
        raise _told(error, url, refuse if tells_rows else lambda _: refuse(kind), connecting=False) from None
    finally:
        engine.dispose()


def _text(written: str | bytes) -> str:
    return written if isinstance(written, str) else written.decode()


def _parsed(address: str) -> "URL | None":
    """Return the address in parts, or None where a part of its password may have come to lie in another."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return None
    astray = url.username is not None and address.count("@") > 1
    return None if astray or "@" in (url.host or "") else url


def _told(error: Exception, url: "URL", refuse: Callable[[str], ValueError], *, connecting: bool) -> Exception:
    from sqlalchemy.exc import DBAPIError

    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    refused = refuse(_without(url, str(cause).strip() or type(cause).__name__, all_parts=connecting))
    if _may_pass(error, cause, server=url.get_backend_name() != "sqlite", connecting=connecting):
        return UnreachableDatabaseError(str(refused))
    return refused


def _may_pass(error: Exception, cause: BaseException, *, server: bool, connecting: bool) -> bool:
    """Whether the same may work later; no driver tells a refused password from a server that is down."""
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in BUSY
    if connecting:
        return server and isinstance(error, OperationalError | InterfaceError | OSError)
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _without(url: "URL", text: str, *, all_parts: bool) -> str:
    """Hide the parts of the address in a text; all of the text, where a piece of a secret would still stand in it."""
    secrets = [str(url.password or ""), *(str(value) for value in url.query.values())]
    parts = [*secrets, url.username, url.host, url.database] if all_parts else secrets
    for part in sorted((part for part in parts if part), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", HIDDEN, text)
    pieces = {piece for secret in secrets for piece in (secret, *re.split(r"\W+", secret)) if piece}
    if any(piece in text for piece in pieces if len(piece) >= SHORTEST_PIECE or piece in secrets):
        return "what the driver says would repeat the address"
    return " ".join(text.split())
