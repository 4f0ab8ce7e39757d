import pytest

from assets.started import started_by

LOCATION = {"dagster/code_location": "trainyard"}
PAGE = {**LOCATION, "dagster/from_ui": "true"}
PARENT = {"dagster/parent_run_id": "0123456789"}


@pytest.mark.parametrize(
    ("tags", "trigger", "reason"),
    [
        ({}, "command", "asked for by hand"),
        ({"user": "ada"}, "command", "asked for by ada"),
        (PAGE, "page", "asked for by hand"),
        ({**PAGE, "user": "ada"}, "page", "asked for by ada"),
        ({**PAGE, **PARENT}, "page", "run 01234567 again"),
        ({**PAGE, "dagster/backfill": "abc"}, "backfill", "backfill abc"),
        ({**PAGE, **PARENT, "dagster/retry_number": "1"}, "retry", "run 01234567 again"),
        (LOCATION, "server", "asked of Dagster's server"),
        ({**LOCATION, "user": "ada"}, "server", "asked for by ada"),
        ({**LOCATION, **PARENT}, "server", "run 01234567 again"),
    ],
)
def test_a_run_is_told_by_what_its_tags_show(tags: dict[str, str], trigger: str, reason: str) -> None:
    assert started_by(tags) == {"trainyard/trigger": trigger, "trainyard/reason": reason}
