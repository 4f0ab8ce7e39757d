"""The variables that keep every library inside the state folder and quiet, for whatever `.venv`'s Python runs.

Installing the project lets each start of that Python run this file, before it is known which program starts: so it
imports nothing that is not loaded by then, and nothing of the project. `assets.home` says what else our processes need.
"""

import os
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
MARKER = "initialised.json"
SET_FOR = "TRAINYARD_SET_FOR"
# they open databases or log their use before anything of the project is loaded
PROGRAMS = ("dagster", "dagster-daemon", "dagster-webserver", "dg", "mlflow")
PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/"


def root() -> str:
    """Return the state folder: TRAINYARD_HOME, or `.trainyard` in the repository."""
    named = os.environ.get("TRAINYARD_HOME") or os.path.join(REPOSITORY, ".trainyard")
    return os.path.realpath(os.path.expanduser(named))


def variables(folder: str) -> dict[str, str]:
    """Return what each library has to be told, so that it keeps its files in a state folder and reports nothing."""
    cache = os.path.join(folder, "cache")
    return {
        SET_FOR: folder,
        "DAGSTER_HOME": os.path.join(folder, "dagster"),
        "MLFLOW_TRACKING_URI": f"sqlite:///{os.path.join(folder, 'mlflow', 'mlflow.db')}",
        # Also the root for clients that open the database without a server, which would use ./mlruns.
        "_MLFLOW_SERVER_ARTIFACT_ROOT": _address(os.path.join(folder, "mlflow", "artifacts")),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
        "GX_ANALYTICS_ENABLED": "false",
        # Read when onnxruntime is imported; nothing else keeps it from opening its queue of usage events.
        "ORT_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "true",
        "MPLCONFIGDIR": os.path.join(cache, "matplotlib"),
        "MLFLOW_ENV_ROOT": os.path.join(cache, "mlflow"),
        "TORCH_HOME": os.path.join(cache, "torch"),
        "TORCHINDUCTOR_CACHE_DIR": os.path.join(cache, "torch_inductor"),
        "TRITON_CACHE_DIR": os.path.join(cache, "triton"),
    }


def put(values: dict[str, str]) -> None:
    """Set variables of this process; one that a person set stays, one that was put for another state folder follows."""
    before = variables(os.environ[SET_FOR]) if SET_FOR in os.environ else {}
    for name, value in values.items():
        if os.environ.get(name) in {None, before.get(name)}:
            os.environ[name] = value


def start() -> None:
    """Set the variables, and make a fresh state folder ready for the programs that would open it as it is.

    Dagster refuses a home that is not there, and without its `dagster.yaml` `dg` logs its use.
    """
    put(variables(root()))
    if os.path.basename(sys.argv[0]) in PROGRAMS and not os.path.exists(os.path.join(root(), MARKER)):
        import subprocess

        made = subprocess.run(
            [sys.executable, "-m", "assets.commands", "home"], cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=False
        )
        if made.returncode:
            os._exit(made.returncode)  # an exception would end this start of Python with its own stack


def _address(path: str) -> str:
    return "file://" + "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))
