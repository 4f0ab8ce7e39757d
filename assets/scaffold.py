"""Starts a new pipeline: `dg scaffold defs assets.pipeline.TrainingPipeline NAME --source … [--target …]`."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click
import dagster as dg
from pydantic import BaseModel, Field

from assets.home import REPOSITORY, Home

if TYPE_CHECKING:
    from assets.propose.suspicion import Suspicion
    from assets.propose.target import Choice
    from data_checks.metric_names import Task

_MOST_TOLD = 20


class ScaffoldOptions(BaseModel):
    """What is asked of whoever starts a pipeline."""

    source: str = Field(
        default="",
        description="path or pattern of CSV, Parquet or JSON lines files; sqlite:///file.db; or env:NAME, the "
        "environment variable that holds a database's address",
    )
    target: str | None = Field(default=None, description="the column to predict; without it one is proposed")
    task: str | None = Field(
        default=None, description="binary, multiclass or regression; without it the target's values tell"
    )
    table: str | None = Field(default=None, description="of a database, which of its tables")
    query: str | None = Field(default=None, description="of a database, a SELECT instead of a table")
    encoding: str | None = Field(default=None, description="of CSV files; without it their bytes tell")


class PipelineScaffolder(dg.Scaffolder[ScaffoldOptions]):
    """Looks at the data and writes a declaration that runs as it is."""

    @classmethod
    def get_scaffold_params(cls) -> type[ScaffoldOptions]:
        """Return the options of the command."""
        return ScaffoldOptions

    def scaffold(self, request: dg.ScaffoldRequest[ScaffoldOptions]) -> None:
        """Write `defs.yaml`, and check it as `make check` would; nothing is left behind where that fails.

        Raises:
            click.ClickException: with the one sentence, or the faults, that say why there is no pipeline.
        """
        folder, root = request.target_path, request.project_root or REPOSITORY
        Home.from_environment().use()
        try:
            _check_source(request.params.source, folder.name)
            _check_place(folder, root)
            last = _write(folder, request.params, root)
        except (ValueError, OSError) as error:
            _remove_empty(folder)
            raise click.ClickException(str(error)) from error
        _tell(f"wrote {_shown(folder / 'defs.yaml', root)}: read it, then make check, and to train")
        _tell(f'make dg ARGS="launch --job {folder.name}_retrain{f" --partition {last}" if last else ""}"')


def _check_source(source: str, name: str) -> None:
    # an option that pydantic requires would be refused by dg with a stack and pydantic's own words
    if not source.strip():
        raise ValueError(
            "--source is missing: a pipeline is made from data that is looked at; say where it lies, for example "
            f'make dg ARGS="scaffold defs assets.pipeline.TrainingPipeline {name} --source path/to/rows.csv"'
        )


def _check_place(folder: Path, root: Path) -> None:
    from assets.declaration import load
    from assets.declare.faults import DeclarationError

    if not re.fullmatch("[A-Za-z0-9_]+", folder.name):
        better = re.sub("[^A-Za-z0-9]+", "_", folder.name).strip("_") or "my_model"
        raise ValueError(f"NAME is no name: {folder.name!r} holds other than letters, digits and _; name it {better!r}")
    if not (folder / "defs.yaml").exists():
        return
    taken = f"NAME is taken: {folder.name!r} holds a declaration already; choose another, or remove it"
    try:
        load(folder / "defs.yaml", root=root)
    except DeclarationError as error:
        raise ValueError(f"{taken}; what it holds is at fault:\n{error}") from error
    raise ValueError(taken)


def _write(folder: Path, options: ScaffoldOptions, root: Path) -> str | None:
    """Write the files; gives the last period that can be trained for, if there are periods."""
    from assets.data.sources import FilesSource
    from assets.declaration import load
    from assets.propose.look import look
    from assets.propose.origin import of_periods, opened, section_of
    from assets.propose.proposal import propose
    from assets.propose.write import MODULE, declaration, module_docstring
    from assets.propose.written import Written, written

    task = _task(options.task)
    section = section_of(options.source, table=options.table, query=options.query, root=root, encoding=options.encoding)
    source = opened(section, root=root)
    form = written(source) if isinstance(source, FilesSource) else Written({})
    for note in form.notes:
        _tell(f"{note}.")
    section |= form.settings
    batches = opened(section, root=root).batches()
    found = propose(look(batches, report=_tell), target=options.target, now=datetime.now(UTC), task=task)
    _tell_choice(found.choice)
    _tell_suspicions(found.suspicions)
    texts = {"__init__.py": module_docstring(folder.name)}
    if found.pieces:
        texts[f"{MODULE}.py"] = found.pieces.module()
    own_time = None if found.pieces else found.time
    section = of_periods(section, own_time, found.periods, sample=found.look.sample)
    texts["defs.yaml"] = declaration(folder.name, found, section, notes=form.notes)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in texts if not (folder / name).exists()]
    try:
        for path in files:
            path.write_text(texts[path.name], encoding="utf-8")
        load(folder / "defs.yaml", root=root)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    return found.periods.last if found.periods else None


def _task(named: str | None) -> "Task | None":
    from data_checks.metric_names import Task

    for task in get_args(Task):
        if task == named:
            return cast("Task", task)
    if named is not None:
        raise ValueError(f"--task is no task: {named!r} must be one of {', '.join(get_args(Task))}; name one of them")
    return None


def _tell_choice(choice: "Choice") -> None:
    """Say what was not asked for: which column is predicted, and that numbers are taken for classes."""
    if choice.why:
        _tell(f"--target is {choice.column}, as {choice.task}, because {choice.why}; name another if it is wrong")
    if choice.coded:
        _tell(
            f"--task is multiclass: the whole numbers of {choice.column} look like classes; else add --task regression"
        )


def _tell_suspicions(suspicions: "Sequence[Suspicion]") -> None:
    """Say of each column that is kept from the model, or to be looked at, why; those kept first."""
    ordered = sorted(suspicions, key=lambda one: not one.never)
    for one in ordered[:_MOST_TOLD]:
        _tell(f"{'kept from the model' if one.never else 'left in, worth a look'}: {one.column} {one.why}")
    if len(ordered) > _MOST_TOLD:
        _tell(f"and {len(ordered) - _MOST_TOLD} more columns, each told under features in the declaration")


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
