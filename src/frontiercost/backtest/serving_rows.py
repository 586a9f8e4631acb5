"""Published rows of served models as arrays: what their passes ask, and how long they take."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.arrays import Array, stacked
from frontiercost.physics.serving_machine import BY_CHIP, peaks_of
from frontiercost.stages.published.serving_cases import STATIC, ServingCase

Mask = NDArray[np.bool_]
Rates = Mapping[str, Number]
"""Rates by name: a number, or one for each row."""


@frozen(kw_only=True)
class ServingRow:
    """What one row asks of a machine: its two passes, and the peaks of its chip."""

    case: ServingCase
    prompt: forward_pass.Pass
    step: forward_pass.Pass
    peaks: Mapping[str, float]

    @classmethod
    def of(cls, case: ServingCase) -> "ServingRow":
        """Read a case; a static batch reads its prompts together, under load they come one by one.

        The step is one half-way through the output.
        """
        together = case.sequences if case.engine == STATIC else 1.0
        halfway = case.prompt + case.output / 2
        return cls(
            case=case,
            prompt=forward_pass.prefill(case.architecture, together, case.prompt),
            step=forward_pass.decode(case.architecture, case.sequences, halfway),
            peaks=peaks_of(case.chip, case.formats),
        )


@frozen
class Times:
    """Predicted seconds of every row: to the first token, and per output token."""

    first: Array
    per_token: Array


class ServingRows:
    """Rows as arrays. Of a static batch, whose host is the tool's, prompts and step alone count."""

    def __init__(self, rows: Sequence[ServingRow]) -> None:
        """Stack the rows, of which there is at least one."""
        self.cases = [row.case for row in rows]
        self.static: Mask = np.array([case.engine == STATIC for case in self.cases])
        self.sequences = np.array([case.sequences for case in self.cases])
        self.output = np.array([case.output for case in self.cases])
        self.deployment: forward_pass.Deployment = stacked([case.deployment for case in self.cases])
        self.prompts: forward_pass.Pass = stacked([row.prompt for row in rows])
        self.steps: forward_pass.Pass = stacked([row.step for row in rows])
        self.peaks = {name: np.array([row.peaks[name] for row in rows]) for name in rows[0].peaks}

    def times(self, rates: Rates) -> Times:
        """Return what is compared with the published times."""
        return self.compared(self.under_load(rates))

    def under_load(self, rates: Rates) -> serving_queue.LoadTimes:
        """Return the times of a closed loop, as `inference` has them."""
        network = self.peaks["network_bandwidth"] * rates.get("network_share", 1.0)
        own = {**self.peaks, "network_bandwidth": network}
        machine = forward_pass.ServingMachine(**own, **{name: rates[name] for name in BY_CHIP})
        passes = (self.prompts, self.steps, self.deployment, machine)
        return serving_queue.times_under_load(*passes, rates, self.sequences, self.output)

    def compared(self, under_load: serving_queue.LoadTimes) -> Times:
        """Return the times under load, and those of its prompts and step for a static batch."""
        return Times(
            first=np.where(self.static, under_load.alone, under_load.first),
            per_token=np.where(self.static, under_load.step, under_load.per_token),
        )

    def first_token(self, under_load: serving_queue.LoadTimes, rates: Rates) -> Array:
        """Return seconds to the first token at other rates of waiting, of the same passes."""
        alone, once = under_load.alone, under_load.step
        again = serving_queue.under_load(alone, once, rates, self.sequences, self.output)
        return np.asarray(again.first, np.float64)

    @property
    def ideal(self) -> Times:
        """Seconds of prompts and of a step at full peaks and bandwidths."""
        machine = forward_pass.ServingMachine(**self.peaks, **dict.fromkeys(BY_CHIP, 1.0))
        zero = dict.fromkeys((f.name for f in fields(forward_pass.ServingSoftware)), 0.0)
        software = forward_pass.ServingSoftware(**zero | {"cache_share": 1.0, "link_share": 1.0})
        first, per_token = (
            np.asarray(forward_pass.pass_time(each, self.deployment, machine, software).total)
            for each in (self.prompts, self.steps)
        )
        return Times(first, per_token)
