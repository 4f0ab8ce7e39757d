"""One pipeline in a folder of its own, run stage by stage."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.sources.files import FilesSource
from assets.data.sources.tabular import table_of
from assets.declaration import TYPE, Declaration, load
from assets.declare.faults import did_you_mean
from assets.execution import Done, adopt, carry_out
from assets.home import Home
from assets.lifecycle import LIFECYCLE
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.testing.recording import NothingKept, RecordingError, keep, put_back
from assets.versions.disk import Disk
from assets.versions.version import Version
from assets.work import Stage, Work
from data_checks.verdict import Json, Verdict

# these talk with MLflow about what they make; the others do without it where nothing was registered
_IN_MLFLOW = frozenset({"model", "release"})


@dataclass(frozen=True)
class Outcome:
    """What came of a stage.

    Attributes:
        version: that now stands: its files, counts and manifest.
        verdicts: of its checks, by name.
        reused: whether it was there before.
        why: the reason for the reuse, or what was new.
    """

    version: Version
    verdicts: Mapping[str, Verdict]
    reused: bool
    why: tuple[str, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by where they went."""
        return self.version.counts

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that failed, warnings too."""
        return tuple(name for name, verdict in self.verdicts.items() if not verdict.passed)

    def table(self, name: str = "rows", columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table: `rows` of raw, clean and predictions, `quarantine` of clean, `assignment` of splits."""
        return self.version.table(name, columns)


class _Hasty(Disk):
    """Does not wait until a write is on the disk itself: what a test makes need not outlive a power cut."""

    def sync(self, path: Path) -> None:
        """Go on."""


class Pipeline:
    """A pipeline as a test runs it; whatever it makes is gone afterwards.

    Attributes:
        name: of the pipeline.
        declaration: its typed form.
        lines: what the stages reported.
    """

    def __init__(self, name: str, declaration: Declaration, home: Home) -> None:
        self.name = name
        self.declaration = declaration
        self.lines: list[str] = []
        self._home = home
        self._store = Store(home.versions, _Hasty())
        self._mlflow: MlflowService = NothingKept()
        self._put_back: set[str] = set()

    def run(self, stage: str, period: str | None = None) -> Outcome:
        """Carry a stage out, after the stages before it that were not carried out yet.

        Args:
            stage: raw, clean, splits, features, model, evaluation, release, predictions or drift.
            period: where the declaration has partitions.

        Raises:
            InputError: a check refused what it reads.
            SkippedError: there is nothing to do, such as predictions while nobody is champion.
            RecordingError: a release of a model that was put back.
        """
        wanted = _stage(stage)
        self._run_before(wanted, period)
        if stage in _IN_MLFLOW:
            self._open_mlflow(stage)
        return _outcome(carry_out(wanted, self._work(period)))

    def record(self, stage: str, folder: str | Path, period: str | None = None) -> Path:
        """Keep what a stage made, for `replay` in later tests; run it if it was not run yet.

        Args:
            stage: which.
            folder: of recordings, to be committed with the tests.
            period: where the declaration has partitions.

        Returns:
            Where it lies in the folder.
        """
        return keep(self.run(stage, period).version, Path(folder))

    def replay(self, stage: str, folder: str | Path, period: str | None = None) -> Outcome:
        """Put a recorded output in the place of a stage; its checks are judged by the present limits.

        Raises:
            RecordingError: there is none for this pipeline and period, it was changed, or the section of the
                declaration that the stage reads has changed since.
        """
        wanted, work = _stage(stage), self._work(period)
        self._run_before(wanted, period)
        for earlier, there in wanted.overtaken(work):
            carry_out(earlier, there)
        inputs = wanted.inputs(work)
        self._put_back.add(stage)
        return _outcome(adopt(wanted, work, inputs, put_back(wanted, work, inputs, Path(folder))))

    def _run_before(self, stage: Stage, period: str | None) -> None:
        work = self._work(period)
        for earlier in stage.follows:
            if self._store.head(work.address(earlier)) is None:
                self.run(earlier, period)

    def _open_mlflow(self, stage: str) -> None:
        if stage == "release" and "model" in self._put_back:
            raise RecordingError(
                "testing.release needs the MLflow run of its model: model was put back, not run; run model too, or put "
                "release back"
            )
        if isinstance(self._mlflow, NothingKept):
            shutil.copytree(Home(Path(_initialised().name)).mlflow, self._home.mlflow)
            self._mlflow = _service(self._home)

    def _work(self, period: str | None) -> Work:
        periods = self.declaration.partitions
        if (periods is None) != (period is None):
            raise ValueError(
                f"testing.period does not fit {self.name}: {period!r} is given and its partitions are "
                f"{'none' if periods is None else f'a {periods.every} each'}; "
                f"{'leave it out' if periods is None else 'name one'}"
            )
        return Work(
            pipeline=self.name,
            declaration=self.declaration,
            period=periods.period(period) if periods and period else None,
            store=self._store,
            service=self._mlflow,
            docs=None,
            mlflow_page="",
            report=self.lines.append,
            stages=LIFECYCLE,
            tags={"user": "a test"},
        )


@contextmanager
def pipeline_of(
    declaration: str | Path | Mapping[str, Json],
    *,
    rows: object = None,
    name: str = "pipeline",
    expectations: bool = True,
) -> Iterator[Pipeline]:
    """Open a pipeline in a folder of its own, which is removed in the end.

    Args:
        declaration: the `defs.yaml`, or what stands under its `attributes`.
        rows: a pyarrow table, record batch or pandas frame in place of the source; None reads the declared source.
        name: of a pipeline that has no file; a file's is its folder's.
        expectations: False leaves out the expectations of Great Expectations, which takes seconds to import once in a
            process; types, duplicates and `expect_rows` stay.

    Raises:
        DeclarationError: with every fault of the declaration.
    """
    with TemporaryDirectory(prefix="trainyard_") as folder:
        root = Path(folder)
        source = _source(rows, root / "rows.parquet")
        if isinstance(declaration, Mapping):
            file = root / "declared" / name / "defs.yaml"  # not in `pipelines`, where its functions would be looked for
            file.parent.mkdir(parents=True)
            given = {"source": source.model_dump(mode="json", exclude_defaults=True)} if source else {}
            file.write_text(json.dumps({"type": TYPE, "attributes": {**declaration, **given}}), encoding="utf-8")
        else:
            file = Path(declaration).resolve()
        loaded = load(file, root=file.parents[2])
        if source is not None:
            loaded = loaded.model_copy(update={"source": source})
        yield Pipeline(file.parent.name, loaded if expectations else _without_library(loaded), Home(root / "home"))


@cache
def _initialised() -> "TemporaryDirectory[str]":
    """A folder with a database of MLflow's, whose making takes seconds: once in a process, then it is copied."""
    folder = TemporaryDirectory(prefix="trainyard_mlflow_")
    _service(Home(Path(folder.name))).client.search_experiments(max_results=1)
    return folder


def _service(home: Home) -> MlflowService:
    return MlflowService(home.mlflow_database, (home.mlflow / "artifacts").as_uri())


def _source(rows: object, file: Path) -> FilesSource | None:
    if rows is None:
        return None
    table = table_of(rows)
    if table is None:
        raise TypeError(
            f"testing.rows is no table: a {type(rows).__name__} is given; give a pyarrow table, record batch or pandas "
            "frame"
        )
    pq.write_table(table, file)
    return FilesSource(kind="files", path=str(file))


def _without_library(declaration: Declaration) -> Declaration:
    own = tuple(each for each in declaration.contract.expectations if each.use)
    contract = declaration.contract.model_copy(update={"expectations": own})
    return declaration.model_copy(update={"contract": contract})


def _stage(name: str) -> Stage:
    if name not in LIFECYCLE:
        raise ValueError(f"testing.stage is unknown: {name!r}; {did_you_mean(name, LIFECYCLE)}")
    return LIFECYCLE[name]


def _outcome(done: Done) -> Outcome:
    return Outcome(done.version, {verdict.check: verdict for verdict in done.verdicts}, done.reused, done.why)
