"""A function that a declaration names, `use: module:function`: found when a step needs it, never when a file loads."""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import pyarrow as pa
from pydantic import Field

USE = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
Use = Annotated[str, Field(pattern=USE)]
"""`module:function`."""


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
        given: what else it is given, for errors.
        hidden: whether what it raises may hold values that nobody may see; its errors then tell class and line alone.
    """

    use: str
    setting: str
    given: str = ""
    hidden: bool = False

    def function(self) -> Callable[..., object]:
        """The function as it was written.

        Raises:
            FunctionError: the module or the function is not there, or the module fails.
        """
        try:
            with self.guarded(ImportError, AttributeError):
                function: Callable[..., object] = getattr(
                    import_module(module_of(self.use)), self.use.partition(":")[2]
                )
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
        columns = [each.column_names for each in arguments if isinstance(each, pa.Table)]
        with self.guarded(given=f", with the columns {columns[0]}" if columns else self.given):
            return function(*arguments, **options)

    def drawn(self, found: Iterator[object]) -> Iterator[object]:
        """Yield what a generator that it returned yields.

        Raises:
            FunctionError: the generator raises.
        """
        with self.guarded(given=self.given):
            yield from found

    def refused(self, what: str, remedy: str) -> FunctionError:
        """Return the error of a result that may not be."""
        return FunctionError(f"{self.setting} {what}; {remedy}")

    @contextmanager
    def guarded(
        self, *passing: type[Exception], given: str | Callable[[], str] = "", what: str = "fails"
    ) -> Iterator[None]:
        """Tell whatever is raised within as one sentence, for code of the function that is called by others.

        Args:
            passing: classes that pass as they are, as those of a service that is away do.
            given: what the code was given; a function is asked only once it is to be told.
            what: what is wrong then.

        Raises:
            FunctionError: anything else is raised.
        """
        away: tuple[type[Exception], ...] = (ConnectionError, TimeoutError, *passing)
        try:
            yield
        except away:
            raise
        except Exception as error:  # noqa: BLE001  # what people write may raise anything: here it gets setting and line
            said = "" if self.hidden else f": {' '.join(str(error).split())}"
            beside = given if isinstance(given, str) else given()
            raise FunctionError(
                f"{self.setting} {what}: {self.use!r} raised {type(error).__name__}{said}{self._place(error)}{beside}; "
                "mend the function or what it is given"
            ) from (None if self.hidden else error)

    def _place(self, error: Exception) -> str:
        """Return the line at which it was raised: of the function's own module, if that had a part in it."""
        own = getattr(sys.modules.get(module_of(self.use)), "__file__", None)
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename != __file__ and "importlib" not in frame.filename
        ]
        told = [frame for frame in frames if frame.filename == own] or frames
        return f" at {told[0].filename.rpartition('/')[2]}:{told[0].lineno}" if told else ""
