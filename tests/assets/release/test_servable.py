import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.mlflow_service import UnreachableError
from assets.release import clean_process, package
from assets.release.mlflow_format import save
from assets.release.servable import Served, _run, compare, serve_cleanly
from data_checks.parity import ServingReport, servable


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Write a package as an MLflow model and return its folder."""

    def write(packed: object) -> Path:
        folder = tmp_path / "model"
        save(packed.folder, folder, digest=packed.digest, model_id="m-1", run_id="0" * 32, artifact_path=str(folder))
        return folder

    return write


def test_a_clean_process_reproduces_the_predictions(pack: Callable, saved: Callable) -> None:
    packed = pack()
    scorer = package.load(packed.folder, packed.digest)
    served = serve_cleanly(str(saved(packed)), packed.raw, inputs=scorer.inputs)
    assert sorted(served.predictions) == [1, 2, 257, packed.raw.num_rows]
    assert served.report == ServingReport(loaded=True, predicted={"1": 1, "2": 2, "257": 257, "300": 300})
    assert servable(served.report).passed
    assert compare(served, scorer.score(packed.raw), tolerance=1e-6).passed


def test_a_package_that_needs_this_repository_cannot_be_served(pack: Callable, saved: Callable) -> None:
    packed = pack()
    folder = saved(packed)
    script = folder / "mlflow_model.py"
    script.write_text(script.read_text().replace("import json\n", "import json\nimport assets.settings\n", 1))
    served = serve_cleanly(str(folder), packed.raw, inputs=package.load(packed.folder, packed.digest).inputs)
    verdict = servable(served.report)
    assert not verdict.passed
    assert "assets is not there where models are served" in verdict.summary
    assert not compare(served, packed.raw, tolerance=1e-6).passed


@pytest.mark.parametrize("name", ["package.json", "serve.py", "encode.py"])
def test_mlflow_refuses_a_changed_package(pack: Callable, saved: Callable, name: str) -> None:
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    folder = saved(pack())
    with (folder / "artifacts" / "package" / name).open("a") as file:
        file.write("\n")
    with pytest.raises((ValueError, MlflowException), match=f"package.{name} was changed"):
        mlflow.pyfunc.load_model(str(folder))


def test_nothing_in_the_model_is_pickled(pack: Callable, saved: Callable) -> None:
    folder = saved(pack())
    assert clean_process.unsafe_files(folder) == []
    (folder / "artifacts" / "scaler.bin").write_bytes(pickle.dumps({"mean": 1}))
    (folder / "model.pkl").write_text("")
    assert clean_process.unsafe_files(folder) == ["artifacts/scaler.bin", "model.pkl"]


def test_unpickling_stops_the_process() -> None:
    code = """
import fractions, pickle, runpy, sys
guards = runpy.run_path(sys.argv[1])
sys.addaudithook(guards["refuse_pickle"])
pickle.loads(pickle.dumps(fractions.Fraction(1, 3)))
"""
    command = [sys.executable, "-I", "-c", code, clean_process.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "RuntimeError: the model unpickles fractions.Fraction: nothing in a package is pickled" in done.stderr


def test_a_process_that_hangs_is_given_up(pack: Callable, saved: Callable) -> None:
    packed = pack()
    inputs = package.load(packed.folder, packed.digest).inputs
    served = serve_cleanly(str(saved(packed)), packed.raw, inputs=inputs, timeout_seconds=0.05)
    assert served.report.error == "it took more than 0.05 seconds"


def test_a_service_that_is_away_says_nothing_of_the_model(pack: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    packed = pack()
    inputs = package.load(packed.folder, packed.digest).inputs
    with pytest.raises(UnreachableError, match=r"did not hand over the model: .* got no files \(exit status 1, .*; "):
        serve_cleanly("models:/hotels/1", packed.raw, inputs=inputs, tracking_uri="http://user:word@127.0.0.1:9")


@pytest.mark.parametrize(
    ("before", "said", "refused"),
    [
        (["asked"], "HTTP 503: the service is busy", False),
        (["asked"], "Model Version (name=hotels, version=9) not found", True),
        (["asked", "brought"], "HTTP 503: the service is busy", True),
        ([], "the disk is full", True),
    ],
)
def test_only_what_keeps_a_model_from_being_handed_over_is_tried_again(
    tmp_path: Path, before: list[str], said: str, *, refused: bool
) -> None:
    code = f"import pathlib, sys; [pathlib.Path(name).touch() for name in {before}]; sys.exit({said!r})"
    run = partial(_run, [sys.executable, "-c", code], tmp_path, None, 60)
    if refused:
        assert run() == f"exit status 1, {said}"
    else:
        with pytest.raises(UnreachableError, match=said):
            run()


def test_a_process_that_is_killed_says_nothing_of_the_model(tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ChildProcessError, match=r"the clean process was killed by signal 9, as where memory is short"):
        _run([sys.executable, "-c", code], tmp_path, None, 60)


def test_secrets_of_the_environment_stay_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOOKINGS_DATABASE", "postgresql://user:secret@host/db")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = "import os, sys; sys.exit(repr(sorted({'BOOKINGS_DATABASE', 'PYTHONPATH'} & set(os.environ))))"
    command = [sys.executable, "-c", code]
    assert _run(command, tmp_path, None, 60) == "exit status 1, []"


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ({"prediction": [True, False], "probability": [0.9, 0.2]}, "probability differs in 1 of 2 rows"),
        ({"prediction": [True, True], "probability": [0.9, 0.1]}, "prediction differs in 1 of 2 rows"),
        ({"prediction": [True], "probability": [0.9]}, "served rows differ"),
        ({"probability": [0.9, 0.1]}, "served columns differ"),
        ({"prediction": ["yes", "no"], "probability": [0.9, 0.1]}, "prediction differs"),
    ],
)
def test_other_predictions_are_no_parity(served: dict[str, list[object]], said: str) -> None:
    evaluated = pa.table({"prediction": [True, False], "probability": [0.9, 0.1], "_row": [0, 1]})
    report = ServingReport(loaded=True)
    verdict = compare(Served(report, {2: pa.table(served)}, {}), evaluated, tolerance=1e-6)
    assert not verdict.passed
    assert said in verdict.summary


def test_nothing_served_is_no_parity() -> None:
    verdict = compare(Served(ServingReport(loaded=False), {}, {}), pa.table({"prediction": [1.0]}), tolerance=1e-6)
    assert verdict.summary == "served predictions are missing: 0 rows came back; see the check servable"


def test_the_signature_takes_what_pandas_makes_of_raw_rows(pack: Callable, saved: Callable) -> None:
    from mlflow.models import Model

    signature = Model.load(saved(pack())).signature
    assert {column.name: column.type.name for column in signature.inputs} == {
        "hotel": "string", "adr": "double", "children": "double", "week_nights": "long", "weekend_nights": "long",
    }  # fmt: skip
    assert [column.name for column in signature.outputs] == ["prediction", "probability", "_reasons"]


def test_dates_and_times_and_a_short_sample_with_refused_rows_are_served(pack: Callable, saved: Callable) -> None:
    from assets.data.target import Target
    from assets.data.transform import Features, fit
    from tests.assets.release.conftest import bookings, network

    days = np.arange("2016-01-01", "2016-10-27", dtype="datetime64[D]")
    raw = bookings(300).append_column("arrival", pa.array(days, pa.date32()))
    raw = raw.append_column("booked", pa.array(days.astype("datetime64[us]"), pa.timestamp("us", "UTC")))
    state = fit(raw, Features(time=("arrival", "booked")), Target(column="is_canceled"))
    columns = {"arrival": {"type": "date"}, "booked": {"type": "timestamp"}}
    width = len(state["names"]["number"])
    packed = pack(raw=raw, transform=state, columns=columns, onnx=network((width, 0), 1))
    scorer = package.load(packed.folder, packed.digest)
    few = raw.slice(0, 10).set_column(
        raw.column_names.index("arrival"), "arrival", pa.array([None, *days[:9].tolist()], pa.date32())
    )
    scored = scorer.score(few)
    assert scored["prediction"].null_count == 1
    served = serve_cleanly(str(saved(packed)), few, inputs=scorer.inputs)
    assert servable(served.report).passed, served.report.error
    assert served.predictions[257].num_rows == 257
    assert compare(served, scored, tolerance=1e-6).passed


def test_a_type_that_mlflow_cannot_describe_is_refused(pack: Callable, saved: Callable) -> None:
    from assets.data.target import Target
    from assets.data.transform import Features, fit
    from tests.assets.release.conftest import bookings, network

    raw = bookings(300)
    raw = raw.append_column("code", pa.array([b"a", b"b", b"c"] * 100, pa.binary()))
    state = fit(bookings(300), Features(category=("hotel",)), Target(column="is_canceled"))
    state = {**state, "columns": {"hotel": "category", "code": "category"}}
    packed = pack(raw=raw, transform=state, columns={}, onnx=network((0, 1), 1))
    with pytest.raises(ValueError, match=r"contract.columns.code cannot be served: its type is binary"):
        saved(packed)
