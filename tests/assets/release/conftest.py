"""A small model package over raw bookings: a linear network, a derived column, categories and numbers with gaps."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.data.target import Labels, Target
from assets.data.transform import Features, fit
from assets.mlflow_service import MlflowService
from assets.registered import MODEL_KEY, PACKAGE, Registered
from assets.registry import Registry
from assets.release import package, servable
from assets.release.champions import Champion
from assets.release.mlflow_format import frame_rows
from assets.release.register import Binding, Candidate, Judgement, Registration, register
from assets.release.servable import Sample, Served
from assets.tracking import Tracking
from data_checks.parity import ServingReport
from data_checks.verdict import Verdict

DERIVE = '''
import pyarrow as pa
import pyarrow.compute as pc

def nights(rows: pa.Table) -> pa.Table:
    """Nights in all, over a weekend or not."""
    return rows.append_column("nights", pc.add(rows["week_nights"], rows["weekend_nights"]))
'''
COLUMNS: dict[str, dict[str, Any]] = {
    "adr": {"type": "number", "nullable": False},
    "hotel": {"type": "category", "nullable": False},
    "children": {"type": "integer", "nullable": True},
    "nights": {"type": "integer", "nullable": False},
    "is_canceled": {"type": "boolean", "nullable": False},
}
TASKS = {
    "binary": Labels("binary", (False, True)),
    "multiclass": Labels("multiclass", ("high", "low", "mid")),
    "regression": Labels("regression"),
}


@dataclass(frozen=True)
class Packed:
    """A built package and what went into it."""

    folder: Path
    digest: str
    raw: pa.Table


def bookings(rows: int = 300) -> pa.Table:
    draw = np.random.default_rng(0)
    return pa.table(
        {
            "hotel": draw.choice(["City", "Resort"], rows),
            "adr": draw.normal(100, 20, rows),
            "children": pa.array([None if row % 9 == 0 else row % 3 for row in range(rows)], pa.int64()),
            "week_nights": draw.integers(0, 5, rows),
            "weekend_nights": draw.integers(0, 3, rows),
            "reservation_status": draw.choice(["Canceled", "Check-Out"], rows),
            "is_canceled": draw.random(rows) > 0.5,
            "_row": np.arange(rows),
        }
    )


def network(inputs: tuple[int, int], outputs: int) -> bytes:
    """A linear layer over numbers and category codes, as ONNX."""
    from onnx import TensorProto, helper, numpy_helper

    number, category = inputs
    weights = np.random.default_rng(1).normal(size=(number + category, outputs)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["category"], ["codes"], to=TensorProto.FLOAT),
            helper.make_node("Concat", ["number", "codes"], ["x"], axis=1),
            helper.make_node("MatMul", ["x", "weights"], ["output"]),
        ],
        "linear",
        [
            helper.make_tensor_value_info("number", TensorProto.FLOAT, ["N", number]),
            helper.make_tensor_value_info("category", TensorProto.INT64, ["N", category]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", outputs])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(model.SerializeToString())


@pytest.fixture
def derive(tmp_path: Path) -> Iterator[Callable[[pa.Table], pa.Table]]:
    """A derive function in a file of its own, as a pipeline has it."""
    yield from _imported(tmp_path / "features.py", DERIVE, "nights")


@pytest.fixture
def imported(tmp_path: Path) -> Callable[[str, str], Any]:
    """Import a function from a text."""
    return lambda text, name: next(_imported(tmp_path / "other.py", text, name))


@pytest.fixture
def pack(tmp_path: Path, derive: Callable[[pa.Table], pa.Table]) -> Callable[..., Packed]:
    """Build a package; arguments of `package.build` may be replaced."""

    def build(folder: str = "package", *, task: str = "binary", raw: pa.Table | None = None, **other: Any) -> Packed:
        raw = bookings() if raw is None else raw
        features = Features(number=("adr", "children", "nights"), category=("hotel",))
        labels = TASKS[task]
        given: Mapping[str, Any] = {
            "transform": fit(derive(raw), features, Target(column="is_canceled")),
            "onnx": network((4, 1), max(1, len(labels.classes) if task == "multiclass" else 1)),
            "columns": COLUMNS,
            "labels": labels,
            "derive": derive,
        }
        digest = package.build(tmp_path / folder, raw=raw, **{**given, **other})
        return Packed(tmp_path / folder, digest, raw)

    return build


def _imported(path: Path, text: str, name: str) -> Iterator[Any]:
    path.write_text(text)
    module = ModuleType(f"test_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(text, str(path), "exec"), module.__dict__)
    yield getattr(module, name)
    del sys.modules[module.__name__]


@pytest.fixture
def registration(pack: Callable[..., Packed], service: MlflowService) -> "Registering":
    """Registration as it is, a clean process included."""
    return Registering(pack, service)


@pytest.fixture
def quick_registration(registration: "Registering", proven_here: None) -> "Registering":
    """Registration whose proof takes no seconds."""
    return registration


@pytest.fixture
def proven_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the proof load the model through MLflow in this process, and not in one that imports everything anew."""

    def serve_here(uri: str, rows: pa.Table, *, inputs: pa.Schema, tracking_uri: str) -> Served:
        import mlflow.pyfunc

        _, name, version = uri.split("/")
        folder = MlflowService(tracking_uri).client.get_model_version_download_uri(name, version)
        predicted = mlflow.pyfunc.load_model(folder).predict(frame_rows(rows, inputs).to_pandas())
        table = pa.Table.from_pandas(predicted, preserve_index=False)
        size = rows.num_rows
        return Served(ServingReport(loaded=True, predicted={str(size): table.num_rows}), {size: table}, {})

    monkeypatch.setattr(servable, "serve_cleanly", serve_here)


class Registering:
    """Registers models of one name; each period has a package of its own."""

    def __init__(self, pack: Callable[..., Packed], service: MlflowService) -> None:
        self.pack = pack
        self.registry = Registry(service)
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)

    def candidate(self, partition: str | None, *, key: str | None = None, threshold: float = 0.5) -> Candidate:
        key = key or f"model of {partition}"
        packed = self.pack(key, threshold=threshold)
        run = Tracking(self.registry.service).run_for("hotels", key, identity=key, tags={})
        lineage = {"trainyard.pipeline": "hotels", "trainyard.trigger": "test"}
        binding = Binding(key, f"evaluation of {key}", "declaration")
        return Candidate("hotels", packed.folder, packed.digest, binding, run, partition, lineage, f"# {key}")

    def __call__(
        self,
        candidate: Candidate,
        *,
        gates: bool = True,
        beats: bool = True,
        before: Champion | None = None,
        binding: Binding | None = None,
        predictions: pa.Table | None = None,
    ) -> Registration:
        self.clock += timedelta(minutes=1)
        raw = bookings()
        scored = package.load(candidate.package, candidate.digest).score(raw)
        return register(
            self.registry,
            candidate,
            Judgement(
                binding or candidate.binding,
                Verdict("gates", gates, "1 of 1 gates kept" if gates else "roc_auc 0.4 is below 0.7"),
                Verdict("beats_champion", beats, "better" if beats else "worse", "warning"),
            ),
            sample=Sample(raw, scored if predictions is None else predictions),
            before=before,
            who="a test",
            now=self.clock,
        )

    @staticmethod
    def champion_of(version: Registered) -> Champion:
        return Champion(version.version, version.partition, version.tags[MODEL_KEY], version.tags[PACKAGE])
