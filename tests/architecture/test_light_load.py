"""Loading the code location stays cheap: every run process pays for it again."""

import json
import subprocess
import sys
from pathlib import Path

from assets.home import Home

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "great_expectations",
    "matplotlib",
    "mlflow",
    "onnx",
    "onnxruntime",
    "optuna",
    "pandas",
    "scipy",
    "sklearn",
    "torch",
)
LOAD = """
import gc, sys, json, assets.definitions as d
d.defs()
assert gc.isenabled()
print(json.dumps(sorted(sys.modules)))
"""


def test_loading_the_definitions_imports_nothing_heavy(home: Home) -> None:
    loaded = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    modules = set(json.loads(loaded.stdout.splitlines()[-1]))
    assert "assets.pipeline" in modules
    assert not modules & set(HEAVY)
