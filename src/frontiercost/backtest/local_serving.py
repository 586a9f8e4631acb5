"""Measured speeds of llama.cpp on devices at home and in offices, each device held out."""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from frontiercost.backtest.fit_serving import SOURCE
from frontiercost.backtest.least_squares import Fit, fitted, parameter_of, posterior, robust_rows
from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import Array
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.local_serving import (
    RATES,
    local_machine,
    prompt_seconds,
    step_seconds,
)
from frontiercost.physics.model_shape import Architecture, shape_of
from frontiercost.physics.number_formats import GGUF, formats_on
from frontiercost.physics.realised_rates import number as in_seconds
from frontiercost.stages.inference.serving_error import (
    local_error_name,
    published,
)
from frontiercost.stages.prediction_error import Residual, interval_of, residual_fact
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import known_by_first_words
from frontiercost.stages.published.cells import Cells, needed, number

QUANTITIES = {"decode_rate": "token/s", "prefill_rate": "token/s"}
NAMES = tuple(f"{name}_{GGUF}" for name in RATES)
SIGMA = 0.2
"""Of ln of a measured speed about what the device is capable of."""
DENSE_OF = {"mxfp4": "q8_0"}
"""What layers beside the experts are in, where files keep them wider."""
DEFAULTS = {"devices": 1.0, "prompt_tokens": 512.0, "output_tokens": 128.0, "context_depth": 0.0}
"""Of columns that a table leaves out: llama-bench's own."""


@frozen(kw_only=True)
class LocalCase:
    """One measured speed of one user on a device, or on several alike."""

    id: str
    device: Chip
    architecture: Architecture
    deployment: Deployment
    prompt: float
    depth: float
    output: float
    decode_rate: float | None
    prefill_rate: float | None

    def rate(self, quantity: str) -> float | None:
        """Return what was measured [token/s]."""
        return self.decode_rate if quantity == "decode_rate" else self.prefill_rate

    def predicted(self, quantity: str, rates: Mapping[str, float]) -> float:
        """Return what `inference` would predict with these rates [token/s]."""
        machine = local_machine(self.device, rates)
        arch, deployment = self.architecture, self.deployment
        if quantity == "decode_rate":
            context = self.depth + self.output / 2
            return float(1 / step_seconds(arch, 1.0, context, deployment, machine))
        read = self.depth + self.prompt
        return float(self.prompt / prompt_seconds(arch, read, self.depth, deployment, machine))


def local_rows() -> list[dict[str, str]]:
    """Read the shipped measurements."""
    return shipped().rows("serving_local.csv")


def local_cases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[LocalCase], dict[str, str]]:
    """Turn rows into cases; also return why each other row was left out, by its id."""
    return read_cases(rows, lambda row: local_case(row, catalogue))


def local_case(row: Cells, catalogue: Catalogue) -> LocalCase:
    """Turn one row into a case; raise ValueError that says why when it cannot be used."""
    if (number(row, "concurrency") or 1.0) != 1:
        raise ValueError("several users at once")
    device = catalogue.chip(_known("chip", row["device"], catalogue))
    model = catalogue.model(_known("model", row["model"], catalogue))
    architecture = shape_of(model)
    if architecture is None:
        raise ValueError(f"the shape of {model.name} is not known")
    name = row["quantization"].strip().lower().replace("bf16", "f16")
    formats = formats_on(device, DENSE_OF.get(name, name), name, "bf16")
    if formats.software != GGUF:
        raise ValueError(f"'{row['quantization']}' is no format of llama.cpp's files")
    lengths = {key: number(row, key) or otherwise for key, otherwise in DEFAULTS.items()}
    decode, prefill = number(row, "decode_tok_s"), number(row, "prefill_tok_s")
    if decode is None and prefill is None:
        needed(row, "decode_tok_s")
    return LocalCase(
        id=row["id"],
        device=device,
        architecture=architecture,
        deployment=Deployment(tensor=1.0, pipeline=lengths["devices"], **formats.sizes),
        prompt=lengths["prompt_tokens"],
        depth=lengths["context_depth"],
        output=lengths["output_tokens"],
        decode_rate=decode,
        prefill_rate=prefill,
    )


def _known(kind: str, text: str, catalogue: Catalogue) -> str:
    """Return the catalogue's name for a text by its first words."""
    if name := known_by_first_words(kind, text.replace("(", " ").split(), catalogue):
        return name
    raise ValueError(f"{kind} '{text}' not in the catalogue")


# --- the fit --------------------------------------------------------------------------------------


def fit_local(cases: Sequence[LocalCase], priors: Mapping[str, Fact]) -> Fit:
    """Fit the five rates to speeds in ln, devices weighing like the root of their rows."""
    parameters = tuple(parameter_of(name, priors[name]) for name in NAMES)
    asked = [(c, q) for c in cases for q in QUANTITIES if c.rate(q)]
    target = np.log([case.rate(quantity) or 1.0 for case, quantity in asked])
    devices = [case.device.name for case, _ in asked]
    scale = np.array([devices.count(name) ** -0.25 for name in devices]) / SIGMA

    def logs(theta: Array) -> Array:
        rates = {p.name: p.value(theta[i]) for i, p in enumerate(parameters)}
        return np.log([case.predicted(quantity, rates) for case, quantity in asked])

    return fitted(parameters, lambda theta: robust_rows(logs, target, scale, theta))


def local_rates(fit: Fit, priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the fitted rates as facts."""
    return {name: posterior(priors[name], fit.interval(name), SOURCE) for name in NAMES}


# --- how far off ----------------------------------------------------------------------------------


class HeldOutDevices:
    """Predicts rows from fits to others, each without one device."""

    def __init__(self, training: Sequence[LocalCase], priors: Mapping[str, Fact]) -> None:
        """Fit nothing yet."""
        self._training = training

        def rates_without(device: str) -> dict[str, float]:
            others = [case for case in training if case.device.name != device]
            facts = local_rates(fit_local(others, priors), priors)
            return {name: in_seconds(fact) for name, fact in facts.items()}

        self._rates = cache(rates_without)

    def predicted(self, case: LocalCase, quantity: str) -> float:
        """Return a speed predicted without the device [token/s]."""
        return case.predicted(quantity, self._rates(case.device.name))

    def residuals(self, quantity: str) -> list[Residual]:
        """Return ln(actual / predicted) of the training rows, held by their device."""
        return [
            Residual(c.device.name, GGUF, math.log(rate / self.predicted(c, quantity)))
            for c in self._training
            if (rate := c.rate(quantity))
        ]

    def factor(self, quantity: str, without: str = "") -> Fact:
        """Return the factor between a predicted speed and what happens, from other devices."""
        others = [r for r in self.residuals(quantity) if r.holder != without]
        return published(residual_fact(local_error_name(quantity), others, GGUF))


def backtest_local(rows: Sequence[Cells] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict speeds of decoding and of reading prompts, each device held out."""
    shipped_cases, left_out = local_cases(local_rows(), catalogue)
    fits = HeldOutDevices(shipped_cases, catalogue.constants("serving_priors"))
    read, skipped = (shipped_cases, left_out) if rows is None else local_cases(rows, catalogue)
    factor = cache(fits.factor)
    results = []
    for quantity, unit in QUANTITIES.items():
        asked = [case for case in read if case.rate(quantity)]

        def prediction(case: LocalCase, quantity: str = quantity) -> Prediction:
            predicted = fits.predicted(case, quantity)
            known = factor(quantity, case.device.name)
            return Prediction(
                id=case.id,
                group=case.device.label.partition(" (")[0],
                holder=case.device.name,
                actual=case.rate(quantity) or math.nan,
                predicted=interval_of(predicted, [known]),
                naive=_naive(case, quantity, shipped_cases),
            )

        made, failed = predictions_of(asked, prediction)
        results.append(
            Backtest(
                stage="local-serving",
                quantity=quantity,
                unit=unit,
                predictions=made,
                skipped=failed,
            )
        )
    results[0].skipped.update(skipped)
    return results


def _naive(case: LocalCase, quantity: str, training: Sequence[LocalCase]) -> float:
    """Return the speed at full bandwidth and peak times the median share of other devices."""
    others = [c for c in training if c.device.name != case.device.name and c.rate(quantity)]
    shares = [(c.rate(quantity) or 1.0) / c.predicted(quantity, IDEAL) for c in others]
    return case.predicted(quantity, IDEAL) * float(np.median(shares))


IDEAL = dict.fromkeys(NAMES, 1.0) | {f"layer_overhead_{GGUF}": 0.0, f"kernel_peak_{GGUF}": math.inf}
