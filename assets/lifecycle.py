"""The nine stages, in the order in which they run."""

from collections.abc import Mapping

from assets.data.stages.clean import Clean
from assets.data.stages.features import Features
from assets.data.stages.raw import Raw
from assets.data.stages.splits import Splits
from assets.model.stages import Model
from assets.release.stages.drift import Drift
from assets.release.stages.evaluation import Evaluation
from assets.release.stages.predictions import Predictions
from assets.release.stages.release import Release
from assets.work import Stage

STAGES: tuple[Stage, ...] = (
    Raw(),
    Clean(),
    Splits(),
    Features(),
    Model(),
    Evaluation(),
    Release(),
    Predictions(),
    Drift(),
)

LIFECYCLE: Mapping[str, Stage] = {stage.name: stage for stage in STAGES}
