"""A data engineer's own definitions in the folder of a declaration."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import dagster as dg
import pytest

from assets.declaration import TYPE
from assets.home import Home
from tests.dagster_project import settings
from tests.small_pipeline import QUIET, attributes, definitions, small, told

ORDERS = """
import dagster as dg
import pyarrow as pa

from shop_folders.shop.desk import Desk


@dg.asset
def orders(desk: Desk) -> pa.Table:
    return pa.table({"place": [desk.place]})


@dg.asset_check(asset=["shop", "raw"])
def rows_came() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"seen": 1})


nightly = dg.define_asset_job("nightly", selection=[orders])
at_night = dg.ScheduleDefinition(job=nightly, cron_schedule="0 3 * * *")


@dg.sensor(job=nightly)
def new_orders() -> dg.RunRequest:
    return dg.RunRequest(run_key="one")
"""
DESK = """
import dagster as dg


class Desk(dg.ConfigurableResource):
    place: str


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(resources={"desk": Desk(place="Lisbon")})
"""
Load = Callable[[dict[str, str]], dg.Definitions]


@pytest.fixture
def load(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a project with the small pipeline and files beside its declaration."""
    folder = tmp_path / "shop_folders" / "shop"

    def loaded(files: dict[str, str]) -> dg.Definitions:
        shared = definitions(home, small(tmp_path), name="another")
        sections = {**attributes(tmp_path / "rows.parquet"), "partitions": None, "window": None, "split": None}
        sections |= {"monitor": None, "retrain": None, "target": {"column": "back"}}
        declared = {"type": TYPE, "attributes": {name: each for name, each in sections.items() if each is not None}}
        for name, text in {"defs.yaml": json.dumps(declared), **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(dedent(text), encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(settings("shop_folders"), encoding="utf-8")
        (tmp_path / "shop_folders" / "__init__.py").touch()
        return dg.Definitions.merge(dg.load_from_defs_folder(path_within_project=tmp_path), shared)

    monkeypatch.syspath_prepend(tmp_path)
    yield loaded
    for name in [name for name in sys.modules if name.startswith("shop_folders")]:
        del sys.modules[name]


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def test_every_kind_is_loaded_and_used(load: Load, instance: dg.DagsterInstance) -> None:
    found = load({"orders.py": ORDERS, "desk.py": DESK, "features.py": "def plain(rows):\n    return rows\n"})
    nightly = found.resolve_job_def("nightly").execute_in_process(instance=instance, run_config=QUIET)
    assert nightly.output_for_node("orders")["place"].to_pylist() == ["Lisbon"]
    repository = found.get_repository_def()
    schedule = repository.get_schedule_def("nightly_schedule").evaluate_tick(dg.build_schedule_context(instance))
    assert len(schedule.run_requests) == 1
    sensor = repository.get_sensor_def("new_orders").evaluate_tick(dg.build_sensor_context(instance))
    assert sensor.run_requests[0].run_key == "one"
    job = found.resolve_implicit_global_asset_job_def()
    raw = job.execute_in_process(
        asset_selection=[dg.AssetKey(["shop", "raw"])], instance=instance, raise_on_error=False, run_config=QUIET
    )
    assert raw.success, told(raw)
    checks = {each.check_name: each.passed for each in raw.get_asset_check_evaluations()}
    assert checks["rows_came"]
    assert checks["contract"]


# Dagster tells of a parameter of its own that is beta when it puts a check of ours beside an asset
@pytest.mark.filterwarnings("ignore:Parameter `execution_type`")
def test_folders_inside_count_and_an_import_counts_once(load: Load) -> None:
    more = """
    import dagster as dg

    from shop_folders.shop.orders import orders


    @dg.asset(deps=[orders])
    def bills() -> None: ...
    """
    found = load({"orders.py": ORDERS, "desk.py": DESK, "more/bills.py": more})
    keys = {spec.key.to_user_string() for spec in found.resolve_all_asset_specs()}
    assert {"orders", "bills", "shop/raw"} <= keys


@pytest.mark.parametrize(
    ("text", "told_as"),
    [
        (
            "import dagster as dg\n\nasset = dg.aset\n",
            r"shop_folders/shop/broken\.py:3:1: can't be loaded: Attr",
        ),
        (
            "import dagster as dg\ndef half(:\n",
            r"shop_folders/shop/broken\.py:2:1: can't be loaded: Syntax",
        ),
        (
            "import dagster as dg\n\n\ndef late():\n    raise OSError('gone')\n\nlate()\n",
            r"broken\.py:5:1: can't be loaded: OSError: gone; mend the file",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_line(load: Load, text: str, told_as: str) -> None:
    with pytest.raises(Exception, match="Error while building definitions") as broken:
        load({"broken.py": text})
    causes = []
    cause: BaseException | None = broken.value
    while cause is not None:
        causes.append(str(cause))
        cause = cause.__cause__
    assert any(re.search(told_as, each) for each in causes), causes
