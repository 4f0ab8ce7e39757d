"""Every picture is drawn, is a PNG of one width, and is the same for the same figures; warnings are errors."""

import struct
import zlib

import numpy as np
import pyarrow as pa
import pytest

from assets.data.target import Labels
from assets.release import plots
from assets.release.evaluate import Evaluate, evaluate
from assets.release.metrics import Scores

ROWS = 300
RANDOM = np.random.default_rng(0)
TRUTH = (RANDOM.random(ROWS) < 0.4).astype(np.float32)
CANDIDATES = {
    "model": Scores(probability=0.6 * TRUTH + 0.4 * RANDOM.random(ROWS)),
    "trivial": Scores(probability=np.full(ROWS, 0.4)),
}
EVALUATION = evaluate(
    TRUTH,
    CANDIDATES,
    settings=Evaluate(rounds=50, slices=("hotel", "late")),
    labels=Labels("binary", (False, True)),
    slices=pa.table({"hotel": RANDOM.choice(["city", "resort"], ROWS), "late": TRUTH > 0}),
)
PRICE = np.exp(RANDOM.normal(13, 0.5, ROWS))
EPOCHS = [
    {"epoch": n, "train_loss": 1 / n, "validation_loss": 1.2 / n, "baseline_loss": 1.1, "learning_rate": 0.1}
    for n in range(1, 6)
]
MANY = {"classes": [f"class {n}" for n in range(30)], "candidates": {"model": np.eye(30, dtype=int).tolist()}}
COLUMNS = {f"column_{n}": n / 20 for n in range(40)}

PICTURES = {
    "learning curve": lambda: plots.learning_curve(EPOCHS, title="p: curve", best_epoch=3),
    "learning curve with a metric": lambda: plots.learning_curve([row | {"validation_roc_auc": 0.5} for row in EPOCHS]),
    "learning curve of one epoch": lambda: plots.learning_curve(EPOCHS[:1]),
    "learning curve of no epoch": lambda: plots.learning_curve([]),
    "curves": lambda: plots.roc_and_precision_recall(TRUTH, CANDIDATES),
    "curves of the model alone": lambda: plots.roc_and_precision_recall(TRUTH, {"model": CANDIDATES["model"]}),
    "curves of one class": lambda: plots.roc_and_precision_recall(TRUTH * 0, CANDIDATES),
    "residuals": lambda: plots.residuals(PRICE, PRICE * 1.1, target="price"),
    "residuals of a constant": lambda: plots.residuals(np.ones(9), np.ones(9), target="price"),
    "residuals of three rows": lambda: plots.residuals(np.arange(3.0), np.arange(3.0) + 1, target="price"),
    "calibration": lambda: plots.calibration(EVALUATION.calibration),
    "confusion": lambda: plots.confusion_matrix(EVALUATION.confusion),
    "confusion of many classes": lambda: plots.confusion_matrix(MANY),
    "importance": lambda: plots.importance([{"column": "a", "value": 0.1, "deviation": 0.01}], metric="roc_auc"),
    "importance of nothing": lambda: plots.importance([], metric="roc_auc"),
    "slices": lambda: plots.slices(EVALUATION.slices["hotel"], column="hotel", metric="roc_auc"),
    "undefined slices": lambda: plots.slices(EVALUATION.slices["late"], column="late", metric="roc_auc"),
    "drift": lambda: plots.drift(COLUMNS),
    "drift of nothing": lambda: plots.drift({}),
    "drift over time": lambda: plots.drift_over_time({"2016-01": COLUMNS, "2016-02": {"column_1": 3.0}}),
    "distributions of numbers": lambda: plots.distributions({"train": PRICE, "test": PRICE[:50]}, of="price"),
    "distributions of classes": lambda: plots.distributions({"train": TRUTH, "test": TRUTH[:50]}, of="is_canceled"),
    "distributions of words": lambda: plots.distributions({"train": np.array(["a", "b"])}, of="meal"),
    "distribution of an empty part": lambda: plots.distributions({"train": PRICE, "test": PRICE[:0]}, of="price"),
}


def _chunks(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


@pytest.mark.parametrize("name", PICTURES)
def test_is_a_picture_of_one_width_with_ink_on_white(name):
    chunks = list(_chunks(PICTURES[name]()))
    width, height = struct.unpack(">II", chunks[0][1][:8])
    assert width == 1080
    assert 200 <= height <= 1400
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(set(pixels)) > 20


def test_equal_figures_give_equal_bytes():
    assert PICTURES["slices"]() == PICTURES["slices"]()


def test_pictures_do_not_touch_the_global_state_of_matplotlib():
    import matplotlib.pyplot as plt

    PICTURES["drift"]()
    assert plt.get_fignums() == []
