import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.data.sources.files import FilesSource
from assets.data.stages.raw import Raw
from assets.declaration import TYPE, load
from assets.declare.faults import DeclarationError
from assets.home import REPOSITORY
from assets.model.networks import Mlp
from assets.settings import plain
from assets.versions.recipe import canonical
from data_checks.verdict import Json

SHORTEST = "type: assets.pipeline.TrainingPipeline\nattributes:\n"
SOURCE = "  source: {kind: files, path: rows.csv}\n"
TARGET = "  target: {column: y}\n"
MODEL = "  model: {kind: linear}\n"


def write(folder: Path, text: str, name: str = "shop") -> Path:
    file = folder / "pipelines" / name / "defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def faults(folder: Path, text: str, name: str = "shop") -> list[str]:
    with pytest.raises(DeclarationError) as refused:
        load(write(folder, text, name), root=folder)
    return [str(fault).removeprefix(f"pipelines/{name}/defs.yaml") for fault in refused.value.faults]


def test_the_shortest_declaration_is_a_source_a_target_and_a_model(tmp_path: Path) -> None:
    declaration = load(write(tmp_path, SHORTEST + SOURCE + TARGET + MODEL), root=tmp_path)
    assert declaration.target.column == "y"
    assert declaration.partitions is None
    assert declaration.registration.name is None


def test_sections_stand_in_the_order_in_which_they_run() -> None:
    order = "source derive partitions contract target features split model train evaluate gates predict monitor retrain"
    names = list(load(REPOSITORY / "pipelines/hotel_cancellations/defs.yaml", root=REPOSITORY).model_dump())
    assert [name for name in names if name in order.split()] == order.split()


def test_text_is_not_converted(tmp_path: Path) -> None:
    text = SHORTEST + SOURCE + "  target: {column: NO, positive: 1}\n  model: {kind: mlp, hidden: [8]}\n"
    declaration = load(write(tmp_path, text), root=tmp_path)
    assert declaration.target.column == "NO"
    assert isinstance(declaration.model, Mlp)
    assert declaration.model.hidden == (8,)


def test_machine_facts_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows.csv").write_text("x,y\n1,0\n2,1\n")
    monkeypatch.setenv("LAKE", str(tmp_path))
    source = """  source: {kind: files, path: "{{ env('LAKE') }}/rows.csv"}\n"""
    declaration = load(write(tmp_path, SHORTEST + source + TARGET + MODEL), root=tmp_path)
    assert plain(declaration.source)["path"] == "{{ env('LAKE') }}/rows.csv"
    assert declaration.source.kind == "files"
    assert [batch.num_rows for batch in declaration.source.batches()] == [2]


def test_a_misspelt_value_of_a_misspelt_setting_is_told_with_it(tmp_path: Path) -> None:
    text = f"{SHORTEST}{SOURCE}  target: {{colum: y, taks: regresion}}\n{MODEL}"
    assert faults(tmp_path, text) == [
        ":4:12: target.colum is not a setting here: \"y\"; did you mean 'column'?",
        ":4:22: target.taks is not a setting here: \"regresion\"; did you mean 'task'?",
        (
            ":4:22: target.task is wrong: \"regresion\" must be 'binary', 'multiclass' or 'regression'; did you mean "
            "'regression'?"
        ),
    ]


@pytest.mark.parametrize("source", ["kind: fles, path: rows.csv", "kind: files, pth: rows.csv", "kind: files, path: 1"])
def test_a_faulty_source_hides_no_column_that_the_contract_names_otherwise(tmp_path: Path, source: str) -> None:
    contract = "  contract: {columns: {malic_acid: number, ash: numbr, y: integer}}\n"
    text = (
        f"{SHORTEST}  source: {{{source}}}\n{contract}{TARGET}  features: {{number: [malicacid, ash, other]}}\n{MODEL}"
    )
    of_source, of_contract, of_feature = faults(tmp_path, text)
    assert of_source.startswith(":3:")
    assert of_contract.startswith(":4:44: contract.columns.ash ")
    assert of_feature.startswith(":6:23: features.number.0 names a column that the contract does not: 'malicacid'; did")


@pytest.mark.parametrize("written", ["1", "None", "NO", "12:30", "010", "1e3x", "1,2", "~x", "{{ braces"])
def test_a_string_stays_the_string_that_was_written(tmp_path: Path, written: str) -> None:
    quoted = json.dumps(written)
    text = f"{SHORTEST}{SOURCE}  target: {{column: {quoted}, positive: {quoted}}}\n{MODEL}  description: {quoted}\n"
    declaration = load(write(tmp_path, text), root=tmp_path)
    assert (declaration.target.column, declaration.target.positive, declaration.description) == (written,) * 3


def test_a_machine_fact_changes_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """  source: {kind: files, path: "{{ env('LAKE') }}/rows.csv"}\n"""
    file = write(tmp_path, SHORTEST + source + TARGET + MODEL)
    slices = []
    for lake in ("/one", "/other"):
        monkeypatch.setenv("LAKE", lake)
        slices.append(canonical(dict(Raw().terms(load(file, root=tmp_path)).slice)))
    assert slices[0] == slices[1]
    assert b"/one" not in slices[0]


@pytest.mark.parametrize("path", ["data/US$RATES.csv", "s3://lake/A$_B/US$.csv"])
def test_a_dollar_within_a_name_is_no_variable(tmp_path: Path, path: str) -> None:
    written = SOURCE.replace("rows.csv", path)
    source = load(write(tmp_path, f"{SHORTEST}{written}{TARGET}{MODEL}"), root=tmp_path).source
    assert isinstance(source, FilesSource)
    assert source.path == path


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    source = """  source: {kind: files, path: "{{ env('NOBODY') }}/{{ now }}.csv"}\n"""
    template, variable = faults(tmp_path, SHORTEST + source + TARGET + MODEL)
    assert template.startswith(":3:25: source.path holds a template that is not known: ")
    assert template.endswith(" may only use {{ env('NAME') }}; write the value")
    told = ":3:25: source.path names a variable that is not set: 'NOBODY' has no value; set it, or write the value"
    assert variable == told


def test_tells_all_faults_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = (
        SHORTEST
        + SOURCE
        + "  target: {colum: y}\n  modle: {kind: linear}\n"
        + "  train:\n    epochs: 0\n    optimizer: {kind: adamw, lr: fast}\n"
    )
    assert faults(tmp_path, text) == [
        ":4:12: target.colum is not a setting here: \"y\"; did you mean 'column'?",
        ':5:3: modle is not a setting here: {"kind": "linear"}; did you mean \'model\'?',
        ":7:5: train.epochs is wrong: 0 must be at least 1; write such a value",
        ':8:30: train.optimizer.lr is wrong: "fast" must be a number; write such a value',
    ]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("owners: [bob]", "owners name nobody: ['bob'] are neither e-mail addresses nor teams; write such as"),
        ("window: 1", "window is wrong: 1 must be at least 2; write such a value"),
        ("gates: null", "gates is wrong: null must be a list; write such a value"),
        ("gates: [{metrik: r2}]", "gates.0.metrik is not a setting here: \"r2\"; did you mean 'metric'?"),
        ("gates: [{metric: r2c, at_least: 1}]", "gates.0.metric is unknown: 'r2c' is no metric here; did you mean 'r2"),
        ("gates: [{metric: r2}]", "gates.0 has no limit, or several: none given for 'r2'; write exactly one of at_le"),
        ("evaluate: {metrics: [r2c]}", "evaluate.metrics names an unknown metric: 'r2c'; did you mean 'r2'?"),
        ("split: {by: key, validation: '0.15'}", "split.validation is no day: '0.15' must read like 2015-07-01; wri"),
        ("split: {by: key, test: 20 %}", "split.test is no day: '20 %' must read like 2015-07-01; write the share"),
        ("tune: {trials: 2, space: {train.epochs: {low: 9, high: 3}}}", "tune.space has an impossible range: low=9, "),
        ("tune: {trials: 2, space: {train.epochs: {choices: [3]}}}", "tune.space.train.epochs searches nothing: [3] i"),
        ("predict: {source: {kind: files, path: $LAKE/a.csv}}", "predict.source.path holds what only a shell fills in"),
        ("predict: {source: {kind: files, path: s3://$LAKE/a.csv}}", "predict.source.path holds what only a shell fil"),
        ("predict: {source: {kind: files, path: ~/a.csv}}", "predict.source.path holds what only a shell fills in: '~"),
        ("epochs: 3", "epochs is not a setting here: 3; it belongs under train; move it there"),
        ("train: {window: 3}", "train.window is not a setting here: 3; it belongs under attributes itself; move it"),
        ("gates: [{metric: ROC_AUC, at_least: 1}]", "gates.0.metric is unknown: 'ROC_AUC' is no metric here; did you"),
        ("split: {by: group}", "split.column is missing: by=group needs a column; name it"),
        ("partitions: {every: month, column: d, start: 2015-7}", "partitions.start is not the key of a month: '2015-7"),
        ("contract: {columns: {a: nmber}}", 'contract.columns.a is wrong: "nmber" must be \'integer\', '),
        ("contract: {columns: {a: {kind: date}}}", "contract.columns.a.kind is not a setting here: \"date\"; 'type'"),
        ("contract: {expectations: [{expect_nothing: {}}]}", "contract.expectations.0.expect_nothing is unknown: "),
        ("predict: {to: {kind: files}}", "predict.to.path is missing: it has no default; write it"),
        ("predict: {to: stoer}", "predict.to is wrong: \"stoer\" must be 'store' or settings by name; did"),
        ("register: {name: a b}", "register.name is wrong: \"a b\" must be text that matches ^[A-Za"),
        ("registration: {name: a}", "registration is not a setting here: {\"name\": \"a\"}; did you mean"),
        ("retrain: {}", "retrain.schedule is missing: it has no default; write it"),
        ("compute: {device: gpu}", "compute.device is wrong: \"gpu\" must be 'auto', 'cpu' or 'cuda'; did you mean"),
        ("train: {optimizer: {kind: adamw, lrr: 1.0}}", "train.optimizer.lrr is not a setting here: 1.0; did you mean"),
        ("train: {optimizer: {kind: adamw, lr: 1e999}}", "train.optimizer.lr is wrong: Infinity must be a finite"),
        ("description: '{{ env(''NOBODY'') }}'", "description holds a reference where none may stand: "),
    ],
)  # fmt: skip
def test_refuses(tmp_path: Path, section: str, message: str) -> None:
    told = faults(tmp_path, f"{SHORTEST}{SOURCE}{TARGET}{MODEL}  {section}\n")
    assert any(re.match(r":6:\d+: " + re.escape(message), fault) for fault in told), told


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            "{kind: mlpp}",
            "model.kind is unknown: 'mlpp' must be one of linear, mlp, custom; did you mean 'mlp'?",
        ),
        ("{hidden: [3]}", 'model has no kind: {"hidden": [3]} must say which; write kind'),
        ("{kind: mlp, hiden: [3]}", "model.hiden is not a setting here: [3]; did you mean 'hidden'?"),
        ("{kind: mlp, hidden: [3, x]}", 'model.hidden.1 is wrong: "x" must be a whole number; write such a value'),
        ("3", "model is wrong: 3 must be settings by name; write such a value"),
    ],
)
def test_refuses_a_model(tmp_path: Path, model: str, message: str) -> None:
    (fault,) = faults(tmp_path, f"{SHORTEST}{SOURCE}{TARGET}  model: {model}\n")
    assert re.match(r":5:\d+: " + re.escape(message), fault), fault


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", [":1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"]),
        ("- a", [":1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"]),
        (f"type: {TYPE}", [":1:1: attributes are missing: source, target and model are needed; write them"]),
        (
            "tpye: x\nattributes:",
            [
                ":1:1: tpye is not known here: did you mean 'type'?",
                ":1:1: type is not a pipeline: 'x'; write 'assets.pipeline.TrainingPipeline'",
                ":2:1: attributes are missing: source, target and model are needed; write them",
            ],
        ),
    ],
)
def test_refuses_what_is_no_pipeline(tmp_path: Path, text: str, messages: list[str]) -> None:
    assert faults(tmp_path, text) == messages


def test_refuses_a_folder_that_dagster_could_not_name_an_asset_after(tmp_path: Path) -> None:
    assert faults(tmp_path, SHORTEST + SOURCE + TARGET + MODEL, name="my-shop 2") == [
        ": folder is no name: 'my-shop 2' holds other than letters, digits and _; rename it to 'my_shop_2'"
    ]


def test_conflicts_have_their_place_too(tmp_path: Path) -> None:
    text = SHORTEST + SOURCE + TARGET + MODEL + "  evaluate: {metrics: [r2]}\n  gates:\n  - {metric: mae, at_most: 3}\n"
    assert faults(tmp_path, text) == [":8:6: gates.0.metric is not evaluated: 'mae' is not in evaluate.metrics; add it"]


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"{SHORTEST}{SOURCE}{TARGET}{MODEL}  window: {'x' * 200}\n")
    assert len(fault) < 180
    assert "xxx... must be a whole number" in fault


def mutations(value: Json, wrong: Json) -> Iterator[Json]:
    """Yield the value with one thing in it replaced, taken out, or beside a thing that is not known."""
    yield wrong
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in list(items):
        for changed in mutations(below, wrong):
            whole = copy.deepcopy(value)
            whole[key] = changed  # type: ignore[call-overload,index]
            yield whole
    if isinstance(value, dict):
        yield {**value, "unheard_of": 1}
        yield from ({name: one for name, one in value.items() if name != key} for key in value)


@pytest.mark.parametrize("wrong", [None, 3, "word", [], {}, [{"kind": "files"}], {"kind": "nothing"}, -1.5])
def test_whatever_is_wrong_is_told_as_a_fault(tmp_path: Path, wrong: Json) -> None:
    attributes: Json = {
        "source": {"kind": "files", "path": ["a.csv", "b.csv"]},
        "partitions": {"every": "month", "column": "d", "start": "2015-07"},
        "contract": {"columns": {"a": "number", "b": {"type": "date"}}, "expectations": []},
        "target": {"column": "y", "matures_after": "14 days"},
        "features": {"number": ["a"], "never": {"b": "why"}},
        "split": {"by": "time", "validation": 1},
        "model": {"kind": "mlp", "hidden": [8]},
        "train": {"optimizer": {"kind": "sgd"}, "schedule": {"kind": "step"}, "class_weights": {"a": 1.0}},
        "gates": [{"metric": "r2", "at_least": 0.1}],
        "predict": {"to": {"kind": "files", "path": "out"}},
    }
    told = []
    for changed in mutations(attributes, wrong):
        file = write(tmp_path, json.dumps({"type": TYPE, "attributes": changed}))
        try:
            load(file, root=tmp_path)
        except DeclarationError as error:
            told.append(error.faults)
    assert len(told) > 20
    assert all(told)


def test_what_stands_in_for_a_faulty_setting_is_not_judged(tmp_path: Path) -> None:
    rentals = REPOSITORY / "pipelines/bike_rentals/rentals.parquet"
    text = (REPOSITORY / "pipelines/bike_rentals/defs.yaml").read_text("utf-8")
    text = text.replace("pipelines/bike_rentals/rentals.parquet", str(rentals))
    found = faults(tmp_path, text.replace("target: {column:", "target: {colum:"))
    assert [fault.partition(": ")[2].partition(":")[0] for fault in found] == ["target.colum is not a setting here"]
