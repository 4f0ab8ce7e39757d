"""The variables that keep every library inside the state folder and quiet, for whatever `.venv`'s Python runs.

Installing the project lets each start of that Python run this file, before it is known which program starts: so it
imports nothing that is not loaded by then, and nothing of the project. `assets.home` says what else our processes need.
"""

import os
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
MARKER = "initialised.json"
NAMED = "TRAINYARD_HOME"
SET_FOR = "TRAINYARD_SET_FOR"
# set while a state folder is made, by the very programs that would otherwise wait for it
IS_MADE = "TRAINYARD_IS_MADE"
# they open databases or log their use before anything of the project is loaded
PROGRAMS = (
    "dagster",
    "dagster-daemon",
    "dagster-graphql",
    "dagster-webserver",
    "dagster-webserver-debug",
    "dg",
    "mlflow",
)
# their own reading adds a trace to faults, or crashes on a file that is no YAML before anything of ours is loaded
JUDGING = (["check", "defs"], ["check", "yaml"])
HELP = {"-h", "--help", "--target-path"}
# set where the declarations were read already
IS_CHECKED = "TRAINYARD_IS_CHECKED"
PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/"


def root() -> str:
    """Return the state folder: TRAINYARD_HOME, from where the command is started, or `.trainyard` in the repository."""
    named = os.environ.get(NAMED) or os.path.join(REPOSITORY, ".trainyard")
    return os.path.realpath(os.path.expanduser(named))


def settle() -> None:
    """Make TRAINYARD_HOME absolute: processes that are started from here in another folder then mean the same one."""
    if os.environ.get(NAMED):
        os.environ[NAMED] = root()


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
    """Set the variables, make a fresh state folder ready for programs that would open it as it is, and judge for `dg`.

    Dagster refuses a home that is not there, and without its `dagster.yaml` `dg` logs its use. The checks of `dg` begin
    with those of `make check`, whose faults end them.
    """
    settle()
    put(variables(root()))
    name = program(sys.argv, sys.orig_argv)
    if name in PROGRAMS and IS_MADE not in os.environ and not os.path.exists(os.path.join(root(), MARKER)):
        _first("home", shown=False)
    is_ours = os.path.realpath(os.getcwd()).startswith(REPOSITORY)
    if name == "dg" and judges(sys.argv[1:]) and is_ours and IS_CHECKED not in os.environ:
        _first("check", shown=True)


def judges(arguments: list[str]) -> bool:
    """Return whether `dg` is asked to check the declarations of the project it is called in."""
    return arguments[:2] in JUDGING and not HELP.intersection(arguments)


def _first(command: str, *, shown: bool) -> None:
    """Run a command of ours, and end this start where it fails; an exception would end it with its own stack."""
    import subprocess

    out = None if shown else subprocess.DEVNULL
    done = subprocess.run([sys.executable, "-m", "assets.commands", command], cwd=REPOSITORY, stdout=out, check=False)
    if done.returncode:
        os._exit(done.returncode)


def program(arguments: list[str], command: list[str]) -> str:
    """Return the name of what is started, a script or the module of `python -m`, as it stands in `PROGRAMS`.

    Args:
        arguments: `sys.argv` before a module is looked for, which then begins with `-m`.
        command: `sys.orig_argv`.
    """
    if arguments[0] != "-m":
        return os.path.basename(arguments[0])
    module = command[-len(arguments)]
    if module.startswith("-"):
        module = module.partition("m")[2]
    return module.partition(".")[0].replace("_", "-")


def _address(path: str) -> str:
    return "file://" + "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))
