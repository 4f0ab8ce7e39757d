import pytest
from pydantic import Field, ValidationError

from assets.settings import Section, plain


class Drink(Section):
    """What is poured."""

    name: str
    """Of the drink."""
    sugars: tuple[int, ...] = ()
    """In each cup."""
    renamed: bool = Field(default=False, alias="hot")
    """Whether it steams."""


def test_lists_become_tuples_and_nothing_else_is_converted() -> None:
    assert Drink.model_validate_json('{"name": "tea", "sugars": [1, 2]}').sugars == (1, 2)
    with pytest.raises(ValidationError, match="Input should be a valid integer"):
        Drink.model_validate_json('{"name": "tea", "sugars": ["1"]}')
    with pytest.raises(ValidationError, match="Input should be a valid string"):
        Drink.model_validate_json('{"name": 3}')


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Drink.model_validate_json('{"name": "tea", "suger": 1}')


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        Drink(name="tea").name = "coffee"


def test_docstrings_under_settings_become_their_reference() -> None:
    assert Drink.model_fields["name"].description == "Of the drink."


def test_the_plain_form_is_json_under_the_written_names() -> None:
    assert plain(Drink(name="tea", sugars=(1,), hot=True)) == {"name": "tea", "sugars": [1], "hot": True}
    assert plain(Drink(name="tea"), without={"sugars"}) == {"name": "tea", "hot": False}
    assert plain(None) == {}
