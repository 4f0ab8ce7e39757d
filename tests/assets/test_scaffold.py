from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from dagster import ScaffoldRequest

from assets.declaration import Declaration, load
from assets.declare.survey import survey
from assets.pipeline import TrainingPipeline
from assets.scaffold import PipelineScaffolder, ScaffoldOptions
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
