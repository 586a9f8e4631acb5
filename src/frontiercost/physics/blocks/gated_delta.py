"""Gated delta rule: linear attention whose state forgets and is corrected at every token.

Source: Yang et al. 2024 (Gated DeltaNet, arXiv 2412.06464), as configured in Qwen3-Next.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import Recurrence


@frozen(kw_only=True)
class GatedDelta(Recurrence):
    """Key heads of width k, value heads of width v, and a k x v state for each of the latter."""

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    convolution: int

    @property
    def _projected(self) -> int:
        return 2 * self.key_heads * self.key_dim + self.output_width

    def matrices(self, hidden: int) -> int:
        """h (2 K + 3 V + 2 heads) + conv (2 K + V), with K and V the summed widths.

        The third V is the output projection, the 2 heads are decay and strength of writing.
        Source: Yang et al. 2024.
        """
        ends = self._projected + 2 * self.output_width + 2 * self.value_heads
        return hidden * ends + self.convolved

    def vectors(self, hidden: int) -> int:
        """Norms, the decay and its bias of each head, the norm of an output head."""
        return self.norms * hidden + 2 * self.value_heads + self.value_dim

    @property
    def state_elements(self) -> int:
        """H k v."""
        return self.value_heads * self.key_dim * self.value_dim

    @property
    def convolved(self) -> int:
        """conv (2 K + V)."""
        return self.convolution * self._projected

    @property
    def passes(self) -> int:
        """A multiply-add each to read the old value, to write the new one, to read the output."""
        return 6

    @property
    def cache_ways(self) -> int:
        """Value heads."""
        return self.value_heads

    @property
    def inner_width(self) -> float:
        """Queries, keys, values, and the gate of the output."""
        return self._projected + self.output_width

    @property
    def output_width(self) -> int:
        """Values of all heads."""
        return self.value_heads * self.value_dim


BLOCK = GatedDelta
