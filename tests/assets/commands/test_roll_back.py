import pytest

from assets.commands.__main__ import main
from tests.small_pipeline import NAME, Small

EXAMPLE = "call for example: make roll-back"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {},
            (
                "MODEL, TO, WHY are missing: a roll back names the registered model, the version that shall be "
                "champion again and the reason, for the record; "
                f"{EXAMPLE} MODEL=hotel_cancellations TO=3 WHY='complaints since the release'\n"
            ),
        ),
        ({"model": "bikes", "to": "1", "why": " "}, "WHY is missing: "),
        ({"model": "bikes", "to": "1"}, f"{EXAMPLE} MODEL=bikes TO=1 WHY='complaints since the release'\n"),
    ],
)
def test_tells_all_that_is_missing_with_a_call(
    said: dict[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"model": "", "to": "", "why": ""} | said  # as make passes what was not said
    assert main(["roll_back", *(part for name, text in given.items() for part in (f"--{name}", text))]) == 1
    assert message in capsys.readouterr().err


def test_who_is_champion_already_stays_and_it_is_said(
    small_pipeline: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    champion = small_pipeline.registry.standing(NAME)
    assert champion
    moves = small_pipeline.registry.moves(NAME)
    assert main(["roll_back", "--model", NAME, "--to", champion.version, "--why", "again"]) == 0
    told = capsys.readouterr().out
    assert told == f"version {champion.version} of {NAME} is champion already; nothing was moved\n"
    assert small_pipeline.registry.moves(NAME) == moves
