"""Published rules of thumb that need no shape: 6 N D, and what recomputation adds to it.

Every quantity may be a float or a numpy array of floats.
Source: Kaplan et al. 2020; Narayanan et al. 2021; Chowdhery et al. 2022.
"""

from frontiercost.core.facts import Number


def hfu_over_mfu(forward: Number = 1, backward: Number = 2, recomputed: Number = 1) -> Number:
    """Hardware over model FLOP utilisation: (forward + backward + recomputed)/(forward + backward).

    4/3 with full recomputation.  Source: Narayanan et al. 2021; Chowdhery et al. 2022 (PaLM).
    """
    return (forward + backward + recomputed) / (forward + backward)


def six_nd(params: Number, tokens: Number) -> Number:
    """Training FLOP by the rule of thumb C = 6 N D (N active parameters for a mixture of experts).

    Ignores attention (13 % of Llama 3 8B at 8K, 40 % of 405B at 131K): for display only.
    Source: Kaplan et al. 2020, section 2.1.
    """
    return 6 * params * tokens
