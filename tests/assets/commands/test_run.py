import logging
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from assets.commands.__main__ import main
from assets.commands.run import worth_a_line
from assets.home import Home


@pytest.fixture(autouse=True)
def _fresh_process(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the definitions read the home of this test, and leave the progress logger as it was."""
    monkeypatch.delitem(sys.modules, "assets.definitions", raising=False)
    logger = logging.getLogger("trainyard")
    before = (list(logger.handlers), logger.level, logger.propagate)
    yield
    logger.handlers, logger.level, logger.propagate = before
    sys.modules.pop("assets.definitions", None)


@pytest.mark.slow
def test_runs_months_of_the_example_tells_what_failed_and_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    month = ["--first", "2015-07", "--last", "2015-07"]
    assert main(["run", *month, "--train-from", "2015-07"]) == 1
    told = capsys.readouterr()
    assert "hotel_cancellations 2015-07  raw made: never made before" in told.out
    assert "split.train is empty: a window of 1 periods cannot give validation=1, test=1" in told.out
    assert told.err.startswith(
        "\nfailed: hotel_cancellations_retrain 2015-07; the messages stand above and in the page"
    )
    assert "Stack Trace" not in told.out
    assert main(["run", *month, "--train-from", "2015-07"]) == 1
    told = capsys.readouterr()
    assert "0 versions made, 6 reused" in told.out
    assert "nothing was recomputed" not in told.out
    assert main(["run", *month, "--train-from", "2015-08"]) == 0
    told = capsys.readouterr()
    assert "raw reused: unchanged since " in told.out
    assert "nothing was recomputed: all 3 versions were there and stand" in told.out
    assert told.out.endswith("\nSee it in the browser: make dev\n")


class _InterruptsAt(logging.Handler):
    """Presses Ctrl-C when a stage says something."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def emit(self, record: logging.LogRecord) -> None:
        if self.words in record.getMessage():
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_ends_all_months_and_not_only_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("trainyard").addHandler(_InterruptsAt("2015-07  raw made"))
    assert main(["run", "--first", "2015-07", "--last", "2015-09", "--train-from", "2015-12"]) == 130
    told = capsys.readouterr()
    assert "2015-08" not in told.out
    assert told.err.endswith("interrupted in hotel_cancellations_score 2015-07; the next run goes on from there\n")


@pytest.mark.parametrize(("first", "last"), [("2010-01", "2015-08"), ("2015-08", "2015-07"), ("2015-07", "soon")])
def test_refuses_months_that_are_not_there(first: str, last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--first", first, "--last", last]) == 1
    message = (
        f"--first and --last are not months of hotel_cancellations: {first} to {last} must lie in 2015-07 to 2017-08"
    )
    assert capsys.readouterr().err.strip() == message


def test_the_terminal_shows_the_first_and_every_tenth_epoch() -> None:
    said = ["splits made: never made before", *(f" model  epoch {epoch}/30: train loss 1" for epoch in range(1, 31))]
    records = [logging.makeLogRecord({"msg": f"hotels 2016-01 {line}"}) for line in said]
    shown = [record.getMessage().removeprefix("hotels 2016-01 ") for record in records if worth_a_line(record)]
    assert shown == [said[place] for place in (0, 1, 10, 20, 30)]
