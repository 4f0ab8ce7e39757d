import re

import dagster as dg
import pytest

from assets.commands.roll_back import main as roll_back
from assets.commands.roll_back import since
from assets.commands.summary import _fell, aligned, summary
from assets.home import REPOSITORY
from assets.registered import Move
from tests.small_pipeline import MONTHS, NAME, SCORED, Small, write


def test_tells_each_months_story_from_dagster_and_mlflow(
    small_pipeline: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(small_pipeline.home.root, small_pipeline.sections)
    monkeypatch.setattr("assets.commands.summary.REPOSITORY", small_pipeline.home.root)
    with dg.DagsterInstance.get() as instance:
        text = summary(instance, NAME, [*SCORED, MONTHS[5]])
    table, _, registry = text.partition("\n\n")
    head, *lines = table.splitlines()
    assert head.split()[:4] == ["month", "read", "kept", "quarantined"]
    assert [line.split()[0] for line in lines] == list(MONTHS)
    assert lines[0].split()[1:4] == ["240", "235", "5"]
    assert re.search(r" 1 champion +1 +- +-$", lines[2])
    assert re.search(r" (0\.\d{3}|1) \(\S+-\S+\) .* 2 champion +2 +1 +0 of \d$", lines[3])
    assert all(len(line) <= 120 for line in table.splitlines())
    shown = next(line for line in (REPOSITORY / "README.md").read_text().splitlines() if line.startswith("month "))
    assert re.split("  +", shown) == re.split("  +", head)
    assert lines[5].split()[1:] == ["-"] * len(lines[5].split()[1:])
    assert registry == "MLflow small: champion is version 2"


def test_says_that_somebody_rolled_back_and_what_follows(
    small_pipeline: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(small_pipeline.home.root, small_pipeline.sections)
    monkeypatch.setattr("assets.commands.summary.REPOSITORY", small_pipeline.home.root)
    assert roll_back(["--model", NAME, "--to", "1", "--why", "it was better", "--who", "ada"]) == 0
    follows = (
        f"periods after {MONTHS[3]} are scored by version 1 and what they train is held against it; "
        "what was made for earlier ones stays as it was"
    )
    said = capsys.readouterr().out
    assert said == f"champion of {NAME}: version 2 -> 1, by ada: it was better\n{follows}\n"
    with dg.DagsterInstance.get() as instance:
        text = summary(instance, NAME, MONTHS[:5])
    assert text.endswith(
        "MLflow small: champion is version 1\nThe table's champion is who stood after each month's training; "
        f"ada has rolled back from version 2 since: it was better\n{follows}"
    )


def test_a_model_that_fell_in_the_newest_month_is_told() -> None:
    fell = dg.MetadataValue.text("monitor.performance fell: roc_auc 0.7 on 500 labelled rows of 2016-01")
    assert _fell({"performance": fell}, "2016-03") == f"\nWatched in 2016-03: {fell.value}"
    assert _fell({"performance": dg.MetadataValue.text("roc_auc 0.8 on 500 labelled rows")}, "2016-03") == ""
    assert _fell({}, "2016-03") == ""


def test_without_periods_a_roll_back_counts_from_now() -> None:
    move = Move("champion", "2", "1", "ada", "it was better", "2024-01-01T00:00:00", "roll_back", None)
    assert since(move) == "since then rows are scored by version 1, and what is trained is held against it"


def test_says_that_nobody_is_champion_yet(small_pipeline: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    write(small_pipeline.home.root, {**small_pipeline.sections, "register": {"name": "nobody"}})
    monkeypatch.setattr("assets.commands.summary.REPOSITORY", small_pipeline.home.root)
    with dg.DagsterInstance.ephemeral() as instance:
        assert summary(instance, NAME, [MONTHS[0]]).endswith("\n\nMLflow nobody: no alias yet")


def test_columns_are_of_even_width_and_gaps_are_dashes() -> None:
    rows = [{"month": "2024-01", "rows": 1200, "by": None}, {"month": "2024-02", "rows": 3, "by": "version 1"}]
    assert aligned(rows).splitlines() == [
        "month    rows   by",
        "2024-01  1,200  -",
        "2024-02  3      version 1",
    ]
    assert aligned([]) == ""
