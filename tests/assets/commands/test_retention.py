from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.automation import RETENTION, retention
from assets.commands import CommandError
from assets.commands.__main__ import main
from assets.commands.retention import SETTING, kept_days, old_runs, registered_runs, remove_runs
from assets.home import Home
from tests.small_pipeline import Small

LATER = datetime.now(UTC) + timedelta(days=100)
MONTHS = dg.StaticPartitionsDefinition(["2024-01", "2024-02"])


@dg.asset(partitions_def=MONTHS)
def rows() -> None: ...


@dg.op
def fail() -> None:
    raise dg.Failure("as told")


@dg.job
def broken() -> None:
    fail()


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def made(instance: dg.DagsterInstance, month: str) -> str:
    return dg.materialize([rows], partition_key=month, instance=instance).run_id


def test_runs_that_made_what_stands_are_kept(instance: dg.DagsterInstance) -> None:
    first, again, other = made(instance, "2024-01"), made(instance, "2024-01"), made(instance, "2024-02")
    failed = broken.execute_in_process(instance=instance, raise_on_error=False).run_id
    assert old_runs(instance, days=90) == ()
    found = old_runs(instance, days=90, now=LATER)
    assert [run.run_id for run in found] == [first, failed]
    assert str(found[0]).endswith("2024-01")
    assert [run.run_id for run in old_runs(instance, days=90, registered={first}, now=LATER)] == [failed]
    assert remove_runs(instance, found) == 2
    assert remove_runs(instance, found) == 0
    assert {run.run_id for run in instance.get_runs()} == {again, other}
    assert instance.get_materialized_partitions(dg.AssetKey("rows")) == {"2024-01", "2024-02"}


def test_a_run_that_has_not_ended_is_kept(instance: dg.DagsterInstance) -> None:
    job = dg.define_asset_job("later", [rows])
    loaded = dg.Definitions(assets=[rows], jobs=[job]).resolve_job_def("later")
    instance.create_run_for_job(loaded)
    assert old_runs(instance, days=1, now=LATER) == ()


def test_registered_models_name_their_runs(trained: Small) -> None:
    named = registered_runs(trained.registry)
    with dg.DagsterInstance.from_config(str(trained.home.dagster)) as instance:
        assert named <= {run.run_id for run in instance.get_runs()}
    assert named


def test_clean_up_shows_them_first(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.execute_in_process(instance=instance, raise_on_error=False)
    monkeypatch.setattr("assets.commands.retention.timedelta", lambda days: timedelta(days=days - 100))
    assert main(["clean_up"]) == 0
    assert "0 to remove, 0.00 MB, and 1 runs of Dagster; to remove them: make clean-up" in capsys.readouterr().out
    assert len(instance.get_runs()) == 1
    assert main(["clean_up", "--remove"]) == 0
    assert "removed 0, 0.00 MB, and 1 runs of Dagster" in capsys.readouterr().out
    assert not instance.get_runs()
    assert main(["clean_up"]) == 0
    assert capsys.readouterr().out == "nothing to remove: what is there is needed, or younger than 24 hours\n"


def test_the_job_runs_and_its_schedule_is_off(trained: Small) -> None:
    loaded = dg.Definitions.merge(retention(), trained.definitions())
    schedule = loaded.resolve_schedule_def(f"{RETENTION}_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    with dg.DagsterInstance.ephemeral() as instance:
        assert loaded.resolve_job_def(RETENTION).execute_in_process(instance=instance).success


@pytest.mark.parametrize("text", ["0", "-1", "soon", "1.5", ""])
def test_refuses(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(SETTING, text)
    with pytest.raises(
        CommandError, match=r"retention.TRAINYARD_KEEP_RUNS_DAYS is no number of days: '.*' is not a whole"
    ):
        kept_days()
