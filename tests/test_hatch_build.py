import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from assets.home import REPOSITORY


def built(version: str, folder: Path) -> set[str]:
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(folder), versions=[version])
    with zipfile.ZipFile(wheel) as files:
        return set(files.namelist())


def test_only_an_editable_install_adds_to_the_start_of_python(tmp_path: Path) -> None:
    added = {name for name in built("editable", tmp_path) if name.endswith(".pth")}
    assert added == {"_trainyard.pth", "trainyard_surroundings.pth"}


def test_a_wheel_holds_the_three_packages_alone(tmp_path: Path) -> None:
    inside = {name.partition("/")[0] for name in built("standard", tmp_path)}
    assert {name for name in inside if not name.endswith(".dist-info")} == {"assets", "data_checks", "pipelines"}
