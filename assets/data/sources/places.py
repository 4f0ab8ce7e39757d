"""Where files lie: on a disk, or at any address that fsspec opens."""

import glob
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

import pyarrow as pa

from assets.data.sources.addresses import refuse_caches, refuse_credentials, said, shown
from assets.data.sources.arrow import SourceError
from assets.data.sources.failures import UnreadableError, is_away, not_reached, unreachable, unreadable
from assets.environment import concealed, here

if TYPE_CHECKING:
    import fsspec

_OF_DISKS = (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeError, LookupError)
_MAGIC = re.compile(r"[*?[]")
_SCHEME = re.compile(r"([A-Za-z][\w+.-]*)://")
# what servers tell of a file that changes with its content; their order is that of trust
_MARKS = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "generation",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "created",
)
# a file may change twice within one tick of the clock that stamps it
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class Place:
    """One file.

    Attributes:
        address: as people know it.
        name: its `_file`: its own name, or, if another has that too, its address.
        path: for whatever opens it.
        system: fsspec's file system; None for a disk.
        told: what the file system says of the file.
    """

    address: str
    name: str = field(compare=False)
    path: str = field(compare=False)
    system: "fsspec.AbstractFileSystem | None" = field(default=None, compare=False, repr=False)
    told: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    def open(self) -> pa.NativeFile:
        """The content, for a `with`."""
        return pa.OSFile(self.path) if self.system is None else pa.PythonFile(self.system.open(self.path, "rb"), "r")

    def stream(self) -> pa.NativeFile:
        """The content from its beginning to its end, decompressed where the suffix says how."""
        return pa.input_stream(self.open(), compression=_codec(self.path))

    def identity(self) -> str:
        """What changes when the content does: a hash of it, or what its server tells instead.

        Raises:
            SourceError: the file cannot be read.
            UnreachableSourceError: its server does not answer.
        """
        with reading(self):
            if self.system is None:
                stat = Path(self.path).stat()
                if time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _SETTLED_NS:
                    return _sha256_of(self.path)
                return _sha256_as_of(_State(self.path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
            marks = [f"{mark}={self.told[mark]}" for mark in _MARKS if self.told.get(mark)]
            if marks:
                return f"{marks[0]} size={self.told.get('size')}"
            with self.system.open(self.path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()


def places(patterns: Iterable[str]) -> tuple[Place, ...]:
    """The files of all patterns, each once, in the order of their addresses.

    Args:
        patterns: as they were written, with references to variables.

    Raises:
        SourceError: a pattern holds credentials, goes through a cache or names no file, a file is empty, a scheme is
            unknown or a server refuses.
        UnreachableSourceError: a server does not answer.
    """
    found: dict[str, Place] = {}
    for written in patterns:
        pattern = here(written)
        refuse_credentials(pattern)
        refuse_caches(pattern)
        matches = _remote(pattern) if _scheme(pattern) else _local(pattern.removeprefix("file://"))
        if not matches:
            where = "there" if _scheme(pattern) else f"under {str(Path.cwd())!r}"
            raise SourceError(f"source.path names no file: {_told(pattern)!r} does not exist {where}; mend the path")
        found |= {place.path: _without_secrets(place, written) for place in matches}
    found = {place.address: place for place in _told_apart(found.values())}
    for place in found.values():
        if place.told["size"] == 0:
            raise SourceError(f"source.path names an empty file: {place.address!r} has 0 bytes; write it again")
    names = [place.name for place in found.values()]
    return tuple(
        place if names.count(place.name) == 1 else Place(address, address, place.path, place.system, place.told)
        for address, place in sorted(found.items())
    )


def _without_secrets(place: Place, written: str) -> Place:
    """The place, in whose address and name no variable that is named like a secret stands by its value."""
    return replace(place, address=concealed(place.address, of=written), name=concealed(place.name, of=written))


def _told_apart(found: Collection[Place]) -> Iterator[Place]:
    """The places, with a hash in the address of those that only what follows their `?` tells apart."""
    addresses = [place.address for place in found]
    for place in found:
        twice = addresses.count(place.address) > 1
        apart = f"{place.address}?{hashlib.sha256(place.path.encode()).hexdigest()[:8]}" if twice else place.address
        yield replace(place, address=apart)


def is_pattern(path: str) -> bool:
    """Whether a path may name several files."""
    return bool(glob.has_magic(path.partition("?")[0] if path.startswith("http") else path))


@contextmanager
def reading(place: Place) -> Iterator[None]:
    """Whatever a reader says of a file, as one SourceError that names it.

    Raises:
        SourceError: the file cannot be read.
        UnreachableSourceError: its server does not answer.
    """
    try:
        yield
    except UnreadableError as error:
        raise unreadable(place.address, str(error), error) from error
    except SourceError:
        raise
    except Exception as error:  # each reader has errors of its own: here they get the file's name, or go on as they are
        if place.system is None and not isinstance(error, _OF_DISKS):
            raise
        # `from` only where no server is: what its client raises repeats the address
        if place.system is not None and is_away(error):
            raise unreachable(place.address, place.path, error) from None
        told = unreadable(place.address, said(error, place.path), error)
        raise told from (None if place.system else error)


def _told(pattern: str) -> str:
    return concealed(shown(pattern))


def _scheme(address: str) -> str | None:
    match = _SCHEME.match(address)
    return match[1] if match and match[1] != "file" else None


def on_disk(pattern: str) -> list[Path]:
    """The files of a path or pattern on the disk, in order; a file whose name reads like a pattern is meant itself."""
    if Path(pattern).is_file():
        return [Path(pattern)]
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207  # a pattern may be absolute, which Path.glob refuses
    return sorted(path for path in {Path(name) for name in names} if path.is_file())


def _local(pattern: str) -> list[Place]:
    return [Place(p.as_posix(), p.name, str(p), told={"size": p.stat().st_size}) for p in on_disk(pattern)]


def _remote(pattern: str) -> list[Place]:
    import fsspec.core

    try:
        system, path = fsspec.core.url_to_fs(pattern)
        system.invalidate_cache()  # of object stores it remembers what a folder held, for as long as the process lives
        names = _matching(system, path) if is_pattern(pattern) else [path]
        files = {name: system.info(name) for name in names}
    except ImportError as error:
        raise SourceError(
            f"source.path needs a package that is not installed: {_scheme(pattern)}:// says {str(error)!r}; install it"
        ) from error
    except Exception as error:  # noqa: BLE001  # each driver has errors of its own: here they get address and remedy
        if is_away(error):
            raise unreachable(_told(pattern), pattern, error) from None
        if isinstance(error, FileNotFoundError):
            return []
        raise SourceError(not_reached(_told(pattern), said(error, pattern))) from None
    return [
        Place(shown(system.unstrip_protocol(name)), Path(shown(name)).name, name, system, told)
        for name, told in files.items()
        if told.get("type") == "file"
    ]


def _matching(system: "fsspec.AbstractFileSystem", path: str) -> list[str]:
    """The files of a pattern; where none seem to be, the folder above is listed, since fsspec hides refusals."""
    names: list[str] = system.glob(path)
    if not names:
        system.ls(_MAGIC.split(path, maxsplit=1)[0].rpartition("/")[0])
    return names


def _codec(path: str) -> str | None:
    try:
        return str(pa.Codec.detect(shown(path)).name)
    except (ValueError, TypeError):
        return None


def _sha256_of(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _State:
    """What differs once a file was written again; its writer may set back `written`, but not `changed`."""

    path: str
    size: int
    written: int
    changed: int
    inode: int


@lru_cache(maxsize=4096)
def _sha256_as_of(state: _State) -> str:
    return _sha256_of(state.path)
