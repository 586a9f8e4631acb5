"""Attention over a compressed cache: one entry for m tokens, and the last tokens whole.

Source: DeepSeek-V4 report 2026; the model's public configuration and class (deepseek_v4).
"""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import FLOP_PER_MULTIPLY_ADD, keys_in_window, smaller
from frontiercost.physics.blocks.head_attention import HeadAttention, Indexer

OVERLAPPING = 2  # an indexed layer compresses overlapping stretches: two projections for one


@frozen(kw_only=True)
class CompressedAttention(HeadAttention):
    """Queries through a latent, one tensor of width d as key and value, output in G groups."""

    head_dim: int
    q_rank: int
    o_rank: int
    o_groups: int
    window: int
    compression: int = 0  # tokens to an entry; 0: the window alone

    def matrices(self, hidden: int) -> int:
        """h q + q a d + h d + a d o + G o h, 2 h d for each compressor, the indexer's own.

        Source: DeepSeek-V4 class.
        """
        width = self.heads * self.head_dim
        query = hidden * self.q_rank + self.q_rank * width
        output = width * self.o_rank + self.o_groups * self.o_rank * hidden
        return query + hidden * self.head_dim + output + self._compressor(hidden)

    def _compressor(self, hidden: int) -> int:
        """Entry and weight of each token, twice where stretches overlap; so for indexer keys."""
        if not self.compression:
            return 0
        if not self.indexer:
            return 2 * hidden * self.head_dim
        scored = self.indexer.heads * (self.q_rank * self.indexer.dim + hidden)
        return 2 * OVERLAPPING * hidden * (self.head_dim + self.indexer.dim) + scored

    def vectors(self, hidden: int) -> int:
        """Norms of the block, of the latent, of key and value; sinks; positions of compressors."""
        plain = self.norms * hidden + self.q_rank + self.head_dim + self.heads
        if not self.compression:
            return plain
        dims = [self.head_dim] + ([self.indexer.dim] if self.indexer else [])
        places = self.compression * (OVERLAPPING if self.indexer else 1)
        return plain + sum(dim * (places + 1) for dim in dims)

    def core_flop(self, seq_len: Number, *, causal: bool = True) -> Number:
        """4 a d over the window and over entries, those chosen where there is an indexer.

        Ignores softmax and the sums of the compressor.  Source: DeepSeek-V4 report.
        """
        per_key = 2 * FLOP_PER_MULTIPLY_ADD * self.heads * self.head_dim
        recent = per_key * keys_in_window(seq_len, self.window, causal=causal)
        if not self.compression:
            return recent
        indexer, entries = self.indexer or Indexer(), seq_len / self.compression
        chosen = indexer.keys(entries, causal=causal)
        return recent + per_key * chosen + indexer.flop(entries, causal=causal)

    @property
    def cached(self) -> float:
        """An entry, and its indexer key, for m tokens."""
        width = self.head_dim + (self.indexer.dim if self.indexer else 0)
        return width / self.compression if self.compression else 0

    @property
    def windowed(self) -> float:
        """The tensor of each token in the window."""
        return self.head_dim

    @property
    def kept_window(self) -> int:
        """The window itself."""
        return self.window

    def read(self, context: Number) -> Number:
        """The window, and all entries or those chosen."""
        recent = self.head_dim * smaller(context, self.window)
        if not self.compression:
            return recent
        return recent + (self.indexer or Indexer()).read(self.head_dim, context / self.compression)

    @property
    def chooses(self) -> bool:
        """Where entries are compressed."""
        return bool(self.compression)

    @property
    def key_width(self) -> int:
        """Width of a key."""
        return self.head_dim

    @property
    def inner_width(self) -> float:
        """Queries, and the tensor as key and as value."""
        return self.heads * self.head_dim + 2 * self.head_dim

    @property
    def output_width(self) -> int:
        """Weighted values of all heads."""
        return self.heads * self.head_dim

    @property
    def exchanged_width(self) -> int:
        """The tensor as key and as value."""
        return 2 * self.head_dim


BLOCK = CompressedAttention
