"""What every softmax attention has in common: heads, and perhaps an indexer.

Source: Vaswani et al. 2017; DeepSeek-V3.2 report 2025, section 2 (the indexer).
"""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import (
    FLOP_PER_MULTIPLY_ADD,
    Mixer,
    keys,
    keys_in_window,
    smaller,
)


@frozen(kw_only=True)
class Indexer:
    """Small heads whose keys are cached; of 0 heads: the choice of another layer is used again."""

    heads: int = 0
    dim: int = 0
    topk: int = 0  # tokens that attention reads; 0: all

    def matrices(self, hidden: int, query_in: int) -> int:
        """Parameters: q I d + h d + h I, from a query latent of width q.

        Source: DeepSeek-V3.2 report, section 2.
        """
        return self.heads * (query_in * self.dim + hidden) + hidden * self.dim

    @property
    def vectors(self) -> int:
        """The norm of its keys, scale and shift.  Source: DeepSeek-V3.2 class."""
        return 2 * self.dim

    def flop(self, seq_len: Number, *, causal: bool) -> Number:
        """FLOP of scoring every earlier token: 2 I d s_eff.  Ignores the choice itself.

        Source: DeepSeek-V3.2 report, section 2.
        """
        return FLOP_PER_MULTIPLY_ADD * self.heads * self.dim * keys(seq_len, causal=causal)

    def keys(self, seq_len: Number, *, causal: bool) -> Number:
        """Tokens that attention reads on average.  Source: definition."""
        if not self.topk:
            return keys(seq_len, causal=causal)
        return keys_in_window(seq_len, self.topk, causal=causal)

    def read(self, elements: float, context: Number) -> Number:
        """Cache elements read in a step: those of the chosen tokens, and every indexer key.

        Source: definition.
        """
        chosen = smaller(context, self.topk) if self.topk else context
        return elements * chosen + self.dim * context


@frozen(kw_only=True)
class HeadAttention(Mixer):
    """Heads that compare a query with the keys of earlier tokens."""

    heads: int
    indexer: Indexer | None = None  # chooses which keys

    @property
    def chooses(self) -> bool:
        """Where there is an indexer."""
        return self.indexer is not None

    @property
    def scores(self) -> int:
        """One a head."""
        return self.heads

    def gate_width(self, gate: str) -> int:
        """Width of a gate of the output: "full", as wide as it; "head", one number a head."""
        return {"": 0, "head": self.heads, "full": self.output_width}[gate]
