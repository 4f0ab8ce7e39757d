import pytest

from assets.commands.__main__ import main
from assets.commands.why import outlook
from assets.home import Home
from assets.lifecycle import STAGES
from tests.small_pipeline import MONTHS, TRAINED, Small

LAST = TRAINED[1]


def told(lines: list[str]) -> dict[str, tuple[str, str]]:
    return {line[:12].strip(): (line[13:24].strip(), line[25:]) for line in lines}


def test_says_that_nothing_would_be_done(trained: Small) -> None:
    lines = told(outlook(trained.work(LAST)))
    assert list(lines) == [stage.name for stage in STAGES]
    assert set(lines.values()) == {("stands", "unchanged: the same inputs, declaration and code")}


def test_says_what_changed_and_what_follows_only_if_it_gives_another_result(trained: Small) -> None:
    changed = trained.declare(train={**trained.sections["train"], "epochs": 9})
    lines = told(outlook(trained.work(LAST, changed)))
    assert lines["features"][0] == "stands"
    assert lines["model"] == ("runs", "declaration train.epochs changed: 4 -> 9")
    assert lines["evaluation"] == ("may run", "only if model gives another result than before")
    assert lines["release"] == ("may run", "only if evaluation gives another result than before")
    assert lines["predictions"][0] == "stands"


def test_what_changed_itself_runs_for_certain_whatever_is_before_it(trained: Small) -> None:
    train = {**trained.sections["train"], "epochs": 9}
    features = {**trained.sections.get("features", {}), "max_categories": 3}
    lines = told(outlook(trained.work(LAST, trained.declare(train=train, features=features))))
    assert lines["features"][0] == lines["model"][0] == "runs"
    assert lines["model"][1].startswith("declaration ")
    assert lines["evaluation"][0] == "may run"


def test_says_that_a_period_was_never_run(trained: Small) -> None:
    lines = told(outlook(trained.work(MONTHS[5])))
    assert lines["raw"] == ("runs", "never made before")
    assert lines["clean"] == ("runs", "never made before; it waits for raw")
    assert {lines[stage][0] for stage in ("clean", "splits", "model", "release", "predictions")} == {"runs"}
    skipped = "nothing of 2024-06 was scored, so that there is nothing to watch"
    assert lines["drift"] == (
        "may run",
        f"skipped as things stand, unless the result of predictions changes it: {skipped}",
    )


def test_says_what_is_skipped(trained: Small) -> None:
    lines = told(outlook(trained.work(MONTHS[0])))
    assert lines["predictions"] == (
        "skipped",
        "no model of small was champion before 2024-01; predictions begin with the next period",
    )


def test_says_what_would_be_refused_and_what_is_not_reached(small_pipeline: Small) -> None:
    contract = {**small_pipeline.sections["contract"], "rows_that_fail": {"action": "quarantine", "at_most": 0.001}}
    lines = told(outlook(small_pipeline.work(LAST, small_pipeline.declare(contract=contract))))
    assert lines["clean"][0] == "stands"
    what, why = lines["splits"]
    assert what == "refused"
    assert why.startswith("small/clean of 2024-02 is refused: its blocking check failed (")
    assert lines["features"] == ("not reached", "splits before it would not come to an end")
    assert lines["model"] == ("not reached", "features before it would not come to an end")


def test_says_what_would_be_made_first(trained: Small) -> None:
    longer = trained.declare(partitions={**trained.sections["partitions"], "start": "2023-12"}, window=5)
    what, why = told(outlook(trained.work(LAST, longer)))["splits"]
    assert what == "runs"
    assert why == "raw and clean of 2023-12 would be made first: never made before"


def test_says_of_many_periods_that_would_be_made_first_how_many(trained: Small) -> None:
    longer = trained.declare(partitions={**trained.sections["partitions"], "start": "2023-05"}, window=13)
    first = "raw and clean of 2023-05 … 2023-12 (8 in all) would be made first: never made before"
    assert told(outlook(trained.work(LAST, longer)))["splits"] == ("runs", first)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nothing"], 2, "PIPELINE is not known: 'nothing' has no defs.yaml; choose from bike_rentals, "),
        (
            ["hotel_cancellations"],
            2,
            "PARTITION is needed: hotel_cancellations is made month by month, 2015-07 to 2017-08; call for example ",
        ),
        (
            ["bike_rentals", "2016-01"],
            2,
            "PARTITION has no meaning: bike_rentals has no partitions; call make why PIPELINE=bike_rentals\n",
        ),
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


def test_a_call_without_a_period_gets_one_that_works(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    main(["why", "hotel_cancellations"])
    assert capsys.readouterr().err.endswith("example make why PIPELINE=hotel_cancellations PARTITION=2017-08\n")


def test_asks_for_a_pipeline(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why"]) == 2
    choose = "PIPELINE is not given; choose from bike_rentals, hotel_cancellations, house_prices\n"
    assert capsys.readouterr().err == choose


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["bike_rentals", "2016-01", "raw"], 2)])
def test_help_and_an_argument_too_many_tell_all_that_can_be_given(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=str(status)):
        main(["why", *arguments])
    said = capsys.readouterr()
    assert "make why PIPELINE=NAME [PARTITION=PERIOD]\n" in said.out + said.err
    assert status or "pipelines: bike_rentals, hotel_cancellations, house_prices\n" in said.out


def test_tells_of_a_pipeline_that_never_ran(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "bike_rentals"]) == 0
    lines = told(capsys.readouterr().out.splitlines())
    assert lines["raw"] == ("runs", "never made before")
    assert lines["clean"][0] == "runs"
