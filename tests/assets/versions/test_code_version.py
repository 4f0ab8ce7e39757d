import sys
import textwrap
import time
from importlib.metadata import version

import pytest

from assets.versions import code_version as under_test
from assets.versions.code_version import closure, code_version, libraries


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write modules of a package `carriage` that is on the path; what was read before is forgotten."""

    def put(**modules):
        for name, source in modules.items():
            path = tmp_path / "carriage" / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        for cached in (under_test._closure, under_test._read, under_test._place, under_test._root, libraries):
            cached.cache_clear()
        sys.path_importer_cache.pop(str(tmp_path), None)

    monkeypatch.syspath_prepend(tmp_path)
    put(init="", wheel="x = 1")
    (tmp_path / "carriage/init.py").rename(tmp_path / "carriage/__init__.py")
    return put


def test_follows_every_form_of_import_and_executes_none(write):
    write(
        start="""
            import carriage.wheel
            from carriage import axle
            from carriage.deep import module
            from .deep.module import function
            from . import spring
            import os, numpy

            def late():
                from carriage.brake import stop

            raise RuntimeError("executed")
        """,
        axle="import carriage.wheel",
        deep__module="from ..axle import x\nfrom . import sibling\ndef function(): ...",
        deep__sibling="",
        spring="",
        brake="stop = 1",
        unused="",
    )
    assert list(closure("carriage.start")) == [
        f"carriage{name}"
        for name in ("", ".axle", ".brake", ".deep", ".deep.module", ".deep.sibling", ".spring", ".start", ".wheel")
    ]
    assert "carriage.start" not in sys.modules


def test_the_outermost_folder_needs_no_init(write, tmp_path):
    write(start="import carriage.wheel")
    (tmp_path / "carriage/__init__.py").unlink()
    write()
    assert list(closure("carriage.start")) == ["carriage", "carriage.start", "carriage.wheel"]


def test_imports_for_type_checkers_do_not_count(write):
    write(
        start="""
            from typing import TYPE_CHECKING
            import typing
            if TYPE_CHECKING:
                from carriage import wheel
            else:
                from carriage import axle
            if typing.TYPE_CHECKING:
                from carriage import wheel
        """,
        axle="",
    )
    assert set(closure("carriage.start")) == {"carriage", "carriage.start", "carriage.axle"}


def test_a_stop_is_left_out_with_what_only_it_imports(write):
    write(start="import carriage.shell, carriage.axle", shell="import carriage.axle, carriage.screw", axle="", screw="")
    found = closure("carriage.start", stop=frozenset({"carriage.shell"}))
    assert set(found) == {"carriage", "carriage.start", "carriage.axle"}
    assert code_version("carriage.start") != code_version("carriage.start", stop=frozenset({"carriage.shell"}))


def test_a_cycle_ends(write):
    write(one="import carriage.two", two="import carriage.one")
    assert set(closure("carriage.one")) == set(closure("carriage.two"))


def test_comments_docstrings_and_layout_do_not_count(write):
    write(
        start='''
            """One."""
            class A:
                """Two."""
                x: int = 1
                """Three."""

            def f(a):
                """Four."""
                return a + 1
        '''
    )
    before = code_version("carriage.start")
    write(start="# note\nclass A:\n\n    x: int = (1)\n\n\ndef f(\n    a,\n):\n    return a + 1  # why\n")
    assert code_version("carriage.start") == before
    write(start="class A:\n    x: int = 1\n\ndef f(a):\n    return a + 2\n")
    assert code_version("carriage.start") != before


def test_a_changed_import_is_seen_and_named(write):
    write(start="import carriage.wheel")
    old = closure("carriage.start")
    write(wheel="x = 2")
    new = closure("carriage.start")
    assert [name for name in new if new[name] != old[name]] == ["carriage.wheel"]


def test_several_modules_and_functions_of_modules_are_joined(write):
    write(start="", other="")
    assert closure("carriage.start:function", "carriage.other") == closure("carriage.other") | closure("carriage.start")
    assert code_version("carriage.start", "carriage.other") == code_version("carriage.other", "carriage.start")
    assert code_version("carriage.start") != code_version("carriage.other")


def test_only_own_packages_are_followed(write):
    write(start="import numpy\nfrom assets.versions.recipe import Recipe")
    found = set(closure("carriage.start"))
    assert {"assets.versions.recipe", "data_checks.verdict"} <= found
    assert {name.partition(".")[0] for name in found} == {"assets", "carriage", "data_checks"}


def test_refuses_a_module_without_source_and_one_that_is_no_python(write):
    with pytest.raises(ValueError, match=r"code\.carriage\.nope has no source: .*; correct its name"):
        closure("carriage.nope")
    write(start="def f(:")
    with pytest.raises(
        ValueError, match=r"code\.carriage\.start cannot be read: invalid syntax.* in line 1 of .*start\.py; mend it"
    ):
        closure("carriage.start")


def test_a_hundred_pipelines_cost_under_a_second(write):
    write(**{f"features_{number}": "import assets.store\ndef derive(rows): return rows" for number in range(100)})
    stages = (
        "assets.store",
        "assets.versions.draft",
        "assets.versions.version",
        "assets.versions.clean_up",
        "assets.versions.code_version",
        "assets.versions.recipe",
    )
    start = time.process_time()
    for number in range(100):
        for stage in stages:
            code_version(stage, f"carriage.features_{number}:derive")
            closure(stage, f"carriage.features_{number}:derive")
    assert time.process_time() - start < 1.5


def test_a_module_beside_the_package_is_followed_and_an_installed_one_is_not(write, tmp_path, monkeypatch):
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "bought.py").write_text("")
    (tmp_path / "mylib_local.py").write_text("import json\nfactor = 1")
    monkeypatch.syspath_prepend(installed)
    write(start="import mylib_local, bought, numpy")
    before = closure("carriage.start:f")
    assert list(before) == ["carriage", "carriage.start", "mylib_local"]
    (tmp_path / "mylib_local.py").write_text("import json\nfactor = 2")
    write()
    assert closure("carriage.start:f")["mylib_local"] != before["mylib_local"]


def test_libraries_are_those_that_the_modules_import_and_not_those_of_the_framework(write):
    write(
        start="import json, carriage.axle\nfrom assets.model import train\ndef f():\n    import sklearn.tree",
        axle="from pandas import DataFrame\nimport carriage.wheel, never_installed",
    )
    assert libraries("carriage.start:f") == {"pandas": version("pandas"), "scikit-learn": version("scikit-learn")}
    assert not libraries("assets.data.stages.splits")
