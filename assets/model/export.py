"""The trained network as ONNX: the same bytes for the same weights, and proven equal to torch."""

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from assets.model.networks.network import Network
    from assets.model.training_data import Encoded

_PROOF_ROWS = (1, 2, 257)
_OPSET = 18
_TOLERANCE = 1e-4


class ExportError(ValueError):
    """The ONNX graph does not compute what the network computes."""


def export(network: "Network", rows: "Encoded", *, centre: float, scale: float) -> tuple[bytes, np.ndarray]:
    """The network as an ONNX file for any number of rows, without a name, path or trace of the machine that made it.

    Args:
        network: in evaluation mode, on the CPU.
        rows: rows that the graph is proven on, the first ones repeated as needed; N >= 1.
        centre: added to the output, in the target's units (regression; else 0).
        scale: multiplied with the output first (regression; else 1).

    Returns:
        The file: `number` float32 (N, Dn), `category` int64 (N, Dc) -> `output` float32 (N, K), N open; and torch's
        own output (N, K) float32 for `rows`.

    Raises:
        ExportError: onnxruntime's output differs from torch's on 1, 2 or 257 rows.
    """
    import torch

    from assets.model.fit import forward, tensor

    class TargetUnits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, number: "Tensor", category: "Tensor") -> "Tensor":
            output: Tensor = self.network(number, category)
            return output if (centre, scale) == (0.0, 1.0) else output * scale + centre

    module = TargetUnits().eval()
    onnx = _onnx(module, rows)
    for count in _PROOF_ROWS:
        taken = np.arange(count) % len(rows.target)
        number, category = rows.number[taken], rows.category[taken]
        expected = forward(module, tensor(number), tensor(category)).numpy()
        _prove(run(onnx, number, category), expected)
    return onnx, forward(module, tensor(rows.number), tensor(rows.category)).numpy()


def run(onnx: bytes, number: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Outputs (N, K) float32 of an exported network for (N, Dn) float32 numbers and (N, Dc) integer codes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    taken = {given.name for given in session.get_inputs()}
    feed = {"number": number, "category": category.astype(np.int64)}
    output: np.ndarray = session.run(["output"], {name: rows for name, rows in feed.items() if name in taken})[0]
    return output


def _onnx(module: "torch.nn.Module", rows: "Encoded") -> bytes:
    """Traced rather than `torch.export`ed: 10 ms against 5 s, and without stack traces, which hold paths."""
    import onnx
    import torch

    from assets.model.fit import tensor

    file = io.BytesIO()
    names = ["number", "category"]
    with warnings.catch_warnings():
        # torch announces the end of the traced exporter; the pinned version has it.
        warnings.simplefilter("ignore", category=DeprecationWarning)
        torch.onnx.export(
            module,
            (tensor(rows.number[:2]), tensor(rows.category[:2].astype(np.int64))),
            file,  # type: ignore[arg-type]  # the annotation is the new exporter's; this one takes a file
            dynamo=False,
            opset_version=_OPSET,
            input_names=names,
            output_names=["output"],
            dynamic_axes={name: {0: "rows"} for name in (*names, "output")},
        )
    graph = onnx.load_from_string(file.getvalue())
    for part in (graph, graph.graph, *graph.graph.node):
        part.doc_string = ""
        del part.metadata_props[:]
    stripped: bytes = graph.SerializeToString(deterministic=True)
    return stripped


def _prove(got: np.ndarray, expected: np.ndarray) -> None:
    same_shape = got.shape == expected.shape
    widest = float(np.abs(got - expected).max()) if same_shape else float("inf")
    if not widest <= _TOLERANCE * (1 + float(np.abs(expected).max())):
        message = (
            f"model.onnx differs from the network on {len(expected)} rows: by {widest:.3g}, shapes {got.shape} and "
            f"{expected.shape}, must agree within {_TOLERANCE:g}; use operations that ONNX has in the network"
        )
        raise ExportError(message)
