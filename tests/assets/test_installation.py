import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from assets.home import REPOSITORY


def built(version: str, folder: Path) -> set[str]:
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(folder), versions=[version])
    with zipfile.ZipFile(wheel) as files:
        return {name for name in files.namelist() if name.endswith(".pth")}


def test_only_an_editable_install_adds_to_the_start_of_python(tmp_path: Path) -> None:
    assert built("editable", tmp_path) == {"_trainyard.pth", "trainyard_surroundings.pth"}
    assert built("standard", tmp_path) == set()
