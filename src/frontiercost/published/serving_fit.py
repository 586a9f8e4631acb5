"""Serving rates fitted to measured and tabulated times, any model held out.

ln t = ln model(theta) + row, for the time to first token and the time per output token; theta
starts from the priors of serving_priors.toml. Rows of one cluster weigh like the root of their
number, and rows far off weigh less.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from frontiercost.facts import Fact
from frontiercost.physics import serving
from frontiercost.physics.closed_form import FloatOrArray
from frontiercost.physics.load import stacked
from frontiercost.physics.machine import ANY_GENERATION
from frontiercost.published.least_squares import Array, Fit, fitted, linearised, parameter_of
from frontiercost.published.serving import STATIC, ServingCase

# spread of ln t beyond which a row weighs less, and what all static rows weigh against the others
TOKEN_SIGMA, FIRST_SIGMA, STATIC_FIRST_SIGMA = 0.15, 0.6, 0.15
STATIC_WEIGHT = 0.3
BY_CHIP = ("gemm_rate", "expert_rate", "weight_share", "attention_rate")
BY_ENGINE = (
    *("step_overhead", "sequence_overhead", "expert_overhead"),
    *("first_token_overhead", "burst", "prompt_factor"),
)
SHARED = (
    *("cache_share", "short_keys", "narrow_head", "narrow_width", "imbalance"),
    *("elementwise_passes", "layer_overhead", "link_share", "link_latency"),
    *("interference", "queue"),
)
SLOWEST_LINK = 2e10  # B/s: PCIe, for chips without a link of their own
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Times:
    """Predicted seconds of every row: to the first token, and per output token."""

    first: Array
    per_token: Array


class ServingFitter:
    """The rows as arrays, and the least-squares problem over any part of them."""

    def __init__(self, cases: Sequence[ServingCase], priors: Mapping[str, Fact]) -> None:
        self.cases, self.priors = list(cases), priors
        self.static = np.array([case.engine == STATIC for case in self.cases])
        self.sequences = np.array([case.sequences for case in self.cases])
        self.output = np.array([case.output for case in self.cases])
        self.target = np.log(
            [case.tpot for case in self.cases] + [case.ttft for case in self.cases]
        )
        self.deployment: serving.Deployment = stacked([case.deployment for case in self.cases])
        self.prompts: serving.Pass = stacked([_prompt_pass(case) for case in self.cases])
        self.steps: serving.Pass = stacked([_step_pass(case) for case in self.cases])
        self.chips = {
            "peak": self._each(lambda case: case.chip.peak(case.family).value),
            "expert_peak": self._each(lambda case: case.chip.peak(case.expert_family).value),
            "peak_bf16": self._each(lambda case: case.chip.peak("bf16").value),
            "memory_bandwidth": self._each(lambda case: case.chip.fact("memory_bandwidth").value),
            "link_bandwidth": self._each(_link_bandwidth),
        }
        self._find_parameters()

    def fit(self, rows: Mask) -> Fit:
        """Fit the rows of a mask."""
        weight = self._weights(rows)
        return fitted(self.parameters, lambda theta: self._scaled(rows, weight, theta))

    def times(self, theta: Array) -> Times:
        """Return the predicted times of every row."""
        r = self._rates(theta)
        machine = serving.ServingMachine(**self.chips, **{name: r[name] for name in BY_CHIP})
        kept = {f.name: r[f.name] for f in fields(serving.ServingSoftware)}
        software = serving.ServingSoftware(**kept)
        bare = replace(software, step_overhead=0.0, sequence_overhead=0.0)
        alone = serving.pass_time(self.prompts, self.deployment, machine, bare).total
        step = serving.pass_time(self.steps, self.deployment, machine, software).total
        crowd = (self.sequences, self.output)
        per_token = serving.token_time(step, alone, *crowd, r["interference"])
        load = serving.prompt_load(alone, *crowd, per_token, r["interference"])
        waits = (r["first_token_overhead"], r["burst"], r["queue"])
        prompt = r["prompt_factor"] * alone
        first = serving.first_token_time(step, prompt, self.sequences, load, *waits)
        return Times(
            first=_chosen(self.static, alone, first),
            per_token=_chosen(self.static, step, per_token),
        )

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
        here, jacobian = linearised(self._logs, theta)
        sigma = np.concatenate(
            [
                np.full(len(rows), TOKEN_SIGMA),
                np.where(self.static, STATIC_FIRST_SIGMA, FIRST_SIGMA),
            ]
        )
        scale = np.sqrt(np.tile(weight, 2)) / sigma
        residual = scale * (self.target - here)
        robust = (1 + residual**2) ** -0.25
        return robust * residual, (robust * scale)[:, None] * jacobian

    def _logs(self, theta: Array) -> Array:
        times = self.times(theta)
        return np.asarray(np.log(np.concatenate([times.per_token, times.first])), np.float64)

    # --- parameters --------------------------------------------------------------------------

    def _find_parameters(self) -> None:
        """Give a number to each rate that some row reads, and each row the numbers of its own."""
        kinds = (*BY_CHIP, *BY_ENGINE)
        read = {kind: [rate_name(kind, c, self.priors) for c in self.cases] for kind in kinds}
        names = dict.fromkeys(name for column in read.values() for name in column)
        self.parameters = tuple(parameter_of(name, self.priors[name]) for name in (*names, *SHARED))
        number = {p.name: i for i, p in enumerate(self.parameters)}
        self.read = {kind: np.array([number[n] for n in column]) for kind, column in read.items()}
        self.shared = {name: number[name] for name in SHARED}

    def _rates(self, theta: Array) -> dict[str, FloatOrArray]:
        value = np.array([p.value(theta[i]) for i, p in enumerate(self.parameters)])
        own: dict[str, FloatOrArray] = {kind: value[index] for kind, index in self.read.items()}
        return own | {name: value[index] for name, index in self.shared.items()}

    def _each(self, read: Callable[[ServingCase], float]) -> Array:
        return np.array([read(case) for case in self.cases])


def _chosen(mask: Mask, here: FloatOrArray, there: FloatOrArray) -> Array:
    return np.asarray(np.where(mask, np.asarray(here), np.asarray(there)), np.float64)


def rate_name(kind: str, case: ServingCase, known: Mapping[str, Fact]) -> str:
    """Return the fact that holds a rate of a case: its own generation's or engine's, else any."""
    era = case.chip.generation.lower()
    if kind == "gemm_rate":
        stem, own = f"{kind}_{case.family}", era
    elif kind in ("expert_rate", "weight_share"):
        return f"{kind}_{case.expert_family if kind == 'expert_rate' else case.family}"
    else:
        stem, own = kind, era if kind == "attention_rate" else case.engine
    return f"{stem}_{own}" if f"{stem}_{own}" in known else f"{stem}_{ANY_GENERATION}"


def _prompt_pass(case: ServingCase) -> serving.Pass:
    """A static batch reads its prompts together; under load they come one by one."""
    together = case.sequences if case.engine == STATIC else 1.0
    return serving.prefill(case.architecture, together, case.prompt)


def _step_pass(case: ServingCase) -> serving.Pass:
    """A step half-way through the output."""
    return serving.decode(case.architecture, case.sequences, case.prompt + case.output / 2)


def _link_bandwidth(case: ServingCase) -> float:
    facts = case.chip.facts
    known = [
        facts[key].value for key in ("scaleup_bandwidth", "scaleout_bandwidth") if key in facts
    ]
    return known[0] if known else SLOWEST_LINK
