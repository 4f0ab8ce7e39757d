import pytest

from assets.home import REPOSITORY
from assets.shell import SHELL
from assets.versions.code_version import closure

STAGES = [
    ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
    for file in sorted(REPOSITORY.glob("assets/*/stages/[a-z]*.py"))
]
CARRYING = {
    ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
    for folder in ("assets", "assets/versions", "assets/declare")
    for file in (REPOSITORY / folder).glob("[a-z]*.py")
} - {"assets.database", "assets.environment", "assets.settings"}


@pytest.mark.parametrize("stage", STAGES)
def test_what_carries_a_stage_has_no_say_in_it(stage: str) -> None:
    code = set(closure(stage, stop=SHELL))
    assert stage in code
    assert not CARRYING & code


def test_names_only_modules_that_are_there() -> None:
    assert not [name for name in SHELL if not (REPOSITORY / f"{name.replace('.', '/')}.py").is_file()]
