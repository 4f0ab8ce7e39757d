"""A function that a declaration names, `use: module:function`: found when a step needs it, never when a file loads."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import pyarrow as pa
from pydantic import Field

USE = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
Use = Annotated[str, Field(pattern=USE)]
"""`module:function`."""
_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class FunctionError(ValueError):
    """A named function that is not there, fails, or returns what it may not."""


def module_of(use: str) -> str:
    """Return the module of `module:function`; its code belongs to what the function makes."""
    return use.partition(":")[0]


@dataclass(frozen=True)
class NamedFunction:
    """A pipeline's own function.

    Attributes:
        use: `module:function`.
        setting: where the declaration names it, for errors.
    """

    use: str
    setting: str

    def function(self) -> Callable[..., object]:
        """The function as it was written.

        Raises:
            FunctionError: the module or the function is not there.
        """
        try:
            function: Callable[..., object] = getattr(import_module(module_of(self.use)), self.use.partition(":")[2])
        except (ImportError, AttributeError) as error:
            raise FunctionError(
                f"{self.setting} names a function that is not there: {self.use!r} says {error}; mend the name"
            ) from error
        return function

    def __call__(self, *arguments: object, **options: object) -> object:
        """Call it.

        Raises:
            FunctionError: it is not there, or raises.
        """
        function = self.function()
        try:
            return function(*arguments, **options)
        except _FAILURES as error:
            columns = [each.column_names for each in arguments if isinstance(each, pa.Table)]
            given = f", with the columns {columns[0]}" if columns else ""
            raise FunctionError(
                f"{self.setting} fails: {self.use!r} raised {type(error).__name__}: {error}{given}; mend the function "
                "or what it is given"
            ) from error

    def refused(self, what: str, remedy: str) -> FunctionError:
        """Return the error of a result that may not be."""
        return FunctionError(f"{self.setting} {what}; {remedy}")
