"""Loads `pipelines/` folder by folder where it must, so that a broken one hides none of the others."""

import atexit
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import dagster as dg

from assets.beside import unwarned
from assets.declare.faults import DeclarationError, Fault
from assets.declare.survey import PIPELINES, remembered, survey
from assets.versions.module_source import keep

# set by `dg check defs` and `dagster definitions validate`, which must fail where the page stays up
VALIDATING = "DAGSTER_IS_DEFS_VALIDATION_CLI"
GROUP = "broken_declarations"
AFTERWARDS = (
    "All other pipelines run. Mend the places named here, see with `make check` that none is left, then press "
    "*Reload definitions* above the lineage: the pipeline's own assets take this one's place."
)


def load_pipelines(root: Path) -> dg.Definitions:
    """Return every sound pipeline, and in the place of each broken one an asset that shows its faults.

    Args:
        root: the repository's root.

    Raises:
        DeclarationError: with every fault of every file, if definitions are only validated.
    """
    try:
        return _definitions(root)
    finally:
        keep()


def _definitions(root: Path) -> dg.Definitions:
    found = survey(root)
    if found.faults and os.environ.get(VALIDATING):
        error = DeclarationError(found.faults)
        # Dagster puts its trace behind the faults: they are to be the last that is read on a terminal
        atexit.register(sys.stderr.write, f"{error}\n")
        raise error
    if not found.faults:
        try:
            with remembered(found, root):
                return dg.load_from_defs_folder(path_within_project=root)
        except Exception:  # a module may raise anything; which one it was is found folder by folder
            if os.environ.get(VALIDATING):
                raise
    return dg.Definitions.merge(*_one_by_one(root, found.broken))


def broken(name: str, faults: Sequence[Fault]) -> dg.Definitions:
    """Return an asset that stands for a pipeline which can't be loaded, and fails with its faults when materialized."""
    told = "\n".join(str(fault) for fault in faults)
    logging.getLogger("trainyard").error("%s is not loaded:\n%s", name, told)
    plain = re.sub("[^A-Za-z0-9_]", "_", name)
    shown = "\n".join(f"- `{fault}`" for fault in faults)

    @dg.asset(
        name="declaration",
        key_prefix=[plain],
        group_name=GROUP,
        kinds={"yaml"},
        description=f"This pipeline is not loaded, because its declaration can't be used:\n\n{shown}\n\n{AFTERWARDS}",
        metadata={"number of faults": len(faults)},
    )
    def declaration() -> None:
        raise dg.Failure(told, allow_retries=False)

    return dg.Definitions(assets=[declaration])


def _one_by_one(root: Path, faulty: Mapping[str, tuple[Fault, ...]]) -> Iterator[dg.Definitions]:
    for name, faults in faulty.items():
        yield broken(name, faults)
    for path in sorted((root / PIPELINES).iterdir()):
        if path.name in faulty or path.name.startswith((".", "_")) or not (path.is_dir() or path.suffix == ".py"):
            continue
        try:
            yield _loaded(path, root)
        except Exception as error:  # noqa: BLE001  # a module may raise anything, and the others are to be loaded
            cause = _innermost(error)
            what = f"can't be loaded: {type(cause).__name__}: {cause}; mend the Python files of the folder"
            named = Fault(path.relative_to(root).as_posix(), 0, 0, " ".join(what.split()))
            yield broken(path.stem, cause.faults if isinstance(cause, DeclarationError) else [named])


def _loaded(path: Path, root: Path) -> dg.Definitions:
    module = import_module(f"{PIPELINES}.{path.stem}")
    with unwarned():
        if path.suffix == ".py":
            return dg.load_definitions_from_module(module)
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _plain(dg.ComponentTree.from_module(module, root).build_defs())


def _plain(found: dg.Definitions) -> dg.Definitions:
    """Leave out the tree of components that Dagster keeps beside: definitions of two trees can't be merged."""
    return dg.Definitions(
        assets=found.assets,
        asset_checks=found.asset_checks,
        schedules=found.schedules,
        sensors=found.sensors,
        jobs=found.jobs,
        resources=found.resources,
    )


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ is not None and not isinstance(error, DeclarationError):
        error = error.__cause__
    return error
