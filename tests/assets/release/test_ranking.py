import numpy as np
import pytest

from assets.release.ranking import average_precision, roc_auc

ONES = np.ones((1, 4), dtype=np.int32)
TRUTH = np.array([1, 0, 1, 0])


@pytest.mark.parametrize(
    ("score", "area"), [([4, 3, 2, 1], 0.75), ([1, 1, 1, 1], 0.5), ([2, 1, 2, 1], 1.0), ([0, 1, 0, 1], 0.0)]
)
def test_roc_auc_counts_ties_half(score, area):
    assert roc_auc(TRUTH, np.array(score))(ONES) == pytest.approx(area)


def test_average_precision_takes_equal_scores_together():
    assert average_precision(TRUTH, np.array([1, 1, 1, 1]))(ONES) == pytest.approx(0.5)


def test_a_row_of_weight_zero_is_not_there():
    score = np.array([4, 3, 2, 1])
    weights = np.array([[1, 0, 1, 1]], dtype=np.int32)
    kept = weights[0] > 0
    for prepare in (roc_auc, average_precision):
        assert prepare(TRUTH, score)(weights) == prepare(TRUTH[kept], score[kept])(ONES[:, :3])
