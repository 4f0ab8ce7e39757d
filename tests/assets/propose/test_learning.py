from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.propose.learning import FEW_ROWS, learning
from assets.propose.write import declaration
from assets.testing import Outcome, pipeline_of
from data_checks.verdict import Json
from tests.assets.propose.tables import proposed
from tests.assets.propose.test_gates import SKEWED

PLAIN = np.arange(1000.0)


def test_few_rows_are_learned_slowly() -> None:
    few = learning("regression", PLAIN, 600, categories=True)
    assert few.model == {"kind": "mlp", "embedding": 2}
    assert few.train["optimizer"] == {"kind": "adamw", "lr": 0.001, "weight_decay": 0.3}
    assert few.why[0] == (
        "About 600 rows to learn from are soon learned by heart: small steps (lr), weight_decay and two numbers a "
        "category (embedding) keep from that. With many more rows, remove model.embedding, train.epochs, "
        "train.early_stopping and train.optimizer: the defaults do."
    )
    numbers = learning("binary", PLAIN % 2, 600, categories=False)
    assert "embedding" not in numbers.model
    assert "small steps (lr) and weight_decay keep" in numbers.why[0]
    assert "remove train.epochs, train.early_stopping and train.optimizer: the defaults do." in numbers.why[0]
    many = learning("regression", PLAIN, FEW_ROWS, categories=True)
    assert (many.model, many.train, many.why) == ({"kind": "mlp"}, {}, ())


def test_a_few_great_values_do_not_rule_the_loss() -> None:
    found = learning("regression", SKEWED, FEW_ROWS, categories=False)
    assert found.train == {"loss": "huber"}
    assert "% of the squared distance from the mean: with the loss huber they do not outweigh" in found.why[0]
    assert learning("binary", PLAIN % 2, FEW_ROWS, categories=False).train == {}


def prices(signal: float, rows: int = 500) -> pa.Table:
    draw = np.random.default_rng(1)
    area = draw.normal(size=rows)
    kinds = [f"k{number}" for number in draw.integers(0, 40, rows)]
    price = np.exp(11 + 1.2 * (signal * area + (1 - signal) * draw.normal(size=rows)))
    return pa.table({"area": area, "noise": draw.normal(size=rows), "kind": kinds, "price": price})


def evaluated(table: pa.Table, folder: Path) -> Outcome:
    file = folder / "pipelines" / "prices" / "defs.yaml"
    file.parent.mkdir(parents=True)
    source: dict[str, Json] = {"kind": "files", "path": "rows.parquet"}
    file.write_text(declaration("prices", proposed(table, "price"), source), encoding="utf-8")
    with pipeline_of(file, rows=table, expectations=False) as pipeline:
        model = pipeline.run("model")
        return model if model.failed else pipeline.run("evaluation")


@pytest.mark.slow
def test_a_skewed_target_is_learned_where_something_tells_it(tmp_path: Path) -> None:
    assert evaluated(prices(0.8), tmp_path).failed == ()


def test_a_target_that_nothing_tells_is_stopped(tmp_path: Path) -> None:
    stopped = evaluated(prices(0.0), tmp_path)
    assert [verdict.summary for verdict in stopped.verdicts.values() if not verdict.passed]
    (verdict,) = (verdict for verdict in stopped.verdicts.values() if not verdict.passed)
    assert verdict.check in {"converged", "gates"}
