from pathlib import Path

import pytest

from assets.declare.signatures import miscalled
from assets.declare.yaml_text import KeyPath

MODULE = """
import functools

plain = 3
columns: list[str] = ["a"]
adds = lambda rows: rows
def nothing(): ...
def rows(rows): ...
def options(rows, *, deep=True, **more): ...
def two(truth, scores): ...
def wider(shape, width, *, deep): ...
def bounds(start, end): ...
def start_only(start): ...
def anything(*args, **more): ...
@functools.cache
def decorated(): ...
if plain:
    def twice(): ...
else:
    def twice(rows): ...
"""
DERIVE: KeyPath = ("derive", "use")
METRIC: KeyPath = ("evaluate", "metrics", 0, "use")
SOURCE: KeyPath = ("predict", "source", "use")
MODEL: KeyPath = ("model", "use")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "own.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (DERIVE, ["adds", "rows", "options", "anything", "decorated", "twice", "missing"]),
        (METRIC, ["two", "bounds", "anything"]),
        (SOURCE, ["bounds", "anything"]),
        (MODEL, ["wider", "rows", "options"]),
    ],
)
def test_what_takes_what_it_is_given_is_in_order(root: Path, path: KeyPath, names: list[str]) -> None:
    assert {name: miscalled(f"shop.own:{name}", path, root=root) for name in names} == dict.fromkeys(names)


@pytest.mark.parametrize(
    ("path", "name", "told"),
    [
        (DERIVE, "plain", "names no function: 'plain' is 3 in line 4 of 'shop.own'; write a function"),
        (DERIVE, "columns", "names no function: 'columns' is ['a'] in line 5 of 'shop.own'"),
        (DERIVE, "nothing", "takes something else: nothing() in line 7 is called with rows; write def nothing(rows)"),
        (DERIVE, "two", "takes something else: two(truth, scores) in line 10 is called with rows"),
        (METRIC, "rows", "takes something else: rows(rows) in line 8 is called with truth and scores"),
        (SOURCE, "start_only", "start_only(start) in line 13 is called with start and end; write def"),
        (SOURCE, "two", "two(truth, scores) in line 10 is called with start and end"),
        (MODEL, "nothing", "nothing() in line 7 is called with shape"),
    ],
)  # fmt: skip
def test_what_does_not_is_told(root: Path, path: KeyPath, name: str, told: str) -> None:
    said = miscalled(f"shop.own:{name}", path, root=root)
    assert said is not None
    assert told in said
