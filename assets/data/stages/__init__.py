"""The data stages over stored versions."""

from assets.data.stages.clean import Clean
from assets.data.stages.features import Features
from assets.data.stages.raw import Raw
from assets.data.stages.splits import Splits

__all__ = ["Clean", "Features", "Raw", "Splits"]
