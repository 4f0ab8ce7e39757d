"""Into which parts the rows of a proposal are divided."""

from collections.abc import Mapping
from dataclasses import dataclass

from assets.propose.contract_text import repeated
from assets.propose.proposal import Proposal
from data_checks.metric_names import Task
from data_checks.verdict import Json


@dataclass(frozen=True)
class Division:
    """The `split` section, and why it is as it is; empty where nothing is to be said."""

    section: Mapping[str, Json]
    why: str = ""


def division(proposal: Proposal, task: Task) -> Division:
    """Divide by time, else by the group, by strata of a rare class or by a hash, with the first that the table has.

    Args:
        proposal: what was found.
        task: the proposed one, or what a reader may take instead; numbers have no strata.
    """
    if proposal.periods:
        return Division({"by": "time", "validation": 1, "test": 1})
    if proposal.time:
        return _shares("time", proposal.time, "The newest rows test, those before them validate.")
    if proposal.group:
        why = f"Rows of one {proposal.group} stay in one part: what is learned of them would flatter the test."
        return _shares("group", proposal.group, why)
    if task != "regression" and (rare := proposal.rare) and not repeated(proposal.look):
        why = (
            f"{rare[0]!r} stands in {rare[1]:,} rows: by chance a part could have next to none of them, and so each "
            "gets its share. A row keeps its part while more rows follow; one that goes, or comes before it, gives "
            "others."
        )
        return _shares("stratum", proposal.choice.column, why)
    if proposal.key:
        why = f"By a hash of {proposal.key}: a row keeps its part, whatever becomes of the rest of it."
        return _shares("key", proposal.key, why)
    why = (
        "By a hash of all columns of a row: equal rows stay together, and more rows move none. Another value in a "
        "row, or another column of the table, gives other parts; the hash of one column that names the row would "
        "not: {by: key, column: …}."
    )
    return Division({"by": "key", "validation": 0.2, "test": 0.2}, why)


def _shares(by: str, column: str, why: str) -> Division:
    return Division({"by": by, "column": column, "validation": 0.2, "test": 0.2}, why)
