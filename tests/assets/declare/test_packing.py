"""A function that derives features and imports what no model can bring along is told before anything is trained."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.declaration import load
from assets.declare.faults import DeclarationError
from assets.declare.notes import notes
from data_checks.verdict import Json
from tests.small_pipeline import write

TOLD = (
    "derive.use can't go with the model, whose feature 'speed' it derives: its module imports 'pipelines' and 'scipy', "
    "and a model brings along only the standard library, numpy, pandas and pyarrow; move what the function needs into "
    "its module"
)
NOTE = "note: derive.use can't go with a model: its module imports 'pipelines' and 'scipy', and a model brings along o"
FEATURES = """
import pyarrow as pa
from pipelines.shop.shapes import double


def speed(rows):
    from scipy import stats
    return rows.append_column("speed", rows["km"])
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    pq.write_table(pa.table({"km": [1, 2], "late": [True, False]}), folder / "rows.parquet")
    place = folder / "pipelines" / "shop"
    place.mkdir(parents=True)
    (place / "shapes.py").write_text("double = print\n", "utf-8")
    (place / "features.py").write_text(FEATURES, "utf-8")
    (place / "alone.py").write_text("import numpy\nspeed = print\n", "utf-8")
    return folder


def told(root: Path, module: str = "features", **sections: Json) -> list[str]:
    whole: dict[str, Json] = {
        "source": {"kind": "files", "path": "rows.parquet"},
        "derive": {"use": f"pipelines.shop.{module}:speed"},
        "target": {"column": "late"},
        "model": {"kind": "linear"},
        **sections,
    }
    write(root, whole, "shop")
    file = root / "pipelines" / "shop" / "defs.yaml"
    try:
        declaration = load(file, root=root)
    except DeclarationError as error:
        return [fault.message for fault in error.faults]
    return [note.message for note in notes(file, declaration, root=root)]


@pytest.mark.parametrize(
    "sections",
    [
        {"features": {"number": ["km", "speed"]}},
        {"contract": {"columns": {"speed": "number"}}},
    ],
)
def test_what_a_model_can_not_bring_along_is_a_fault(root: Path, sections: dict[str, Json]) -> None:
    assert told(root, **sections) == [TOLD]


def test_where_no_feature_is_surely_derived_it_is_a_note(root: Path) -> None:
    unseen = told(root, source={"kind": "files", "path": "absent.parquet"}, features={"number": ["speed"]})
    assert [each[: len(NOTE)] for each in (*told(root), unseen[-1])] == [NOTE, NOTE]


@pytest.mark.parametrize(
    ("module", "sections"),
    [
        ("features", {"features": {"number": ["km"]}}),
        ("alone", {"features": {"number": ["speed"]}}),
        ("alone", {}),
    ],
)
def test_what_is_not_packed_or_needs_nothing_is_left(root: Path, module: str, sections: dict[str, Json]) -> None:
    assert [each for each in told(root, module, **sections) if "can't go with" in each] == []
