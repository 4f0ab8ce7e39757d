"""The form that every section of a declaration takes."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of a declaration: unknown keys and values of another type are refused, not converted.

    Validate from JSON (`model_validate_json`), so that lists become tuples while "1" never becomes 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)
