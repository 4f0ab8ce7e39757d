"""A network as a pipeline would write its own."""

import torch
from torch import Tensor, nn

from assets.model.networks import Shape


class Crossed(nn.Module):
    def __init__(self, shape: Shape, width: int) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(codes, 4) for codes in shape.cardinalities)
        self.first = nn.Linear(shape.number + 4 * len(shape.cardinalities), width)
        self.last = nn.Linear(width, shape.outputs)

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        embedded = [embed(category[:, column]) for column, embed in enumerate(self.embeddings)]
        hidden = self.first(torch.cat([number, *embedded], dim=1))
        return self.last(hidden * torch.sigmoid(hidden))


def crossed(shape: Shape, *, width: int = 8) -> nn.Module:
    return Crossed(shape, width)


def a_number(shape: Shape) -> int:
    return shape.outputs


def one_output_too_many(shape: Shape) -> nn.Module:
    return Crossed(Shape(shape.number, shape.cardinalities, shape.outputs + 1), 4)


def of_numbers_alone(shape: Shape) -> nn.Module:
    return nn.Linear(shape.number, shape.outputs)


class FewRows(Crossed):
    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        assert len(number) < 5, "too many rows"
        return super().forward(number, category)


def of_few_rows(shape: Shape) -> nn.Module:
    return FewRows(shape, 4)


class Asserting(Crossed):
    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        assert number.sum() > 0, "no sum"
        return super().forward(number, category)


def asserting(shape: Shape) -> nn.Module:
    return Asserting(shape, 4)
