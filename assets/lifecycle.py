"""The nine stages, in the order in which they run."""

from assets.data.stages import Clean, Features, Raw, Splits
from assets.model.stages import Model
from assets.release.stages import Drift, Evaluation, Predictions, Release
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
