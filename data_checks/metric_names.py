"""The metrics that a declaration may name: the table that gates and evaluation share, and those of its own."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, field_validator

from data_checks.named_function import Use

Task = Literal["binary", "multiclass", "regression"]


class Metric(NamedTuple):
    """For which tasks a metric is defined and in which direction it improves."""

    tasks: tuple[Task, ...]
    higher_is_better: bool


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")

METRICS: dict[str, Metric] = {
    "roc_auc": Metric(_CLASSES, higher_is_better=True),
    "average_precision": Metric(("binary",), higher_is_better=True),
    "brier": Metric(("binary",), higher_is_better=False),
    "log_loss": Metric(_CLASSES, higher_is_better=False),
    "accuracy": Metric(_CLASSES, higher_is_better=True),
    "balanced_accuracy": Metric(_CLASSES, higher_is_better=True),
    "f1": Metric(("binary",), higher_is_better=True),
    "precision": Metric(("binary",), higher_is_better=True),
    "recall": Metric(("binary",), higher_is_better=True),
    "macro_f1": Metric(_CLASSES, higher_is_better=True),
    "quadratic_kappa": Metric(("multiclass",), higher_is_better=True),
    "mae": Metric(("regression",), higher_is_better=False),
    "rmse": Metric(("regression",), higher_is_better=False),
    "r2": Metric(("regression",), higher_is_better=True),
    "mape": Metric(("regression",), higher_is_better=False),
    "median_absolute_error": Metric(("regression",), higher_is_better=False),
}
"""By name. `roc_auc` of several classes is the mean over classes of one against the rest; `quadratic_kappa` (Cohen's
kappa with quadratic weights) takes the classes in their order; `mape` is a share, not a percentage."""


class OwnMetric(BaseModel):
    """A metric that a function of the pipeline's own computes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """What gates and reports call it."""
    use: Use
    """`module:function`; it takes the truth (N,) as 0 and 1, class codes or target units, and the scores: (N,)
    probabilities of the positive class, (N, K) of the classes, or (N,) predictions; it returns a number, NaN where
    these rows do not define it."""
    better: Literal["higher", "lower"]
    """In which direction it improves."""

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in METRICS:
            raise ValueError(f"is taken: {name!r} is a metric of ours; choose another name")
        return name


def _tag(value: object) -> str:
    return "name" if isinstance(value, str) else "own"


_NAMES = {"enum": list(METRICS)}
MetricName = Annotated[str, WithJsonSchema({"type": "string", **_NAMES})]
"""A name of `METRICS`, which editors complete."""
GatedMetric = Annotated[str, WithJsonSchema({"anyOf": [_NAMES, {"type": "string"}]})]
"""A name of `METRICS`, or that of a metric of the pipeline's own."""
AnyMetric = Annotated[Annotated[MetricName, Tag("name")] | Annotated[OwnMetric, Tag("own")], Discriminator(_tag)]
"""A name of `METRICS`, or a metric of the pipeline's own."""


def name_of(metric: AnyMetric) -> str:
    """Return what a metric is called."""
    return metric if isinstance(metric, str) else metric.name


def higher_is_better(metric: AnyMetric) -> bool:
    """Return in which direction a metric improves.

    >>> higher_is_better("brier"), higher_is_better(OwnMetric(name="profit", use="shop.money:profit", better="higher"))
    (False, True)
    """
    return METRICS[metric].higher_is_better if isinstance(metric, str) else metric.better == "higher"
