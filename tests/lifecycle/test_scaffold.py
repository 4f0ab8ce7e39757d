"""From a table to a registered model without an edit: what `dg scaffold defs` writes runs as it is."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import pipelines
from assets.declaration import Declaration, load
from assets.home import REPOSITORY, Home
from assets.registry import Registry
from assets.scaffold import PipelineScaffolder, ScaffoldOptions
from assets.versions import code_version
from tests.small_pipeline import definitions, run, service_of, told


@dataclass(frozen=True)
class Table:
    """An extract of a table, and what a declaration of it must say."""

    rows: Callable[[], pa.Table]
    target: str
    partition: str | None
    never: frozenset[str]
    file: str = "rows.parquet"
    encoding: str = "utf-8"

    def write(self, folder: Path) -> None:
        """Write the extract as the file that is scaffolded from."""
        if self.file.endswith(".csv"):
            csv.write_csv(self.rows(), folder / self.file, csv.WriteOptions(delimiter=";"))
            text = (folder / self.file).read_text(encoding="utf-8")
            (folder / self.file).write_bytes(text.encode(self.encoding))
        else:
            pq.write_table(self.rows(), folder / self.file)


def read(path: str) -> pa.Table:
    return pq.read_table(REPOSITORY / "pipelines" / path)


def bookings() -> pa.Table:
    """Every twentieth arrival of six months, and 130 of each at most: enough months of few rows."""
    rows = read("hotel_cancellations/bookings.parquet")
    months = pc.binary_join_element_wise(
        rows["arrival_date_year"].cast(pa.string()), rows["arrival_date_month"].cast(pa.string()), "-"
    )
    names = ("2015-July", "2015-August", "2015-September", "2015-October", "2015-November", "2015-December")
    places = [np.flatnonzero(pc.equal(months, name).to_numpy())[::20][:130] for name in names]
    return rows.take(np.concatenate(places))


def sales() -> pa.Table:
    """Every tenth sale."""
    rows = read("house_prices/house_sales.parquet")
    return rows.take(np.arange(0, rows.num_rows, 10))


def rentals() -> pa.Table:
    """Every eighth hour."""
    rows = read("bike_rentals/rentals.parquet")
    return rows.take(np.arange(0, rows.num_rows, 8))


def wines() -> pa.Table:
    """178 wines of three growers, which ship with scikit-learn, as text with a semicolon."""
    from sklearn.datasets import load_wine

    found = load_wine()
    columns = dict(zip(found.feature_names, found.data.T, strict=True))
    return pa.table({**columns, "class": np.asarray(found.target_names)[found.target]})


def europe() -> pa.Table:
    """A few months of orders; who paid more comes back."""
    draw = np.random.default_rng(0)
    paid = draw.gamma(2.0, 600.0, 700).round(2)
    columns = {
        "Beleg": [f"{n:06d}" for n in range(700)],
        "Betrag": [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in paid],
        "Ort": draw.choice(["Süd", "Köln", "5 €"], 700),
        "Quote": ["-" if n % 50 == 0 else f"{n % 97 / 7:.2f}".replace(".", ",") for n in range(700)],
        "churned": np.where(paid + draw.normal(0, 200, 700) > 1000, "ja", "nein"),
    }
    return pa.table(columns)


TABLES = {
    "hotels": Table(
        bookings,
        "is_canceled",
        "2015-12",
        frozenset(
            {"reservation_status", "reservation_status_date", "arrival_date_year", "required_car_parking_spaces"}
        ),
    ),
    "houses": Table(sales, "price", "2015-04", frozenset({"id", "year", "month", "day"})),
    "bikes": Table(rentals, "bikers", None, frozenset({"casual", "registered"})),
    "wines": Table(wines, "class", None, frozenset(), "rows.csv"),
    "europe": Table(europe, "churned", None, frozenset({"Beleg"}), "europe.csv", "cp1252"),
}


def scaffold(root: Path, name: str, **options: str) -> Declaration:
    request = dg.ScaffoldRequest(
        type_name="assets.pipeline.TrainingPipeline",
        target_path=root / "pipelines" / name,
        scaffold_format="yaml",
        project_root=root,
        params=ScaffoldOptions(**options),
    )
    PipelineScaffolder().scaffold(request)
    return load(root / "pipelines" / name / "defs.yaml", root=root)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository whose pipelines are found by imports, and by what hashes code without importing it."""
    package = tmp_path / "pipelines"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pipelines, "__path__", [*pipelines.__path__, os.fspath(package)])
    found = (code_version._place, code_version._read, code_version._closure)
    for cached in found:
        cached.cache_clear()
    yield tmp_path
    for cached in found:
        cached.cache_clear()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_becomes_a_declaration_without_a_target_being_named(name: str, root: Path) -> None:
    table = TABLES[name]
    table.write(root)
    found = scaffold(root, name, source=table.file)
    assert found.target.column == table.target
    assert table.never <= set(found.features.never)
    assert (found.partitions is None) == (table.partition is None)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hotels", "houses", "wines", "europe"])
def test_a_table_becomes_a_registered_model_without_an_edit(name: str, home: Home, root: Path) -> None:
    table = TABLES[name]
    table.write(root)
    found = scaffold(root, name, source=table.file, target=table.target)
    loaded = definitions(home, found, name=name)
    with dg.DagsterInstance.get() as instance:
        result = run(loaded, f"{name}_retrain", table.partition, instance)
    assert result.success, told(result)
    assert [version.version for version in Registry(service_of(home)).versions(name)] == ["1"]
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert not [check.check_name for check in failed if check.blocking]
