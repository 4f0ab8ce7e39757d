"""One mistake in a real declaration is told once, at its line and column, and two are told twice."""

from pathlib import Path

import pytest

from assets.declaration import load
from assets.declare.faults import DeclarationError
from assets.home import REPOSITORY

NAME = "hotel_cancellations"
SOUND = (REPOSITORY / "pipelines" / NAME / "defs.yaml").read_text(encoding="utf-8")
METRICS = "metrics: [roc_auc, average_precision, brier, log_loss]"
ADR = "{column: adr, min_value: 0, max_value: 1000}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the pipeline's rows and function, for its declaration to be written beside them."""
    folder = tmp_path_factory.mktemp("repository") / "pipelines" / NAME
    folder.mkdir(parents=True)
    for file in ("bookings.parquet", "features.py", "__init__.py"):
        (folder / file).symlink_to(REPOSITORY / "pipelines" / NAME / file)
    return folder.parents[1]


def faults(root: Path, text: str) -> list[str]:
    file = root / "pipelines" / NAME / "defs.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        load(file, root=root)
    except DeclarationError as error:
        return [str(fault).removeprefix(f"pipelines/{NAME}/defs.yaml:") for fault in error.faults]
    return []


def with_mistake(sound: str, mistake: str) -> str:
    assert SOUND.count(sound) >= 1
    return SOUND.replace(sound, mistake, 1)


@pytest.mark.parametrize(
    ("sound", "mistake", "told"),
    [
        (METRICS, "metrics: [rocauc, brier]", "97:15: evaluate.metrics names an unknown metric: 'rocauc'; did you mea"),
        (METRICS, "metrics: [roc_auc, rmse]", "97:24: evaluate.metrics does not fit itself: 'rmse' and 'roc_auc' are "),
        (METRICS, "metrics: [brier]", "101:8: gates.0.metric is not evaluated: 'roc_auc' is not in evaluate.metrics; "),
        (METRICS, "metrics: roc_auc", "97:5: evaluate.metrics is wrong: \"roc_auc\" must be a list; write [roc_auc]"),
        (METRICS, "metrics: []", "97:5: evaluate.metrics is empty: at least one is needed; leave it out for the usual"),
        ("start: 2015-07", "start: 2015-07-01", "8:52: partitions.start is not the key of a month: '2015-07-01' does "),
        ("start: 2015-07", "start: 2015", "8:52: partitions.start is wrong: 2015 must be text; put it in quotes: '201"),
        ("end: 2017-08", "end: 2014-08", "8:68: partitions.end lies before partitions.start: '2014-08' < '2015-07'; s"),
        ("every: month", "every: months", "8:16: partitions.every is wrong: \"months\" must be 'hour', 'day', 'week' "),
        ("column: arrival_date", "column: arival_date", "8:30: partitions.column names a column that is not there: 'a"),
        ("column: arrival_date", "colum: arrival_date", "8:30: partitions.colum is not a setting here: \"arrival_date"),
        ("window: 12", "window: -3", "9:3: window is wrong: -3 must be at least 2; write such a value"),
        ("window: 12", "window: '12'", "9:3: window is wrong: \"12\" must be a whole number; take the quotes off"),
        ("window: 12", "window: 99999999999999999999", "9:3: window is wrong: \"99999999999999999999\" must be a whol"),
        ("window: 12", "w\u0456ndow: 12", "9:3: w\u0456ndow is not a setting here: 12; did you mean 'window'?"),
        ("  window: 12", "\twindow: 12", "9:1: is not YAML: a tab stands where only spaces may; put spaces in its pla"),
        ("  window: 12", "   window: 12", "9:4: is not YAML: this line is indented otherwise than those that it belon"),
        ("  window: 12\n", "  window: 12\n  window: 12\n", "10:3: repeats the key 'window' of line 9: a key stands on"),
        ("  window: 12", "  <<: {window: 12}", "9:3: << is not a setting here: {\"window\": 12}; choose from compute"),
        ("window: 12", "window: *w", "9:11: uses the alias '*w': aliases are refused; write the value out"),
        ("source: {", "source: &s {", "6:11: defines the anchor '&s': anchors are refused; remove it"),
        ("hotel: category", "Hotel: category", "13:7: contract.columns names a column that is not there: 'Hotel' is n"),
        ("hotel: category", "'hotel ': category", "13:7: contract.columns names a column that is not there: 'hotel ' "),
        ("adr: number", "adr:", "33:7: contract.columns.adr has no type: it is empty and must be one of integer, numb"),
        ("adr: number", "adr: {type: number, nullable: yes}", "33:27: contract.columns.adr.nullable is wrong: \"yes\""),
        ("adr: number", "adr number", "34:7: is not YAML: a line without a colon is no setting; write `name: value`, "),
        ("values_to_be_between: {column: adr", "value_to_be_between: {column: adr", "41:9: contract.expectations.0.ex"),
        (ADR, "{column: adr, min_value: '0', max_value: 9}", "41:59: contract.expectations.0.expect_column_values_to_"),
        (ADR, "{colum: adr, max_value: 9}", "41:46: contract.expectations.0.expect_column_values_to_be_between has no"),
        ("value_set: [0, 1]", "value_set: ['0', 1]", "46:78: contract.expectations.5.expect_column_values_to_be_in_se"),
        ("[Resort Hotel, City", "[1, City", "44:72: contract.expectations.3.expect_column_values_to_be_in_set.value_s"),
        ("severity: warning}\n      - expect_table", "severity: warn}\n      - expect_table", "47:79: contract.expect"),
        ("mostly: 0.99", "mostly: 99%", "47:65: contract.expectations.6.expect_column_values_to_not_be_null.mostly is"),
        ("at_most: 0.02", "at_most: 2%", "50:42: contract.rows_that_fail.at_most is wrong: \"2%\" must be a number; w"),
        ("rows: {at_least: 0.4", "rows: {at_least: 4", "53:7: contract.over_time.rows can't be met: at_least 4 is mor"),
        ("within: 3 days", "within: three days", "54:15: contract.over_time.fresh.within is no duration: 'three days'"),
        ("matures_after: 14 days", "matures_after: 14", "56:68: target.matures_after is wrong: 14 must be text; put i"),
        ("category: [hotel, meal", "category: [Hotel, meal", "71:16: features.category.0 names a column that is not t"),
        ("category: [hotel", "categories: [hotel", "71:5: features.categories is not a setting here: [\"hotel\", \"me"),
        ("agent, company]", "agent, company", "75:5: is not YAML: expected ',' or ']', but got '?'; check the indenta"),
        ("hidden: [64]", "hidden: [64.5]", "88:31: model.hidden.0 is wrong: 64.5 must be a whole number; write such a"),
        ("kind: mlp, hidden", "hidden", "88:3: model has no kind: {\"hidden\": [64], \"dropout\": 0.1, \"embedding\":"),
        ("epochs: 30", "epochs: 3", "94:5: train.early_stopping has no effect: 5 epochs without a gain can't pass wit"),
        ("lr: 0.002", "learning_rate: 0.002", "92:30: train.optimizer.learning_rate is not a setting here: 0.002; cho"),
        ("{metric: roc_auc, at_least: 0.75}", "{metric: roc_auc, at_least: 75}", "101:25: gates.0.at_least is out of "),
        ("{metric: roc_auc, at_least: 0.75}", "roc_auc: {at_least: 0.75}", "101:7: gates.0.roc_auc is not a setting h"),
        ("features: true, pred", "features: on, pred", "105:13: monitor.features is wrong: \"on\" must be true or fal"),
        ("\"0 6 2 * *\"", "\"0 0 6 2 * *\"", "106:13: retrain.schedule is not a cron schedule: '0 0 6 2 * *' must hav"),
        ("Europe/Lisbon", "Europe/Lisboa", "106:36: retrain.time_zone is not a time zone: 'Europe/Lisboa' is not in t"),
        ("path: pipelines", "paths: pipelines", "6:25: source.paths is not a setting here: \"pipelines/hotel_cancella"),
        ("path: pipelines", "file: pipelines", "6:25: source.file is not a setting here: \"pipelines/hotel_cancellati"),
        ("kind: files, path", "kind: file, path", "6:12: source.kind is unknown: 'file' m"),
        ("features:arrival_date\"", "features.arrival_date\"", "7:12: derive.use is wrong: \"pipelines.hotel_cancella"),
        ("derive: {use: ", "derive: {user: ", "7:12: derive.user is not a setting here: \"pipelines.hotel_cancellatio"),
        ("attributes:", "attribute:", "3:1: attribute is not known here: did you mean 'attributes'?"),
        ("type: assets", "typ: assets", "2:1: typ is not known here: did you mean 'type'?"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_fault_at_its_place(root: Path, sound: str, mistake: str, told: str) -> None:
    found = faults(root, with_mistake(sound, mistake))
    assert len(found) == 1, found
    assert found[0].startswith(told)


def test_two_mistakes_are_two_faults(root: Path) -> None:
    assert [
        fault.partition(": ")[0] for fault in faults(root, with_mistake(METRICS, "metrics: [rocauc, mean_squared]"))
    ] == [
        "97:15",
        "97:23",
    ]
    text = with_mistake("window: 12", "windw: 12").replace("epochs: 30", "epochs: thirty")
    assert [fault.partition(": ")[0] for fault in faults(root, text)] == ["9:3", "90:5"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"),
        ("# nothing\n", "1:1: is empty or not a mapping: it needs 'type' and 'attributes'; write them"),
        (f"{SOUND}---\n{SOUND}", "107:1: holds a second document: one declaration a file; give it a folder of its own"),
        (
            f"{SOUND.partition('attributes:')[0]}attributes:\n",
            "3:1: attributes are missing: source, target and model are",
        ),
    ],
)
def test_a_file_that_is_no_declaration_is_one_fault(root: Path, text: str, told: str) -> None:
    found = faults(root, text)
    assert len(found) == 1, found
    assert found[0].startswith(told)


@pytest.mark.parametrize("text", [f"\ufeff{SOUND}", SOUND.replace("\n", "\r\n"), f"---\n{SOUND}", f"{SOUND}\n\n  \n"])
def test_how_an_editor_saves_a_file_is_no_mistake(root: Path, text: str) -> None:
    assert faults(root, text) == []
