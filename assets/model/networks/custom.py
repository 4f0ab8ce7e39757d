"""A network that a pipeline's own function builds."""

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
        self.network = network.train()

    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        """Raw outputs of a batch: (N, Dn), (N, Dc) -> (N, K)."""
        output: Tensor = self.network(number, category)
        return output


@torch.no_grad()
def _prove(network: nn.Module, shape: Shape, function: NamedFunction) -> None:
    number, category = torch.zeros(2, shape.number), torch.zeros(2, len(shape.cardinalities), dtype=torch.int32)
    wanted = f"number {tuple(number.shape)} float32 and category {tuple(category.shape)} int32"
    try:
        output = network.eval()(number, category)
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise function.refused(
            f"returns a network that fails on two rows: {type(error).__name__}: {error}, with {wanted}",
            "mend its forward(number, category)",
        ) from error
    seen = f"{tuple(output.shape)} {output.dtype}" if isinstance(output, Tensor) else f"a {type(output).__name__}"
    if seen != f"{(2, shape.outputs)} torch.float32":
        raise function.refused(
            f"returns a network of other outputs: {seen} of two rows, must be {(2, shape.outputs)} torch.float32",
            "let its forward(number, category) give one row of shape.outputs numbers for each row",
        )
