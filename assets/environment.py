"""Machine facts: `{{ env('NAME') }}` in a path or an address stands for a variable until the moment of its use.

The text stays as it was written, so that keys, manifests and pages hold no machine's own values.
"""

import os
import re
from typing import Annotated, TypeAlias

from pydantic import Field

REFERENCE = re.compile(r"\{\{\s*env\(\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]\s*\)\s*\}\}")
MachineFact: TypeAlias = Annotated[str, Field(json_schema_extra={"machine_fact": True})]
"""The type of a setting in which references may stand; where it is used, it goes through `here`."""


class VariableError(ValueError):
    """A declaration names an environment variable that is not set."""


def here(text: str) -> str:
    """Return a machine fact as it is on this machine.

    Raises:
        VariableError: naming the variable that is not set.

    >>> here("plain/rows.csv")
    'plain/rows.csv'
    """
    return REFERENCE.sub(lambda found: _value(found[1], text), text)


def unset(text: str) -> tuple[str, ...]:
    """Return the variables that a text names and that are not set, in its order."""
    return tuple(name for name in REFERENCE.findall(text) if name not in os.environ)


def _value(name: str, text: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise VariableError(
            f"environment.{name} is not set: {text!r} names it and every variable must have a value; set it"
        )
    return value
