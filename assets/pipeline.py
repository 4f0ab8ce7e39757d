"""One declaration becomes a chain of assets with their checks, two jobs, their schedules and a sensor."""

from collections.abc import Sequence
from typing import Self

import dagster as dg
from pydantic import BaseModel, ConfigDict

from assets.automation import automation, upstream_of
from assets.beside import beside
from assets.data.period import Partitions
from assets.data.stages.clean import Clean
from assets.data.stages.features import Features
from assets.data.stages.raw import Raw
from assets.data.stages.splits import Splits
from assets.declaration import Declaration
from assets.declare.survey import declaration_of
from assets.model.stages import Model
from assets.release.stages.drift import Drift
from assets.release.stages.evaluation import Evaluation
from assets.release.stages.predictions import Predictions
from assets.release.stages.release import Release
from assets.scaffold import PipelineScaffolder
from assets.stage import Wrapping, stage_assets
from assets.telling import Output
from assets.work import Stage

POOL = "trainyard_training"
# an alias is read, compared and written in separate calls
RELEASE_POOL = "trainyard_release"
OUTPUTS = {
    "raw": (Output("raw", "Rows of the source as they came, one immutable version.", "rows"),),
    "clean": (
        Output("clean", "Rows that keep the contract: typed, checked, with derived columns.", "rows"),
        Output("quarantine", "Rows that break the contract, each with every reason.", "quarantine"),
    ),
    "splits": (Output("splits", "Which rows of the window train, validate and test; no row is copied.", "assignment"),),
    "features": (Output("features", "Arrays of the parts, by a transform that was fitted on train rows only."),),
    "model": (Output("model", "The trained network, packed with everything that serves it."),),
    "evaluation": (
        Output("evaluation", "The model beside the champion and two baselines, on the test rows.", "predictions"),
    ),
    "release": (Output("release", "The registered version, its proofs, and who is champion."),),
    "predictions": (
        Output(
            "predictions",
            "Rows scored by the champion that stood before them; with periods that is a release of an earlier one, "
            "from which no line leads here.",
            "rows",
        ),
    ),
    "drift": (Output("drift", "How far rows and predictions are from what the champion was trained on."),),
}


class Attributes(BaseModel):
    """Takes whatever Dagster parsed; the file itself is read and judged by `assets.declaration`."""

    model_config = ConfigDict(extra="allow")


@dg.scaffold_with(PipelineScaffolder)
class TrainingPipeline(dg.Component):
    """A model's whole life, from its source to its monitoring.

    `dg scaffold defs` looks at a table and writes the declaration. Its options, which this help cannot list by itself:

    --source TEXT  path or pattern of CSV, Parquet or JSON lines files; sqlite:///file.db; or env:NAME, the
    environment variable that holds a database's address. Required.

    --target TEXT  the column to predict; without it one is proposed.

    --task TEXT  binary, multiclass or regression; without it the target's values tell.

    --table TEXT  of a database, which of its tables.

    --query TEXT  of a database, a SELECT instead of a table.

    --encoding TEXT  of CSV files; without it their bytes tell.
    """

    def __init__(self, name: str, declaration: Declaration) -> None:
        self.name = name
        self.declaration = declaration

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return the form that Dagster parses attributes into."""
        return Attributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:  # noqa: ARG003  # read anew
        """Read the declaration beside which Dagster found this component.

        Raises:
            DeclarationError: with every fault of the file.
        """
        return cls(context.path.name, declaration_of(context.path, context.project_root))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the pipeline's assets, checks, jobs, schedules and sensor, and what Python files beside it define."""
        return dg.Definitions.merge(definitions_of(self.name, self.declaration), beside(context))


def definitions_of(name: str, declaration: Declaration) -> dg.Definitions:
    """Return what Dagster loads of one pipeline.

    No asset follows another period's, so that a period that is stopped stops no other; what a stage reads of earlier
    ones, the window and the champion, it finds in the store.
    """
    partitions = partitions_of(declaration.partitions) if declaration.partitions else None
    chain = _Chain(name, declaration, partitions)
    assets = dg.Definitions(assets=[*_data(chain), *_release(chain)])
    return dg.Definitions.merge(assets, automation(name, declaration))


def _data(chain: "_Chain") -> list[dg.AssetsDefinition]:
    source = chain.declaration.source
    handed = dg.AssetKey.from_user_string(source.key) if source.kind == "asset" else None
    filled_by = [dg.AssetDep(dg.AssetKey.from_user_string(key)) for key in upstream_of(source)]
    return [
        chain.wrap(Raw(), deps=filled_by, handed=handed),
        chain.wrap(Clean(), deps=[chain.same("raw")]),
        chain.wrap(Splits(), deps=[chain.same("clean")]),
        chain.wrap(Features(), deps=[chain.same("splits")]),
    ]


def _release(chain: "_Chain") -> list[dg.AssetsDefinition]:
    release, clean = chain.key("release"), chain.same("clean")
    scored = [clean] if chain.partitions else [clean, chain.same("release")]
    return [
        chain.wrap(Model(), deps=[chain.same("features")], pool=POOL),
        chain.wrap(Evaluation(), deps=[chain.same("model")]),
        chain.wrap(Release(), deps=[chain.same("evaluation")], pool=RELEASE_POOL, champion_of=release),
        chain.wrap(Predictions(), deps=scored, champion_of=release),
        chain.wrap(Drift(), deps=[chain.same("predictions")]),
    ]


class _Chain:
    """The stages of one pipeline and how they follow each other."""

    def __init__(self, name: str, declaration: Declaration, partitions: dg.PartitionsDefinition | None) -> None:
        self.name = name
        self.declaration = declaration
        self.partitions = partitions

    def key(self, asset: str) -> dg.AssetKey:
        return dg.AssetKey([self.name, asset])

    def same(self, asset: str) -> dg.AssetDep:
        return dg.AssetDep(self.key(asset))

    def wrap(
        self,
        stage: Stage,
        *,
        deps: Sequence[dg.AssetDep],
        handed: dg.AssetKey | None = None,
        pool: str | None = None,
        champion_of: dg.AssetKey | None = None,
    ) -> dg.AssetsDefinition:
        wrapping = Wrapping(
            outputs=OUTPUTS[stage.name],
            deps=tuple(deps),
            handed=handed,
            pool=pool,
            partitions=self.partitions,
            renews=OUTPUTS,
            champion_of=champion_of,
        )
        return stage_assets(stage, self.name, self.declaration, wrapping)


def partitions_of(partitions: Partitions) -> dg.TimeWindowPartitionsDefinition:
    """Return Dagster's form of a pipeline's periods; the keys are the same."""
    crons = {"hour": "0 * * * *", "day": "0 0 * * *", "week": "0 0 * * 0", "month": "0 0 1 * *"}
    return dg.TimeWindowPartitionsDefinition(
        cron_schedule=crons[partitions.every],
        start=partitions.start,
        end=partitions.end_exclusive(),
        fmt=partitions.key_format,
        timezone=partitions.time_zone,
    )
