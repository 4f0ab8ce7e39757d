"""The networks a declaration can name: their settings here, light; their torch code one file each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

from pydantic import Field, JsonValue

from assets.settings import Section
from data_checks.named_function import Use

if TYPE_CHECKING:
    from assets.model.networks.network import Network


_Units = Annotated[int, Field(ge=1, le=16384)]


@dataclass(frozen=True)
class Shape:
    """What a network takes in and gives out.

    Attributes:
        number: columns of the number input.
        cardinalities: how many codes each column of the category input has; column j holds 0 .. cardinalities[j]-1.
        outputs: columns of the output: 1 for binary and regression, the number of classes for multiclass.
    """

    number: int
    cardinalities: tuple[int, ...]
    outputs: int


class Linear(Section):
    """Logistic, softmax or linear regression: one weight a number, one a category (the same as one-hot)."""

    kind: Literal["linear"] = "linear"


class Mlp(Section):
    """Fully connected layers over the numbers and a learned embedding of each category."""

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=16384)], ...], Field(min_length=1, max_length=16)] = (
        256,
        256,
    )
    """Units of each hidden layer, first to last."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of hidden units left out at random in each training step."""
    activation: Literal["relu", "gelu", "silu"] = "relu"
    """Function between the layers."""
    embedding: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Width of each category's embedding; absent: twice the root of its number of values, at most 32."""


class Custom(Section):
    """A network of the pipeline's own, exported and proven as ours are."""

    kind: Literal["custom"] = "custom"
    use: Use
    """`module:function`; it takes a `Shape` and the options by name, and returns a `torch.nn.Module` that keeps the law
    of `assets.model.networks.network.Network`."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """What the function is given beside the shape, by name; tuning may search among them."""


Model = Annotated[Linear | Mlp | Custom, Field(discriminator="kind")]


def build(model: Model, shape: Shape) -> "Network":
    """The untrained network that the settings describe, its weights drawn from torch's current random state.

    Args:
        model: which network, and its settings.
        shape: widths of its inputs and of its output.

    Returns:
        The network, on the CPU, in training mode.

    Raises:
        FunctionError: a function of the pipeline's own is not there, fails, or returns no such network.
    """
    match model:
        case Linear():
            from assets.model.networks.linear import LinearNetwork

            return LinearNetwork(shape)
        case Mlp():
            from assets.model.networks.mlp import MlpNetwork

            return MlpNetwork(shape, model)
        case Custom():
            from assets.model.networks.custom import CustomNetwork

            return CustomNetwork(shape, model)
        case _:
            assert_never(model)
