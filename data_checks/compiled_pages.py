"""The library's page, whose templates are compiled once a process and not for each page."""

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps the code of each template for this process."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template that was compiled before."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self.code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class CompiledPage(DefaultJinjaPageView):  # type: ignore[misc]  # the library ships no types
    """The page as the library renders it; compiling its templates costs three times as much as filling them."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.env.bytecode_cache = COMPILED
