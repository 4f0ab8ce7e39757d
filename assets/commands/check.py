"""Reads every declaration, loads what lies beside, and tells all faults of all files at once."""

import sys
from collections.abc import Sequence, Set
from pathlib import Path

from assets.declare.faults import Fault
from assets.declare.notes import notes
from assets.declare.own_files import own_files
from assets.declare.python_beside import slow_imports
from assets.declare.survey import NAME, PIPELINES, Survey, survey
from assets.declare.trial_import import faults_of_import
from assets.declare.upstream import come_from_assets
from assets.home import REPOSITORY, Home


def main(arguments: Sequence[str]) -> int:
    """Print the faults, what is worth a look, and how many declarations are in order; return 1 if there is a fault."""
    root = Path(arguments[0]).resolve() if arguments else REPOSITORY
    found = survey(root)
    noted = [
        note
        for name, declaration in found.declarations.items()
        for note in notes(root / PIPELINES / name / NAME, declaration, root=root)
    ]
    noted += slow_imports(root / PIPELINES, root=root)
    faults, broken = _with_own_files(found, root)
    if failed := _of_imports(found, root):
        faults, broken = sorted({*faults, *failed}), {*broken, *(Path(fault.file).parts[1] for fault in failed)}
    for each in (*noted, *faults):
        sys.stderr.write(f"{each}\n")
    seen = f", {_counted(len(noted), 'note')}" if noted else ""
    sound = len({*found.declarations} - broken)
    sys.stdout.write(f"{_counted(sound, 'declaration')} in order, {_counted(len(faults), 'fault')}{seen}\n")
    return 1 if faults else 0


def _of_imports(found: Survey, root: Path) -> Sequence[Fault]:
    """Return the faults of functions whose module can't be imported, but for files that Dagster imports as well."""
    own = own_files(root / PIPELINES, found.declared)
    imported = [file for files in own.values() for file in files]
    return faults_of_import(
        [root / PIPELINES / name / NAME for name in sorted(found.declared)], root=root, imported=imported
    )


def _with_own_files(found: Survey, root: Path) -> tuple[Sequence[Fault], Set[str]]:
    """Return all faults, and the folders in which they lie.

    Only files of somebody's own, and sources that come from an asset, need Dagster to be judged.
    """
    if not own_files(root / PIPELINES, found.declared) and not come_from_assets(found.declarations.values()):
        return found.faults, found.broken.keys()
    from assets.judged import judge
    from assets.shared import shared

    if root != REPOSITORY and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    judged = judge(root, found, shared(Home.from_environment()))
    return judged.faults, judged.broken.keys()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
