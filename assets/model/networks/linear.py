"""Linear models: logistic, softmax and least-squares regression."""

import itertools

import torch
from torch import Tensor, nn

from assets.model.networks import Shape
from assets.model.networks.network import Network


class LinearNetwork(Network):
    """`number @ W + sum of one weight vector a category + bias`.

    One table holds the weights of all categories, each column's codes shifted to its own part: the same function as
    one-hot columns, without making them.
    """

    offsets: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        starts = list(itertools.accumulate(shape.cardinalities, initial=0))
        self.number = nn.Linear(shape.number, shape.outputs, bias=False) if shape.number else None
        self.category = nn.Embedding(starts[-1], shape.outputs) if shape.cardinalities else None
        self.bias = nn.Parameter(torch.zeros(shape.outputs))
        self.register_buffer("offsets", torch.tensor(starts[:-1], dtype=torch.int64), persistent=False)
        for weight in self.penalised():
            nn.init.zeros_(weight)

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        """Raw outputs of a batch: (N, Dn), (N, Dc) -> (N, K)."""
        terms: list[Tensor] = []
        if self.number is not None:
            terms.append(self.number(number))  # (N, Dn) -> (N, K)
        if self.category is not None:
            terms.append(self.category(category + self.offsets).sum(dim=1))  # (N, Dc) -> (N, Dc, K) -> (N, K)
        return torch.stack(terms).sum(dim=0) + self.bias
