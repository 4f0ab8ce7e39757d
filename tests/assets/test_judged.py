"""What people write for Dagster never takes the pipelines of others down, and is told where it can't stand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.declare.survey import survey
from assets.home import Home
from assets.judged import Judged, judge
from assets.shared import shared
from tests.dagster_project import pipelines_of, settings
from tests.small_pipeline import attributes, write

HEAD = "import dagster as dg\n\n"
ASSET = f"{HEAD}@dg.asset\ndef mine() -> None: ...\n\n"
CLASH = "can't be loaded beside the others: "
RENAME = "; give it another name, or remove one"
DECLARED = "is also in pipelines/healthy/defs.yaml, which stands"
DAGSTER = "can't be loaded: DagsterInvalidDefinitionError: "
TWICE = """
one = dg.ScheduleDefinition(name="n", target=[mine], cron_schedule="0 3 * * *")
two = dg.ScheduleDefinition(name="n", target=[mine], cron_schedule="0 4 * * *")
"""
OPS = """
@dg.op
def o() -> None: ...

@dg.job
def one() -> None: o()

@dg.op(name="o")
def p() -> None: ...

@dg.job
def two() -> None: p()
"""
UNKNOWN_JOB = 'ScheduleDefinition "s" targets job "nope" which was not found in this repository; mend the file'
Load = Callable[[dict[str, str]], Judged]


@pytest.fixture
def load(tmp_path: Path, home: Home) -> Iterator[Load]:
    """Judges a repository of the pipeline `healthy` and of further files."""
    root = tmp_path / "repository"
    (root / "pipelines").mkdir(parents=True)

    def judged(files: dict[str, str]) -> Judged:
        (root / "rows.parquet").touch()
        write(root, attributes(root / "rows.parquet"), "healthy")
        for name, text in {"__init__.py": "", **files}.items():
            (root / "pipelines" / name).parent.mkdir(exist_ok=True)
            (root / "pipelines" / name).write_text(text, encoding="utf-8")
        (root / "pyproject.toml").write_text(settings("pipelines"), encoding="utf-8")
        return judge(root, survey(root), shared(home))

    with pipelines_of(root):
        yield judged


def _keys(judged: Judged) -> set[str]:
    return {spec.key.to_user_string() for spec in judged.standing.resolve_all_asset_specs()}


BREAKAGES = {
    "an asset of another": (
        f"{HEAD}@dg.asset(key=['healthy', 'raw'])\ndef raw() -> None: ...\n",
        f":4:1: {CLASH}the asset 'healthy/raw' {DECLARED}{RENAME}",
    ),
    "a schedule twice": (f"{ASSET}{TWICE}", f":7:1: {DAGSTER}Schedule name n is defined multiple times"),
    "a job of another": (
        f"{ASSET}j = dg.define_asset_job('healthy_retrain', selection=[mine])\n",
        f":6:1: {CLASH}the job 'healthy_retrain' {DECLARED}{RENAME}",
    ),
    "an unknown job": (
        f"{HEAD}s = dg.ScheduleDefinition(name='s', job_name='nope', cron_schedule='0 3 * * *')\n",
        f":3:1: {DAGSTER}{UNKNOWN_JOB}",
    ),
    "a missing resource": (
        f"{HEAD}@dg.asset(required_resource_keys={{'nope'}})\ndef mine() -> None: ...\n",
        f":4:1: {DAGSTER}resource with key 'nope' required by op 'mine'",
    ),
    "a resource of ours": (
        f"{HEAD}defs = dg.Definitions(resources={{'machine': 3}})\n",
        f":3:1: {CLASH}the resource 'machine' is also Trainyard's own, which stands{RENAME}",
    ),
    "an end": ("import sys\nimport dagster\n\nsys.exit(3)\n", ":4:1: can't be loaded: SystemExit: 3; mend the file"),
    "a missing module": (
        "import dagster\nimport no_such_module_xyz\n",
        ":2:1: can't be loaded: ModuleNotFoundError: No module named 'no_such_module_xyz'; mend the file",
    ),
    "an executor": (
        f"{HEAD}defs = dg.Definitions(executor=dg.multiprocess_executor)\n",
        f":3:1: {CLASH}an executor is also Trainyard's own, which stands; name one at a job of yours instead",
    ),
    "a job of unknown assets": (
        f"{HEAD}j = dg.define_asset_job('j', selection=['healty/raw'])\n",
        ":3:1: can't be loaded: DagsterInvalidSubsetError: AssetKey(s) ['healty/raw'] were selected, but no",
    ),
    "two ops of a name": (
        f"{HEAD}{OPS}",
        f":14:1: {DAGSTER}'o' names two ops of jobs, the second in 'two'",
    ),
    "a definitions function that fails": (
        f"{HEAD}@dg.definitions\ndef defs() -> dg.Definitions:\n    raise OSError('no catalogue')\n",
        ":5:1: can't be loaded: OSError: no catalogue; mend the file",
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_one_file_takes_nothing_down_and_is_told_with_its_line(load: Load, breakage: str) -> None:
    text, told = BREAKAGES[breakage]
    judged = load({"zz/own.py": text})
    assert len(judged.faults) == 1, judged.faults
    assert str(judged.faults[0]).startswith(f"pipelines/zz/own.py{told}"), judged.faults
    assert list(judged.broken) == ["zz"]
    assert {"healthy/raw", "healthy/drift"} <= _keys(judged)
    assert judged.standing.get_repository_def().has_job("healthy_retrain")
    dg.Definitions.validate_loadable(judged.standing)


def test_of_a_copied_folder_the_one_whose_name_the_asset_bears_stands(load: Load) -> None:
    text = f"{HEAD}@dg.asset(key=['shops', 'sales'])\ndef sales() -> None: ...\n"
    judged = load({"copied/sales.py": text, "shops/sales.py": text, "a.py": text})
    first, second = map(str, judged.faults)
    stands = "the asset 'shops/sales' is also in pipelines/shops/sales.py:4, which stands"
    assert first == f"pipelines/a.py:4:1: {CLASH}{stands}{RENAME}"
    assert second == f"pipelines/copied/sales.py:4:1: {CLASH}{stands}{RENAME}"
    assert "shops/sales" in _keys(judged)


def test_folders_may_name_jobs_and_assets_of_each_other(load: Load) -> None:
    schedule = "s = dg.ScheduleDefinition(name='s', job_name='later', cron_schedule='0 3 * * *')\n"
    job = "later = dg.define_asset_job('later', selection=['healthy/raw'])\n"
    used = (
        f"{HEAD}from pipelines.b.own import later\n\n@dg.asset(deps=[['healthy', 'raw']])\ndef after() -> None: ...\n"
    )
    sound = {"a/own.py": f"{HEAD}{schedule}", "b/own.py": f"{HEAD}{job}", "c.py": used}
    assert load(sound).faults == ()
    judged = load({**sound, "zz/own.py": BREAKAGES["a missing resource"][0]})
    assert list(judged.broken) == ["zz"]
    assert judged.standing.get_repository_def().has_schedule_def("s")


def test_each_broken_file_is_told_at_once_and_run_once(load: Load, tmp_path: Path) -> None:
    ran = f"import dagster\nwith open({str(tmp_path / 'ran')!r}, 'a') as f:\n    f.write('x')\n"
    judged = load(
        {
            "one/own.py": f"{ran}import no_such_module_xyz\n",
            "one/two.py": "import sys\nsys.exit('no')\n",
            "three.py": BREAKAGES["a job of another"][0],
            "four/own.py": f"{ran}import dagster as dg\n\n@dg.asset\ndef four() -> None: ...\n",
            "five/defs.yaml": "type: assets.pipeline.TrainingPipeline\nattributes: [",
            "five/own.py": "import dagster\nimport pipelines.one.two\nraise OSError('gone')\n",
        }
    )
    assert [fault.file.removeprefix("pipelines/") for fault in judged.faults] == [
        *("five/defs.yaml", "one/own.py", "one/two.py", "three.py")
    ]
    assert judged.broken["five"][1] == judged.broken["one"][1]
    assert {"four", "healthy/raw"} <= _keys(judged)
    assert (tmp_path / "ran").read_text() == "xx"


@pytest.mark.parametrize("ends", ["", "raise OSError('gone')\n"])
def test_what_a_broken_folder_hands_over_keeps_no_other_from_loading(load: Load, tmp_path: Path, ends: str) -> None:
    handed = {**attributes(tmp_path), "source": {"kind": "asset", "key": "zz/orders"}}
    text = write(tmp_path, handed, "shop").read_text(encoding="utf-8")
    asset = "@dg.asset(key=['zz', 'orders'], required_resource_keys={'nope'})\ndef orders() -> None: ...\n"
    judged = load({"shop/defs.yaml": text, "zz/own.py": f"{HEAD}{asset}{ends}"})
    assert list(judged.broken) == ["zz"], judged.faults
    assert {"shop/raw", "healthy/raw", "zz/orders"} <= _keys(judged)


def test_an_asset_of_elsewhere_is_named_beside_the_source_that_reads_it(load: Load, tmp_path: Path) -> None:
    handed = {**attributes(tmp_path), "source": {"kind": "asset", "key": "erp/orders"}}
    text = write(tmp_path, handed, "shop").read_text(encoding="utf-8")
    judged = load({"shop/defs.yaml": text, "shop/own.py": f"{HEAD}orders = dg.AssetSpec(['erp', 'orders'])\n"})
    assert judged.faults == ()
    assert {"erp/orders", "shop/raw"} <= _keys(judged)
