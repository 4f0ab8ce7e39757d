import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.home import REPOSITORY, Home
from assets.launched import wrong_period
from tests.small_pipeline import NAME, attributes, write

NOW = datetime(2024, 7, 3, tzinfo=UTC)
NEEDED = (
    "small needs a period: this run has none, as that of a check by itself; choose a partition on the page, or add "
    "--partition 2024-06 in a terminal, of 2024-01 to 2024-06; checks run with it"
)
EARLY = "'2023-12' is before '2024-01'"
JOB, ASSETS = ("launch", "--job", "small_retrain"), ("launch", "--assets", "small/raw,key:small/clean+")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sections = attributes(Path("rows.parquet"))
    write(tmp_path, sections)
    write(tmp_path, {"source": sections["source"], "target": {"column": "back"}, "model": {"kind": "linear"}}, "whole")
    write(tmp_path, {**sections, "modle": 3}, "broken")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (JOB, NEEDED),
        (ASSETS, NEEDED),
        (
            (*JOB, "--partition", "2024-6"),
            "small: partitions.key is not the key of a month: '2024-6' does not read like '2015-07'; write it so",
        ),
        (
            (*JOB, "--partition", "2023-12"),
            f"small: partitions.start lies after the period asked for: {EARLY}; ask for a later period",
        ),
        (
            (*ASSETS, "--partition=2024-07"),
            "small: partitions has no such period yet: '2024-07' is after 2024-06; name one of 2024-01 to 2024-06",
        ),
    ],
)
def test_a_launch_without_a_period_that_is_one_gets_the_remedy(
    root: Path, arguments: tuple[str, ...], told: str
) -> None:
    assert list(wrong_period(list(arguments), root, NOW)) == [told]


@pytest.mark.parametrize(
    "arguments",
    [
        (*JOB, "--partition", "2024-06"),
        (*ASSETS, "--partition-range", "2024-01...2024-03"),
        ("launch", "--job", "whole_retrain"),
        ("launch", "--job", "refresh_parcels"),
        ("launch", "--assets", f"{NAME}/an_asset_of_somebody"),
        ("launch", "--job", "broken_retrain"),
        ("launch", "--help"),
        ("list", "defs"),
        (),
    ],
)
def test_of_all_other_calls_nothing_is_said(root: Path, arguments: tuple[str, ...]) -> None:
    assert not list(wrong_period(list(arguments), root, NOW))


@pytest.mark.slow
def test_no_run_is_started_without_its_period(home: Home) -> None:
    call = "import sys; sys.argv = ['/bin/dg', 'launch', '--job', 'hotel_cancellations_retrain']; "
    command = [sys.executable, "-c", f"{call}from assets.definitions import defs; defs()"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == (
        "hotel_cancellations needs a period: this run has none, as that of a check by itself; choose a partition on "
        "the page, or add --partition 2017-08 in a terminal, of 2015-07 to 2017-08; checks run with it\n"
    )
