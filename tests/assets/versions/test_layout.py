import pytest

from assets.versions.layout import DamagedError, Layout, sealed, unsealed


def test_a_sealed_file_comes_back_and_an_absent_one_is_none(tmp_path):
    path = tmp_path / "head.json"
    assert unsealed(path) is None
    path.write_bytes(sealed({"key": "a", "number": 1.5}))
    assert unsealed(path) == {"key": "a", "number": 1.5}


def test_any_flipped_or_missing_byte_is_told(tmp_path):
    path = tmp_path / "head.json"
    whole = sealed({"key": "ä"})
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(
            DamagedError, match=r"is damaged: .*head\.json: .*; delete that file and run the stage again"
        ):
            unsealed(path)
        path.write_bytes(whole[:position])
        with pytest.raises(DamagedError):
            unsealed(path)


@pytest.mark.parametrize("key", [None, "2015-07", "2015-07-01-13:00", "a/b", "..", ".x", "ü"])
def test_a_partition_is_found_again_whatever_its_key(tmp_path, key):
    layout = Layout(tmp_path)
    layout.heads.mkdir()
    layout.head(key).write_text("x")
    (layout.heads / ".2015-08.json.draft").write_text("x")
    assert layout.partitions() == [key]


def test_names_of_checks_are_files_whatever_they_hold(tmp_path):
    layout = Layout(tmp_path)
    names = ["a/b", "x" * 400, "x" * 401, "expect__ä"]
    paths = {layout.verdict("k", name) for name in names}
    assert len(paths) == 4
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert set(layout.verdicts_of("k")) == paths
