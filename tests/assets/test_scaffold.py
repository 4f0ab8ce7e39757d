import json
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from dagster import ScaffoldRequest

from assets.declaration import Declaration, load
from assets.declare.survey import survey
from assets.pipeline import TrainingPipeline
from assets.scaffold import PipelineScaffolder, ScaffoldOptions
from assets.testing import pipeline_of
from data_checks.verdict import Json
from tests.assets.data.sources.pages import answering
from tests.assets.propose.tables import orders


def scaffold(root: Path, name: str = "shop", **options: str) -> Path:
    folder = root / "pipelines" / name
    folder.mkdir(parents=True, exist_ok=True)  # as dg does before it asks
    request = ScaffoldRequest(
        type_name="assets.pipeline.TrainingPipeline",
        target_path=folder,
        scaffold_format="yaml",
        project_root=root,
        params=ScaffoldOptions(**options),
    )
    PipelineScaffolder().scaffold(request)
    return folder


def loaded(folder: Path, root: Path) -> Declaration:
    return load(folder / "defs.yaml", root=root)


def test_writes_a_declaration_that_loads_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pq.write_table(orders(), tmp_path / "my orders: 2024.parquet")
    folder = scaffold(tmp_path, source=str(tmp_path / "my orders: 2024.parquet"), target="price")
    found = loaded(folder, tmp_path)
    assert found.source.path == "my orders: 2024.parquet"
    assert found.target.column == "price"
    assert (folder / "__init__.py").read_text() == '"""The pipeline shop."""\n'
    told = capfd.readouterr().err.splitlines()
    assert told == [
        "1,300 rows, 6 columns looked at",
        "kept from the model: order_id is an identifier and names one row each",
        "left in, worth a look: was_returned is called 'returned': is it written after the event?",
        "wrote pipelines/shop/defs.yaml: read it, then make check, and to train",
        'make dg ARGS="launch --job shop_retrain --partition 2024-12"',
    ]


def test_tells_what_it_chose_by_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pq.write_table(orders(kind=[n % 3 for n in range(1300)]), tmp_path / "rows.parquet")
    source = str(tmp_path / "rows.parquet")
    scaffold(tmp_path, source=source)
    told = "--target is was_returned, as binary, because its name says 'returned'; name another if it is wrong"
    assert told in capfd.readouterr().err.splitlines()
    scaffold(tmp_path, "kinds", source=source, target="kind")
    assert "--task is multiclass: the whole numbers of kind look like classes; else add" in capfd.readouterr().err
    assert loaded(
        scaffold(tmp_path, "sizes", source=source, target="kind", task="regression"), tmp_path
    ).target.task == ("regression")
    assert "--task" not in capfd.readouterr().err
    with pytest.raises(
        click.ClickException, match=r"^--task is no task: 'classes' must be one of binary, multiclass, reg"
    ):
        scaffold(tmp_path, "none", source=source, task="classes")


def test_tells_what_is_kept_from_the_model_and_what_to_look_at(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = orders(order_status=[f"s{n % 5}" for n in range(1300)], currency=["EUR"] * 1300)
    pq.write_table(rows, tmp_path / "rows.parquet")
    folder = scaffold(tmp_path, source=str(tmp_path / "rows.parquet"), target="was_returned")
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith(("kept", "left"))]
    assert told == [
        "kept from the model: order_id is an identifier and names one row each",
        "kept from the model: currency is always 'EUR'",
        "left in, worth a look: order_status is called 'status': is it written after the event?",
    ]
    many = orders(**{f"same_{n}": ["x"] * 1300 for n in range(25)})
    pq.write_table(many, tmp_path / "many.parquet")
    scaffold(tmp_path, "many", source=str(tmp_path / "many.parquet"), target="was_returned")
    told = capfd.readouterr().err.splitlines()
    assert "and 6 more columns, each told under features in the declaration" in told
    assert len([line for line in told if line.startswith("kept")]) == 20
    assert "order_status" in loaded(folder, tmp_path).features.category


def test_the_index_of_a_pandas_frame_is_told_and_not_learned_from(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frame = orders().to_pandas()
    frame[frame["pieces"] > 2].to_parquet(tmp_path / "rows.parquet")
    folder = scaffold(tmp_path, source=str(tmp_path / "rows.parquet"), target="was_returned")
    found = loaded(folder, tmp_path)
    assert "__index_level_0__ is the index of a pandas frame: it is stored beside the rows" in capfd.readouterr().err
    assert "  # __index_level_0__ is the index of a pandas frame" in (folder / "defs.yaml").read_text()
    assert not any("index" in name for name in found.contract.columns)
    declared: dict[str, Json] = {"target": {"column": "was_returned"}, "model": {"kind": "linear"}}
    with pipeline_of(declared, rows=pq.read_table(tmp_path / "rows.parquet")) as pipeline:
        assert "__index_level_0__" in pipeline.run("clean").table().column_names
        assert "index" not in json.dumps(pipeline.run("features").version.json("transform"))


def test_an_index_that_pandas_wrote_into_a_csv_is_told(tmp_path: Path) -> None:
    frame = orders().to_pandas()
    frame.to_csv(tmp_path / "rows.csv")
    with pytest.raises(click.ClickException, match="name it at its origin, or leave it out: pandas writes its index "):
        scaffold(tmp_path, source=str(tmp_path / "rows.csv"))
    again = frame.rename_axis("Unnamed: 0").reset_index().sample(frac=1.0, replace=True, random_state=0)
    again.to_csv(tmp_path / "rows.csv", index=False)
    found = loaded(scaffold(tmp_path, source=str(tmp_path / "rows.csv"), target="was_returned"), tmp_path)
    assert "is called as pandas calls a column without a name" in found.features.never["Unnamed: 0"]


def test_files_of_which_one_has_another_column_are_read_together(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    table = orders(voucher=[n % 3 for n in range(1300)])
    for place, start in enumerate(range(0, 1300, 325)):
        part = table.slice(start, 325)
        pq.write_table(part if place == 3 else part.drop_columns(["voucher"]), rows / f"q{place + 1}.parquet")
    folder = scaffold(tmp_path, source=str(rows), target="was_returned")
    found = loaded(folder, tmp_path)
    assert found.source.columns_differ == "union"
    assert found.contract.columns["voucher"].nullable
    said = "Not all files have the same columns: only 1 of 4 have voucher (q4.parquet)."
    assert said in capfd.readouterr().err
    assert f"  # {said}" in (folder / "defs.yaml").read_text()


def test_reads_csv_json_lines_and_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = orders(300).to_pandas()
    frame.to_csv(tmp_path / "rows.csv", index=False, sep=";")
    frame.assign(day=frame["day"].astype(str)).to_json(tmp_path / "rows.jsonl", orient="records", lines=True)
    frame.to_sql("orders", f"sqlite:///{tmp_path}/shop.db", index=False)
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{tmp_path}/shop.db")
    kinds = set()
    for name, source in {"a": "rows.csv", "b": "rows.jsonl", "c": "sqlite:///shop.db", "d": "env:SHOP_DB"}.items():
        monkeypatch.chdir(tmp_path)
        found = loaded(scaffold(tmp_path, name, source=source), tmp_path)
        kinds.add(tuple((column, rule.type) for column, rule in found.contract.columns.items()))
        assert found.target.column == "was_returned"
    assert len(kinds) == 1


def test_tells_what_it_guessed_of_how_a_file_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = orders(300).to_pandas()
    rows["price"] = [f"{price:.2f}".replace(".", ",") for price in rows["price"]]
    rows["shop"] = rows["shop"].replace("NO", "Süd")
    (tmp_path / "rows.csv").write_bytes(rows.to_csv(index=False, sep=";").encode("cp1252"))
    folder = scaffold(tmp_path, source=str(tmp_path / "rows.csv"), target="price")
    source = loaded(folder, tmp_path).source
    assert (source.encoding, source.delimiter, source.decimal, source.thousands) == ("cp1252", ";", ",", None)
    guess = "That it is written in cp1252 is a guess: byte "
    assert any(line.startswith(guess) for line in capfd.readouterr().err.splitlines())
    assert f"  # {guess}" in (folder / "defs.yaml").read_text()
    again = scaffold(tmp_path, "again", source=str(tmp_path / "rows.csv"), encoding="cp1250")
    assert loaded(again, tmp_path).source.encoding == "cp1250"
    assert "guess" not in (again / "defs.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            r"^--source is missing: .* for example make dg ARGS=\"scaffold .* shop --source path/to/rows.csv\"$",
        ),
        ({"source": "missing.csv"}, r"^source.path names no file: .*missing.csv"),
        ({"source": "broken.parquet"}, r"^source.path names a file that cannot be read: .*broken.parquet"),
        ({"source": "rows.parquet", "target": "prise"}, r"^--target is no column: 'prise' .* did you mean 'price'[?]$"),
    ],
)
def test_says_why_there_is_no_pipeline_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    pq.write_table(orders(), tmp_path / "rows.parquet")
    (tmp_path / "broken.parquet").write_bytes((tmp_path / "rows.parquet").read_bytes()[:500])
    with pytest.raises(click.ClickException, match=message):
        scaffold(tmp_path, **options)
    assert not (tmp_path / "pipelines" / "shop").exists()


def test_refuses_a_folder_that_is_no_name_or_taken(tmp_path: Path) -> None:
    pq.write_table(orders(), tmp_path / "rows.parquet")
    with pytest.raises(click.ClickException, match=r"^NAME is no name: 'my-shop' holds other .*; name it 'my_shop'$"):
        scaffold(tmp_path, "my-shop", source=str(tmp_path / "rows.parquet"))
    assert not (tmp_path / "pipelines" / "my-shop").exists()
    folder = scaffold(tmp_path, source=str(tmp_path / "rows.parquet"))
    text = (folder / "defs.yaml").read_text()
    with pytest.raises(click.ClickException, match=r"^NAME is taken: 'shop' holds a declaration already; "):
        scaffold(tmp_path, source=str(tmp_path / "rows.parquet"), target="price")
    assert (folder / "defs.yaml").read_text() == text


def test_a_fault_of_the_declaration_is_told_with_its_line_and_nothing_is_left(tmp_path: Path) -> None:
    pq.write_table(orders(), tmp_path / "{{ rows.parquet")
    with pytest.raises(click.ClickException, match=r"^pipelines/shop/defs\.yaml:\d+:\d+: source.path "):
        scaffold(tmp_path, source=str(tmp_path / "{{ rows.parquet"))
    assert not (tmp_path / "pipelines" / "shop").exists()


def test_what_it_would_write_is_told_as_the_check_tells_it(tmp_path: Path) -> None:
    for name in ("rows.parquet", "{{ rows.parquet"):
        pq.write_table(orders(), tmp_path / name)
    with pytest.raises(click.ClickException) as refused:
        scaffold(tmp_path, source=str(tmp_path / "{{ rows.parquet"))
    file = scaffold(tmp_path, source=str(tmp_path / "rows.parquet")) / "defs.yaml"
    file.write_text(file.read_text().replace("path: rows.parquet", 'path: "{{ rows.parquet"'))
    assert refused.value.message == "\n".join(map(str, survey(tmp_path).faults)) != ""


def test_a_fault_is_told_in_the_words_of_the_check(tmp_path: Path) -> None:
    rows = orders().to_pandas().to_csv(index=False).encode()

    message = r"^pipelines/shop/defs\.yaml:\d+:\d+: source\.path holds a secret: the value of 'sig' in its address"
    with answering(lambda _: (200, rows)) as page, pytest.raises(click.ClickException, match=message) as told:
        scaffold(tmp_path, source=f"{page}/rows.csv?sig=TOPSECRET")
    assert "TOPSECRET" not in told.value.message
    assert not (tmp_path / "pipelines" / "shop").exists()


def test_the_help_of_the_command_tells_every_option() -> None:
    told = " ".join((TrainingPipeline.__doc__ or "").split())
    for name, option in ScaffoldOptions.model_fields.items():
        assert f"--{name} TEXT {option.description}" in told
