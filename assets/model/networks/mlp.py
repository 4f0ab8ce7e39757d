"""Multi-layer perceptron with category embeddings."""

import torch
from torch import Tensor, nn

from assets.model.networks import Mlp, Shape
from assets.model.networks.network import Network

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}


class MlpNetwork(Network):
    """Numbers and category embeddings side by side, then linear layers with an activation and dropout between.

    Source: Guo and Berkhahn, "Entity Embeddings of Categorical Variables" (2016).
    """

    def __init__(self, shape: Shape, settings: Mlp) -> None:
        super().__init__()
        widths = [settings.embedding or embedding_width(cardinality) for cardinality in shape.cardinalities]
        pairs = zip(shape.cardinalities, widths, strict=True)
        self.embeddings = nn.ModuleList(nn.Embedding(cardinality, width) for cardinality, width in pairs)
        layers: list[nn.Module] = []
        width = shape.number + sum(widths)
        for units in settings.hidden:
            layers += [nn.Linear(width, units), _ACTIVATIONS[settings.activation]()]
            if settings.dropout:
                layers.append(nn.Dropout(settings.dropout))
            width = units
        self.layers = nn.Sequential(*layers, nn.Linear(width, shape.outputs))

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        """Raw outputs of a batch: (N, Dn), (N, Dc) -> (N, K)."""
        parts = [embed(category[:, column]) for column, embed in enumerate(self.embeddings)]  # Dc times (N,) -> (N, E)
        output: Tensor = self.layers(torch.cat([number, *parts], dim=1))  # (N, Dn + sum of E) -> (N, K)
        return output


def embedding_width(cardinality: int) -> int:
    """Width of the embedding of a column with so many codes.

    >>> [embedding_width(codes) for codes in (2, 4, 50, 10_000)]
    [4, 4, 16, 32]
    """
    return min(32, 2 * _ceil_root(cardinality))


def _ceil_root(count: int) -> int:
    root = int(count**0.5)
    return root if root * root >= count else root + 1
