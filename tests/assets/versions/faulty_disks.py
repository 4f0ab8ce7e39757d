"""Disks that fail at one operation, each in a way of its own."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from assets.versions.disk import Disk

KILLED = 9


class CutError(BaseException):
    """The power is gone."""


class QuickDisk(Disk):
    """Syncs nothing, for what cannot be told apart without a power cut."""

    def sync(self, path):
        path.stat()


class FaultyDisk(QuickDisk):
    """Does operation `at` (counted from 1) in a way of its own; `at=0` only counts."""

    def __init__(self, at=0):
        self.at = at
        self.count = 0

    def fail(self, carry_out):
        return carry_out()

    def before(self, root):
        """See what stands."""

    def lose(self, root):
        """Take from the disk what such a fault takes."""

    def step(self, carry_out):
        self.count += 1
        return self.fail(carry_out) if self.at and self.count >= self.at else carry_out()

    def create(self, path):
        return self.step(lambda: Disk.create(self, path))

    def write(self, descriptor, content):
        return self.step(lambda: Disk.write(self, descriptor, content))

    def sync(self, path):
        return self.step(path.stat)

    def make_folder(self, path):
        return self.step(lambda: Disk.make_folder(self, path))

    def move(self, source, target):
        return self.step(lambda: Disk.move(self, source, target))

    def touch(self, path):
        return self.step(lambda: Disk.touch(self, path))

    def link(self, source, target):
        return self.step(lambda: Disk.link(self, source, target))

    def remove(self, path):
        return self.step(lambda: Disk.remove(self, path))


class KillingDisk(FaultyDisk):
    def fail(self, carry_out):
        os._exit(KILLED)


class TearingDisk(FaultyDisk):
    """Does half of a write, and nothing any more."""

    torn = False

    def step(self, carry_out):
        if self.torn:
            raise CutError
        return super().step(carry_out)

    def write(self, descriptor, content):
        if self.torn or self.count + 1 != self.at:
            return super().write(descriptor, content)
        self.torn = True
        os.write(descriptor, content[: len(content) // 2])
        raise CutError


class RefusingDisk(FaultyDisk):
    number = errno.EIO

    def fail(self, carry_out):
        if self.count == self.at:
            raise OSError(self.number, os.strerror(self.number))
        return carry_out()


class FullDisk(FaultyDisk):
    """Full from then on; names can still be removed."""

    def fail(self, carry_out):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def remove(self, path):
        Disk.remove(self, path)


class LyingDisk(RefusingDisk):
    """Does it, and says it failed."""

    def fail(self, carry_out):
        done = carry_out()
        if self.count == self.at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return done


class CutDisk(FaultyDisk):
    """Loses all that was not synced: contents become empty, names go back to what they were.

    Folders and files are known by their inode, which a move does not change.
    """

    def __init__(self, at):
        super().__init__(at)
        self.attic = Path(tempfile.mkdtemp())
        self.names = []  # (inode of the folder whose sync makes it last, how to undo it, its arguments)
        self.lasting = set()

    def fail(self, carry_out):
        raise CutError

    def before(self, root):
        self.root = root
        self.lasting = {path.stat().st_ino for path in root.rglob("*")}

    def create(self, path):
        new = not path.exists()
        descriptor = super().create(path)
        self.lasting.discard(os.fstat(descriptor).st_ino)
        if new:
            self.later(path, self.forget)
        return descriptor

    def sync(self, path):
        super().sync(path)
        inode = path.stat().st_ino
        self.lasting.add(inode)
        self.names = [one for one in self.names if one[0] != inode]

    def make_folder(self, path):
        new = not path.exists()
        super().make_folder(path)
        if new:
            self.later(path, self.forget)

    def move(self, source, target):
        kept = self.attic / str(self.count)
        if target.is_file():
            os.link(target, kept)
        super().move(source, target)
        self.later(target, self.move_back, source.parent.stat().st_ino, source.name, kept)

    def link(self, source, target):
        super().link(source, target)
        self.later(target, self.forget)

    def later(self, path, undo, *more):
        inode = path.parent.stat().st_ino
        self.names.append((inode, undo, (inode, path.name, *more)))

    def place(self, inode):
        return next(path for path in (self.root, *self.root.rglob("*")) if path.stat().st_ino == inode)

    def forget(self, folder, name):
        self.remove_now(self.place(folder) / name)

    def remove_now(self, path):
        QuickDisk.remove(QuickDisk(), path)

    def move_back(self, folder, name, source_folder, source_name, kept):
        target = self.place(folder) / name
        target.rename(self.place(source_folder) / source_name)
        if kept.exists():
            kept.rename(target)

    def lose(self, root):
        for _, undo, arguments in reversed(self.names):
            with suppress(FileNotFoundError, StopIteration):
                undo(*arguments)
        for path in root.rglob("*"):
            if path.is_file() and path.stat().st_ino not in self.lasting:
                os.truncate(path, 0)
        shutil.rmtree(self.attic)
