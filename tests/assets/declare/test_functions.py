from pathlib import Path

import pytest

from assets.declare.functions import literals, wrong_with

BOUND = """
import os.path
from functools import partial

one, (two, *rest) = print, (print, print)
half = partial(print, 1)
if (walrus := print) and os:
    inside = print
else:
    otherwise = print
try:
    tried = print
except ImportError:
    fallback = print
with open(__file__) as opened:
    within = print
for looped in (print, print):
    pass
while not looped:
    never = print
match one:
    case matched:
        pass


class Made:
    method = print


async def awaited():
    global late
    late = local = [each for each in rest]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pipelines" / "shop"
    folder.mkdir(parents=True)
    text = "import os as system\nADD = lambda rows: rows\n\n\ndef add_day(rows):\n    return rows.rename('a_day')\n"
    (folder / "features.py").write_text(text)
    (folder / "broken.py").write_text("def add_day(:\n")
    (folder / "explodes.py").write_text("raise SystemExit\n\n\ndef found():\n    pass\n")
    (folder / "bound.py").write_text(BOUND)
    (folder / "unknown.py").write_text("from json import *\n")
    (folder / "dynamic.py").write_text("globals()['made'] = print\n")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        *("features:add_day", "features:ADD", "features:system", "explodes:found", "unknown:any", "dynamic:made"),
        *(f"bound:{name}" for name in ("one", "two", "rest", "half", "walrus", "inside", "otherwise", "tried")),
        *(f"bound:{name}" for name in ("fallback", "opened", "within", "looped", "never", "matched", "Made")),
        *(f"bound:{name}" for name in ("awaited", "late", "os", "partial")),
    ],
)
def test_finds_what_is_there_without_running_it(root: Path, name: str) -> None:
    assert wrong_with(f"pipelines.shop.{name}", root=root) is None


@pytest.mark.parametrize("use", ["made_late.moves:f", "made_late.moves.urllib:f", "pipelines.shop.imports:f"])
def test_what_an_installed_package_makes_at_run_time_is_left_to_it(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    installed = tmp_path_factory.mktemp("installed")
    (installed / "made_late.py").write_text("import sys\nsys.modules[__name__ + '.moves'] = sys\n")
    monkeypatch.syspath_prepend(installed)
    imports = "import made_late.moves.urllib\nfrom made_late.moves import urllib\nf = print\n"
    (root / "pipelines" / "shop" / "imports.py").write_text(imports)
    assert wrong_with(use, root=root) is None


def test_leaves_to_the_form_what_is_no_function(root: Path) -> None:
    assert wrong_with("not a function", root=root) is None


def test_finds_modules_of_libraries(root: Path) -> None:
    assert wrong_with("json:dumps", root=root) is None


@pytest.mark.parametrize("name", ["method", "local", "each", "path"])
def test_what_is_bound_elsewhere_is_not_at_the_top(root: Path, name: str) -> None:
    assert f"has no '{name}'" in (wrong_with(f"pipelines.shop.bound:{name}", root=root) or "")


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("pipelines.shop.features:add_dya", "has no 'add_dya'; did you mean 'add_day'?"),
        ("pipelines.shop.features:zzzzz", "has no 'zzzzz'; write the function, or mend the name"),
        (
            "pipelines.shop.feature:add_day",
            "'pipelines.shop.feature' is not found on the path; did you mean 'pipel",
        ),
        ("nothing_there.at_all:f", "'nothing_there.at_all' is not found on the path; mend the name, or install"),
        ("pipelines.shop.broken:add_day", "names a module that is no Python: invalid syntax"),
    ],
)
def test_tells_what_is_not_there(root: Path, use: str, told: str) -> None:
    assert told in (wrong_with(use, root=root) or "")


def test_the_texts_of_a_module_hold_the_columns_that_it_adds(root: Path) -> None:
    assert "a_day" in literals("pipelines.shop.features:add_day", root=root)
    assert literals("pipelines.shop.broken:add_day", root=root) == frozenset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from pipelines.shop.feature import add_day\n",
         "imports 'pipelines.shop.feature' in line 1, which is not found on the path; did you mean 'pipelines.shop.f"),
        ("import os\nimport nothing_there.at_all\n",
         "imports 'nothing_there.at_all' in line 2, which is not found on the path; mend the name"),
        ("from .features import add_dya\n",
         "imports 'pipelines.shop.features' in line 1, which has no 'add_dya'; did you mean 'add_day'?"),
        ("from . import features, shapes\n", "imports 'pipelines.shop' in line 1, which has no 'shapes'; mend"),
        ("from pipelines.shop import broken\n", "imports 'pipelines.shop.broken' in line 1, which is no Python: inva"),
        ("import pipelines.shop.broken\n", "imports 'pipelines.shop.broken' in line 1, which is no Python: inva"),
        ("from pipelines.shop.further import g\n", "'pipelines.shop.further' imports 'nowhere' in line 1, which"),
        ("import numpy.random, sys, os.path\nfrom pipelines.shop.uses import f\nfrom .unknown import any\n", None),
        ("try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n", None),
        ("import sys\nsys.path.append('lib')\nimport nowhere\n", None),
        ("def g():\n    import nowhere\n", None),
    ],
)  # fmt: skip
def test_tells_what_a_module_imports_and_is_not_there(root: Path, text: str, told: str | None) -> None:
    folder = root / "pipelines" / "shop"
    (folder / "__init__.py").touch()
    (folder / "further.py").write_text("import nowhere\ng = print\n")
    (folder / "uses.py").write_text(f"{text}f = print\n")
    wrong = wrong_with("pipelines.shop.uses:f", root=root)
    assert (wrong is None) is (told is None), wrong
    assert wrong is None or wrong.startswith("names a module that can't be imported: 'pipelines.shop.")
    assert (told or "") in (wrong or "")
