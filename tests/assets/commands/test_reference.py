import re

import pytest

from assets.commands.reference import EXAMPLES, PAGE, generated
from assets.declaration import TYPE, Declaration, load
from assets.home import REPOSITORY, Home


@pytest.mark.parametrize("name", generated())
def test_what_is_generated_is_current(name: str) -> None:
    written = (REPOSITORY / name).read_text(encoding="utf-8")
    assert written == generated()[name], "run `python -m assets.commands reference` and commit what it writes"


def test_the_page_shows_every_section_in_the_order_in_which_they_run() -> None:
    sections = [field.alias or name for name, field in Declaration.model_fields.items()]
    assert re.findall(r"^## (\w+)$", generated()[PAGE], re.MULTILINE) == sections


def test_the_page_explains_every_section_and_setting() -> None:
    page = generated()[PAGE]
    assert not re.findall(r"^## \w+\n\n(?:Absent|Must|Takes|```).*", page, re.MULTILINE)
    assert not [line for line in page.splitlines() if re.match(r"\| `.*\| +\|$", line)]
    assert not re.findall(r"absent: [^\n]* Absent: ", page)


def test_the_page_shows_an_example_of_every_section_and_all_of_them_are_one_sound_declaration(home: Home) -> None:
    examples = (REPOSITORY / EXAMPLES).read_text(encoding="utf-8")
    sections = [field.alias or name for name, field in Declaration.model_fields.items()]
    assert re.findall(r"^(\w+):", examples, re.MULTILINE) == sections
    indented = "".join(f"  {line}" for line in examples.splitlines(keepends=True))
    folder = home.root / "pipelines" / "of_the_reference"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(f"type: {TYPE}\nattributes:\n{indented}", encoding="utf-8")
    (home.root / "pipelines" / "hotel_cancellations").symlink_to(REPOSITORY / "pipelines" / "hotel_cancellations")
    assert load(folder / "defs.yaml", root=home.root).gates
