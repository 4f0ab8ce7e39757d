"""A network that a pipeline's own function builds."""

from functools import partial

import torch
from torch import Tensor, nn

from assets.model.networks import Custom, Shape
from assets.model.networks.network import Network
from data_checks.named_function import NamedFunction


class CustomNetwork(Network):
    """Whatever module the function returns for the shape, once it gave two rows their outputs."""

    def __init__(self, shape: Shape, settings: Custom) -> None:
        super().__init__()
        function = NamedFunction(settings.use, "model.use")
        network = function(shape, **settings.options)
        if not isinstance(network, nn.Module):
            raise function.refused(
                f"returns no network: {settings.use!r} gave a {type(network).__name__}", "return a torch.nn.Module"
            )
        _prove(network, shape, function)
        self.network, self._function = network.train(), function

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        """Raw outputs of a batch: (N, Dn), (N, Dc) -> (N, K)."""
        with self._function.guarded(given=partial(_shapes, number, category), what="fails in forward"):
            output: Tensor = self.network(number, category)
        return output


@torch.no_grad()
def _prove(network: nn.Module, shape: Shape, function: NamedFunction) -> None:
    number, category = torch.zeros(2, shape.number), torch.zeros(2, len(shape.cardinalities), dtype=torch.int32)
    with function.guarded(given=_shapes(number, category), what="returns a network that fails on two rows"):
        output = network.eval()(number, category)
    seen = f"{tuple(output.shape)} {output.dtype}" if isinstance(output, Tensor) else f"a {type(output).__name__}"
    if seen != f"{(2, shape.outputs)} torch.float32":
        raise function.refused(
            f"returns a network of other outputs: {seen} of two rows, must be {(2, shape.outputs)} torch.float32",
            "let its forward(number, category) give one row of shape.outputs numbers for each row",
        )


def _shapes(number: Tensor, category: Tensor) -> str:
    told = (f"{name} {tuple(rows.shape)} {rows.dtype}" for name, rows in (("number", number), ("category", category)))
    return f", with {' and '.join(told)}".replace("torch.", "")
