"""What a reader must know of a registered model before relying on it, as one markdown page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assets.display import short
from assets.release.evaluation import Evaluation, Figure
from data_checks.metric_names import higher_is_better
from data_checks.verdict import Json, Verdict

_CANDIDATES = ("model", "champion", "gradient_boosting", "trivial")
_SLICES = 12
"""Slices of a column that are shown; the rest are in the evaluation."""
_FEWEST = 100
"""Rows a slice must have to be called the worst."""


@dataclass(frozen=True)
class ModelCard:
    """What a card tells; nothing here is computed again.

    Attributes:
        name: of the registered model.
        description: what it predicts, one sentence of the declaration.
        owners: who answers for it.
        target: column that is predicted.
        period: partition it was trained as of; none without partitions.
        window: first and last period it learned from; none without partitions.
        rows: counts in the order to show, such as train, validation, test and those left out.
        settings: of the network and its training, by section.
        features: columns by kind: number, category, time.
        never: columns that are not used, with the reason.
        evaluation: of the model beside its rivals.
        verdicts: of the gates and the other checks that the model had to pass.
        lineage: what it was made from, such as version keys and the hashes of declaration and code.
        uri: that MLflow loads, such as `models:/hotel_cancellations/3`.
    """

    name: str
    description: str
    target: str
    rows: Mapping[str, int]
    settings: Mapping[str, Json]
    features: Mapping[str, Sequence[str]]
    evaluation: Evaluation
    lineage: Mapping[str, str]
    uri: str
    owners: Sequence[str] = ()
    period: str | None = None
    window: tuple[str, str] | None = None
    never: Mapping[str, str] = field(default_factory=dict)
    verdicts: Sequence[Verdict] = ()


def model_card(card: ModelCard) -> str:
    """Return the card as markdown."""
    sections = (
        ("", _summary(card)),
        ("Data", _data(card)),
        ("Features", _features(card)),
        ("Metrics", _metrics(card.evaluation)),
        ("Checks", _checks(card.verdicts)),
        ("Slices", _slices(card.evaluation)),
        ("Limitations", _limitations(card)),
        ("Lineage", _table(("what", "which"), [(name, f"`{each}`") for name, each in card.lineage.items()])),
        ("How to load it", _loading(card)),
    )
    parts = [f"# {card.name}"]
    for heading, lines in sections:
        if text := "\n".join(lines).strip():
            parts.append(f"## {heading}\n\n{text}" if heading else text)
    return "\n\n".join(parts) + "\n"


def _summary(card: ModelCard) -> Iterator[str]:
    yield f"{card.description}\n"
    yield f"- Predicts: `{card.target}` ({card.evaluation.task})"
    if card.owners:
        yield f"- Owners: {', '.join(card.owners)}"
    yield from (f"- {name.capitalize()}: {_inline(each)}" for name, each in card.settings.items())


def _inline(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inline(each)}" for key, each in value.items() if each is not None)
    if isinstance(value, list):
        return f"[{', '.join(_inline(each) for each in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _data(card: ModelCard) -> Iterator[str]:
    if card.period is not None:
        first, last = card.window or (card.period, card.period)
        yield f"As of the end of {card.period}, from the periods {first} to {last}.\n"
    yield from _table(("rows", "count"), [(name.replace("_", " "), f"{count:,}") for name, count in card.rows.items()])


def _features(card: ModelCard) -> Iterator[str]:
    for kind, columns in card.features.items():
        if columns:
            yield f"- {kind}: {', '.join(f'`{name}`' for name in columns)}"
    yield from (f"- never used: `{name}`, {reason}" for name, reason in card.never.items())
    if most := card.evaluation.importance[:5]:
        yield f"\nIt leans most on {', '.join('`' + each['column'] + '`' for each in most)} (permutation importance)."


def _metrics(evaluation: Evaluation) -> Iterator[str]:
    names = [name for name in _CANDIDATES if name in evaluation.candidates]
    level = evaluation.intervals and f", with {evaluation.intervals['level']:.0%} bootstrap intervals"
    yield f"All on the same {evaluation.rows:,} test rows{level or ''}.\n"
    header = ["metric", *names, *(["model less champion"] if "champion" in names else [])]
    rows = []
    for metric in evaluation.candidates["model"]["metrics"]:
        cells = [_figure(evaluation.candidates[name]["metrics"][metric]) for name in names]
        if "champion" in names:
            cells.append(_figure(evaluation.differences["champion"][metric], signed=True))
        better = "higher" if higher_is_better(evaluation.metric(metric)) else "lower"
        rows.append((f"{metric} ({better} is better)", *cells))
    yield from _table([name.replace("_", " ") for name in header], rows)


def _figure(figure: Figure, *, signed: bool = False) -> str:
    if figure["value"] is None:
        return f"undefined: {figure.get('reason', '')}"
    value = short(figure["value"], signed=signed)
    if figure["low"] is None or figure["high"] is None:
        return value
    return f"{value} ({short(figure['low'], signed=signed)} to {short(figure['high'], signed=signed)})"


def _checks(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        outcome = "passed" if verdict.passed else "failed" if verdict.severity == "critical" else "warned"
        yield f"- `{verdict.check}` {outcome}: {verdict.summary}"


def _slices(evaluation: Evaluation) -> Iterator[str]:
    metric = next(iter(evaluation.candidates["model"]["metrics"]))
    for column, slices in evaluation.slices.items():
        names = [name for name in ("model", "champion") if name in evaluation.candidates]
        rows = [
            (value, f"{each['rows']:,}", *(_figure(each["candidates"][name][metric]) for name in names))
            for value, each in list(slices.items())[:_SLICES]
        ]
        yield from _table((column, "rows", *(f"{metric}, {name}" for name in names)), rows)
        if len(slices) > _SLICES:
            yield f"\nand {len(slices) - _SLICES} more."
        yield ""


def _limitations(card: ModelCard) -> Iterator[str]:
    if card.window is not None:
        yield f"- It knows nothing of what happened before {card.window[0]} or after {card.window[1]}."
    if card.evaluation.intervals:
        yield "- Intervals show the chance in which rows were drawn; not drift, and not another training run."
    if calibration := card.evaluation.calibration.get("model"):
        yield f"- Its probabilities are off by {calibration['ece']:.3f} on average (expected calibration error)."
    yield from _worst_slices(card.evaluation)
    yield from _gaps(card.evaluation)


def _worst_slices(evaluation: Evaluation) -> Iterator[str]:
    metric, overall = next(iter(evaluation.candidates["model"]["metrics"].items()))
    for column, slices in evaluation.slices.items():
        known = [
            (number, value)
            for value, each in slices.items()
            if each["rows"] >= _FEWEST and (number := each["candidates"]["model"][metric]["value"]) is not None
        ]
        if len(known) > 1:
            _, worst = min(known) if higher_is_better(evaluation.metric(metric)) else max(known)
            figure = _figure(slices[worst]["candidates"]["model"][metric])
            yield f"- It does worst where {column} is {_plain(worst)}: {metric} {figure}, overall {_figure(overall)}."


def _gaps(evaluation: Evaluation) -> Iterator[str]:
    for column, fairness in evaluation.fairness.items():
        for rate, gap in fairness["model"]["gaps"].items():
            if gap["value"]:
                where = f"{_plain(str(gap['largest']))} (most) and {_plain(str(gap['smallest']))} (least)"
                yield f"- Its rate '{rate.replace('_', ' ')}' differs by {gap['value']:.3f} over {column}: {where}."


def _loading(card: ModelCard) -> Iterator[str]:
    yield "```python"
    yield "import mlflow\n"
    yield f'model = mlflow.pyfunc.load_model("{card.uri}")'
    yield "predictions = model.predict(rows)  # a pandas DataFrame of raw rows, as in the model's signature"
    yield "```"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(_cell, header))} |"
    yield f"|{' --- |' * len(header)}"
    yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Return words of the data such that they can't become markup or lines of their own."""
    return text.replace("<", "&lt;").replace("\n", " ")
