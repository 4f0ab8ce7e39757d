import json

import pyarrow as pa
import pytest

from data_checks.parity import ServingReport, parity, servable

EXPECTED = pa.table({"prediction": ["yes", "no", None], "probability": [0.75, 0.25, None]})


def served(prediction=("yes", "no", None), probability=(0.75, 0.25, None)):
    return pa.table({"prediction": list(prediction), "probability": list(probability)})


def test_passes_the_same_predictions_within_tolerance():
    verdict = parity(EXPECTED, served(probability=(0.750001, 0.25, None)), tolerance=1e-5)
    assert verdict.passed
    assert verdict.evidence["columns"]["probability"]["max_abs_difference"] == pytest.approx(1e-6)
    assert verdict.evidence["columns"]["prediction"]["differing_rows"] == 0


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (served(probability=(0.75, 0.26, None)), "probability differs in 1 of 3 rows (first at row 1)"),
        (served(probability=(0.75, None, None)), "probability differs in 1 of 3 rows (first at row 1)"),
        (served(probability=(0.75, float("inf"), None)), "probability differs in 1 of 3 rows"),
        (served(prediction=("no", "yes", None)), "prediction differs in 2 of 3 rows (first at row 0)"),
        (served(prediction=("yes", "no", "no")), "prediction differs in 1 of 3 rows (first at row 2)"),
        (served().slice(0, 2), "served rows differ: 2 instead of 3"),
        (served().select(["prediction"]), "served columns differ: ['prediction'] instead of"),
        (pa.table({"prediction": [1, 0, None], "probability": [0.75, 0.25, None]}), "prediction differs in 3 of 3"),
    ],
)
def test_refuses_other_predictions(other, message):
    verdict = parity(EXPECTED, other, tolerance=1e-5)
    assert verdict.blocks
    assert message in verdict.summary
    json.dumps(verdict.evidence, allow_nan=False)


def test_shows_the_first_differing_rows():
    verdict = parity(EXPECTED, served(probability=(0.5, 0.25, None)), tolerance=1e-5)
    assert verdict.evidence["columns"]["probability"]["first"] == [{"row": 0, "expected": 0.75, "served": 0.5}]


def test_tolerance_is_relative_to_large_values():
    assert parity(pa.table({"p": [1e6]}), pa.table({"p": [1e6 + 5]}), tolerance=1e-5).passed
    assert not parity(pa.table({"p": [1.0]}), pa.table({"p": [1.001]}), tolerance=1e-5).passed


def test_equal_infinities_agree():
    assert parity(pa.table({"p": [float("inf")]}), pa.table({"p": [float("inf")]})).passed


def test_an_expected_infinity_tolerates_nothing_else():
    assert not parity(pa.table({"p": [float("inf")]}), pa.table({"p": [1.0]})).passed


def test_nothing_to_compare_is_no_parity():
    empty = EXPECTED.slice(0, 0)
    assert "parity has nothing to compare: 0 rows" in parity(empty, empty).summary
    assert not parity(empty, empty).passed


def test_compares_single_precision_with_double():
    single = EXPECTED.set_column(1, "probability", EXPECTED["probability"].cast(pa.float32()))
    assert parity(EXPECTED, single).passed


GOOD = {"1": 1, "2": 2, "257": 257}


def test_passes_what_a_clean_process_serves():
    verdict = servable(ServingReport(loaded=True, predicted=GOOD))
    assert verdict.passed
    assert verdict.summary == "loads in a clean process and predicts 1, 2, 257 rows"


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (ServingReport(loaded=False, error="no onnxruntime"), "the clean process did not load it: no onnxruntime"),
        (ServingReport(loaded=False), "no reason given"),
        (ServingReport(loaded=True, error="bad column", predicted=GOOD), "it failed while predicting: bad column"),
        (ServingReport(loaded=True, has_signature=False, predicted=GOOD), "it has no signature"),
        (ServingReport(loaded=True, unsafe_files=("a.pkl",), predicted=GOOD), "a.pkl would be unpickled"),
        (ServingReport(loaded=True, imported=("torch",), predicted=GOOD), "loading imported torch"),
        (ServingReport(loaded=True, predicted=GOOD | {"257": 1}), "257 rows gave 1 predictions"),
        (ServingReport(loaded=True), "it was not asked to predict"),
    ],
)
def test_refuses_what_can_not_be_served(report, message):
    verdict = servable(report)
    assert verdict.blocks
    assert message in verdict.summary
