import errno
import hashlib
import os

import pytest

from assets.versions.disk import Disk, HashedFile, StoreWriteError, explained, make_folders, replace_file, write_file


class ShortDisk(Disk):
    """Takes seven bytes at a time."""

    def write(self, descriptor, content):
        return super().write(descriptor, content[:7])


def test_a_short_write_is_carried_on(tmp_path):
    content = os.urandom(100)
    assert write_file(ShortDisk(), tmp_path / "a", content) == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "a").read_bytes() == content


def test_a_file_knows_its_length_and_hash(tmp_path):
    with HashedFile(Disk(), tmp_path / "a") as file:
        file.write(b"ab")
        file.write(memoryview(b"cd"))
        assert file.tell() == 4
        assert file.writable()
    assert file.sha256 == hashlib.sha256(b"abcd").hexdigest()


def test_a_refusal_names_place_number_and_remedy(tmp_path):
    message = r"store\.write failed: No space left on device at .*/a; make room or mend"
    with pytest.raises(StoreWriteError, match=message), explained(tmp_path / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(StoreWriteError) as caught:
        write_file(Disk(), tmp_path / "missing" / "a", b"")
    assert caught.value.errno == errno.ENOENT


def test_a_replaced_file_is_whole_and_leaves_nothing(tmp_path):
    replace_file(Disk(), tmp_path / "a", b"1")
    replace_file(Disk(), tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_folders_are_made_from_above(tmp_path):
    make_folders(Disk(), tmp_path / "root" / "store", tmp_path / "root" / "store" / "a" / "b")
    assert (tmp_path / "root/store/a/b").is_dir()


def test_of_two_links_the_second_is_refused(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    Disk().link(tmp_path / "a", tmp_path / "record")
    with pytest.raises(FileExistsError):
        Disk().link(tmp_path / "b", tmp_path / "record")
    assert (tmp_path / "record").read_text() == "a"


def test_removes_files_folders_links_and_nothing(tmp_path):
    (tmp_path / "folder/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    Disk().remove(tmp_path / "link")
    assert (tmp_path / "folder/deep").is_dir()
    Disk().remove(tmp_path / "folder")
    Disk().remove(tmp_path / "folder")
    assert not list(tmp_path.iterdir())
