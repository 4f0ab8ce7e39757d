import json
from pathlib import Path

import pytest

from assets.declaration import Declaration
from assets.declare.conflicts import conflicts
from data_checks.verdict import Json
from tests.small_pipeline import attributes

IN = "expect_column_values_to_be_in_set"


def told(values: Json, target: dict[str, Json], *, weights: Json = None, **expectation: Json) -> dict[str, str]:
    contract = {"expectations": [{IN: {"column": "back", "value_set": values, **expectation}}]}
    train = {"class_weights": weights} if weights else {}
    whole = {**attributes(Path("rows.parquet")), "contract": contract, "target": {"column": "back", **target}}
    declaration = Declaration.model_validate_json(json.dumps({**whole, "train": train}))
    places = {"target", "train"}
    return {".".join(map(str, path)): message for path, message in conflicts(declaration) if path[0] in places}


@pytest.mark.parametrize(
    ("values", "target", "weights", "place", "message"),
    [
        (
            ["low", "mid", "high"],
            {"task": "binary"},
            None,
            "target.task",
            "target.task does not fit the column: the contract lets 'back' have 3 values; write multiclass, or mend",
        ),
        (
            ["yes", "no"],
            {"positive": "yess"},
            None,
            "target.positive",
            "target.positive is no class: 'yess' is none of those that the contract lets 'back' have; did you mea",
        ),
        ([0, 1], {"positive": 2}, None, "target.positive", "target.positive is no class: 2 is none of those that the"),
        (
            [0, 1],
            {},
            {"0": 1.0, "01": 2.0},
            "train.class_weights.01",
            "train.class_weights names no class: '01' is none of those that the contract lets 'back' have; did you",
        ),
    ],
)
def test_refuses_classes_that_the_contract_does_not_list(
    values: Json, target: dict[str, Json], weights: Json, place: str, message: str
) -> None:
    ((at, said),) = told(values, target, weights=weights).items()
    assert at == place
    assert said.startswith(message)


def test_what_the_contract_leaves_open_passes() -> None:
    assert told([0, 1], {"task": "binary", "positive": True}, weights={"0": 1.0, "1": 2.0}) == {}
    assert told([0, 1], {"positive": 2}, mostly=0.9) == {}
    assert told([0, 1], {"positive": 2}, severity="warning") == {}
    assert told([0, 1, None], {"task": "binary"}) == {}
