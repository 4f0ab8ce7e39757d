import subprocess
import sys

import dagster as dg
import numpy as np
import pytest

from assets import stage
from assets.home import REPOSITORY
from assets.last_words import is_ours
from assets.versions.recipe import Address
from data_checks.grid_column import Within
from tests.small_pipeline import TRAINED, Small, materialize

LAUNCH = """
import sys
sys.argv = {arguments!r}
from assets.last_words import say_last
say_last("raw needs a period; name one")
say_last("raw needs a period; name one")
say_last("check gates failed")
print("Dagster's trace", file=sys.stderr)
"""


def ended(*arguments: str) -> str:
    command = [sys.executable, "-c", LAUNCH.format(arguments=list(arguments))]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stderr


def test_what_stopped_a_launch_is_the_last_that_is_read() -> None:
    told = ended("/somewhere/bin/dg", "launch", "--job", "shop_retrain")
    assert told == "Dagster's trace\n\nraw needs a period; name one\n\ncheck gates failed\n"


@pytest.mark.parametrize("arguments", [("dagster", "api", "execute_run"), ("pytest",)])
def test_what_nobody_launched_by_hand_ends_as_it_does(arguments: tuple[str, ...]) -> None:
    assert ended(*arguments) == "Dagster's trace\n"


def test_an_error_of_anybody_else_keeps_its_trace() -> None:
    with pytest.raises(ValueError, match="invalid literal") as foreign:
        int("x")
    assert not is_ours(foreign.value)


def test_an_error_that_a_library_raises_in_our_own_line_keeps_its_trace() -> None:
    within = Within.of(np.array([0, 1, 2]))
    with pytest.raises(ValueError, match="could not be broadcast together") as unforeseen:
        within.counted(np.array([0, 1]), 2)
    assert not is_ours(unforeseen.value)


def test_what_is_refused_needs_no_trace() -> None:
    with pytest.raises(ValueError, match=r"address\.partition is no key") as refused:
        Address("shop", "raw", "_")
    assert is_ours(refused.value)


def test_a_failure_that_is_not_foreseen_keeps_its_stack(small_pipeline: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def unforeseen(stage: object, work: object) -> None:
        raise ValueError("operands could not be broadcast together")

    monkeypatch.setattr(stage, "carry_out", unforeseen)
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "clean", TRAINED[1], instance)
    (event,) = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    assert "in unforeseen" in "".join(error.cause.stack)
