"""The form that every section of a declaration takes."""

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from data_checks.verdict import Json


class Section(BaseModel):
    """A frozen part of a declaration: unknown keys and values of another type are refused, not converted.

    Validate from JSON (`model_validate_json`), so that lists become tuples while "1" never becomes 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


def plain(section: BaseModel | None, *, without: Collection[str] = ()) -> dict[str, Json]:
    """Return a section as JSON values, an absent one as an empty mapping; this is what hashes are made of."""
    return {} if section is None else section.model_dump(mode="json", by_alias=True, exclude=set(without))
