"""One mistake in a real declaration is told once, at its line and column, and two are told twice."""

import re
from pathlib import Path

import pytest

from assets.declaration import load
from assets.declare.faults import DeclarationError
from assets.home import REPOSITORY
from tests.assets.declare.expectation_mistakes import EXPECTED
from tests.assets.declare.further_mistakes import FURTHER
from tests.assets.declare.judging_mistakes import JUDGING
from tests.assets.declare.single_mistakes import METRICS, MISTAKES, TOLD_ELSEWHERE
from tests.assets.declare.unseen_mistakes import UNSEEN

NAME = "hotel_cancellations"
SOUND = (REPOSITORY / "pipelines" / NAME / "defs.yaml").read_text(encoding="utf-8")
MARK = "¦"
ATTRIBUTES = SOUND.splitlines().index("attributes:") + 1
FIRST = "- expect_column_values_to_be_between: {column: adr, min_value: 0, max_value: 1000}"
SECOND = len(SOUND.splitlines()) + 1


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the pipeline's rows and function, for its declaration to be written beside them."""
    folder = tmp_path_factory.mktemp("repository") / "pipelines" / NAME
    folder.mkdir(parents=True)
    for file in ("bookings.parquet", "features.py", "__init__.py"):
        (folder / file).symlink_to(REPOSITORY / "pipelines" / NAME / file)
    return folder.parents[1]


def faults(root: Path, text: str) -> list[str]:
    file = root / "pipelines" / NAME / "defs.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        load(file, root=root)
    except DeclarationError as error:
        return [str(fault).removeprefix(f"pipelines/{NAME}/defs.yaml:") for fault in error.faults]
    return []


def with_mistake(sound: str, mistake: str) -> str:
    assert SOUND.count(sound) >= 1
    return SOUND.replace(sound, mistake, 1)


def place_of(text: str, position: int) -> str:
    """The line and the column of a position, as an editor counts them."""
    lines = text[:position].split("\n")
    return f"{len(lines)}:{len(lines[-1]) + 1}"


def assert_told(found: list[str], place: str, told: str) -> None:
    assert len(found) == 1, found
    words = re.escape(f"{place}: {told}").replace("…", ".*")
    assert re.fullmatch(words, found[0]), found


@pytest.mark.parametrize(("item", "told"), EXPECTED)
def test_one_mistake_in_an_expectation_is_one_fault_at_its_place(root: Path, item: str, told: str) -> None:
    marked = with_mistake(FIRST, f"- {item}")
    text = marked.replace(MARK, "")
    assert_told(faults(root, text), place_of(text, marked.index(MARK)), told)


@pytest.mark.parametrize(("sound", "mistake", "told"), [*MISTAKES, *FURTHER, *JUDGING, *UNSEEN])
def test_one_mistake_is_one_fault_at_its_place(root: Path, sound: str, mistake: str, told: str) -> None:
    marked = with_mistake(sound, mistake)
    text = marked.replace(MARK, "")
    assert_told(faults(root, text), place_of(text, marked.index(MARK)), told)


@pytest.mark.parametrize(("sound", "mistake", "at", "told"), TOLD_ELSEWHERE)
def test_a_mistake_that_shows_elsewhere_is_told_there(root: Path, sound: str, mistake: str, at: str, told: str) -> None:
    text = with_mistake(sound, mistake)
    assert_told(faults(root, text), place_of(text, text.index(at)), told)


def test_a_line_more_in_the_declaration_moves_what_is_told(root: Path) -> None:
    text = f"# a line more\n{with_mistake('window: 12', 'window: -3')}"
    assert_told(faults(root, text), place_of(text, text.index("window: -3")), "window is wrong: -3 must be …")


def test_two_mistakes_are_two_faults(root: Path) -> None:
    for changes, places in (
        ({METRICS: "metrics: [rocauc, mean_squared]"}, ("rocauc", "mean_squared")),
        ({"window: 12": "windw: 12", "epochs: 30": "epochs: thirty"}, ("windw", "epochs: thirty")),
    ):
        text = SOUND
        for sound, mistake in changes.items():
            text = text.replace(sound, mistake, 1)
        told = [fault.partition(": ")[0] for fault in faults(root, text)]
        assert told == [place_of(text, text.index(place)) for place in places]


@pytest.mark.parametrize(
    ("item", "places"),
    [
        ("between: {column: adr, ¦min_value: x, ¦severity: error}", ["of another kind: 'x'", "severity is wrong"]),
        (
            "between: {¦column: adrr, min_value: 3, ¦mostly: 5}",
            ["a column that is not there: 'adrr'", "must be at most 1"],
        ),
        ("between: {¦column: adrr, ¦min_value: true}", ["not there: 'adrr'", "min_value is wrong: True"]),
        ("between: {column: adr, strict_max: true, ¦max_value: [1]}", ["max_value is wrong: [1]"]),
        ("between: {¦column: adrr, min_value: 3, ¦foo: 5}", ["not there: 'adrr'", "no such argument: 'foo'"]),
        ("between: {¦column: adrr, min_value: 1, ¦row_condition: a >}", ["not there: 'adrr'", "can't be read: 'a >'"]),
    ],
)
def test_a_faulty_argument_hides_no_other_of_its_expectation(root: Path, item: str, places: list[str]) -> None:
    marked = with_mistake(FIRST, f"- expect_column_values_to_be_{item}")
    text = marked.replace(MARK, "")
    found = faults(root, text)
    at = [place_of(text, place.start() - n) for n, place in enumerate(re.finditer(MARK, marked))]
    assert [fault.partition(": ")[0] for fault in found] == at
    assert all(told in fault for told, fault in zip(places, found, strict=True)), found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"),
        ("# nothing\n", "1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"),
        (
            f"{SOUND}---\n{SOUND}",
            f"{SECOND}:1: holds a second document: one declaration a file; give it a folder of its own",
        ),
        (
            f"{SOUND.partition('attributes:')[0]}attributes:\n",
            f"{ATTRIBUTES}:1: attributes are missing: source, target and model are",
        ),
    ],
)
def test_a_file_that_is_no_declaration_is_one_fault(root: Path, text: str, told: str) -> None:
    found = faults(root, text)
    assert len(found) == 1, found
    assert found[0].startswith(told)


@pytest.mark.parametrize("text", [f"\ufeff{SOUND}", SOUND.replace("\n", "\r\n"), f"---\n{SOUND}", f"{SOUND}\n\n  \n"])
def test_how_an_editor_saves_a_file_is_no_mistake(root: Path, text: str) -> None:
    assert faults(root, text) == []
