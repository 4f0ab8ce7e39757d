"""One stage of one pipeline, as a piece of work over stored versions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from assets.data.period import Period
from assets.declaration import Declaration
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.versions.draft import Draft
from assets.versions.recipe import Address
from assets.versions.version import Version
from data_checks.named_function import module_of
from data_checks.verdict import Json, Severity, Verdict

Inputs = Mapping[str, tuple[Version, ...]]


class SkippedError(Exception):
    """A stage that has nothing to do yet; its message says why, and the run goes on without it."""


class InputError(ValueError):
    """An input that is missing, or that a blocking check refused."""


class BlockedError(InputError):
    """An input that a blocking check refused."""


@dataclass(frozen=True)
class Work:
    """What one execution of a stage is given.

    Attributes:
        pipeline: the pipeline's name, its folder's.
        declaration: its typed form.
        period: the period that is run; None for a pipeline without partitions.
        store: where versions lie.
        service: the door to MLflow.
        report: takes lines of progress for the terminal and the run's log.
        handed: the table of an upstream Dagster asset, for a source of kind `asset`.
        docs: folder for reports that people open in the browser; None for none.
        mlflow_page: address of MLflow's pages.
        stages: the lifecycle by stage name, so that an input can be judged by the present limits.
        tags: who and what started this run.
        run_page: address of the page of the Dagster run, if it is one.
    """

    pipeline: str
    declaration: Declaration
    period: Period | None
    store: Store
    service: MlflowService
    docs: Path | None
    mlflow_page: str
    report: Callable[[str], None]
    stages: Mapping[str, "Stage"] = field(default_factory=dict)
    handed: object = None
    tags: Mapping[str, str] = field(default_factory=dict)
    run_page: str = ""

    @property
    def made_by(self) -> str:
        """A sentence with a link to the Dagster run, for pages that know Markdown; empty outside of one."""
        if not self.run_page:
            return ""
        run_id = self.run_page.rpartition("/")[2]
        return f"Made by the [Dagster run {run_id[:8]}]({self.run_page}), started by {self.who}."

    @property
    def who(self) -> str:
        """Who started this: a person, else what triggered the run; outside of Dagster, some program."""
        return self.tags.get("user") or self.tags.get("trainyard/trigger") or "a program"

    @property
    def partition(self) -> str | None:
        """The key of the period, or None."""
        return self.period.key if self.period else None

    def address(self, stage: str, partition: str | None = None) -> Address:
        """Return where a stage's versions of this pipeline lie, for this period or another."""
        return Address(self.pipeline, stage, partition or self.partition)

    def current(self, stage: str, partition: str | None = None) -> Version:
        """Return the version that stands for a stage, whatever its checks say.

        Raises:
            InputError: if the stage was never materialized for the period.
        """
        address = self.address(stage, partition)
        version = self.store.head(address)
        if version is None:
            where = f" of {address.partition}" if address.partition else ""
            raise InputError(
                f"{self.pipeline}/{stage}{where} is missing: it was never materialized; materialize it first"
            )
        return version


@dataclass(frozen=True)
class Made:
    """What a stage says of the files that it wrote.

    Attributes:
        counts: rows by where they went; they add up.
        shown: what people look at; no part of the content, so that times and addresses change no digest.
        judged: verdicts that making gave anyway; without them the version is read again to be judged.
        afterwards: called once the version is published; it may never be, where the process dies in between.
    """

    counts: Mapping[str, int]
    shown: Mapping[str, Json] = field(default_factory=dict)
    judged: Sequence[Verdict] = ()
    afterwards: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Check:
    """A check that a stage declares: its name, what is true when it passes, and whether a failed one blocks."""

    name: str
    description: str
    severity: Severity = "critical"


@dataclass(frozen=True)
class Comparison:
    """What a version is judged by besides itself: other periods' versions, the clock.

    Attributes:
        checks: the names of the checks that are judged so; all others depend on the version and the limits alone.
        basis: all that these depend on besides the version; with another basis they are judged again.
        judge: gives one verdict a check.
    """

    checks: tuple[str, ...]
    basis: Mapping[str, Json]
    judge: Callable[[], Sequence[Verdict]]


@dataclass(frozen=True)
class Terms:
    """What a stage takes from a declaration.

    Attributes:
        slice: the part that its output depends on.
        modules: the modules whose import closure is its code, those that the declaration names included.
        seed: of whatever is drawn at random; None where nothing is.
        checks: what it gives verdicts on.
        limits: what the verdicts depend on beyond the version itself.
    """

    slice: Mapping[str, Json]
    modules: tuple[str, ...]
    seed: int | None
    checks: tuple[Check, ...]
    limits: Mapping[str, Json]


def _by_itself(_work: Work, _version: Version) -> Comparison | None:
    return None


class Stage(ABC):
    """A stage of the lifecycle.

    Its law: what `make` writes depends on nothing but the slice, the inputs, the environment and the module's code.

    Attributes:
        name: the asset's and the version's name.
        group: the room of the lifecycle: data, model or release.
        kinds: tags that Dagster shows as icons.
        follows: the stages whose output it reads.
        regardless: the inputs that are read whatever their checks say.
        libraries: the packages whose version may change the result.
        comparison: gives what a version is held against besides itself, if anything; it must be cheap to ask.
    """

    name: ClassVar[str]
    group: ClassVar[str]
    kinds: ClassVar[frozenset[str]]
    follows: ClassVar[tuple[str, ...]] = ()
    regardless: ClassVar[frozenset[str]] = frozenset()
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "pyarrow")
    comparison: "ClassVar[staticmethod[[Work, Version], Comparison | None]]" = staticmethod(_by_itself)

    def terms(self, declaration: Declaration) -> Terms:
        """Return what the stage takes from a declaration."""
        return Terms(
            slice=self._slice(declaration),
            modules=self._modules(declaration),
            seed=self._seed(declaration),
            checks=self._checks(declaration),
            limits=self._limits(declaration),
        )

    def environment(self, work: Work) -> Mapping[str, str]:
        """Return what else the result depends on, such as the device."""
        return {}

    @abstractmethod
    def inputs(self, work: Work) -> Inputs:
        """Find the versions that the stage reads.

        Raises:
            InputError: naming what is missing.
            SkippedError: if there is nothing to do yet.
        """

    def outside(self, work: Work) -> Mapping[str, str] | None:
        """Return fingerprints of what is read from outside the store; None if only reading tells."""
        return {}

    @abstractmethod
    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Write the output's files."""

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Return one verdict a check, those of a `comparison` left out."""
        return ()

    def still_stands(self, work: Work, version: Version) -> str | None:
        """Return why a stored version can't be reused although nothing of its recipe changed, or None."""
        return None

    def overtaken(self, work: Work) -> "tuple[tuple[Stage, Work], ...]":
        """Return what must be carried out first: earlier stages, here or in earlier periods, that no longer stand.

        A period that was evaluated before an earlier one was released asks for it. So does a window whose older periods
        were made by code or a contract that has changed since, or never.
        """
        return ()

    @abstractmethod
    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the part of the declaration that the output depends on."""

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        derive = declaration.derive
        return (type(self).__module__, *([module_of(derive.use)] if derive else []))

    def _seed(self, declaration: Declaration) -> int | None:
        """Return the seed of whatever is drawn at random, None where nothing is."""
        return None

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the checks that `judge` gives a verdict on."""
        return ()

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the limits that the verdicts depend on beyond the version itself."""
        return {}


def never_judged(stage: Stage, declaration: Declaration) -> tuple[Verdict, ...]:
    """Return what holds of a version whose process ended before its checks ran: none of them passed."""
    checks = stage.terms(declaration).checks
    return tuple(Verdict(check.name, False, "it was never judged", check.severity) for check in checks)
