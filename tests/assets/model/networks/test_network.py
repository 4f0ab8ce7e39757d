"""The law of `assets.model.networks.network.Network`, held against every network a declaration can name."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
import torch

from assets.model.export import export
from assets.model.networks import Custom, Model, Shape, build
from assets.model.networks.network import Network
from assets.model.training_data import Encoded

MEMBERS = [
    Custom(use="tests.assets.model.networks.own:crossed") if member is Custom else member()
    for member in get_args(get_args(Model)[0])
]
SHAPES = {
    "numbers and categories": Shape(3, (4, 9), 1),
    "numbers alone": Shape(5, (), 3),
    "categories alone": Shape(0, (2, 3, 70), 2),
}


@pytest.fixture(params=MEMBERS, ids=lambda member: member.kind)
def make(request: pytest.FixtureRequest) -> Callable[[Shape], Network]:
    def seeded(shape: Shape, seed: int = 0) -> Network:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = build(request.param, shape)
            for weight in network.parameters():  # a network may start at zero; what is tested is the function
                weight.data += 0.1 * torch.randn(weight.shape)
            return network

    return seeded


@pytest.fixture(params=SHAPES.values(), ids=SHAPES.keys())
def shape(request: pytest.FixtureRequest) -> Shape:
    return request.param


def batch(shape: Shape, rows: int = 11) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(3)
    number = random.normal(size=(rows, shape.number)).astype(np.float32)
    codes = [random.integers(0, cardinality, rows) for cardinality in shape.cardinalities]
    category = np.column_stack(codes) if codes else np.empty((rows, 0))
    return torch.from_numpy(number), torch.from_numpy(category.astype(np.int32))


@pytest.mark.parametrize("rows", [1, 2, 11])
def test_gives_one_row_of_outputs_for_each_row(make: Callable[..., Network], shape: Shape, rows: int) -> None:
    for dtype in (torch.int32, torch.int64):
        number, category = batch(shape, rows)
        output = make(shape).eval()(number, category.to(dtype))
        assert output.shape == (rows, shape.outputs)
        assert output.dtype == torch.float32
        assert output.isfinite().all()


def test_judges_each_row_by_itself(make: Callable[..., Network], shape: Shape) -> None:
    network = make(shape).eval()
    number, category = batch(shape)
    together = network(number, category)
    alone = torch.cat([network(number[row : row + 1], category[row : row + 1]) for row in range(len(number))])
    torch.testing.assert_close(together, alone)
    assert torch.equal(together, network(number, category))
    assert not torch.equal(together[0], together[1])


def test_accepts_every_code(make: Callable[..., Network], shape: Shape) -> None:
    network = make(shape).eval()
    number, category = batch(shape, rows=2)
    for column, cardinality in enumerate(shape.cardinalities):
        for code in (0, cardinality - 1):
            category[:, column] = code
            assert network(number, category).isfinite().all()


def test_first_weights_are_a_function_of_the_random_state(make: Callable[..., Network], shape: Shape) -> None:
    one, same, other = (make(shape, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_gives_every_weight_a_gradient(make: Callable[..., Network], shape: Shape) -> None:
    network = make(shape).train()
    network(*batch(shape, rows=400)).square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().sum() > 0, name


def test_penalises_weights_and_no_biases(make: Callable[..., Network], shape: Shape) -> None:
    network = make(shape)
    penalised = {id(weight) for weight in network.penalised()}
    for name, weight in network.named_parameters():
        assert (id(weight) in penalised) != name.endswith("bias"), name


def test_can_be_exported_with_the_number_of_rows_left_open(make: Callable[..., Network], shape: Shape) -> None:
    number, category = batch(shape)
    rows = Encoded(number.numpy(), category.numpy(), np.zeros(len(number), np.float32))
    onnx, _ = export(make(shape).eval(), rows, centre=0.0, scale=1.0)
    assert onnx
