"""Published formulas that the program has no use for: kept as documentation, with their vectors.

They check nothing but themselves, and the tables they were printed beside; what the program
computes is checked in the tests of its own code.
"""

import math

from frontiercost.physics.scaling_laws import loss, optimal_params, optimal_tokens


def unfused_activation_bytes(seq_len, sequences, hidden, heads, tensor):
    """Bytes one GPT layer keeps without recomputation: s b h (10 + 24/t + 5as/(ht)).

    MHA, GELU of width 4h, dropout, unfused attention, no sequence parallelism.
    Source: Korthikanti et al. 2022, equation 2.
    """
    scores = 5 * heads * seq_len / (hidden * tensor)
    return seq_len * sequences * hidden * (10 + 24 / tensor + scores)


def change_per_doubling(before, after, times_larger):
    """Relative change per doubling: (after/before)^(1/log2(times larger)) - 1.

    Source: definition.
    """
    return (after / before) ** (1 / math.log2(times_larger)) - 1


def optimal_loss(law, flop):
    """Lowest loss for a compute budget: L(N(C), D(C)).  Source: Hoffmann et al. 2022."""
    return loss(law, optimal_params(law, flop), optimal_tokens(law, flop))


def loss_increase(loss, reference):
    """Relative rise of the loss over a reference: L / L0 - 1.

    Ignores noise between seeds.  Source: Charles et al. 2025, table 12.
    """
    return loss / reference - 1


def compute_penalty(increase, loss, floor, gamma):
    """Compute that would undo a relative rise of the loss: (1 + rise L / (L - E))^(1/gamma).

    Ignores gains of a larger batch.  Source: the loss law, gamma its elasticity.
    """
    return (1 + increase * loss / (loss - floor)) ** (1 / gamma)


def money_variance_share(first, *others):
    """The first factor's share of the variance of a product: (e^(s1^2) - 1)/(e^(sum s^2) - 1).

    Each s is a sigma of ln; the largest weigh more than on the log scale, where the program
    splits variance.  Source: first-order Sobol index of a product of lognormals.
    """
    whole = first**2 + sum(other**2 for other in others)
    return math.expm1(first**2) / math.expm1(whole)
