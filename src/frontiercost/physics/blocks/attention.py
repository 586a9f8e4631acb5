"""Softmax attention with keys and values of its own: multi-head, grouped-query, multi-query.

Source: Vaswani et al. 2017; Shazeer 2019; Ainslie et al. 2023; Gemma 3 report 2025 (windows).
"""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import (
    FLOP_PER_MULTIPLY_ADD,
    keys,
    keys_in_window,
    smaller,
)
from frontiercost.physics.blocks.head_attention import HeadAttention


@frozen(kw_only=True)
class Attention(HeadAttention):
    """Grouped-query attention, full or within a window."""

    kv_heads: int
    head_dim: int  # of queries and keys
    v_head_dim: int = 0  # 0: head_dim
    window: int = 0  # 0: every earlier token
    chunked: bool = False  # the window is the token's own chunk, not the last tokens
    key_is_value: bool = False  # one projection makes both; the cache holds both
    own_cache: bool = True  # else an earlier layer's keys and values are used again
    output_gate: str = ""  # "full": as wide as the output; "head": one number a head
    qkv_bias: bool = False
    output_bias: bool = False
    qk_norm: str = ""  # "head": one for all heads; "full": over all heads together
    sinks: bool = False  # one learned score a head
    # where blocks share their weights
    input_width: int = 0  # of queries, keys and values; 0: that of the model
    use_projection: bool = False  # each use has an h x h projection behind it
    adapter_rank: int = 0  # of what each use adds to queries, keys and values

    def __post_init__(self) -> None:
        if self.kv_heads > self.heads:
            raise ValueError(f"kv_heads {self.kv_heads} are more than heads {self.heads}")

    @property
    def value_width(self) -> int:
        """Width of a value."""
        return self.v_head_dim or self.head_dim

    @property
    def kv_width(self) -> int:
        """Keys and values of one token: g (d + v)."""
        return self.kv_heads * (self.head_dim + self.value_width)

    def matrices(self, hidden: int) -> int:
        """h a d + h g (d + v) + a v h, and a gate h a v or h a; g d alone where key is value,
        none where both are an earlier layer's.

        Source: Ainslie et al. 2023.
        """
        into = self.input_width or hidden
        projected = self.kv_heads * self.head_dim if self.key_is_value else self.kv_width
        projected = projected if self.own_cache else 0
        gate = self.gate_width(self.output_gate)
        indexer = self.indexer.matrices(hidden, hidden) if self.indexer else 0
        projections = into * (self.heads * self.head_dim + projected)
        return projections + hidden * (self.output_width + gate) + indexer

    def adapters(self, hidden: int) -> int:
        """h h, and r (3 w + a d + g (d + v)) for inputs of width w.  Source: Zamba2 report 2024."""
        into = self.input_width or hidden
        adapted = 3 * into + self.heads * self.head_dim + self.kv_width
        return self.use_projection * hidden * hidden + self.adapter_rank * adapted

    def vectors(self, hidden: int) -> int:
        """Norms, biases a d + g (d + v) and h, norms of queries and keys, sinks."""
        biases = self.qkv_bias * (self.heads * self.head_dim + self.kv_width)
        normed = {"": 0, "head": 2, "full": self.heads + self.kv_heads}[self.qk_norm]
        of_heads = normed * self.head_dim + self.sinks * self.heads
        return self.norms * hidden + biases + self.output_bias * hidden + of_heads

    def core_flop(self, seq_len: Number, *, causal: bool = True) -> Number:
        """2 a (d + v) s_eff, within the window where there is one; the indexer's besides.

        Ignores softmax and document masks.  Source: Narayanan et al. 2021, appendix.
        """
        per_key = FLOP_PER_MULTIPLY_ADD * self.heads * (self.head_dim + self.value_width)
        if self.indexer:
            chosen = self.indexer.keys(seq_len, causal=causal)
            return per_key * chosen + self.indexer.flop(seq_len, causal=causal)
        if not self.window:
            return per_key * keys(seq_len, causal=causal)
        if self.chunked:
            return per_key * keys(smaller(seq_len, self.window), causal=causal)
        return per_key * keys_in_window(seq_len, self.window, causal=causal)

    @property
    def cached(self) -> float:
        """g (d + v) of every token, and the indexer's key; nothing for good within a window."""
        indexed = self.indexer.dim if self.indexer else 0
        return 0 if self.window or not self.own_cache else self.kv_width + indexed

    @property
    def windowed(self) -> float:
        """g (d + v) of the tokens in the window."""
        return self.kv_width if self.window and self.own_cache else 0

    @property
    def kept_window(self) -> int:
        """The window itself."""
        return self.window

    def read(self, context: Number) -> Number:
        """All of it, or what the indexer chose; also where an earlier layer keeps it."""
        if self.indexer:
            return self.indexer.read(self.kv_width, context)
        return self.kv_width * (smaller(context, self.window) if self.window else context)

    @property
    def cache_ways(self) -> int:
        """Key-value heads."""
        return self.kv_heads

    @property
    def key_width(self) -> int:
        """Width of a key."""
        return self.head_dim

    @property
    def inner_width(self) -> float:
        """Queries, keys and values."""
        return self.heads * self.head_dim + self.kv_width

    @property
    def output_width(self) -> int:
        """Weighted values of all heads: a v."""
        return self.heads * self.value_width

    @property
    def exchanged_width(self) -> int:
        """Keys and values."""
        return self.kv_width


BLOCK = Attention
