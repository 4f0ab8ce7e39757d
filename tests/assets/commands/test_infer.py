import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.commands.infer import infer, main
from assets.data.stages.raw import Raw
from assets.declaration import load
from assets.execution import carry_out
from assets.home import Home
from tests.assets.propose.tables import orders
from tests.small_pipeline import MONTHS, Small, visits, work_on, write

CONTRACT = """\
type: assets.pipeline.TrainingPipeline
attributes:
  source: {{kind: files, path: "{path}"}}
  contract:
    columns:
      order_id: category   # theirs
      price: number
      pieces: integer
      shop: category
    expectations:
      # dear ones are looked at
      - expect_column_values_to_be_between: {{column: pieces, min_value: 0, max_value: {most}}}
      - expect_column_values_to_be_in_set: {{column: shop, value_set: [north, south{more}]}}
  target: {{column: was_returned}}
  features: {{never: {{day: no}}}}
  model: {{kind: linear}}
"""


def shop(root: Path, *, most: int, more: str = "", rows: pa.Table | None = None) -> Path:
    pq.write_table(orders() if rows is None else rows, root / "rows.parquet")
    file = root / "pipelines" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CONTRACT.format(path=root / "rows.parquet", most=most, more=more), encoding="utf-8")
    return file


def test_a_diff_that_applies_and_its_reasons(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = shop(tmp_path, most=5)
    before = file.read_text()
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 1
    told = capfd.readouterr()
    assert file.read_text() == before
    assert told.err.splitlines()[:2] == ["looking at the rows of the source", "1,300 rows, 6 columns looked at"]
    assert any(line.startswith("- pieces lies above 5, up to 8, in ") for line in told.err.splitlines())
    assert any(line.startswith("- shop has the new value 'NO' in ") for line in told.err.splitlines())
    applied = subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=told.out, text=True, check=False)
    assert applied.returncode == 0
    after = file.read_text()
    assert "max_value: 12}" in after
    assert 'value_set: [north, south, "NO"]}' in after
    assert "# dear ones are looked at" in after
    load(file, root=tmp_path)
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 0


def test_says_that_there_is_nothing_to_propose(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shop(tmp_path, most=50, more=', "NO"')
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 0
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1] == "nothing to propose: the contract fits the 1,300 rows"


def test_stored_rows_come_first(home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = shop(tmp_path, most=50, more=', "NO"')
    carry_out(Raw(), work_on(home, load(file, root=tmp_path), None, name="shop"))
    shop(tmp_path, most=50, more=', "NO"', rows=orders(pieces=[100] * 1300))
    assert infer("shop", root=tmp_path, home=home) == 0
    assert capfd.readouterr().err.startswith("looking at the stored rows\n")
    assert infer("shop", root=tmp_path, home=home, rows="source") == 1


def test_the_newest_periods_are_looked_at(home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pipeline = Small(home, tmp_path)
    write(tmp_path, pipeline.sections)
    for month in MONTHS[:3]:
        carry_out(Raw(), work_on(home, pipeline.declaration, month))
    assert infer("small", root=tmp_path, home=home, last=2) == 1
    told = capfd.readouterr()
    assert told.err.startswith("looking at the stored rows of 2024-02, 2024-03\n480 rows, 7 columns looked at\n")
    assert "- visits lies below 0, down to -1, in 4 of 480 rows looked at\n" in told.err
    assert told.out.count("\n\\ No newline at end of file\n") == 2


def test_a_lost_column_goes_where_nothing_relies_on_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = shop(tmp_path, most=50, more=', "NO"')
    pq.write_table(orders().drop_columns(["pieces"]), tmp_path / "rows.parquet")
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 1
    told = capfd.readouterr()
    assert "- pieces is not in the rows, and nothing but the contract names it\n" in told.err
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=told.out, text=True, check=True)
    assert "pieces" not in file.read_text()
    load(file, root=tmp_path)
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 0


def test_what_a_diff_cannot_mend_is_told_and_is_not_called_a_fit(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = shop(tmp_path, most=50, more=', "NO"')
    file.write_text(file.read_text().replace("{never: {day: no}}", "{number: [pieces]}"))
    pq.write_table(orders().drop_columns(["pieces"]), tmp_path / "rows.parquet")
    assert infer("shop", root=tmp_path, home=Home(tmp_path / "home")) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert "take it out of contract.columns, features.number, contract.expectations.0\n" in told.err
    assert told.err.endswith("no diff can mend it: the contract does not fit the 1,300 rows, as said above; decide\n")


def test_new_columns_are_told_from_those_never_named(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pipeline = Small(home, tmp_path)
    write(tmp_path, pipeline.sections)
    for month in MONTHS[:2]:
        carry_out(Raw(), work_on(home, pipeline.declaration, month))
    rows = visits().append_column("weather", pa.array(["dry", "wet"] * (len(visits()) // 2)))
    pq.write_table(rows, tmp_path / "rows.parquet")
    carry_out(Raw(), work_on(home, pipeline.declaration, MONTHS[2]))
    infer("small", root=tmp_path, home=home, last=2)
    told = capfd.readouterr()
    assert told.err.startswith("looking at the stored rows of 2024-03; 2024-02 had other columns or types\n240 rows, ")
    assert "- weather is new: no earlier rows have it, and the contract does not name it\n" in told.err
    assert "- the contract does not name visit: earlier rows have them too; " in told.err
    infer("small", root=tmp_path, home=home, rows="source")
    assert "the contract does not name visit, weather: earlier rows have them too; " in capfd.readouterr().err


def test_says_what_it_cannot_look_at(
    tmp_path: Path, home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.commands.infer.REPOSITORY", tmp_path)
    file = shop(tmp_path, most=50)
    assert main(["shopp"]) == 2
    assert capfd.readouterr().err == "PIPELINE is not known: 'shopp' has no defs.yaml; choose from shop\n"
    assert main(["shop", "--rows", "stored"]) == 2
    assert "PIPELINE has no stored rows: raw of 'shop' was never materialized; run it first" in capfd.readouterr().err
    sql = '{kind: sql, url: "sqlite:///x.db", query: "SELECT 1 WHERE :start < :end"}'
    sql += "\n  partitions: {every: month, column: day, start: 2024-01}"
    text = file.read_text()
    file.write_text(text.replace(text.splitlines()[2].split("source: ")[1], sql))
    assert main(["shop"]) == 2
    assert "the source of 'shop' is read by periods; run shop_score first" in capfd.readouterr().err


def test_what_a_source_says_of_sensitive_rows_is_not_repeated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.commands.infer.REPOSITORY", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    row = "Erika Mustermann"
    (tmp_path / "guest_rows.py").write_text(
        f"def rows(start, end):\n    raise ValueError('no day: {row}')\n    yield\n"
    )
    file = shop(tmp_path, most=50)
    text = file.read_text().replace(
        f'{{kind: files, path: "{tmp_path}/rows.parquet"}}', "{kind: python, use: 'guest_rows:rows'}"
    )
    file.write_text(text)
    assert main(["shop"]) == 2
    assert row in capfd.readouterr().err
    file.write_text(text.replace("shop: category", "shop: {type: category, sensitive: true}"))
    assert main(["shop"]) == 2
    told = capfd.readouterr().err
    assert "source.use" in told
    assert row not in told
