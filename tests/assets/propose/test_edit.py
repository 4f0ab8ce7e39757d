import pytest

from assets.declare.yaml_text import parse
from assets.propose.edit import Edits

TEXT = """\
# the head
a:
  flow: {x: 1, y: [1, 2]}   # why
  block:
    - one   # first
    - {k: v}

  # of the next
  map:
    p: number
    q: {type: integer}
  empty: []
last: end
"""


@pytest.mark.parametrize(
    ("path", "parts", "before", "after"),
    [
        (("a", "flow"), ["x"], "{x: 1, y: [1, 2]}   # why", "{y: [1, 2]}   # why"),
        (("a", "flow", "y"), [0, 1], "[1, 2]", "[]"),
        (("a", "block"), [0], "    - one   # first\n", ""),
        (("a", "block"), [1], "    - {k: v}\n", ""),
        (("a", "map"), ["q"], "    q: {type: integer}\n", ""),
        (("a", "map"), ["p", "q"], "p: number\n    q: {type: integer}", "{}"),
        ((), ["last"], "last: end\n", ""),
    ],
)
def test_what_is_removed_goes_alone(path: tuple[str, ...], parts: list[str | int], before: str, after: str) -> None:
    edits = Edits(TEXT)
    edits.remove(path, parts)
    assert edits.result() == TEXT.replace(before, after)
    parse(edits.result(), file="f")


def test_only_what_is_changed_changes() -> None:
    edits = Edits(TEXT)
    edits.replace(("a", "flow", "x"), 1.5)
    edits.append(("a", "flow", "y"), "NO")
    edits.append(("a", "flow", "y"), "b")
    edits.append(("a", "block"), "last")
    edits.add(("a", "map", "q"), "nullable", True)
    edits.add(("a", "map"), "r s", "text")
    edits.replace(("a", "map", "p"), {"type": "number", "nullable": True})
    edits.append(("a", "empty"), 1)
    assert (
        edits.result()
        == """\
# the head
a:
  flow: {x: 1.5, y: [1, 2, "NO", b]}   # why
  block:
    - one   # first
    - {k: v}
    - last

  # of the next
  map:
    p: {type: number, nullable: true}
    q: {type: integer, nullable: true}
    r s: text
  empty: [1]
last: end
"""
    )


def test_a_comment_behind_the_last_value_stays_there() -> None:
    edits = Edits("a:\n  - 1\n  - 2  # two")
    edits.append(("a",), 3)
    assert edits.result() == "a:\n  - 1\n  - 2  # two\n  - 3"
    assert parse(edits.result(), file="f").value == {"a": [1, 2, 3]}


def test_what_is_not_written_cannot_be_changed() -> None:
    with pytest.raises(KeyError, match=r"a\.b is not written in the declaration"):
        Edits("a: 1").replace(("a", "b"), 2)
