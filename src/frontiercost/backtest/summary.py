"""Predictions against what happened: the error of each, and how good they are together."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean, median

from frontiercost.core.facts import Interval
from frontiercost.core.frozen import frozen
from frontiercost.stages.prediction_error import weighted_quantile


@frozen(kw_only=True)
class Prediction:
    """One row: what it took, what was predicted, and what the naive predictor said."""

    id: str
    group: str
    actual: float
    predicted: Interval
    naive: float
    assumed: tuple[str, ...] = ()
    holder: str = ""
    """Whose row it is (a stack, a developer, a model): they weigh the same where that is said."""

    @property
    def ratio(self) -> float:
        """Actual over the predicted median."""
        return self.actual / self.predicted.median

    @property
    def error(self) -> float:
        """|ln(actual / predicted)|."""
        return abs(math.log(self.ratio))

    @property
    def inside(self) -> bool:
        """Whether the actual value lies in the 90 % interval."""
        low, _, high = self.predicted
        return low is not None and high is not None and low <= self.actual <= high


@frozen(kw_only=True)
class Summary:
    """How good a set of predictions is; skill is 1 - error / naive error on the same rows."""

    n: int
    median_abs_ln_error: float
    p90_abs_ln_error: float
    bias: float
    coverage_90: float | None
    """None where most of the figures are estimates themselves."""
    interval_width: float
    naive_median_abs_ln_error: float
    skill: float
    holders_equal_median: float
    """Median of |ln error| with every stack, developer or model weighing the same."""
    holders_equal_coverage: float | None


@frozen(kw_only=True)
class Backtest:
    """All predictions of one stage and quantity, with what was skipped and why."""

    stage: str
    quantity: str
    unit: str
    predictions: tuple[Prediction, ...]
    skipped: dict[str, str]
    subset: str = ""
    """Which of the rows of a stage these are, where they are never pooled with others."""
    level: str = ""
    """What is known of each row before it is predicted, where there are several levels."""
    note: str = ""
    """What to know of the file that the rows are from."""
    is_own: bool = False
    """Whether the rows are of somebody's own file, and not published ones."""
    consistency: bool = False
    """Whether this only compares estimates, so that coverage means nothing."""

    @property
    def title(self) -> str:
        """What was predicted, of which stage."""
        parts = (f"{self.stage}: {self.quantity}", self.subset, self.level)
        return ", ".join(filter(None, parts))

    @property
    def summary(self) -> Summary:
        """Over all rows."""
        return self._judged(self.predictions)

    def _judged(self, predictions: Iterable[Prediction]) -> Summary:
        """Summarise, without a claim on coverage where that means nothing."""
        summary = summarise(predictions)
        return (
            replace(summary, coverage_90=None, holders_equal_coverage=None)
            if self.consistency
            else summary
        )

    @property
    def groups(self) -> dict[str, Summary]:
        """By group of rows, in order of size."""
        named: dict[str, list[Prediction]] = {}
        for prediction in self.predictions:
            named.setdefault(prediction.group, []).append(prediction)
        ordered = sorted(named.items(), key=lambda pair: -len(pair[1]))
        return {name: self._judged(rows) for name, rows in ordered}


def summarise(predictions: Iterable[Prediction]) -> Summary:
    """Summarise predictions by median and 90th percentile of |ln error|, bias and coverage."""
    rows = list(predictions)
    errors = sorted(row.error for row in rows)
    naive = median(abs(math.log(row.actual / row.naive)) for row in rows)
    widths = [high / low for low, _, high in (row.predicted for row in rows) if low and high]
    rows_of = Counter(row.holder for row in rows)
    weights = [1 / rows_of[row.holder] for row in rows]
    return Summary(
        n=len(rows),
        median_abs_ln_error=median(errors),
        p90_abs_ln_error=errors[math.ceil(0.9 * len(errors)) - 1],
        bias=median(row.ratio for row in rows),
        coverage_90=sum(row.inside for row in rows) / len(rows),
        interval_width=median(widths),
        naive_median_abs_ln_error=naive,
        skill=1 - median(errors) / naive if naive else 0.0,
        holders_equal_median=weighted_quantile([row.error for row in rows], weights, 0.5),
        holders_equal_coverage=fmean([row.inside for row in rows], weights),
    )
