"""One letter wrong in any key or column's name of a shipped declaration is one fault at its line with the right word.

Only of `max_value` and `min_value` one may become what is as close to the other.
"""

import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from assets.declaration import load
from assets.declare.faults import is_one_edit
from assets.declare.named_columns import named
from assets.home import REPOSITORY, Home
from tests.assets.declare.test_respelling import SHIPPED, faults, root, scalars, sound

__all__ = ["root"]
CASES = 100
LETTERS = "abcdefghijklmnopqrstuvwxyz_"


@pytest.fixture
def sales(home: Home) -> None:
    """The database that a declaration reads, as it is once its asset was made."""
    table = pq.read_table(REPOSITORY / "pipelines" / "house_prices" / "house_sales.parquet")
    with closing(sqlite3.connect(home.root / "house_sales.db")) as database:
        database.execute(f"CREATE TABLE sales ({', '.join(table.column_names)})")


def typo(rng: random.Random, word: str) -> str:
    """Leave out, add, change or swap one letter."""
    at = rng.randrange(len(word))
    ways = [f"{word[:at]}{rng.choice(LETTERS)}{word[at:]}", f"{word[:at]}{rng.choice(LETTERS)}{word[at + 1 :]}"]
    if len(word) > 2:
        ways.append(word[:at] + word[at + 1 :])
    ways.append(word[:at] + word[at : at + 2][::-1] + word[at + 2 :])
    return rng.choice(ways)


def words(root: Path, name: str) -> Iterator[tuple[yaml.ScalarNode, str]]:
    """Yield every key, and every value that names a column."""
    file = root / "pipelines" / name / "defs.yaml"
    file.write_text(sound(name), encoding="utf-8")
    columns = {column for _, column in named(load(file, root=root))}
    for (*_, mark), node in scalars(yaml.compose(sound(name), Loader=yaml.SafeLoader)):
        if mark == "key" or node.value in columns:
            yield node, node.value


@pytest.mark.usefixtures("sales")
@pytest.mark.parametrize("name", SHIPPED)
def test_one_letter_wrong_is_one_fault_at_its_line_with_the_right_word(root: Path, name: str) -> None:
    rng = random.Random(11)
    text, places = sound(name), list(words(root, name))
    tried = 0
    while tried < CASES:
        node, word = rng.choice(places)
        wrong = typo(rng, word)
        if wrong == word:
            continue
        tried += 1
        found = faults(root, text[: node.start_mark.index] + wrong + text[node.end_mark.index :], name)
        line = node.start_mark.line + 1
        assert len(found) == 1, (line, word, wrong, found)
        told = re.match(rf"{line}:\d+: .*did you mean '(.*?)'", found[0])
        assert told, (line, word, wrong, found)
        assert told[1] == word or (word.endswith("_value") and is_one_edit(wrong, told[1])), (line, word, wrong, found)
