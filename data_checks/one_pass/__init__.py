"""Expectations judged while the rows stream by, once: what validation costs is what reading costs.

`Repeats` looks at the rows first where an expectation can't be told from one batch (uniqueness); `Examination` then
judges batch by batch. The figures are counted here, over Arrow batches; the verdicts are the library's own.
"""

from data_checks.one_pass.batch import Batch
from data_checks.one_pass.examination import Examination
from data_checks.one_pass.repeats import Repeats

__all__ = ["Batch", "Examination", "Repeats"]
