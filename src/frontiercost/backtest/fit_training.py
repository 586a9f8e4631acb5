"""Realised rates fitted to published steps, over any part of the rows.

ln t = ln model(theta) + stack + row: theta starts from the priors of training_priors.toml, each
stack (on one chip generation, precision and kind) strays from the model as a whole, its rows around
that. Weighted least squares in ln t; stacks and rows that stray far pull no harder than those at
the limit (Huber), whether fast or slow. All but the everyday share of the best product stay inside
the 90 % interval that was believed of them: a rate that leaves it stands in for another cause, and
says nothing of stacks that were not seen.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from frontiercost.backtest.least_squares import (
    Fit,
    Parameter,
    Reads,
    fitted,
    linearised,
    parameter_of,
    posterior,
)
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Z95, Fact
from frontiercost.core.lognormal import sigma_of
from frontiercost.physics.arrays import Array, stacked
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.parallel_plan import Plan
from frontiercost.physics.realised_rates import ANY_GENERATION
from frontiercost.physics.training_machine import machine_of
from frontiercost.physics.training_step import step_time
from frontiercost.stages.published.step_cases import Case, published_step

FITTED = (
    "elementwise_passes",
    "scan_bytes",
    "quantise_passes",
    "fp4_quantise",
    "layer_overhead",
    "recompute_cost",
    "narrow_width",
    "routing_passes",
    "routing_overhead",
    "young_mixture",
    "hidden_tensor",
    "hidden_data",
    "hidden_expert",
    "hidden_pipeline",
)
EXPERT_RATE, EVERYDAY = "expert_rate", "realised"
LARGEST_RATE = 0.97  # of a peak: no product does better
OUTLYING = 2.0  # standard deviations from which a row, or a stack, pulls no harder


def generation(chip: Chip) -> str:
    """Return the chip generation as rates are keyed by it."""
    return chip.generation.lower()


class Fitter:
    """The rows as arrays, and the least-squares problem over any part of them."""

    def __init__(self, cases: Sequence[Case], priors: Mapping[str, Fact]) -> None:
        self.cases, self.priors = list(cases), priors
        self.parameters = _parameters(self.cases, priors)
        self.index = {p.name: i for i, p in enumerate(self.parameters)}
        self.bounded = [not p.name.startswith(EVERYDAY) for p in self.parameters]
        rates = prior_rates(priors)
        loads = [layer_work_of(case.arch, case.seq_len) for case in self.cases]
        machines = [machine_of(c.chip, c.precision, rates, c.date) for c in self.cases]
        kernels = [case.software(rates) for case in self.cases]
        steps = [published_step(*row)[0] for row in zip(self.cases, machines, kernels, strict=True)]
        self.loads, self.machines = stacked(loads), stacked(machines)
        self.plans: Plan = stacked([step.plan for step in steps])
        self.kernels = stacked(kernels)
        self.sequences = np.array([case.sequences for case in self.cases], float)
        self.chip_tokens = self.sequences * [c.seq_len / c.chips for c in self.cases]
        self.target = np.log([case.target for case in self.cases])
        self._rate_columns()

    def fit(self, kept: Callable[[Case], bool] = lambda case: True) -> Fit:
        """Fit the rows that are fit for it and kept."""
        groups = self._groups(kept)
        return fitted(self.parameters, lambda theta: self._whitened(groups, theta), self.bounded)

    def log_seconds(self, theta: Array) -> Array:
        """Return ln of the predicted chip-seconds per token of every row."""
        values = {p.name: p.value(theta[i]) for i, p in enumerate(self.parameters)}
        software = replace(self.kernels, **{name: values[name] for name in FITTED})
        machines = replace(
            self.machines,
            gemm_rate=self.best * np.exp(theta[self.own].sum(axis=1)),
            head_rate=self.best_bf16 * np.exp(theta[self.bf16].sum(axis=1)),
            attention_rate=1 / (1 + np.exp(-theta[self.attention])),
            expert_rate=np.exp(theta[self.experts].sum(axis=1)),
        )
        terms = step_time(self.loads, self.plans, machines, software, self.sequences)
        return np.asarray(np.log(terms.total / self.chip_tokens))

    def _rate_columns(self) -> None:
        """Which parameters make up each row's rates."""
        names = [rate_names(c.precision, generation(c.chip)) for c in self.cases]
        heads = [rate_names("bf16", generation(c.chip)) for c in self.cases]
        self.own = np.array([[self.index[n] for n in row] for row in names])
        self.bf16 = np.array([[self.index[n] for n in row] for row in heads])
        self.attention = np.array(
            [self.index[f"attention_rate_{generation(c.chip)}"] for c in self.cases]
        )
        self.experts = np.array(
            [[self.index[name] for name in expert_names(generation(c.chip))] for c in self.cases]
        )
        table = np.zeros((len(self.cases), len(self.parameters)), bool)
        table[:, [self.index[name] for name in FITTED]] = True
        for column in (*self.own.T, *self.bf16.T, self.attention, *self.experts.T):
            table[np.arange(len(column)), column] = True
        self.reads = Reads(table)
        best = [best_gemm(self.priors, c.precision, generation(c.chip)) for c in self.cases]
        best_bf16 = [best_gemm(self.priors, "bf16", generation(c.chip)) for c in self.cases]
        self.best, self.best_bf16 = np.array(best), np.array(best_bf16)

    def _groups(self, kept: Callable[[Case], bool]) -> list[NDArray[np.int64]]:
        """Row numbers of each stack on one generation, precision and kind, among those kept."""
        groups: dict[object, list[int]] = {}
        for i, case in enumerate(self.cases):
            if not case.unfit and kept(case):
                groups.setdefault((case.stack, *case.pool), []).append(i)
        return [np.array(rows) for rows in groups.values()]

    def _whitened(self, groups: list[NDArray[np.int64]], theta: Array) -> tuple[Array, Array]:
        """Rows with unit variance: what a stack has in common shrunk, outliers weighing less."""
        here, jacobian = linearised(self.log_seconds, theta, self.reads)
        residual = self.target - here
        stack, row = (sigma_of(self.priors[name]) for name in ("stack_spread", "row_spread"))
        both = np.column_stack([residual, jacobian])
        parts = []
        for rows in groups:
            shared = row**2 / (row**2 + len(rows) * stack**2)
            part = (both[rows] - (1 - math.sqrt(shared)) * both[rows].mean(axis=0)) / row
            strays = abs(residual[rows].mean()) / stack
            outlying = np.maximum(np.abs(part[:, 0]), strays) / OUTLYING
            parts.append(part / np.sqrt(np.maximum(outlying, 1))[:, None])
        white = np.concatenate(parts)
        return white[:, 0], white[:, 1:]


def rate_names(precision: str, chip_generation: str) -> tuple[str, str, str]:
    """Return the parameters whose product is the everyday share of the best matrix product."""
    return "realised", f"realised_{precision}", f"realised_{precision}_{chip_generation}"


def expert_names(chip_generation: str) -> tuple[str, str]:
    """Return the parameters whose product is the rate of expert products, relative to dense."""
    return EXPERT_RATE, f"{EXPERT_RATE}_{chip_generation}"


def best_gemm(priors: Mapping[str, Fact], precision: str, chip_generation: str) -> float:
    """Return the largest matrix product measured on a generation, as a share of the peak."""
    own = f"best_gemm_{precision}_{chip_generation}"
    return priors[own if own in priors else f"best_gemm_{precision}_{ANY_GENERATION}"].value


def fitted_rates(fit: Fit, priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return every rate as a fact: fitted where rows speak of it, else as in the priors.

    A rate of matrix products spans its own uncertainty and the spread between software stacks.
    """
    facts = _kept(priors)
    for parameter in fit.parameters:
        if parameter.name in FITTED or parameter.name.startswith("attention_rate_"):
            prior, ends = prior_of(priors, parameter.name), fit.interval(parameter.name)
            facts[parameter.name] = _posterior(prior, parameter.name, *ends)
    for era in (ANY_GENERATION, *_eras(fit)):
        facts[f"{EXPERT_RATE}_{era}"] = _expert_rate(fit, priors, era)
    for key in [key for key in priors if key.startswith("best_gemm")]:
        facts[_rate_key(key)] = _gemm_rate(fit, priors, *key.split("_")[2:])
    return facts


def prior_rates(priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the rates before any row is seen."""
    return fitted_rates(Fit((), np.empty(0), np.empty((0, 0))), priors)


def prior_of(priors: Mapping[str, Fact], name: str) -> Fact:
    """Return the prior of a parameter: its own, or that of its kind."""
    if name in priors:
        return priors[name]
    kinds = ("realised", "realised_of_precision", "realised_of_pool")
    if name.startswith("realised"):
        return priors[kinds[name.count("_")]]
    if name.startswith(EXPERT_RATE):
        return priors[f"{EXPERT_RATE}_of_generation"]
    return priors[f"attention_rate_{ANY_GENERATION}"]


def _parameters(cases: Sequence[Case], priors: Mapping[str, Fact]) -> tuple[Parameter, ...]:
    """One parameter for each name that a row's prediction depends on."""
    names: dict[str, None] = {}
    for case in cases:
        era = generation(case.chip)
        used = (*rate_names(case.precision, era), *rate_names("bf16", era), f"attention_rate_{era}")
        names.update(dict.fromkeys((*used, *expert_names(era))))
    return tuple(parameter_of(name, prior_of(priors, name)) for name in (*names, *FITTED))


def _eras(fit: Fit) -> list[str]:
    """The chip generations that rows speak of."""
    start = "attention_rate_"
    return [p.name.removeprefix(start) for p in fit.parameters if p.name.startswith(start)]


def _expert_rate(fit: Fit, priors: Mapping[str, Fact], era: str) -> Fact:
    """Rate of expert products on a generation, or on any: what all share x its own part."""
    log, variance = _product(fit, priors, expert_names(era))
    value, spread = math.exp(log), math.exp(Z95 * math.sqrt(variance))
    ends = (value / spread, value, value * spread)
    return _posterior(priors[EXPERT_RATE], f"{EXPERT_RATE}_{era}", *ends)


def _product(fit: Fit, priors: Mapping[str, Fact], names: Iterable[str]) -> tuple[float, float]:
    """ln of a product of parameters and its variance; those no row speaks of as believed."""
    seen = {p.name for p in fit.parameters}
    fitted_names = [name for name in names if name in seen]
    missing = [prior_of(priors, name) for name in names if name not in seen]
    log, sigma = fit.sum(*fitted_names)
    log += sum(math.log(prior.value) for prior in missing)
    return log, sigma**2 + sum(sigma_of(prior) ** 2 for prior in missing)


def _kept(priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """The priors that are rates themselves."""
    parts = ("best_gemm", "realised", EXPERT_RATE)
    return {name: fact for name, fact in priors.items() if not name.startswith(parts)}


def _rate_key(best_key: str) -> str:
    return best_key.replace("best_gemm", "gemm_rate")


def _gemm_rate(fit: Fit, priors: Mapping[str, Fact], precision: str, era: str) -> Fact:
    """Share of the peak that products reach: best x everyday, with the spread between stacks."""
    log, variance = _product(fit, priors, rate_names(precision, era))
    best = priors[f"best_gemm_{precision}_{era}"]
    variance += sum(sigma_of(prior) ** 2 for prior in (priors["stack_spread"], best))
    spread = math.exp(Z95 * math.sqrt(variance))
    value = min(best.value * math.exp(log), LARGEST_RATE)
    name = f"gemm_rate_{precision}_{era}"
    return _posterior(best, name, value / spread, value, min(value * spread, LARGEST_RATE))


def _posterior(prior: Fact, name: str, low: float, value: float, high: float) -> Fact:
    moved = posterior(prior, (low, value, high), "published-steps")
    return replace(moved, path=f"training_rates/{name}")
