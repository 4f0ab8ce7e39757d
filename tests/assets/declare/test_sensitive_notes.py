import pytest

from assets.declare.sensitive_notes import sensitive_notes
from data_checks.verdict import Json
from tests.small_pipeline import declare


def told(name: str, kind: str, **sections: Json) -> list[str]:
    given: dict[str, Json] = {
        "source": {"kind": "files", "path": "rows.parquet"},
        "target": {"column": "back"},
        "contract": {"columns": {name: {"type": kind, "sensitive": True}, "age": "number"}},
        "model": {"kind": "linear"},
    }
    return [f"{'.'.join(map(str, place))}: {said}" for place, said in sensitive_notes(declare({**given, **sections}))]


def test_what_a_model_keeps_of_a_sensitive_feature_is_noted() -> None:
    (noted,) = told("ill", "category")
    assert noted == (
        "contract.columns.ill: contract.columns.ill is sensitive and a feature: the model keeps its commonest values, "
        "to encode it and to see its drift; put it under features.never if that may not be"
    )
    (listed,) = told("ill", "integer", features={"number": ["ill"]})
    assert "the model keeps its mean, deviation and quantiles" in listed


def test_what_a_sensitive_target_shows_is_noted() -> None:
    (noted,) = told("back", "boolean")
    assert noted == (
        "contract.columns.back: contract.columns.back is sensitive and the target: its classes are named in the "
        "evaluation, and predictions say what it is; derive a coarser target if they may not"
    )
    (numbers,) = told("back", "number", target={"column": "back", "task": "regression"})
    assert "its values are drawn in the evaluation" in numbers


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_of_times_no_value_is_kept(kind: str) -> None:
    assert told("ill", kind) == []


def test_columns_that_are_not_learned_from_are_not_noted() -> None:
    assert told("ill", "text", features={"never": {"ill": "is nobody's business"}}) == []
    assert told("ill", "text", features={"number": ["age"]}) == []
