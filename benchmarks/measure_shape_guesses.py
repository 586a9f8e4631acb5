"""How wrong serving is where a shape is guessed from counts: shape hidden against shape known.

    python benchmarks/measure_shape_guesses.py

Reads the published configurations among the tests' vectors, guesses each shape again from its
counts, and prints quantiles over models of what is true over what is guessed. The facts
`derived_shape_error_short` and `_long` are those of chip-seconds.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.physics.model_shape import (
    Architecture,
    active_params,
    architecture_from,
    total_params,
)
from frontiercost.physics.number_formats import formats_on
from frontiercost.physics.serving_choice import cheapest, in_time
from frontiercost.physics.serving_deployment import served
from frontiercost.physics.serving_memory import Request
from frontiercost.physics.shape_guess import derive
from frontiercost.physics.token_flop import kv_bytes, training_flop_per_token
from frontiercost.scenario.model_config.model import model_of

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "model_configs.json"
REQUESTS = {
    "short": Request(prompt=1500.0, output=500.0),
    "long": Request(prompt=32000.0, output=500.0),
}
DENSE = 0.98  # active over total parameters from which a model is dense
CATALOGUE, CHIP = shipped(), shipped().chip("h200")
FORMATS = formats_on(CHIP, "fp8", "fp8", "fp8")
SLOWEST_TOKEN, ANY_WAIT = 1 / 20, float("inf")


def shapes() -> list[Architecture]:
    """Return the shapes of all configurations that can be read."""
    found = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        for config in json.loads(VECTORS.read_text(encoding="utf-8")).values():
            file.write_text(json.dumps(config), encoding="utf-8")
            try:
                found.append(architecture_from(model_of(file).entry["shape"]))
            except InputError:
                continue
    return found


def guessed(shape: Architecture) -> Architecture:
    """Return what the program guesses from the counts."""
    total, active = total_params(shape), active_params(shape)
    return derive(total, active if active < DENSE * total else total)


def chip_seconds(shape: Architecture, request: Request) -> float:
    """Return those of a request on the cheapest deployment of the default speed."""
    found = served(shape, request, CHIP, FORMATS, CATALOGUE.constants("serving_rates"))
    return float(cheapest(in_time(found, SLOWEST_TOKEN, ANY_WAIT)).chip_seconds)


def main() -> None:
    """Print the quantiles."""
    pairs = [(shape, guessed(shape)) for shape in shapes()]
    quantities = {
        "training FLOP at 8,192": lambda s: float(training_flop_per_token(s, 8192.0)),
        "cache at 32,768": lambda s: float(kv_bytes(s, 32768.0, 2)),
        **{f"chip-seconds, {k}": lambda s, r=r: chip_seconds(s, r) for k, r in REQUESTS.items()},
    }
    for name, of in quantities.items():
        logs = np.log([of(true) / of(guess) for true, guess in pairs])
        low, middle, high = np.exp(np.quantile(logs, [0.05, 0.5, 0.95]))
        off, far = np.exp(np.quantile(np.abs(logs), [0.5, 0.9]))
        print(f"{name:24} {len(logs)} models: {low:.2f} {middle:.2f} {high:.2f}", end="; ")
        print(f"off by a factor {off:.2f}, 90th percentile {far:.1f}")


if __name__ == "__main__":
    main()
