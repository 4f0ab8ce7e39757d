"""Machine facts: `{{ env('NAME') }}` in a path or an address stands for a variable until the moment of its use.

The text stays as it was written, so that keys, manifests and pages hold no machine's own values.
"""

import os
import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

REFERENCE = re.compile(r"\{\{\s*env\(\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]\s*\)\s*\}\}")
MachineFact: TypeAlias = Annotated[str, Field(json_schema_extra={"machine_fact": True})]
"""The type of a setting in which references may stand; where it is used, it goes through `here`."""

VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _names_one(name: str) -> str:
    if not re.fullmatch(VARIABLE, name):
        seen = "an address" if "://" in name else repr(name)
        raise ValueError(
            f"is no variable's name: {seen} must be letters, digits and _; put the address into an environment "
            "variable and write its name"
        )
    return name


Variable: TypeAlias = Annotated[str, AfterValidator(_names_one), Field(json_schema_extra={"pattern": VARIABLE})]
"""The type of a setting that names a variable, whose value is read where it is used."""
# what a name of a secret is once case and marks are taken from it; a token alone may be one of a text or of a page
SECRET_NAME = re.compile(
    r"(?:.*(?:(?:signature|secret|password|passwd|passphrase|credential|authorization|connectionstring|(?:api|access|"
    r"secret|account|private|auth|signing|encryption|subscription|shared)key|accesskeyid)s?|(?:access|auth|refresh|api|"
    r"bearer|session|security|sas|personal|deploy|github|gitlab|slack|hf)token)|(?:id)?token|sig|sas|auth|pwd|pass|"
    r"pgpass)\d*"
)
# what alone makes a variable one, whose name begins with a word of its owner's, such as SHOP_TOKEN
SECRET_PART = re.compile(
    "SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|SIGNATURE|(?:^|_)(?:SIG|SAS|KEY|AUTH|PASS|PWD)(?:_|$)", re.IGNORECASE
)
# every shell's name of the folder that it stands in, which is no password
FOLDER = "PWD"
# a shorter value may be a word of any sentence
SHORTEST_SECRET = 6


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


def says_secret(name: str) -> bool:
    """Whether a setting, a parameter or a variable of this name holds a secret.

    >>> says_secret("X-Amz-Security-Token"), says_secret("AZURE_CONNECTION_STRING"), says_secret("pad_token")
    (True, True, False)
    """
    return SECRET_NAME.fullmatch(re.sub(r"[-_.]|%[0-9A-Fa-f]{2}", "", name).lower()) is not None


def concealed(text: str, *, of: str | None = None) -> str:
    """Return a text in which the values of variables that are named like a secret are references to them.

    Named so are those of which `says_secret` holds and those whose name has a part of `SECRET_PART`, such as
    `SHOP_TOKEN`; the values of others may be what people need to see.

    Args:
        text: what may repeat a value.
        of: a machine fact as it was written: only the variables that it names; absent: all.
    """
    names = set(os.environ if of is None else REFERENCE.findall(of)) - {FOLDER}
    secrets = {os.environ.get(name, ""): name for name in names if SECRET_PART.search(name) or says_secret(name)}
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, f"{{{{ env('{secrets[value]}') }}}}")
    return text


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
