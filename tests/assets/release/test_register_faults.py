"""Registration is stopped at every one of its writes, before and after it took effect, and then run again."""

import pytest

from assets.registry import Registry

WRITES = [
    "create_registered_model",
    "create_logged_model",
    "log_model_artifacts",
    "finalize_logged_model",
    "create_model_version",
    "tag_version",
    "record_move",
    "set_alias",
]


def test_these_are_all_writes(quick_registration, failing) -> None:
    candidate = quick_registration.candidate("2016-01")
    quick_registration.registry = Registry(failing)
    quick_registration(candidate)
    assert failing.written == WRITES


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(len(WRITES)), ids=WRITES)
def test_a_stopped_registration_is_completed(quick_registration, failing, at: int, after: bool) -> None:
    candidate = quick_registration.candidate("2016-01")
    quick_registration.registry, failing.fail_at, failing.after = Registry(failing), at, after
    with pytest.raises(ConnectionError, match=f"{WRITES[at]}, failed on purpose"):
        quick_registration(candidate)
    left = Registry(failing)
    champion = left.standing("hotels")
    assert champion is None or champion.proof is not None
    assert champion is None or left.moves("hotels")[-1].to == champion.version
    assert len(left.moves("hotels")) <= (champion is not None)

    failing.fail_at = -1
    done = quick_registration(candidate)
    assert done.role == "champion"
    (version,) = left.versions("hotels")
    assert version.aliases == ("champion",)
    assert version.proof is not None
    assert [move.to for move in left.moves("hotels")] == [version.version]


@pytest.mark.parametrize(
    ("at", "after"),
    [(0, False), (1, True), (2, False), (3, False)],
    ids=["record_removal", "remove_challenger", "record_move", "set_champion"],
)
def test_a_stopped_coronation_is_completed(quick_registration, failing, at: int, after: bool) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    quick_registration(quick_registration.candidate("2016-02"), before=first.champion, beats=False)
    candidate = quick_registration.candidate("2016-03")
    quick_registration.registry = Registry(failing)
    failing.fail_at, failing.after = WRITES.index("record_move") + at, after
    with pytest.raises(ConnectionError, match="failed on purpose"):
        quick_registration(candidate, before=first.champion)
    failing.fail_at = -1
    quick_registration(candidate, before=first.champion)
    registry = quick_registration.registry
    assert registry.standing("hotels").version == "3"
    assert registry.standing("hotels", "challenger") is None
    assert [(move.alias, move.to) for move in registry.moves("hotels")] == [
        ("champion", "1"),
        ("challenger", "2"),
        ("challenger", None),
        ("champion", "3"),
    ]
