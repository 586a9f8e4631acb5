"""Loss, data and compute: what more compute buys, and how many chips can share a run.

L = E + A N^-alpha + B D^-beta and what follows from it; loss is not capability.
Parameters, tokens and FLOP may be floats or numpy arrays of them.
Source: Besiroglu et al. 2024 (re-fit of Hoffmann et al. 2022); Muennighoff et al. 2023; Zhang et
al. 2024; Erdil and Schneider-Joseph 2024.
"""

import math
from collections.abc import Mapping

from frontiercost.core.facts import Number, positive_part
from frontiercost.core.frozen import frozen

FLOP_PER_PARAMETER_TOKEN = 6


@frozen
class LossLaw:
    """The constants of L = E + A N^-alpha + B D^-beta."""

    floor: Number
    size_coefficient: Number
    size_exponent: Number
    data_coefficient: Number
    data_exponent: Number


def from_facts(values: Mapping[str, Number]) -> LossLaw:
    """The loss law from the drawn values of physics.toml, by name, in base units."""
    return LossLaw(
        floor=values["loss_floor"],
        size_coefficient=values["loss_size_coefficient"],
        size_exponent=values["loss_size_exponent"],
        data_coefficient=values["loss_data_coefficient"],
        data_exponent=values["loss_data_exponent"],
    )


# --- the loss law --------------------------------------------------------------------------------


def loss(law: LossLaw, params: Number, tokens: Number) -> Number:
    """Pre-training loss in nats per token: L = E + A N^-alpha + B D^-beta.

    For dense models on web text seen once.  Ignores data quality and architecture.
    Source: Hoffmann et al. 2022; constants of Besiroglu et al. 2024.
    """
    size = law.size_coefficient * params**-law.size_exponent
    return law.floor + size + law.data_coefficient * tokens**-law.data_exponent


def power_law(coefficient: Number, exponent: Number, x: Number) -> Number:
    """A printed power law, a x^k.

    Two printed digits of k lose a third over four decades (Llama 3's D* = .29 C^.53 gives 10.5T
    tokens where the paper says 16.6T): never extrapolate them.  Source: Llama 3 report, eq. 1.
    """
    return coefficient * x**exponent


def optimal_params(law: LossLaw, flop: Number) -> Number:
    """Parameters of the lowest loss for C = 6 N D: N = G (C/6)^(beta/(alpha + beta)).

    G = (alpha A / (beta B))^(1/(alpha + beta)).  Ignores the cost of serving.
    Source: Hoffmann et al. 2022, equation 4.
    """
    total = law.size_exponent + law.data_exponent
    marginal = law.size_exponent * law.size_coefficient
    ratio = marginal / (law.data_exponent * law.data_coefficient)
    return ratio ** (1 / total) * (flop / FLOP_PER_PARAMETER_TOKEN) ** size_share(law)


def optimal_tokens(law: LossLaw, flop: Number) -> Number:
    """Tokens that go with the optimal size: D = C / (6 N).

    Source: Hoffmann et al. 2022, equation 4.
    """
    return flop / (FLOP_PER_PARAMETER_TOKEN * optimal_params(law, flop))


def size_share(law: LossLaw) -> Number:
    """Exponent of the optimal size in compute: beta / (alpha + beta), .51.

    Source: Hoffmann et al. 2022, equation 4.
    """
    return law.data_exponent / (law.size_exponent + law.data_exponent)


def effective_tokens(unique: Number, epochs: Number, decay: Number) -> Number:
    """Fresh tokens that repeated ones are worth: U [1 + R (1 - e^(-(epochs - 1)/R))].

    R = 15.4: four epochs are worth 3.73, without end 16.4; U epochs below one epoch.
    Ignores that too large a model repeats badly too.  Source: Muennighoff et al. 2023, eq. 5.
    """
    repeats = positive_part(epochs - 1)
    return unique * (epochs - repeats + decay * (1 - math.e ** (-repeats / decay)))


# --- how fast a run can be -----------------------------------------------------------------------


def critical_batch(
    million_tokens: Number,
    coefficient: Number,
    exponent: Number,
    seq_len: Number,
) -> Number:
    """Tokens per step beyond which data parallelism wastes data: B_c = c D^k s, D in millions.

    Grows with data, not with size; uncertain to x2.5.  Source: Zhang et al. 2024 (s = 512).
    """
    return power_law(coefficient, exponent, million_tokens) * seq_len


def most_chips(
    batch: Number,
    seq_len: Number,
    model_parallel: Number,
    microbatches: Number,
) -> Number:
    """Chips that one batch can feed: n = (B / s) (tp pp) / m, each rank doing m microbatches.

    m = (p - 1)/(v x) keeps the pipeline bubble at a share x.  Ignores context parallelism.
    Source: Narayanan et al. 2021, section 2.2.
    """
    return batch / seq_len * model_parallel / microbatches


def step_latency(
    layers: Number,
    pipeline: Number,
    collective: Number,
    launch: Number,
    hop: Number,
) -> Number:
    """Least seconds of a step, however many chips: 3 L (2 t_coll + 8 t_launch) + 2 p v t_hop.

    `pipeline` is p v, stages times interleaving.  Ignores all arithmetic.
    Source: Erdil and Schneider-Joseph 2024 (data movement limits), simplified.
    """
    return 3 * layers * (2 * collective + 8 * launch) + 2 * pipeline * hop


def shortest_time(tokens: Number, batch: Number, latency: Number) -> Number:
    """Seconds below which no number of chips brings a run: T = (D / B) t_latency.

    Binds only past about 1e30 FLOP.  Source: Erdil and Schneider-Joseph 2024.
    """
    return tokens / batch * latency
