"""The one seam through which every write of the store goes, so that a test can make any of them fail."""

import errno
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# full, over a quota or a file's limit, read-only, broken: what only the machine's owner can mend
REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


class StoreWriteError(OSError):
    """A write that the machine refused (full disk, broken disk, no rights); what stood before is intact."""


class Disk:
    """File operations of a local disk, each of which either takes effect or raises `OSError`.

    The law for subclasses: every change of the disk goes through exactly one of these methods.
    """

    def create(self, path: Path) -> int:
        """Open an empty file for writing and return its descriptor; an older file of this name is emptied."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)

    def write(self, descriptor: int, content: memoryview) -> int:
        """Write what the machine takes of `content` and return how many bytes that was."""
        return os.write(descriptor, content)

    def sync(self, path: Path) -> None:
        """Return when the content of the file, or the names in the folder, are on the disk itself."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Create one folder, if it is not there."""
        path.mkdir(exist_ok=True)

    def move(self, source: Path, target: Path) -> None:
        """Rename a file or a folder at once; a file replaces the one that had the name."""
        source.replace(target)

    def touch(self, path: Path) -> None:
        """Set the time of a file to now, which says that it is in use."""
        os.utime(path)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name, or raise `FileExistsError` if the name is taken: of many at once, one wins."""
        os.link(source, target)

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all it holds; what is not there is removed."""
        if path.is_dir() and not path.is_symlink():
            with suppress(FileNotFoundError):  # another remover was first
                shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


class HashedFile(io.RawIOBase):
    """A new file that knows the sha256 and the length of what was written to it.

    Args:
        disk: what carries the writes out.
        path: the file, in a folder that exists.

    Raises:
        StoreWriteError: here, in `write` and in `finish`, when the machine refuses.
    """

    def __init__(self, disk: Disk, path: Path) -> None:
        super().__init__()
        self._disk = disk
        self._hash = hashlib.sha256()
        self.path = path
        self.length = 0
        with explained(path):
            self._descriptor = disk.create(path)

    @property
    def sha256(self) -> str:
        """Hex digest of what was written so far."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """Always: it is what the file is for."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self.length

    def write(self, content: object, /) -> int:
        """Write all of a bytes-like value, in as many pieces as the machine takes it."""
        view = memoryview(content).cast("B")  # type: ignore[arg-type]  # bytes-like has no type before 3.12
        rest = view
        with explained(self.path):
            while rest:
                rest = rest[self._disk.write(self._descriptor, rest) :]
        self._hash.update(view)
        self.length += len(view)
        return len(view)

    def finish(self) -> None:
        """Close the file and return when it is on the disk."""
        self.close()
        with explained(self.path):
            self._disk.sync(self.path)

    def close(self) -> None:
        """Close the file as it is; `finish` makes it durable."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a refusal of the machine into one sentence that names the place and the remedy.

    Args:
        path: what is written inside.

    Raises:
        StoreWriteError: on any `OSError` inside, with its number.
    """
    try:
        yield
    except StoreWriteError:
        raise
    except OSError as error:
        raise StoreWriteError(
            error.errno,
            f"store.write failed: {error.strerror or error} at {path}; make room or mend the disk and run the stage "
            "again, earlier versions are intact",
        ) from error


@contextmanager
def refusals_explained(root: Path) -> Iterator[None]:
    """Say the same of files that libraries write by themselves, past this seam: reports, packages, plots.

    Args:
        root: named where the library does not say which file it was.

    Raises:
        StoreWriteError: the machine refused a write inside; any other error passes as it is.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, StoreWriteError) or error.errno not in REFUSALS:
            raise
        with explained(Path(error.filename or root)):
            raise


def write_file(disk: Disk, path: Path, content: bytes) -> str:
    """Write one whole file, durably, and return its sha256 (hex)."""
    with HashedFile(disk, path) as file:
        file.write(content)
        file.finish()
    return file.sha256


def replace_file(disk: Disk, path: Path, content: bytes) -> None:
    """Put a file in the place of the one of that name: at any moment there is the old one or the new one, whole."""
    with replacing(disk, path) as file:
        file.write(content)


@contextmanager
def replacing(disk: Disk, path: Path) -> Iterator[HashedFile]:
    """Give an empty file, which takes the place of the one of that name at the end; not if anything goes wrong.

    Raises:
        StoreWriteError: the machine refuses.
    """
    draft = path.with_name(f".{path.name[:80]}.{os.urandom(6).hex()}")
    try:
        with HashedFile(disk, draft) as file:
            yield file
            file.finish()
        with explained(path):
            disk.move(draft, path)
            disk.sync(path.parent)
    except BaseException:
        with suppress(OSError):  # the first refusal is the one to show; clean-up takes what is left
            disk.remove(draft)
        raise


def make_folders(disk: Disk, root: Path, folder: Path) -> None:
    """Create `folder` and those above it; from `root` down each name is durable, whoever made it."""
    for path in reversed([folder, *folder.parents]):
        if path.is_relative_to(root) or not path.exists():
            with explained(path):
                disk.make_folder(path)
                disk.sync(path.parent)
