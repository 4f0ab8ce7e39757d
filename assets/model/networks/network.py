"""The law that every network keeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from torch import Tensor, nn


class Network(nn.Module, ABC):
    """A function from encoded rows to raw outputs (logits, or the standardised target).

    The law:
        1. `forward(number (N, Dn) float32, category (N, Dc) int32 or int64) -> (N, K) float32` for every N >= 1, and
           for Dn = 0 or Dc = 0 (not both).
        2. In evaluation mode a row's output depends on that row alone and is the same each time.
        3. Every code 0 .. cardinality-1 is accepted; code 0 stands for a value never seen in training.
        4. Initial weights come from torch's random state only, and every weight gets a gradient.
        5. It is made of operations that ONNX has, with the number of rows left open.
    """

    @abstractmethod
    def forward(self, number: Tensor, category: Tensor) -> Tensor:
        """Raw outputs of a batch: (N, Dn), (N, Dc) -> (N, K)."""

    def penalised(self) -> Iterator[nn.Parameter]:
        """The weights that L1, L2 and weight decay pull to zero: all but biases."""
        return (parameter for parameter in self.parameters() if parameter.ndim > 1)
