"""A misspelt column is one fault, whatever else names it, and what stands beside it is judged as if it were not."""

from pathlib import Path

import pytest

from data_checks.verdict import Json
from tests.assets.declare.columns_told import told

ROWS = "id,day,price,kind,town\n1,2024-01-01,2.5,a,b\n"
UNIQUE = "expect_column_values_to_be_unique"
COMPOUND = "expect_compound_columns_to_be_unique"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


@pytest.mark.parametrize(
    ("sections", "place", "meant"),
    [
        (
            {"evaluate": {"slices": ["kidn"], "fairness": ["kind"]}, "gates": [{"metric": "r2", "at_least": 0.1}]},
            "evaluate.slices.0",
            "kind",
        ),
        (
            {"evaluate": {"slices": ["kinde"]}, "gates": [{"metric": "r2", "at_least": 0.1, "slice": "kind"}]},
            "evaluate.slices.0",
            "kind",
        ),
        ({"features": {"category": ["kinf"], "accept": {"kind": "it is coarse"}}}, "features.category.0", "kind"),
        ({"features": {"never": {"twon": "it is coarse"}, "category": ["kind"]}}, "features.never.twon", "town"),
        ({"target": {"column": "pricee"}, "split": {"by": "key", "column": "id"}}, "target.column", "price"),
        ({"contract": {"columns": {"towm": "category"}}}, "contract.columns.towm", "town"),
        (
            {"contract": {"expectations": [{COMPOUND: {"column_list": ["idd", "day"]}}]}},
            f"contract.expectations.0.{COMPOUND}.column_list.0",
            "id",
        ),
        (
            {"contract": {"expectations": [{UNIQUE: {"column": "id", "row_condition": "twn == 1"}}]}},
            f"contract.expectations.0.{UNIQUE}.row_condition",
            "town",
        ),
    ],
)
def test_a_misspelt_column_is_told_where_it_stands_and_nowhere_else(
    root: Path, sections: dict[str, Json], place: str, meant: str
) -> None:
    ((at, message),) = told(root, **sections).items()
    assert at == place
    assert "names a column that is not there: '" in message
    assert message.endswith(f"did you mean '{meant}'?")


def test_what_stands_beside_is_judged_as_if_the_column_were_spelt_rightly(root: Path) -> None:
    sections: dict[str, Json] = {
        "target": {"column": "pric"},
        "features": {"number": ["price"], "category": ["kind"], "never": {"kidn": "it is coarse", "kind": ""}},
    }
    with pytest.raises(ValueError, match="names a column that is in features"):
        told(root, **sections)
    sections["features"] = {"number": ["price"], "category": ["town"], "never": {"kidn": " "}}
    assert {place: message.partition(":")[0] for place, message in told(root, **sections).items()} == {
        "target.column": "target.column names a column that is not there",
        "features.never.kidn": "features.never names a column that is not there",
        "features.number.0": "features.number names the target",
    }


def test_two_names_for_one_column_are_not_taken_for_it(root: Path) -> None:
    features: Json = {"category": ["kind", "kidn"], "never": {"town": "it is coarse", "twon": "it is coarse"}}
    assert sorted(told(root, features=features)) == ["features.category.1", "features.never.twon"]


def test_of_a_source_that_can_not_be_seen_the_name_that_is_used_once_is_the_slip(root: Path) -> None:
    sections: dict[str, Json] = {
        "source": {"kind": "sql", "url_env": "SHOP", "query": "SELECT 1"},
        "contract": {
            "columns": {"prce": "number", "kind": "category"},
            "expectations": [{UNIQUE: {"column": "price"}}],
        },
    }
    assert told(root, **sections) == {
        "contract.columns.prce": (
            "contract.columns names a column that nothing else does: 'prce'; did you mean 'price', as is named "
            "elsewhere?"
        )
    }
    sections["contract"] = {"columns": {"prce": "number", "kind": "category"}}
    ((place, message),) = told(root, **sections).items()
    assert place == "target.column"
    assert message.startswith("target.column names a column that the contract does not: 'price'; did you mean 'prce'?")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            {"kind": "files", "path": "rows.csv", "delimiter": ";"},
            (
                "'rows.csv' has id,day,price,kind,town, and none of the 3 that are named, such as 'kind'; write "
                "delimiter: ','"
            ),
        ),
        (
            {"kind": "files", "path": "rows.csv", "skip_lines": 1},
            (
                "'rows.csv' has 1, 2.5, 2024-01-01, a, b, and none of the 3 that are named, such as 'kind'; look at "
                "path, format, delimiter, skip_lines or query"
            ),
        ),
    ],
)
def test_a_source_that_is_read_in_another_way_is_one_fault(root: Path, source: dict[str, Json], message: str) -> None:
    contract: Json = {"columns": {"kind": "category", "town": "category"}}
    found = told(root, source=source, contract=contract, evaluate={"slices": ["town"]})
    assert found == {"source": f"source gives none of the columns: {message}"}
