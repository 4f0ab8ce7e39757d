from pathlib import Path

from assets.memo import Memo
from assets.versions.disk import Disk


def test_remembers_by_all_that_a_finding_depends_on(tmp_path: Path) -> None:
    memo = Memo(Disk(), tmp_path / "memo")
    assert memo.get(["a", 1]) is None
    memo.put(["a", 1], {"found": "x"})
    assert memo.get(["a", 1]) == {"found": "x"}
    assert memo.get(["a", 2]) is None


def test_what_is_damaged_is_forgotten(tmp_path: Path) -> None:
    memo = Memo(Disk(), tmp_path / "memo")
    memo.put("a", {"found": "x"})
    (file,) = (tmp_path / "memo").iterdir()
    file.write_text(file.read_text(encoding="utf-8").replace("x", "y"), encoding="utf-8")
    assert memo.get("a") is None
