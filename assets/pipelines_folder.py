"""Loads `pipelines/` folder by folder where it must, so that a broken one hides none of the others."""

import atexit
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from assets.declare.faults import DeclarationError, Fault
from assets.declare.survey import survey
from assets.judged import judge
from assets.versions.module_source import keep

# set by `dg check defs` and `dagster definitions validate`, which must fail where the page stays up
VALIDATING = "DAGSTER_IS_DEFS_VALIDATION_CLI"
GROUP = "broken_declarations"
AFTERWARDS = (
    "Whatever is not told of like this is loaded. Mend the places named here, see with `make check` that none is left, "
    "then press *Reload definitions* above the lineage: what lies there then takes this asset's place."
)


def load_pipelines(root: Path, shared: dg.Definitions) -> dg.Definitions:
    """Return every sound pipeline, in the place of each broken one an asset that shows its faults, and what all share.

    Args:
        root: the repository's root.
        shared: what Trainyard gives to all, beside which none may fail.

    Raises:
        DeclarationError: with every fault of every file, if definitions are only validated.
    """
    try:
        return _definitions(root, shared)
    finally:
        keep()


def _definitions(root: Path, shared: dg.Definitions) -> dg.Definitions:
    judged = judge(root, survey(root), shared)
    if judged.faults and os.environ.get(VALIDATING):
        error = DeclarationError(judged.faults)
        # Dagster puts its trace behind the faults: they are to be the last that is read on a terminal
        atexit.register(sys.stderr.write, f"{error}\n")
        raise error
    if not judged.faults:
        return judged.standing
    return dg.Definitions.merge(judged.standing, *(broken(name, faults) for name, faults in judged.broken.items()))


def broken(name: str, faults: Sequence[Fault]) -> dg.Definitions:
    """Return an asset that stands for what lies in `pipelines/<name>`, and fails with its faults when materialized."""
    told = "\n".join(str(fault) for fault in faults)
    logging.getLogger("trainyard").error("%s is not loaded:\n%s", name, told)
    plain = re.sub("[^A-Za-z0-9_]", "_", name)
    shown = "\n".join(f"- `{fault}`" for fault in faults)

    @dg.asset(
        name="declaration",
        key_prefix=[plain],
        group_name=GROUP,
        kinds={"yaml"},
        description=f"What lies in `pipelines/{name}` can't be loaded:\n\n{shown}\n\n{AFTERWARDS}",
        metadata={"number of faults": len(faults)},
    )
    def declaration() -> None:
        raise dg.Failure(told, allow_retries=False)

    return dg.Definitions(assets=[declaration])
