"""Run as a script in a process of its own: loads a model as a deployer would, with nothing of ours, and predicts.

Usage: `python -I clean_process.py <model uri> <folder> <rows> …`; reads `rows.arrow` in the folder, writes
`served-<n>.arrow` for each number of rows and `report.json`, and `asked` and `brought` around the download. Until the
guards stand only the standard library is there.
"""

import json
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, NoReturn

OURS = ("assets", "data_checks", "pipelines")
BLOCKED = (*OURS, "torch")
PICKLE_SUFFIXES = frozenset({".pkl", ".pickle", ".joblib", ".cloudpickle", ".pt", ".pth", ".skops"})
PICKLE_STARTS = frozenset(bytes([0x80, protocol]) for protocol in range(2, 6))


class Blocker:
    """Refuses the repository's packages and torch; an editable install would offer them to every interpreter."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse a blocked name, and leave any other to the next finder."""
        if name.partition(".")[0] not in BLOCKED:
            return None
        raise ModuleNotFoundError(f"{name} is not there where models are served", name=name)


def refuse_pickle(event: str, values: tuple[Any, ...]) -> None:
    """Stop any unpickling that would look up a class or a function, whoever starts it."""
    if event == "pickle.find_class":
        _refuse(".".join(str(value) for value in values))


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(f"the model unpickles {what}: nothing in a package is pickled")


def unsafe_files(folder: Path) -> list[str]:
    """Name the files of a model that are pickles, by their suffix or by their first bytes."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and (path.suffix in PICKLE_SUFFIXES or path.read_bytes()[:2] in PICKLE_STARTS)
    )


def main(uri: str, folder: Path, sizes: list[int]) -> None:
    """Load, predict each number of rows, and write what came out."""
    began = time.perf_counter()
    sys.meta_path.insert(0, Blocker())
    sys.addaudithook(refuse_pickle)
    import mlflow.artifacts
    import mlflow.pyfunc
    import pyarrow as pa

    imported = time.perf_counter()
    # what fails between these two is the service's doing and says nothing of the model
    (folder / "asked").touch()
    local = Path(mlflow.artifacts.download_artifacts(uri))
    (folder / "brought").touch()
    model = mlflow.pyfunc.load_model(str(local))
    loaded = time.perf_counter()
    with pa.ipc.open_file(folder / "rows.arrow") as file:
        rows = file.read_all().to_pandas()
    for size in sizes:
        served = pa.Table.from_pandas(model.predict(rows.head(size)), preserve_index=False)
        with pa.ipc.new_file(folder / f"served-{size}.arrow", served.schema) as writer:
            writer.write_table(served)
    report = {
        "has_signature": model.metadata.signature is not None,
        "unsafe_files": unsafe_files(local),
        "imported": sorted(name for name in BLOCKED if name in sys.modules),
        "seconds": {
            "import": round(imported - began, 2),
            "load": round(loaded - imported, 2),
            "predict": round(time.perf_counter() - loaded, 2),
        },
    }
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [int(size) for size in sys.argv[3:]])
