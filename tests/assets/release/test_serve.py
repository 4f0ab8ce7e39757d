import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.release import package, serve


def test_scores_every_row_in_its_order(pack: Callable) -> None:
    packed = pack()
    scored = serve.load(packed.folder).score(packed.raw)
    assert scored.column_names == ["prediction", "probability", "_reasons"]
    assert scored.num_rows == packed.raw.num_rows
    backwards = serve.load(packed.folder).score(packed.raw.take(np.arange(packed.raw.num_rows)[::-1]))
    assert backwards["probability"].to_pylist()[::-1] == pytest.approx(scored["probability"].to_pylist(), abs=1e-6)


def test_the_positive_class_is_predicted_from_the_threshold_on(pack: Callable) -> None:
    first = pack()
    middle = float(np.median(serve.load(first.folder).score(first.raw)["probability"]))
    packed = pack("moved", threshold=middle)
    scored = serve.load(packed.folder).score(packed.raw).to_pydict()
    assert scored["prediction"] == [probability >= middle for probability in scored["probability"]]
    assert 0 < sum(scored["prediction"]) < packed.raw.num_rows


def test_probabilities_of_classes_add_up_and_the_largest_is_predicted(pack: Callable) -> None:
    packed = pack(task="multiclass")
    scored = serve.load(packed.folder).score(packed.raw)
    assert scored.column_names[:-1] == ["prediction", "probability_high", "probability_low", "probability_mid"]
    shares = np.stack([scored[name].to_numpy() for name in scored.column_names[1:-1]], axis=1)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert scored["prediction"].to_pylist() == np.array(["high", "low", "mid"])[shares.argmax(axis=1)].tolist()


def test_a_regression_predicts_numbers(pack: Callable) -> None:
    packed = pack(task="regression")
    scored = serve.load(packed.folder).score(packed.raw)
    assert scored.schema == serve.load(packed.folder).outputs
    assert scored.column_names == ["prediction", "_reasons"]


@pytest.mark.parametrize("rows", [0, 1, 2, serve.ROWS_AT_ONCE + 1])
def test_any_number_of_rows(pack: Callable, rows: int) -> None:
    packed = pack()
    scorer = serve.load(packed.folder)
    scored = scorer.score(packed.raw.take(np.arange(rows) % packed.raw.num_rows))
    assert scored.num_rows == rows
    assert scored.schema == scorer.outputs


def test_rows_score_alike_in_pieces_and_as_a_whole(pack: Callable) -> None:
    packed = pack()
    scorer = serve.load(packed.folder)
    pieces = packed.raw.to_batches(max_chunksize=77)
    streamed = pa.concat_tables([scorer.score(pa.Table.from_batches([piece])) for piece in pieces])
    whole = scorer.score(packed.raw)
    assert streamed["probability"].to_pylist() == pytest.approx(whole["probability"].to_pylist(), abs=1e-6)


def test_columns_that_the_model_does_not_read_may_be_missing(pack: Callable) -> None:
    packed = pack()
    scorer = serve.load(packed.folder)
    known = packed.raw.select(["weekend_nights", "adr", "children", "hotel", "week_nights"])
    assert scorer.score(known).equals(scorer.score(packed.raw))
    assert set(scorer.inputs.names) == set(known.column_names)


def test_a_missing_column_is_named(pack: Callable) -> None:
    packed = pack()
    with pytest.raises(serve.MissingColumnsError, match=r"predict.rows lack columns that the model reads: \['adr'\]"):
        serve.load(packed.folder).score(packed.raw.drop_columns(["adr"]))


def test_rows_that_break_the_contract_have_reasons_instead_of_predictions(pack: Callable) -> None:
    packed = pack()
    rows = packed.raw.slice(0, 3)
    adr = pa.array([None, 100.0, 100.0])
    hotel = pa.array(["City", None, "a hotel never seen"])
    rows = rows.set_column(rows.column_names.index("adr"), "adr", adr)
    rows = rows.set_column(rows.column_names.index("hotel"), "hotel", hotel)
    scored = serve.load(packed.folder).score(rows)
    assert [bool(why) for why in scored["_reasons"].to_pylist()] == [True, True, False]
    assert "adr is missing" in scored["_reasons"][0].as_py()
    assert scored["prediction"].null_count == scored["probability"].null_count == 2


def test_types_are_as_in_training_whatever_carried_the_rows(pack: Callable) -> None:
    packed = pack()
    scorer = serve.load(packed.folder)
    by_pandas = pa.Table.from_pandas(packed.raw.to_pandas(), preserve_index=False)
    assert by_pandas.schema.field("children").type == pa.float64()
    assert scorer.score(by_pandas).equals(scorer.score(packed.raw))


def test_a_value_of_another_type_refuses_its_row_only(pack: Callable) -> None:
    packed = pack()
    rows = packed.raw.slice(0, 3)
    typed = rows.set_column(rows.column_names.index("week_nights"), "week_nights", pa.array(["2", "two", "3"]))
    scored = serve.load(packed.folder).score(typed)
    assert scored["_reasons"].to_pylist()[0] == []
    assert "week_nights is not of type int64: 'two'" in scored["_reasons"].to_pylist()[1]


def test_a_sensitive_value_is_not_repeated(pack: Callable) -> None:
    columns = {"week_nights": {"type": "integer", "nullable": False, "sensitive": True}}
    packed = pack(columns=columns)
    rows = packed.raw.slice(0, 1)
    typed = rows.set_column(rows.column_names.index("week_nights"), "week_nights", pa.array(["secret"]))
    assert "secret" not in str(serve.load(packed.folder).score(typed)["_reasons"].to_pylist())


def test_an_output_that_is_not_finite_is_no_prediction(pack: Callable) -> None:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["number", "axis"], ["sum"]), helper.make_node("Log", ["sum"], ["output"])],
        "logarithm",
        [helper.make_tensor_value_info("number", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", 1])],
        [helper.make_tensor("axis", TensorProto.INT64, [1], [1])],
    )
    onnx = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString()
    packed = pack(onnx=onnx)
    scored = serve.load(packed.folder).score(packed.raw)
    refused = [bool(why) for why in scored["_reasons"].to_pylist()]
    assert any(refused)
    assert not all(refused)
    assert "the network's output is not finite" in scored.filter(pa.array(refused))["_reasons"][0].as_py()


def test_a_derive_function_that_loses_rows_is_refused(pack: Callable, imported: Callable) -> None:
    packed = pack()
    text = "def nights(rows):\n    return rows.append_column('nights', rows['week_nights']).slice(1)\n"
    lossy = pack("lossy", derive=imported(text, "nights"))
    with pytest.raises(serve.PackageError, match=r"package.derive changed the number of rows: 300 to 299"):
        serve.load(lossy.folder).score(packed.raw)


@pytest.mark.parametrize("name", ["network.onnx", "transform.json", "encode.py", "derive.py", "serve.py"])
def test_a_changed_file_is_refused_before_anything_runs(pack: Callable, tmp_path: Path, name: str) -> None:
    packed = pack()
    trace = tmp_path / "ran"
    with (packed.folder / name).open("a") as file:
        file.write(f"\nopen({str(trace)!r}, 'w')\n")
    with pytest.raises(serve.PackageError, match=f"package.{name} was changed: sha256 .* restore the package"):
        package.load(packed.folder, packed.digest)
    assert not trace.exists()


def test_a_package_exchanged_as_a_whole_is_refused(pack: Callable) -> None:
    first, second = pack("first"), pack("second", threshold=0.7)
    with pytest.raises(serve.PackageError, match=r"package.package.json is not the one that was registered"):
        package.load(second.folder, first.digest)


def test_a_missing_file_is_named(pack: Callable) -> None:
    packed = pack()
    (packed.folder / "conform.py").unlink()
    with pytest.raises(serve.PackageError, match=r"package.conform.py is missing: looked in"):
        serve.load(packed.folder)


def _rewritten(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "package.json").read_text())
    (folder / "package.json").write_text(json.dumps(manifest | changes))


def test_another_format_is_refused(pack: Callable) -> None:
    packed = pack()
    _rewritten(packed.folder, format=99)
    with pytest.raises(serve.PackageError, match=r"package.format is unknown: 99"):
        serve.load(packed.folder)


def test_a_file_outside_the_package_is_not_read(pack: Callable) -> None:
    packed = pack()
    _rewritten(packed.folder, files={"../secret": "0" * 64})
    with pytest.raises(serve.PackageError, match=r"names a file outside the package: '../secret'; do not load it"):
        serve.load(packed.folder)


def test_two_packages_keep_their_own_code_in_one_process(pack: Callable, imported: Callable) -> None:
    text = "def nights(rows):\n    return rows.append_column('nights', rows['week_nights'])\n"
    first, second = pack("first"), pack("second", derive=imported(text, "nights"))
    scores = [package.load(each.folder, each.digest).score(first.raw)["probability"] for each in (first, second, first)]
    assert scores[0] == scores[2]
    assert scores[0] != scores[1]


def test_scores_without_this_repository(pack: Callable, tmp_path: Path) -> None:
    packed = pack()
    scored = serve.load(packed.folder).score(packed.raw.slice(0, 5))
    with pa.ipc.new_file(tmp_path / "rows.arrow", packed.raw.schema) as writer:
        writer.write_table(packed.raw.slice(0, 5))
    code = """
import json, sys
sys.modules.update(dict.fromkeys(("assets", "data_checks", "pipelines", "torch", "mlflow")))
sys.path.insert(0, sys.argv[1])
import pyarrow as pa, serve
print(json.dumps(serve.load(sys.argv[1], sys.argv[2]).score(pa.ipc.open_file(sys.argv[3]).read_all()).to_pylist()))
"""
    command = [sys.executable, "-I", "-c", code, str(packed.folder), packed.digest, str(tmp_path / "rows.arrow")]
    assert json.loads(subprocess.check_output(command, cwd=tmp_path)) == scored.to_pylist()
