"""Published one-line formulas that need no shape: 6ND, GPT sizes, attention's share, cross-over.

C = 6 N D and its kin.  Every quantity may be a float or a numpy array of floats.
Source: Kaplan et al. 2020; Narayanan et al. 2021; Chowdhery et al. 2022; Austin et al. 2025.
"""

from frontiercost.core.facts import Number

SECONDS_PER_DAY = 86400


def hfu_over_mfu(forward: Number = 1, backward: Number = 2, recomputed: Number = 1) -> Number:
    """Hardware over model FLOP utilisation: (forward + backward + recomputed)/(forward + backward).

    4/3 with full recomputation.  Source: Narayanan et al. 2021; Chowdhery et al. 2022 (PaLM).
    """
    return (forward + backward + recomputed) / (forward + backward)


def flop_per_token_measured(
    flop_per_s_per_chip: Number, chips: Number, tokens_per_day: Number
) -> Number:
    """FLOP per token behind a published throughput: (FLOP/s per chip) n 86400 / (tokens per day).

    Inherits the publisher's convention, causal or not.
    Source: DeepSeek-V3 hardware paper 2025, table 4.
    """
    return flop_per_s_per_chip * chips * SECONDS_PER_DAY / tokens_per_day


def six_nd(params: Number, tokens: Number) -> Number:
    """Training FLOP by the rule of thumb C = 6 N D (N active parameters for a mixture of experts).

    Ignores attention (13 % of Llama 3 8B at 8K, 40 % of 405B at 131K): for display only.
    Source: Kaplan et al. 2020, section 2.1.
    """
    return 6 * params * tokens


def gpt_params(layers: Number, hidden: Number, vocab: Number, seq_len: Number) -> Number:
    """Parameters of a GPT: N = 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)).

    Multi-head attention, FFN of width 4h with biases, tied embeddings, learned positions.
    Source: Narayanan et al. 2021, equation 2.
    """
    embedding_share = (vocab + seq_len) / (12 * layers * hidden)
    return 12 * layers * hidden**2 * (1 + 13 / (12 * hidden) + embedding_share)


def attention_share(
    params: Number,
    layers: Number,
    heads: Number,
    head_dim: Number,
    seq_len: Number,
) -> Number:
    """Share of causal training FLOP spent in the attention core: 6 L a d s / (6 N + 6 L a d s).

    Ignores windows and embeddings' look-ups.  Source: Chowdhery et al. 2022, appendix B, halved.
    """
    core = 6 * layers * heads * head_dim * seq_len
    return core / (6 * params + core)


def crossover_context(
    params: Number,
    layers: Number,
    heads: Number,
    qk_dim: Number,
    v_dim: Number,
) -> Number:
    """Context where a decoded token's attention FLOP equal its weight FLOP: 2 N/(2 L a (d + v)).

    N is active; with d = v this is 2 N / (4 L a d). Latent attention is not taken as absorbed.
    Ignores windows; memory traffic binds long before.  Source: Austin et al. 2025 (scaling book).
    """
    return 2 * params / (2 * layers * heads * (qk_dim + v_dim))
