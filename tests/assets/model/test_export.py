from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor

from assets.model.export import ExportError, export, run
from assets.model.networks import Mlp, Shape, build
from assets.model.networks.network import Network
from assets.model.training_data import Encoded, TrainingData


@pytest.fixture
def rows(parts: Callable[..., TrainingData]) -> Encoded:
    return parts().validation


@pytest.fixture
def network() -> Network:
    return build(Mlp(hidden=(8,)), Shape(3, (4, 7), 1)).eval()


def test_takes_any_number_of_rows(network: Network, rows: Encoded) -> None:
    file, output = export(network, rows, centre=0.0, scale=1.0)
    for count in (1, 2, 257, 300):
        got = run(file, rows.number[:count], rows.category[:count])
        np.testing.assert_allclose(got, output[:count], rtol=1e-5, atol=1e-5)


def test_is_proven_even_on_a_single_row(network: Network, rows: Encoded) -> None:
    one = Encoded(rows.number[:1], rows.category[:1], rows.target[:1])
    file, output = export(network, one, centre=0.0, scale=1.0)
    assert output.shape == (1, 1)
    assert run(file, rows.number, rows.category).shape == (300, 1)


def test_has_the_promised_inputs_and_output(network: Network, rows: Encoded) -> None:
    graph = onnx.load_from_string(export(network, rows, centre=0.0, scale=1.0)[0]).graph

    def shown(value: onnx.ValueInfoProto) -> tuple[str, str, list[str | int]]:
        kind = value.type.tensor_type
        shape = [side.dim_param or side.dim_value for side in kind.shape.dim]
        return value.name, onnx.TensorProto.DataType.Name(kind.elem_type), shape

    assert [shown(value) for value in graph.input] == [
        ("number", "FLOAT", ["rows", 3]),
        ("category", "INT64", ["rows", 2]),
    ]
    assert [shown(value) for value in graph.output] == [("output", "FLOAT", ["rows", 1])]


def test_folds_the_targets_units_into_the_graph(network: Network, rows: Encoded) -> None:
    plain, _ = export(network, rows, centre=0.0, scale=1.0)
    scaled, output = export(network, rows, centre=5000.0, scale=300.0)
    expected = run(plain, rows.number, rows.category) * 300 + 5000
    np.testing.assert_allclose(run(scaled, rows.number, rows.category), expected, rtol=1e-5)
    np.testing.assert_allclose(output, expected, rtol=1e-5)


def test_is_the_same_every_time_and_says_nothing_of_the_machine(network: Network, rows: Encoded) -> None:
    file, _ = export(network, rows, centre=1.0, scale=2.0)
    assert file == export(network, rows, centre=1.0, scale=2.0)[0]
    for trace in (str(Path(__file__).parents[3]), "site-packages", ".py", "/home", "/tmp", "torch/nn", "Traceback"):
        assert trace.encode() not in file


def test_leaves_dropout_out(rows: Encoded) -> None:
    dropping = build(Mlp(hidden=(8,), dropout=0.9), Shape(3, (4, 7), 1)).eval()
    graph = onnx.load_from_string(export(dropping, rows, centre=0.0, scale=1.0)[0]).graph
    assert "Dropout" not in {node.op_type for node in graph.node}


class TakesTheBatchIntoAccount(Network):
    """Breaks the law in a way that tracing on two rows does not see."""

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        if torch.jit.is_tracing():
            return number[:, :1]
        return number[:, :1] + len(number)


def test_refuses_a_graph_that_computes_something_else(rows: Encoded) -> None:
    with pytest.raises(ExportError, match=r"model\.onnx differs from the network on 1 rows: by 1, shapes \(1, 1\)"):
        export(TakesTheBatchIntoAccount().eval(), rows, centre=0.0, scale=1.0)
