import numpy as np
import pytest

from assets.data.target import Labels
from assets.release.baselines import gradient_boosting, trivial
from assets.release.metrics import value

ROWS = 900
BINARY, REGRESSION = Labels("binary", (False, True)), Labels("regression")
MULTICLASS = Labels("multiclass", ("a", "b", "c", "never seen"))


def _encoded(categories=5):
    random = np.random.default_rng(0)
    number = random.normal(size=(ROWS, 3)).astype(np.float32)
    category = random.integers(0, categories, (ROWS, 2)).astype(np.int32)
    return number, category, number[:, 0] + (category[:, 0] % 3) + 0.1 * random.normal(size=ROWS)


def _boosted(target, labels, *, categories=5, seed=0):
    number, category, _ = _encoded(categories)
    half = ROWS // 2
    return gradient_boosting(
        number[:half],
        category[:half],
        target[:half],
        test_number=number[half:],
        test_category=category[half:],
        labels=labels,
        seed=seed,
    )


def test_trivial_answers_are_the_average_of_training():
    assert trivial(np.array([0, 0, 0, 1], np.float32), BINARY, 2).probability.tolist() == [0.25, 0.25]
    assert trivial(np.array([1, 3], np.float32), REGRESSION, 3).prediction.tolist() == [2, 2, 2]
    assert trivial(np.array([0, 0, 1, 2]), MULTICLASS, 1).probability.tolist() == [[0.5, 0.25, 0.25, 0]]


@pytest.mark.parametrize(("categories", "at_least"), [(5, 0.95), (300, 0.75)])
def test_boosting_learns_numbers_and_categories(categories, at_least):
    _, _, signal = _encoded(categories)
    truth = (signal > 1).astype(np.float32)
    scores = _boosted(truth, BINARY, categories=categories)
    assert scores.probability.shape == (ROWS // 2,)
    assert value("roc_auc", truth[ROWS // 2 :], scores.probability) > at_least


def test_boosting_of_regression_beats_the_mean():
    _, _, signal = _encoded()
    scores = _boosted(signal.astype(np.float32), REGRESSION)
    assert value("r2", signal[ROWS // 2 :], scores.prediction) > 0.8


def test_a_class_that_training_never_saw_gets_no_probability():
    _, _, signal = _encoded()
    scores = _boosted(np.digitize(signal, [0.5, 1.5]), MULTICLASS)
    assert scores.probability.shape == (ROWS // 2, 4)
    assert scores.probability.sum(axis=1) == pytest.approx(1)
    assert (scores.probability[:, 3] == 0).all()


def test_boosting_is_deterministic():
    truth = (_encoded()[2] > 1).astype(np.float32)
    assert (_boosted(truth, BINARY).probability == _boosted(truth, BINARY).probability).all()


def test_one_class_in_training_gives_the_trivial_answer():
    assert set(_boosted(np.zeros(ROWS, np.float32), BINARY).probability) == {0.0}


def test_boosting_needs_no_categories():
    number, category, signal = _encoded()
    scores = gradient_boosting(
        number,
        category[:, :0],
        signal,
        test_number=number[:3],
        test_category=category[:3, :0],
        labels=REGRESSION,
        seed=0,
    )
    assert scores.prediction.shape == (3,)
