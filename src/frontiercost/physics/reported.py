"""How publications state the speed of a training run, and what follows from their numbers.

Utilisation, tokens per second, days: the arithmetic between a paper's columns. Every quantity may
be a float or a numpy array of floats.
Source: Narayanan et al. 2021; Korthikanti et al. 2022; Chowdhery et al. 2022.
"""

from frontiercost.core.facts import Number
from frontiercost.physics.array_math import log
from frontiercost.physics.literature import SECONDS_PER_DAY

FLOP_PER_PARAMETER_REDONE = 8  # 2 forward, 4 backward, 2 for the forward pass done again
SECONDS_PER_HOUR = 3600


def share_of_peak(rate: Number, peak: Number) -> Number:
    """Utilisation: rate/peak, as MFU or HFU by what the rate counts.

    Source: Chowdhery et al. 2022, section 4.1.
    """
    return rate / peak


def redone_training_days(params: Number, tokens: Number, chips: Number, rate: Number) -> Number:
    """Days of a run with full recomputation: 8 T P/(n X), X the executed FLOP/s of a chip.

    Ignores attention and the head.  Source: Narayanan et al. 2021, equation 4.
    """
    seconds = FLOP_PER_PARAMETER_REDONE * tokens * params / (chips * rate)
    return seconds / SECONDS_PER_DAY


def gpt_step_flop(
    layers: Number,
    hidden: Number,
    vocab: Number,
    seq_len: Number,
    sequences: Number,
) -> Number:
    """Model FLOP of a GPT's step, attention in full: 72 B s l h^2 (1 + s/6h + V/12lh).

    Source: Korthikanti et al. 2022, appendix A.
    """
    extra = seq_len / (6 * hidden) + vocab / (12 * layers * hidden)
    return 72 * sequences * seq_len * layers * hidden**2 * (1 + extra)


def palm_flop_per_token(
    params: Number,
    layers: Number,
    heads: Number,
    head_dim: Number,
    seq_len: Number,
) -> Number:
    """Model FLOP per token, attention in full: 6 N + 12 L H Q T.

    Source: Chowdhery et al. 2022, appendix B.
    """
    return 6 * params + 12 * layers * heads * head_dim * seq_len


def tokens_per_second(sequences: Number, seq_len: Number, seconds: Number) -> Number:
    """Tokens per second of all chips together: B s/t.  Source: definition."""
    return sequences * seq_len / seconds


def days_for(tokens: Number, rate: Number) -> Number:
    """Days for so many tokens at so many tokens per second.  Source: definition."""
    return tokens / rate / SECONDS_PER_DAY


def run_utilisation(flop: Number, chip_hours: Number, peak: Number) -> Number:
    """MFU x goodput over a whole run: C/(chip-seconds x peak).  Source: definition."""
    return flop / (chip_hours * SECONDS_PER_HOUR * peak)


def change_per_doubling(before: Number, after: Number, times_larger: Number) -> Number:
    """Relative change per doubling: (after/before)^(1/log2(times larger)) - 1.

    Source: definition.
    """
    return (after / before) ** (log(2) / log(times_larger)) - 1
