import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from assets.data.given_split import parts_told
from assets.data.outcome import UNDECIDED
from assets.declaration import Declaration
from assets.declare.conflicts import conflicts
from data_checks.verdict import Json
from tests.small_pipeline import attributes

IN = "expect_column_values_to_be_in_set"
PARTS: dict[str, Json] = {"train": ["a"], "validation": ["b"], "test": ["c"]}


def told(split: dict[str, Json], **sections: Json) -> dict[str, str]:
    given = {"by": "given", "column": "shop", **split}
    whole = {**attributes(Path("rows.parquet")), "split": given, "monitor": {}, **sections}
    found = conflicts(Declaration.model_validate_json(json.dumps(whole)))
    return {".".join(map(str, path)): message for path, message in found if path[0] == "split"}


def test_parts_of_all_names_and_of_other_values_pass() -> None:
    assert told({"parts": PARTS}) == {}
    assert told({}) == {}


@pytest.mark.parametrize(
    ("parts", "place", "message"),
    [
        (
            {"train": ["a"], "test": ["c"]},
            "split.parts",
            "split.parts leaves a part out: validation would have no row; name the values of each of train, valid",
        ),
        ({**PARTS, "train": []}, "split.parts", "split.parts leaves a part out: train would have no row; name the"),
        (
            {**PARTS, "test": ["c", "b"]},
            "split.parts.test.1",
            "split.parts.test names a value again: 'b' is in split.parts.validation, and a row is in one part only; ke",
        ),
        (
            {**PARTS, "test": ["cc"]},
            "split.parts.test.0",
            "split.parts.test names a value that is not there: 'cc' is none of those that the contract lets 'shop' ",
        ),
    ],
)
def test_refuses_parts_that_no_rows_can_be_divided_by(parts: dict[str, Json], place: str, message: str) -> None:
    contract: Json = {"expectations": [{IN: {"column": "shop", "value_set": ["a", "b", "c", "d"]}}]}
    ((at, said),) = told({"parts": parts}, contract=contract).items()
    assert at == place
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("values", "parts"), [([1, 2, 3], "123"), ([1.0, 2.0, 3.0], "123"), ([True, False], ("true", "false", "true"))]
)
def test_values_are_those_that_the_split_reads(values: list[Json], parts: Sequence[str]) -> None:
    contract: Json = {"expectations": [{IN: {"column": "shop", "value_set": values}}]}
    named: dict[str, Json] = {part: [value] for part, value in zip(("train", "validation", "test"), parts, strict=True)}
    assert not [said for said in told({"parts": named}, contract=contract).values() if "is not there" in said]
    column = pa.array([*values, None])
    assert parts_told(column, dict.fromkeys(parts, "test")).tolist() == [2] * len(values) + [UNDECIDED]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ({"kind": "files", "path": "rows.parquet"}, "one file"),
        ({"kind": "asset", "key": "shop/rows"}, "kind asset"),
        ({"kind": "files", "path": ["a.csv", "b.csv"]}, None),
        ({"kind": "files", "path": "rows/*.csv"}, None),
    ],
)
def test_only_several_files_can_each_be_a_part(source: Json, what: str | None) -> None:
    message = f"split.column is missing: the source is {what}, and only of several files each can be a part; name the"
    found = told({"parts": PARTS, "column": None}, source=source)
    assert [said.startswith(message) for said in found.values()] == ([True] if what else [])
