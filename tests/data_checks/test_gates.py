import json
import math

import pytest
from pydantic import TypeAdapter

from data_checks.gates import Gate, judge


def gate(**settings):
    return Gate.model_validate_json(json.dumps(settings))


def figures(**values):
    return {name: {"value": value, "low": value - 0.01, "high": value + 0.01} for name, value in values.items()}


def evaluation(model=0.80, champion=0.79, **more):
    candidates = {
        "model": {"metrics": figures(roc_auc=model, brier=1 - model)},
        "trivial": {"metrics": figures(roc_auc=0.5)},
    }
    if champion is not None:
        candidates["champion"] = {"metrics": figures(roc_auc=champion, brier=1 - champion)}
    return {"candidates": candidates, **more}


def sliced(rows_small=10, champion=0.8):
    def value(rows, model):
        return {"rows": rows, "candidates": {"model": figures(roc_auc=model), "champion": figures(roc_auc=champion)}}

    return evaluation(
        slices={"hotel": {"City": value(500, 0.82), "Resort": value(400, 0.75), "Tiny": value(rows_small, 0.1)}}
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "roc_auk", "at_least": 0.5}, "'roc_auk' is no metric here; did you mean 'roc_auc'"),
        ({"metric": "zzz", "at_least": 0.5}, "take one of roc_auc, average_precision"),
        ({"metric": "roc_auc"}, "has no limit, or several: none given for 'roc_auc'; write exactly one of at_least"),
        ({"metric": "roc_auc", "at_least": 0.5, "at_most": 0.9}, "has no limit, or several: .*at_least.*at_most"),
        (
            {"metric": "roc_auc", "at_least": 0.5, "against": "champion"},
            "has no use for against: .*does not compare with the champion",
        ),
        ({"metric": "roc_auc", "not_worse_by": -0.1}, "greater than or equal to 0"),
        ({"metric": "roc_auc", "at_leest": 0.5}, "Extra inputs are not permitted"),
        ({"metric": "roc_auc", "at_least": "0.5"}, "valid number"),
        (
            {"metric": "roc_auc", "not_worse_by": 0.1, "against": "everyone"},
            "'champion', 'gradient_boosting' or 'trivial'",
        ),
    ],
)
def test_refuses_a_senseless_gate(settings, message):
    with pytest.raises(ValueError, match=message):
        gate(**settings)


def test_a_metric_of_the_declarations_own_is_judged_in_its_direction():
    context = {"own_metrics": ["regret"]}
    gates = [
        Gate.model_validate({"metric": "regret", "not_worse_by": 1.0}, context=context),
        Gate.model_validate({"metric": "regret", "at_most": 5.0}, context=context),
    ]
    told = {"candidates": {"model": {"metrics": figures(regret=3.5)}, "champion": {"metrics": figures(regret=3.0)}}}
    for better, passed in (("lower", True), ("higher", True)):
        first, second = judge(gates, {**told, "own_metrics": {"regret": {"better": better}}})
        assert (first.passed, second.passed) == (True, passed)
    worse = {"candidates": {"model": {"metrics": figures(regret=4.5)}, "champion": {"metrics": figures(regret=3.0)}}}
    assert not judge(gates, {**worse, "own_metrics": {"regret": {"better": "lower"}}})[1].passed
    assert judge(gates, {**worse, "own_metrics": {"regret": {"better": "higher"}}})[1].passed
    with pytest.raises(ValueError, match="'regrets' is no metric here; did you mean 'regret'"):
        Gate.model_validate({"metric": "regrets", "at_most": 5.0}, context=context)


def test_survives_being_stored():
    gates = (gate(metric="roc_auc", at_least=0.5), gate(metric="brier", slice="hotel", not_worse_by=0.02))
    adapter = TypeAdapter(tuple[Gate, ...])
    assert adapter.validate_json(adapter.dump_json(gates)) == gates


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"at_least": 0.5}, "roc_auc at least 0.5"),
        ({"at_most": 0.5, "slice": "hotel"}, "roc_auc of each hotel at most 0.5"),
        ({"not_worse_by": 0.02}, "roc_auc not worse than the champion's by 0.02"),
        ({"better_by": 0.02, "against": "trivial"}, "roc_auc better than the trivial's by 0.02"),
    ],
)
def test_says_what_it_demands(settings, said):
    assert str(gate(metric="roc_auc", **settings)) == said


@pytest.mark.parametrize(
    ("settings", "passed"),
    [
        ({"metric": "roc_auc", "at_least": 0.8}, True),
        ({"metric": "roc_auc", "at_least": 0.81}, False),
        ({"metric": "brier", "at_most": 0.2}, True),
        ({"metric": "brier", "at_most": 0.19}, False),
        ({"metric": "roc_auc", "better_by": 0.2, "against": "trivial"}, True),
        ({"metric": "roc_auc", "better_by": 0.4, "against": "trivial"}, False),
    ],
)
def test_absolute_gates_and_those_against_a_baseline_refuse_the_model(settings, passed):
    verdict, _ = judge([gate(**settings)], evaluation())
    assert (verdict.check, verdict.severity, verdict.passed) == ("gates", "critical", passed)
    assert verdict.blocks is not passed
    json.dumps(verdict.evidence, allow_nan=False)


@pytest.mark.parametrize(
    ("settings", "model", "passed"),
    [
        ({"metric": "roc_auc", "not_worse_by": 0.005}, 0.786, True),
        ({"metric": "roc_auc", "not_worse_by": 0.005}, 0.784, False),
        ({"metric": "brier", "not_worse_by": 0.005}, 0.786, True),
        ({"metric": "brier", "not_worse_by": 0.005}, 0.784, False),
        ({"metric": "roc_auc", "better_by": 0.01}, 0.81, True),
        ({"metric": "roc_auc", "better_by": 0.01}, 0.795, False),
        ({"metric": "roc_auc", "not_worse_by": 0.0}, 0.79, True),
        ({"metric": "roc_auc", "better_by": 0.0}, 0.79, False),
        ({"metric": "brier", "better_by": 0.01}, 0.81, True),
        ({"metric": "brier", "better_by": 0.01}, 0.795, False),
    ],
)
def test_a_model_that_does_not_beat_the_champion_is_only_warned_of(settings, model, passed):
    gates, champion = judge([gate(**settings)], evaluation(model))
    assert gates.passed
    assert (champion.check, champion.severity, champion.passed) == ("beats_champion", "warning", passed)
    assert not champion.blocks


def test_lists_every_gate_with_value_interval_and_limit():
    verdict, champion = judge(
        [gate(metric="roc_auc", at_least=0.75), gate(metric="roc_auc", not_worse_by=0.005)], evaluation()
    )
    assert verdict.evidence["gates"][0] | {"reason": ""} == {
        "gate": "roc_auc at least 0.75", "metric": "roc_auc", "slice": None, "rows": None, "value": 0.8,
        "low": pytest.approx(0.79), "high": pytest.approx(0.81), "rival": None, "limit": 0.75,
        "passed": True, "judged": True, "reason": "",
    }  # fmt: skip
    assert champion.evidence["gates"][0]["rival"] == 0.79
    assert champion.evidence["gates"][0]["limit"] == pytest.approx(0.785)


def test_a_first_model_has_no_champion_to_beat():
    _, champion = judge([gate(metric="roc_auc", better_by=0.1)], evaluation(champion=None))
    assert champion.passed
    assert champion.summary == "no champion stood before"


@pytest.mark.parametrize("missing", [math.nan, math.inf, None, True])
def test_a_metric_that_is_no_number_fails(missing):
    broken = evaluation()
    broken["candidates"]["model"]["metrics"]["roc_auc"]["value"] = missing
    gates, champion = judge([gate(metric="roc_auc", at_most=1.0), gate(metric="roc_auc", not_worse_by=1.0)], broken)
    assert not gates.passed
    assert not champion.passed
    assert "the model has no roc_auc" in gates.summary


def test_a_metric_that_was_not_measured_fails():
    verdict, _ = judge([gate(metric="f1", at_least=0.0)], evaluation())
    assert not verdict.passed
    assert "f1 at least 0: the model has no f1; improve the model" in verdict.summary


def test_a_champion_without_the_metric_is_not_beaten():
    broken = evaluation()
    del broken["candidates"]["champion"]["metrics"]["roc_auc"]
    _, champion = judge([gate(metric="roc_auc", not_worse_by=1.0)], broken)
    assert not champion.passed
    assert "the champion has no roc_auc" in champion.summary


def test_judges_each_value_of_a_slice_with_enough_rows():
    gates, champion = judge(
        [gate(metric="roc_auc", slice="hotel", at_least=0.7), gate(metric="roc_auc", slice="hotel", not_worse_by=0.02)],
        sliced(),
    )
    assert gates.passed
    assert gates.summary == "2 of 2 gates kept, 1 slices with too few rows not judged"
    assert not champion.passed
    assert "(Resort): 0.75 is below 0.78" in champion.summary
    tiny = gates.evidence["gates"][2]
    assert (tiny["slice"], tiny["judged"], tiny["reason"]) == ("Tiny", False, "not judged: 10 rows, fewer than 100")


def test_judges_small_slices_if_asked_to():
    verdict, _ = judge([gate(metric="roc_auc", slice="hotel", at_least=0.7, min_rows=10)], sliced())
    assert not verdict.passed
    assert "(Tiny): 0.1 is below 0.7" in verdict.summary


@pytest.mark.parametrize("column", ["hotel", "country"])
def test_a_slice_gate_that_judges_nothing_fails(column):
    verdict, _ = judge([gate(metric="roc_auc", slice=column, at_least=0.0, min_rows=10_000)], sliced())
    assert not verdict.passed
    assert f"slice '{column}' has no value with at least 10000 rows" in verdict.summary


def test_passes_without_gates_and_says_so():
    gates, champion = judge([], evaluation())
    assert (gates.passed, gates.summary) == (True, "no gate is declared")
    assert (champion.passed, champion.summary) == (True, "no gate against the champion is declared")
