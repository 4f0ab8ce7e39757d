from assets.propose.names import words


def test_words_are_parted_by_case_and_signs() -> None:
    assert words("arrivalDate") == words("Arrival-date") == words("arrival_date") == ("arrival", "date")
