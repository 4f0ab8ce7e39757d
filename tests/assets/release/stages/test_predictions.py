import json

import pyarrow.parquet as pq
import pytest

from assets.declaration import Declaration
from assets.execution import carry_out
from assets.release.stages import predictions
from assets.release.stages.drift import Drift
from assets.release.stages.predictions import Predictions
from assets.work import InputError, SkippedError
from data_checks.verdict import Json
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH, SCORED, TRAINED, Small

LAST = SCORED[-1]


def test_every_row_is_scored_or_refused_with_its_reason(trained: Small) -> None:
    version = trained.work(LAST).current("predictions")
    assert version.counts == {"read": ROWS_A_MONTH, "scored": ROWS_A_MONTH - EMPTY, "refused": EMPTY}
    assert version.table("refused")["_row"].to_pylist() == list(range(EMPTY))
    assert all("spent" in reasons[0] for reasons in version.table("refused")["_reasons"].to_pylist())
    rows = version.table("rows")
    assert set(rows.column_names) == {"_row", "prediction", "probability", "_champion"}
    assert set(rows["_champion"].to_pylist()) == {"2"}


def test_a_row_that_only_an_expectation_breaks_is_scored(trained: Small) -> None:
    scored = set(trained.work(LAST).current("predictions").table("rows")["_row"].to_pylist())
    assert set(range(EMPTY, EMPTY + NEGATIVE)) <= scored


def test_nobody_scores_before_the_first_champion(trained: Small) -> None:
    message = "^no model of small was champion before 2024-03; predictions begin with the next period$"
    with pytest.raises(SkippedError, match=message):
        carry_out(Predictions(), trained.work(TRAINED[0]))


def test_too_many_refused_rows_break_the_serving_contract_and_stop_what_follows(small_pipeline: Small) -> None:
    contract = {**small_pipeline.sections["contract"], "rows_that_fail": {"action": "quarantine", "at_most": 0.001}}
    work = small_pipeline.work(LAST, small_pipeline.declare(contract=contract))
    with pytest.raises(InputError, match="small/clean of 2024-05 is refused"):
        carry_out(Predictions(), work)
    version = work.current("predictions")
    (verdict,) = Predictions().judge(work, {}, version)
    assert not verdict.passed
    assert verdict.summary == (
        "predictions break the serving contract: 3 of 240 rows are refused, 1.250%, 3 for 'spent is missing', and "
        "at most 0.100% may be; mend the rows, or raise contract.rows_that_fail.at_most"
    )
    assert verdict.evidence["reasons"] == [{"reason": "spent is missing", "rows": 3}]
    with pytest.raises(
        InputError, match=r"small/predictions of 2024-05 is refused: .*serving_contract: predictions br"
    ):
        carry_out(Drift(), work)


def test_predictions_are_delivered_with_the_columns_to_keep(small_pipeline: Small) -> None:
    folder = small_pipeline.home.root / "delivered"
    predict: Json = {"to": {"kind": "files", "path": str(folder)}, "keep": ["visit"]}
    done = carry_out(Predictions(), small_pipeline.work(LAST, small_pipeline.declare(predict=predict)))
    (file,) = folder.iterdir()
    assert done.version.manifest["metadata"]["delivered to"] == str(file)
    rows = pq.read_table(file)
    assert rows.num_rows == ROWS_A_MONTH - EMPTY
    assert rows["visit"].to_pylist()[0] == f"{LAST} {EMPTY}"


def test_rows_of_an_asset_cannot_be_scored(trained: Small) -> None:
    timeless = {name: section for name, section in trained.sections.items() if name not in {"partitions", "window"}}
    source = {"kind": "asset", "key": "shop/new"}
    declaration = Declaration.model_validate_json(json.dumps({**timeless, "predict": {"source": source}}))
    message = r"^predict.source can't be an asset: its rows are not handed in here; read its table or files$"
    work = trained.work(None, declaration)
    with (
        pytest.raises(InputError, match=message),
        work.store.draft(work.address("predictions")) as draft,
        predictions._batches(work, {}, draft),
    ):
        pass


def test_the_champion_of_a_month_is_told(trained: Small) -> None:
    shown = trained.work(MONTHS[3]).current("predictions").manifest["metadata"]
    assert (shown["champion"], shown["champion of"]) == ("version 1", TRAINED[0])
