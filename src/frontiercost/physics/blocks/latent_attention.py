"""Multi-head latent attention: keys and values of all heads come from one cached latent.

Source: DeepSeek-V2 report 2024, section 2.1; DeepSeek-V3.2 report 2025 (indexer).
"""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import FLOP_PER_MULTIPLY_ADD, keys
from frontiercost.physics.blocks.head_attention import HeadAttention


@frozen(kw_only=True)
class LatentAttention(HeadAttention):
    """Attention through latents of rank q (queries, 0: none) and c (keys and values)."""

    kv_rank: int
    nope_dim: int
    rope_dim: int
    v_head_dim: int
    q_rank: int = 0
    output_gate: str = ""  # "full": as wide as the output; "head": one number a head

    @property
    def head_dim(self) -> int:
        """Width of a query: n + r."""
        return self.nope_dim + self.rope_dim

    def matrices(self, hidden: int) -> int:
        """h q + q a (n + r) + h (c + r) + c a (n + v) + a v h, a gate h a v or h a, the indexer.

        Source: DeepSeek-V2 report, section 2.1.
        """
        query_in = self.q_rank or hidden
        query = hidden * self.q_rank + query_in * self.heads * self.head_dim
        down = hidden * self.exchanged_width
        up = self.kv_rank * self.heads * (self.nope_dim + self.v_head_dim)
        gate = self.gate_width(self.output_gate)
        indexer = self.indexer.matrices(hidden, query_in) if self.indexer else 0
        return query + down + up + hidden * (self.output_width + gate) + indexer

    def vectors(self, hidden: int) -> int:
        """Norms of the block and of the latents."""
        indexer = self.indexer.vectors if self.indexer else 0
        return self.norms * hidden + self.q_rank + self.kv_rank + indexer

    def core_flop(self, seq_len: Number, *, causal: bool = True) -> Number:
        """2 a (n + r + v) s_eff, of chosen tokens with an indexer, whose FLOP come besides.

        Source: Narayanan et al. 2021, appendix; DeepSeek-V3.2 report, section 2.
        """
        return self._core(self.head_dim + self.v_head_dim, seq_len, causal)

    def step_flop(self, context: Number) -> Number:
        """In the absorbed form, on the latent itself: 2 a (2 c + r) per cached token.

        Source: DeepSeek-V2 report, section 2.1.
        """
        return self._core(2 * self.kv_rank + self.rope_dim, context, causal=False)

    def _core(self, width: int, seq_len: Number, causal: bool) -> Number:
        per_key = FLOP_PER_MULTIPLY_ADD * self.heads * width
        if not self.indexer:
            return per_key * keys(seq_len, causal=causal)
        chosen = self.indexer.keys(seq_len, causal=causal)
        return per_key * chosen + self.indexer.flop(seq_len, causal=causal)

    @property
    def cached(self) -> float:
        """The latent, the rotary key and the indexer's key: c + r + d_i."""
        return self.exchanged_width + (self.indexer.dim if self.indexer else 0)

    def read(self, context: Number) -> Number:
        """All of it, or what the indexer chose."""
        if self.indexer:
            return self.indexer.read(self.exchanged_width, context)
        return self.cached * context

    @property
    def key_width(self) -> int:
        """Width of a query."""
        return self.head_dim

    @property
    def inner_width(self) -> float:
        """Queries, and keys and values unfolded for every head."""
        return self.heads * (2 * self.head_dim + self.v_head_dim)

    @property
    def output_width(self) -> int:
        """Weighted values of all heads: a v."""
        return self.heads * self.v_head_dim

    @property
    def exchanged_width(self) -> int:
        """The latent and the rotary key: c + r."""
        return self.kv_rank + self.rope_dim


BLOCK = LatentAttention
