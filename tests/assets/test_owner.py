import os
from dataclasses import replace

import pytest

from assets.owner import Owner


def test_this_process_is_alive_and_known_by_name():
    owner = Owner.current()
    assert owner.alive()
    assert Owner.from_name(f"{owner.name}-0123abcd") == owner


@pytest.mark.parametrize("change", [{"pid": 2**22 + 1}, {"started": 1}, {"boot": "00000000"}])
def test_another_process_start_or_boot_is_dead(change):
    assert replace(Owner.current(), **change).alive() is False


def test_of_another_machine_nothing_is_known():
    assert replace(Owner.current(), host="00000000").alive() is None


def test_a_dead_process_is_dead_before_it_is_waited_for():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, Owner.current().name.encode())
        os._exit(0)
    owner = Owner.from_name(os.read(read, 100).decode())
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert owner.alive() is False
    os.waitpid(child, 0)
    assert owner.alive() is False


@pytest.mark.parametrize("name", ["", "x", "a-b-c-d", "0123abcd"])
def test_another_name_has_no_owner(name):
    assert Owner.from_name(name) is None
