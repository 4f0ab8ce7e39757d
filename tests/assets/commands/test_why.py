import pytest

from assets.commands.__main__ import main
from assets.commands.why import outlook
from assets.home import Home
from assets.lifecycle import STAGES
from tests.small_pipeline import MONTHS, TRAINED, Small

LAST = TRAINED[1]


def told(lines: list[str]) -> dict[str, tuple[str, str]]:
    return {stage: (what, why) for stage, what, why in (line.split(maxsplit=2) for line in lines)}


def test_says_that_nothing_would_be_done(trained: Small) -> None:
    lines = told(outlook(trained.work(LAST)))
    assert list(lines) == [stage.name for stage in STAGES]
    assert set(lines.values()) == {("reuse", "unchanged: the same inputs, declaration and code")}


def test_says_what_changed_and_what_follows_from_it(trained: Small) -> None:
    changed = trained.declare(train={**trained.sections["train"], "epochs": 9})
    lines = told(outlook(trained.work(LAST, changed)))
    assert lines["features"][0] == "reuse"
    assert lines["model"] == ("recompute", "declaration train.epochs changed: 4 -> 9")
    unknown = "unchanged results are not passed on"
    assert lines["evaluation"] == ("depends", f"on the result of model; {unknown}")
    assert lines["release"] == ("depends", f"on the result of evaluation; {unknown}")
    assert lines["predictions"][0] == "reuse"


def test_says_that_a_period_was_never_run(trained: Small) -> None:
    lines = told(outlook(trained.work(MONTHS[5])))
    assert lines["raw"] == ("recompute", "never made before")
    assert {lines[stage][0] for stage in ("clean", "splits", "model", "release", "predictions", "drift")} == {"depends"}


def test_says_what_is_skipped(trained: Small) -> None:
    lines = told(outlook(trained.work(MONTHS[0])))
    assert lines["predictions"] == (
        "skip",
        "no model of small was champion before 2024-01; predictions begin with the next period",
    )


def test_says_what_would_be_refused(small_pipeline: Small) -> None:
    contract = {**small_pipeline.sections["contract"], "rows_that_fail": {"action": "quarantine", "at_most": 0.001}}
    lines = told(outlook(small_pipeline.work(LAST, small_pipeline.declare(contract=contract))))
    assert lines["clean"][0] == "reuse"
    what, why = lines["splits"]
    assert what == "refused"
    assert why.startswith("small/clean of 2024-02 is refused: its blocking check failed (")
    assert lines["features"][0] == "depends"


def test_says_what_would_be_made_first(trained: Small) -> None:
    longer = trained.declare(partitions={**trained.sections["partitions"], "start": "2023-12"}, window=5)
    what, why = told(outlook(trained.work(LAST, longer)))["splits"]
    assert what == "recompute"
    assert why == (
        "small/raw[2023-12], small/clean[2023-12] would be made first: not made yet, or by what has changed since"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nothing"], 2, "PIPELINE is not known: 'nothing' has no defs.yaml; choose from bike_rentals, "),
        (["hotel_cancellations"], 2, "PARTITION is needed: it has partitions; mend the call for hotel_cancellations"),
        (["bike_rentals", "2016-01"], 2, "PARTITION has no meaning: it has no partitions; mend the call for bike_"),
        (
            ["hotel_cancellations", "2016-1"],
            1,
            "partitions.key is not the key of a month: '2016-1' does not read like '2015-07'; w",
        ),
        (["hotel_cancellations", "2014-01"], 1, "partitions.start lies after the period asked for: '2014-01' is bef"),
    ],
)
def test_refuses(
    home: Home, arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", *arguments]) == status
    assert capsys.readouterr().err.startswith(message)


def test_asks_for_a_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["why"])
    assert "the following arguments are required: PIPELINE" in capsys.readouterr().err


def test_tells_of_a_pipeline_that_never_ran(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "bike_rentals"]) == 0
    lines = told(capsys.readouterr().out.splitlines())
    assert lines["raw"] == ("recompute", "never made before")
    assert lines["drift"][0] == "depends"
