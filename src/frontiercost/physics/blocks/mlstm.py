"""mLSTM: a matrix memory with exponential gates.

Source: Beck et al. 2024 (xLSTM); xLSTM 7B report 2025.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import Recurrence


@frozen(kw_only=True)
class MLSTM(Recurrence):
    """Heads with keys of width k, values of width v and a k x v memory each."""

    heads: int
    key_dim: int
    value_dim: int

    def matrices(self, hidden: int) -> int:
        """h (2 K + 3 V + 2 H): queries, keys; values, gate, output; two gates a head.

        Source: xLSTM 7B report.
        """
        keys = self.heads * self.key_dim
        return hidden * (2 * keys + 3 * self.output_width + 2 * self.heads)

    def vectors(self, hidden: int) -> int:
        """Norms of the block and of the output, biases of the gates."""
        return self.norms * hidden + self.output_width + 2 * self.heads

    @property
    def state_elements(self) -> int:
        """The memory and its normaliser: H (k v + k)."""
        return self.heads * self.key_dim * (self.value_dim + 1)

    @property
    def passes(self) -> int:
        """A multiply-add each to write and to read."""
        return 4

    @property
    def cache_ways(self) -> int:
        """Heads."""
        return self.heads

    @property
    def inner_width(self) -> float:
        """Queries, keys, values and the gate."""
        return 2 * self.heads * self.key_dim + 2 * self.output_width

    @property
    def output_width(self) -> int:
        """Values of all heads: V."""
        return self.heads * self.value_dim


BLOCK = MLSTM
