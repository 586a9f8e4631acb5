"""Serving rates fitted to measured and tabulated times, any model held out.

ln t = ln model(theta) + row, for the time to first token and the time per output token; theta
starts from the priors of serving_priors.toml. Rows of one cluster weigh like the root of their
number, and rows far off weigh less.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from frontiercost.backtest.least_squares import (
    Fit,
    Reads,
    fitted,
    parameter_of,
    posterior,
    robust_rows,
)
from frontiercost.backtest.serving_rows import Mask, ServingRow, ServingRows
from frontiercost.core.facts import Z95, Fact, Number
from frontiercost.physics.arrays import Array
from frontiercost.physics.realised_rates import number
from frontiercost.physics.serving_machine import (
    ANY_ENGINE,
    BY_CHIP,
    BY_ENGINE,
    ENGINES,
    HOST,
    rate_name,
)
from frontiercost.stages.published.serving_cases import ServingCase

SOURCE = "published-serving"
# spread of ln t beyond which a row weighs less, and what all static rows weigh against the others
TOKEN_SIGMA, FIRST_SIGMA, STATIC_FIRST_SIGMA = 0.15, 0.6, 0.15
STATIC_WEIGHT = 0.3
SHARED = (
    *("cache_share", "short_keys", "narrow_head", "narrow_width", "imbalance"),
    *("elementwise_passes", "layer_overhead", "link_share", "link_latency"),
    *("interference", "queue"),
)
USE = "engine_use_"
"""Of the facts that say how many services run on an engine."""
FEWEST_MODELS = 3
"""Of fewer models' rows no rate is moved out of its prior's interval: it would be theirs alone."""


class ServingFitter:
    """The least-squares problem over any part of the rows."""

    def __init__(self, cases: Sequence[ServingCase], priors: Mapping[str, Fact]) -> None:
        self.rows, self.priors = ServingRows([*map(ServingRow.of, cases)]), priors
        self.cases, self.static = self.rows.cases, self.rows.static
        self.target = np.log(
            [case.tpot for case in self.cases] + [case.ttft for case in self.cases]
        )
        self._find_parameters()

    def fit(self, rows: Mask) -> Fit:
        """Fit the rows of a mask; what few models speak of stays inside its prior's interval."""
        weight = self._weights(rows)
        few = [number < FEWEST_MODELS for number in self.models_of(rows).values()]
        return fitted(self.parameters, lambda theta: self._scaled(rows, weight, theta), few)

    def models_of(self, rows: Mask) -> dict[str, int]:
        """Return how many models' rows, of those of a mask, read each parameter."""
        models = np.array([case.model for case in self.cases])
        every = len(set(models[rows]))
        seen: dict[str, set[str]] = {p.name: set() for p in self.parameters}
        for index in self.read.values():
            for place in set(index[rows]):
                seen[self.parameters[place].name] |= set(models[rows & (index == place)])
        return {name: every if name in SHARED else len(seen[name]) for name in seen}

    # --- the problem -------------------------------------------------------------------------

    def _weights(self, rows: Mask) -> Array:
        """Weight of each row: a cluster's like the root of its size, static rows' less in all."""
        sizes = Counter(case.cluster for case, used in zip(self.cases, rows, strict=True) if used)
        each = np.array([(sizes[case.cluster] or 1) ** -0.5 for case in self.cases])
        for kind, total in ((self.static, STATIC_WEIGHT), (~self.static, 1.0)):
            if (kind & rows).any():
                each[kind] *= total / each[kind & rows].mean()
        return np.asarray(each * rows, np.float64)

    def _scaled(self, rows: Mask, weight: Array, theta: Array) -> tuple[Array, Array]:
        """Residuals in standard deviations and their derivatives, those far off weighing less."""
        sigma = np.concatenate(
            [
                np.full(len(rows), TOKEN_SIGMA),
                np.where(self.static, STATIC_FIRST_SIGMA, FIRST_SIGMA),
            ]
        )
        scale = np.sqrt(np.tile(weight, 2)) / sigma
        return robust_rows(self.log_times, self.target, scale, theta, self.reads)

    def log_times(self, theta: Array) -> Array:
        """Return ln of every row's predicted time per token, then of those to the first."""
        times = self.rows.times(self._rates(theta))
        return np.asarray(np.log(np.concatenate([times.per_token, times.first])), np.float64)

    # --- parameters --------------------------------------------------------------------------

    def _find_parameters(self) -> None:
        """Give a number to each rate that some row reads, and each row the numbers of its own."""
        kinds = (*BY_CHIP, *BY_ENGINE)
        read = {
            kind: [_rate_name(kind, case, self.priors) for case in self.cases] for kind in kinds
        }
        names = dict.fromkeys(name for column in read.values() for name in column)
        self.parameters = tuple(parameter_of(name, self.priors[name]) for name in (*names, *SHARED))
        place = {p.name: i for i, p in enumerate(self.parameters)}
        self.read = {kind: np.array([place[n] for n in column]) for kind, column in read.items()}
        self.shared = {name: place[name] for name in SHARED}
        table = np.zeros((len(self.cases), len(self.parameters)), bool)
        table[:, list(self.shared.values())] = True
        for index in self.read.values():
            table[np.arange(len(index)), index] = True
        self.reads = Reads(np.tile(table, (2, 1)))

    def _rates(self, theta: Array) -> dict[str, Number]:
        value = np.array([p.value(theta[i]) for i, p in enumerate(self.parameters)])
        own: dict[str, Number] = {kind: value[index] for kind, index in self.read.items()}
        return own | {name: value[index] for name, index in self.shared.items()}


def fitted_rates(fit: Fit, priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return every rate: as fitted, as common to the engines, else as believed before.

    Of an engine that is not named, what its host adds to a step is that of the engines and the
    prior, which speak with equal weight; its first token waits as those of the engines do, each
    weighing by its use.
    """
    names = [parameter.name for parameter in fit.parameters]
    rates = {name: prior for name, prior in priors.items() if not name.startswith(USE)}
    for name in set(names) & priors.keys():
        rates[name] = posterior(priors[name], fit.interval(name), SOURCE)
    for kind in BY_ENGINE:
        name = f"{kind}_{ANY_ENGINE}"
        engines = [engine for engine in ENGINES if f"{kind}_{engine}" in names]
        logs = [fit.sum(f"{kind}_{engine}")[0] for engine in engines]
        weights = [use_of(engine, priors) for engine in engines]
        if kind in HOST or not engines:
            logs, weights = [parameter_of(name, priors[name]).mean, *logs], [1.0] * (len(logs) + 1)
        rates[name] = _common(priors[name], np.array(logs), np.array(weights))
    return rates


def _common(prior: Fact, logs: Array, weights: Array) -> Fact:
    """Return the weighted mean of logarithms with their spread; the prior, where it is alone."""
    if len(logs) == 1:
        return prior
    mean = float(np.average(logs, weights=weights))
    spread = Z95 * math.sqrt(np.cov(logs, aweights=weights))
    low, value, high = (math.exp(mean + z * spread) for z in (-1, 0, 1))
    return posterior(prior, (low, value, high), SOURCE)


def use_of(engine: str, priors: Mapping[str, Fact]) -> float:
    """Return the share of services that run on an engine."""
    return number(priors[f"{USE}{engine}"])


def is_nuisance(name: str) -> bool:
    """Whether a rate only takes up what one engine's host does, so that others are not bent."""
    return name.startswith(HOST) and not name.endswith(f"_{ANY_ENGINE}")


def _rate_name(kind: str, case: ServingCase, priors: Mapping[str, Fact]) -> str:
    return rate_name(kind, case.formats, case.chip.generation, case.engine, priors)
