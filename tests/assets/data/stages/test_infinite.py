"""Infinite values in columns that the contract does not name, as the table of `docs/bad_input.md` says."""

import numpy as np
import pyarrow as pa
import pytest

from assets.data.target import TargetError
from data_checks.verdict import Json
from tests.assets.data.stages.conftest import Shop
from tests.small_pipeline import MONTHS, visits

UNTYPED: Json = {"columns": {"day": "date", "known": "date", "visits": "integer"}, "rows_that_fail": {"at_most": 0.1}}
INFINITE = pa.array([(float("inf"), 0.0, 1.0)[n % 3] for n in range(visits().num_rows)])


def write(shop: Shop, column: str) -> None:
    rows = visits()
    shop.write(rows.set_column(rows.schema.get_field_index(column), column, INFINITE))


@pytest.mark.parametrize("task", [None, "binary", "multiclass", "regression"])
def test_an_infinite_target_without_a_contract_is_one_clear_error_before_features(shop: Shop, task: str | None) -> None:
    write(shop, "back")
    sections: dict[str, Json] = {"contract": UNTYPED, "evaluate": None, "gates": []}
    message = (
        r"target\.column has values that are not finite: \d+ of \d+ in 'back'; give it the type number in the contr"
    )
    with pytest.raises(TargetError, match=message) as caught:
        shop.window(**sections, target={"column": "back", "known_at": "known", "task": task})
    assert "\n" not in str(caught.value)


def test_infinite_features_without_a_contract_are_counted_on_the_page_and_taken_as_missing(shop: Shop) -> None:
    write(shop, "spent")
    shop.window(contract=UNTYPED)
    version = shop.do("features", MONTHS[2], contract=UNTYPED).version
    rows = sum(version.counts.values())
    assert version.manifest["metadata"]["infinite values, taken as missing"] == {"spent": rows // 3}
    assert np.isfinite(version.array("train_number")).all()
    assert "spent is missing" in version.json("transform")["names"]["number"]  # type: ignore[index,call-overload]
