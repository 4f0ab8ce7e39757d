"""Which process works on something, so that another process can see whether it still lives."""

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
        host: name of its machine or container.
        boot: which start of that machine.
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
        pid = os.getpid()
        return cls(socket.gethostname(), _boot(), pid, _started(pid) or 0)

    def alive(self) -> bool | None:
        """Whether it still runs; None if it ran on another machine, which cannot be seen from here."""
        if self.host != socket.gethostname():
            return None
        return self.boot == _boot() and self.started == _started(self.pid)


def _boot() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        import psutil

        return str(int(psutil.boot_time()))


def _started(pid: int) -> int | None:
    """Clock ticks since the boot, which a change of the clock does not move; seconds where there is no /proc."""
    if PROC.is_dir():
        try:
            stat = (PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return int(stat.rpartition(")")[2].split()[19])
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
