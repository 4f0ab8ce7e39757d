"""Which process works on something, so that another process can see whether it still lives."""

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """A process, told apart from a later one that has its number.

    Attributes:
        host: stands for its machine or container.
        boot: stands for that machine's last start.
        pid: its number.
        started: when it started, in a unit of that machine.
    """

    host: str
    boot: str
    pid: int
    started: int

    @classmethod
    def current(cls) -> Self:
        """This process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        """The process that has a number now; one that is gone started at 0."""
        return cls(_host(), _boot(), pid, _started(pid) or 0)

    @classmethod
    def from_name(cls, name: str) -> Self | None:
        """Read what `name` gave, whatever follows it; None if it is something else."""
        try:
            host, boot, pid, started, *_ = name.split("-")
            return cls(host, boot, int(pid), int(started))
        except ValueError:
            return None

    @property
    def name(self) -> str:
        """All of it as a part of a file name, so that a folder is never without its owner."""
        return f"{self.host}-{self.boot}-{self.pid}-{self.started}"

    def alive(self) -> bool | None:
        """Whether it still runs; None if it ran on another machine, which cannot be seen from here."""
        if self.host != _host():
            return None
        return self.boot == _boot() and self.started == _started(self.pid)


def _host() -> str:
    return _short(socket.gethostname())


def _boot() -> str:
    try:
        return _short((PROC / "sys/kernel/random/boot_id").read_text())
    except FileNotFoundError:
        import psutil

        return _short(str(int(psutil.boot_time())))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _started(pid: int) -> int | None:
    """Clock ticks since the boot, which a change of the clock does not move; seconds where there is no /proc."""
    if PROC.is_dir():
        try:
            stat = (PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = stat.rpartition(")")[2].split()  # proc(5): the state, which is field 3, then the start, 22
        return None if fields[0] in {"Z", "X"} else int(fields[19])
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
