"""The contract of a proposal as lines of a `defs.yaml`."""

from collections.abc import Iterator

import pyarrow as pa

from assets.propose.contract import FAIL_AT_MOST, Rule, fail_at_most, rules
from assets.propose.look import Look
from assets.propose.proposal import Proposal
from assets.propose.yaml_lines import WIDTH, comment, entry, flow, scalar


def contract(proposal: Proposal) -> Iterator[str]:
    """The lines of the `contract` section."""
    look = proposal.look
    yield "  contract:"
    yield from comment("A column may be empty (nullable) where a value was missing in what was seen.", 4)
    yield "    columns:"
    for name, kind in proposal.types.items():
        nullable = look.columns[name].nulls > 0
        yield from entry(name, {"type": kind, "nullable": True} if nullable else kind, 6)
    if proposal.pieces:
        yield from entry(proposal.pieces.date, "date", 6)
    yield from _repeats(look)
    yield "    duplicates: keep"
    target = proposal.choice
    found = rules(
        look,
        proposal.types,
        target=target.column,
        classes=target.labels.classes,
        periods=proposal.periods,
        apart=proposal.pieces.columns if proposal.pieces else (),
    )
    laws = " ".join(dict.fromkeys(rule.law for rule in found))
    yield from comment(f"{laws} Warnings are told, and stop nothing.", 4)
    yield "    expectations:"
    for rule in found:
        yield from _rule(rule)
    yield from _rows_that_fail(look)


def _rows_that_fail(look: Look) -> Iterator[str]:
    share = fail_at_most(look)
    infinite = [f"{name} ({seen.infinite:,})" for name, seen in look.columns.items() if seen.infinite]
    if infinite:
        yield from comment(f"Infinite values break the contract: {', '.join(infinite)}.", 4)
    room = "twice the share of the infinite values" if share > FAIL_AT_MOST else "2 % of the rows"
    yield from comment(
        f"Rows that do not keep to the types or to a rule that is no warning are put aside; more than {room}, and the "
        "check fails.",
        4,
    )
    yield from entry("rows_that_fail", {"action": "quarantine", "at_most": share}, 4)


def repeated(look: Look) -> int:
    """How many rows of the sample repeat another in every column; 0 where that cannot be compared."""
    if not _flat(look):
        return 0
    # a name that begins with a point would be taken for a path
    rows = look.sample.select(list(look.columns)).rename_columns([str(place) for place in range(len(look.columns))])
    distinct = rows.group_by(rows.column_names, use_threads=False).aggregate([]).num_rows
    return int(rows.num_rows - distinct)


def _repeats(look: Look) -> Iterator[str]:
    if many := repeated(look):
        among = "" if look.whole else f" of {look.sample.num_rows:,} that were compared"
        yield from comment(
            f"{many:,} rows{among} repeat another in every column. If they are the same thing twice: drop.", 4
        )


def _flat(look: Look) -> bool:
    return not any(pa.types.is_nested(seen.type) for seen in look.columns.values())


def _rule(rule: Rule) -> Iterator[str]:
    if rule.note:
        yield from comment(rule.note, 6)
    lines = entry(rule.name, dict(rule.arguments), 8)
    if len(lines) > 1 and len(f"          {flow(dict(rule.arguments))}") <= WIDTH:
        yield f"      - {scalar(rule.name)}:"
        yield f"          {flow(dict(rule.arguments))}"
    elif len(lines) > 1:
        yield f"      - {scalar(rule.name)}:"
        for key, value in rule.arguments.items():
            yield from entry(key, value, 10)
    else:
        yield f"      - {lines[0].strip()}"
