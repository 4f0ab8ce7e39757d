import pytest
import torch
from pydantic import ValidationError
from torch import nn

from assets.model.networks import Mlp, Shape, build


def test_has_the_declared_layers_between_inputs_and_output() -> None:
    network = build(Mlp(hidden=(8, 5), dropout=0.25, activation="gelu"), Shape(3, (4, 100), 2))
    assert [layer.weight.shape for layer in network.layers if isinstance(layer, nn.Linear)] == [(8, 27), (5, 8), (2, 5)]
    assert [layer.p for layer in network.layers if isinstance(layer, nn.Dropout)] == [0.25, 0.25]
    assert sum(isinstance(layer, nn.GELU) for layer in network.layers) == 2


@pytest.mark.parametrize(("declared", "widths"), [(None, [4, 20]), (6, [6, 6])])
def test_embeds_categories_as_wide_as_declared_or_by_their_number(declared: int | None, widths: list[int]) -> None:
    network = build(Mlp(embedding=declared), Shape(0, (4, 100), 1))
    assert [table.embedding_dim for table in network.embeddings] == widths


def test_drops_units_in_training_only() -> None:
    network = build(Mlp(dropout=0.5), Shape(4, (), 1))
    rows = torch.ones(3, 4), torch.zeros(3, 0, dtype=torch.int32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert not torch.equal(network.train()(*rows), network.train()(*rows))
    assert torch.equal(network.eval()(*rows), network.eval()(*rows))


@pytest.mark.parametrize("wrong", ['{"hidden": []}', '{"hidden": [0]}', '{"dropout": 1}', '{"activation": "tanh"}'])
def test_refuses_senseless_settings(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"should (have at least|be)"):
        Mlp.model_validate_json(wrong)
