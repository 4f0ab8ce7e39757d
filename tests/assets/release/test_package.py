import ast
import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from assets.data import conform, encode
from assets.release import package, serve


def test_equal_input_gives_an_equal_package(pack: Callable) -> None:
    first, second = pack("first"), pack("second")
    assert first.digest == second.digest
    files = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    assert files == {path.name: path.read_bytes() for path in second.folder.iterdir()}


def test_holds_plain_files_only(pack: Callable) -> None:
    packed = pack()
    names = {"package.json", "transform.json", "network.onnx", "example.arrow"}
    names |= {"serve.py", "conform.py", "encode.py", "derive.py"}
    assert {path.name for path in packed.folder.iterdir()} == names
    assert set(json.loads((packed.folder / "package.json").read_text())["files"]) == names - {"package.json"}


def test_asks_only_for_what_it_reads(pack: Callable) -> None:
    scorer = serve.load(pack().folder)
    assert scorer.inputs.names == ["hotel", "adr", "children", "week_nights", "weekend_nights"]
    assert "is_canceled" not in scorer.manifest["columns"]


def test_inputs_say_what_may_be_missing(pack: Callable) -> None:
    inputs = serve.load(pack().folder).inputs
    assert inputs.field("children").nullable
    assert not inputs.field("adr").nullable


def test_a_column_with_gaps_in_training_may_be_missing_without_a_contract(pack: Callable) -> None:
    assert serve.load(pack(columns={}).folder).inputs.field("children").nullable


def test_no_derived_feature_no_derive_module(pack: Callable) -> None:
    from assets.data.target import Target
    from assets.data.transform import Features, fit
    from tests.assets.release.conftest import bookings, network

    state = fit(bookings(), Features(number=("adr", "week_nights")), Target(column="is_canceled"))
    packed = pack(transform=state, onnx=network((2, 0), 1))
    assert not (packed.folder / "derive.py").exists()
    assert serve.load(packed.folder).score(packed.raw)["prediction"].null_count == 0


def test_a_derive_function_that_takes_one_column_or_another_gets_them_all(pack: Callable, imported: Callable) -> None:
    text = (
        "def nights(rows):\n"
        "    if not {'week_nights', 'weekend_nights'} & set(rows.column_names): raise KeyError('nights')\n"
        "    return rows.append_column('nights', rows['children'])\n"
    )
    packed = pack(derive=imported(text, "nights"))
    assert serve.load(packed.folder).inputs.names == [name for name in packed.raw.column_names if name != "_row"]


@pytest.mark.parametrize(
    ("line", "told"),
    [("import assets.store", "assets"), ("from .shapes import double", ".shapes"), ("from . import x", ".")],
)
def test_a_derive_function_with_foreign_imports_is_refused(
    pack: Callable, imported: Callable, line: str, told: str
) -> None:
    guarded = f"    if not rows.num_rows:\n        {line}\n"
    text = f"def nights(rows):\n{guarded}    return rows.append_column('nights', rows['week_nights'])\n"
    said = f"derive.use cannot be packaged with the model: other.py imports ['{told}']"
    with pytest.raises(ValueError, match=re.escape(said)):
        pack(derive=imported(text, "nights"))


def test_a_feature_that_is_nowhere_is_refused(pack: Callable) -> None:
    with pytest.raises(
        ValueError, match=r"features name columns that are neither in the source nor derived: \['lost'\]"
    ):
        pack(transform={"columns": {"lost": "number"}, "number": [], "category": [], "time": []})


def test_the_example_hides_sensitive_values(pack: Callable) -> None:
    columns = {"adr": {"type": "number", "sensitive": True}}
    packed = pack(columns=columns)
    example = package.example(packed.folder)
    assert example.num_rows == package.EXAMPLE_ROWS
    assert example["adr"].null_count == example.num_rows
    assert example["hotel"].to_pylist() == packed.raw["hotel"].to_pylist()[: package.EXAMPLE_ROWS]


def test_the_digest_is_of_everything(pack: Callable) -> None:
    packed = pack()
    assert package.digest(packed.folder) == packed.digest
    assert pack("other", threshold=0.4).digest != packed.digest


def test_an_old_package_answers_with_its_own_code(pack: Callable) -> None:
    packed = pack()
    source = (packed.folder / "serve.py").read_text().replace('pa.field("probability", ', 'pa.field("chance", ')
    manifest = json.loads((packed.folder / "package.json").read_text())
    (packed.folder / "serve.py").write_text(source)
    manifest["files"]["serve.py"] = hashlib.sha256(source.encode()).hexdigest()
    (packed.folder / "package.json").write_text(json.dumps(manifest))
    scored = package.load(packed.folder, package.digest(packed.folder)).score(packed.raw)
    assert "chance" in scored.column_names


@pytest.mark.parametrize("module", [serve, conform, encode])
def test_packaged_modules_import_nothing_of_ours(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names | {"numpy", "pyarrow", "onnxruntime"}


def test_conformed_rows_score_as_the_raw_rows_they_came_from(pack: Callable, derive: Callable) -> None:
    packed = pack()
    scorer = package.load(packed.folder, packed.digest)
    clean, _ = conform.conform(derive(packed.raw), scorer.manifest["columns"])
    assert scorer.score_conformed(clean).equals(scorer.score(packed.raw))


def test_large_strings_and_dictionaries_of_other_files_are_the_same_rows(pack: Callable) -> None:
    packed = pack()
    scorer = package.load(packed.folder, packed.digest)
    at = packed.raw.column_names.index("hotel")
    for kind in (pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        rows = packed.raw.set_column(at, "hotel", packed.raw["hotel"].cast(kind))
        assert scorer.score(rows).equals(scorer.score(packed.raw))
