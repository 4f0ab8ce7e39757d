import numpy as np
import torch

from assets.model.networks import Linear, Shape, build


def test_equals_a_linear_function_of_one_hot_columns() -> None:
    network = build(Linear(), Shape(2, (3, 4), 2))
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    number = torch.tensor([[0.5, -1.0], [2.0, 0.0]])
    category = torch.tensor([[2, 0], [1, 3]], dtype=torch.int32)
    one_hot = torch.cat([number, torch.eye(3)[category[:, 0].long()], torch.eye(4)[category[:, 1].long()]], dim=1)
    weights = torch.cat([network.number.weight.T, network.category.weight])
    expected = one_hot @ weights + network.bias
    np.testing.assert_allclose(network(number, category).detach(), expected.detach(), rtol=1e-5)


def test_starts_without_an_opinion() -> None:
    network = build(Linear(), Shape(2, (3,), 1))
    assert not network(torch.ones(4, 2), torch.zeros(4, 1, dtype=torch.int32)).any()
