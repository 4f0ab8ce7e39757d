from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from assets.data.target import Labels
from assets.release.evaluate import Evaluate, evaluate
from assets.release.metrics import Scores
from assets.release.model_card import ModelCard, model_card
from data_checks.verdict import Verdict


@pytest.fixture(scope="module")
def card():
    random = np.random.default_rng(0)
    truth = (random.random(600) < 0.4).astype(np.float32)
    evaluation = evaluate(
        truth,
        {
            "model": Scores(probability=0.6 * truth + 0.4 * random.random(600)),
            "champion": Scores(probability=0.3 * truth + 0.7 * random.random(600)),
            "trivial": Scores(probability=np.full(600, 0.4)),
        },
        settings=Evaluate(rounds=60, slices=("hotel", "agent"), fairness=("hotel",)),
        labels=Labels("binary", (False, True)),
        slices=pa.table(
            {"hotel": random.choice(["city|x", "<b>"], 600), "agent": random.choice(list("abcdefghijklmnop"), 600)}
        ),
        importance=[{"column": "lead_time", "value": 0.1, "deviation": 0.01}],
    )
    return ModelCard(
        name="hotel_cancellations",
        description="Will this hotel booking be cancelled?",
        owners=("team:revenue",),
        target="is_canceled",
        period="2016-10",
        window=("2015-11", "2016-10"),
        rows={"train": 40_000, "validation": 3_000, "test": 600, "label_not_known": 12},
        settings={"model": {"kind": "mlp", "hidden": [256, 256], "dropout": 0.1, "note": None}},
        features={"number": ["lead_time", "adr"], "category": ["hotel"], "time": []},
        never={"reservation_status": "is the label"},
        evaluation=evaluation,
        verdicts=(
            Verdict("gates", passed=True, summary="1 of 1 gates hold"),
            Verdict("beats_champion", passed=False, severity="warning", summary="gates.1 is missed"),
            Verdict("servable", passed=False, summary="package is broken"),
        ),
        lineage={"features": "0123abcd", "declaration": "feed", "code": "beef"},
        uri="models:/hotel_cancellations/3",
    )


@pytest.mark.parametrize(
    "line",
    [
        "# hotel_cancellations",
        "- Predicts: `is_canceled` (binary)",
        "- Owners: team:revenue",
        "- Model: kind mlp, hidden [256, 256], dropout 0.1",
        "As of the end of 2016-10, from the periods 2015-11 to 2016-10.",
        "| train | 40,000 |",
        "| label not known | 12 |",
        "- number: `lead_time`, `adr`",
        "- never used: `reservation_status`, is the label",
        "It leans most on `lead_time` (permutation importance).",
        "All on the same 600 test rows, with 95% bootstrap intervals.",
        "| metric | model | champion | trivial | model less champion |",
        "- `gates` passed: 1 of 1 gates hold",
        "- `beats_champion` warned: gates.1 is missed",
        "- `servable` failed: package is broken",
        "| hotel | rows | roc_auc, model | roc_auc, champion |",
        "and 4 more.",
        "- It knows nothing of what happened before 2015-11 or after 2016-10.",
        "- Intervals show the chance in which rows were drawn; not drift, and not another training run.",
        "| features | `0123abcd` |",
        'model = mlflow.pyfunc.load_model("models:/hotel_cancellations/3")',
    ],
)
def test_tells(card, line):
    assert line in model_card(card).splitlines()


def test_shows_a_figure_with_its_interval_and_the_signed_difference(card):
    (line,) = [line for line in model_card(card).splitlines() if line.startswith("| roc_auc (higher is better)")]
    model, difference = card.evaluation.candidates["model"]["metrics"]["roc_auc"], line.split("|")[-2]
    assert f"| {model['value']:.4g} ({model['low']:.4g} to {model['high']:.4g}) |" in line
    assert difference.strip().startswith("+0.")


def test_names_the_worst_slice_and_the_gaps(card):
    text = model_card(card)
    assert "- It does worst where hotel is " in text
    assert "It does worst where agent" not in text, "slices of fewer than 100 rows are noise"
    assert "- Its rate 'selected' differs by " in text


def test_values_of_the_data_break_neither_table_nor_page(card):
    text = model_card(card)
    assert "| city\\|x |" in text
    assert "<b>" not in text


def test_an_undefined_figure_says_why(card):
    undefined = {"value": None, "low": None, "high": None, "reason": "no roc_auc: one class"}
    candidates = {"model": {"metrics": {"roc_auc": undefined}}}
    text = model_card(replace(card, evaluation=replace(card.evaluation, candidates=candidates, slices={})))
    assert "| undefined: no roc_auc: one class |" in text
    assert "champion" not in text.split("## Metrics")[1].split("## Checks")[0]


def test_what_is_not_known_is_left_out(card):
    bare = replace(card, owners=(), period=None, window=None, never={}, verdicts=())
    text = model_card(replace(bare, evaluation=replace(card.evaluation, slices={}, intervals=None, importance=())))
    for absent in ("Owners", "As of the end", "never used", "## Checks", "## Slices", "bootstrap", "leans most"):
        assert absent not in text
