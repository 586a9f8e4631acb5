"""Lightning attention: linear attention with a fixed decay and a gated output.

Source: Qin et al. 2024; MiniMax-01 report 2025 (arXiv 2501.08313).
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import HeadRecurrence


@frozen(kw_only=True)
class Lightning(HeadRecurrence):
    """Heads of width d with a d x d state each."""

    def matrices(self, hidden: int) -> int:
        """5 h n: queries, keys, values, gate, output; n = H d.  Source: MiniMax-01 report."""
        return 5 * hidden * self.output_width

    def vectors(self, hidden: int) -> int:
        """Norms of the block and of the output."""
        return self.norms * hidden + self.output_width

    @property
    def state_elements(self) -> int:
        """H d d."""
        return self.heads * self.head_dim**2

    @property
    def passes(self) -> int:
        """A multiply-add each to write and to read."""
        return 4

    @property
    def inner_width(self) -> float:
        """Queries, keys, values and the gate."""
        return 4 * self.output_width


BLOCK = Lightning
