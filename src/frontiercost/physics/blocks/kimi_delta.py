"""Kimi delta attention: a gated delta rule that forgets by channel, not by head.

Source: Kimi Linear report 2025 (arXiv 2510.26692); Megatron-Bridge flop_utils.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import HeadRecurrence


@frozen(kw_only=True)
class KimiDelta(HeadRecurrence):
    """Heads of width d with a d x d state each; decay and output gate through low ranks or not."""

    convolution: int
    full_decay: bool = False  # the decay is projected by a whole matrix, not through rank d
    full_gate: bool = False  # so is the gate of the output

    def _gate(self, hidden: int, full: bool) -> int:
        through = hidden * self.head_dim + self.head_dim * self.output_width
        return hidden * self.output_width if full else through

    def matrices(self, hidden: int) -> int:
        """4 h n + h H + 3 n conv + decay + gate, each h n or h d + d n; n = H d.

        Source: Kimi Linear report, section 4.
        """
        gates = self._gate(hidden, self.full_decay) + self._gate(hidden, self.full_gate)
        return hidden * (4 * self.output_width + self.heads) + self.convolved + gates

    def vectors(self, hidden: int) -> int:
        """Norms, the decay of a head and its bias of a channel, the norm of an output head."""
        return self.norms * hidden + self.heads + self.output_width + self.head_dim

    @property
    def state_elements(self) -> int:
        """H d d."""
        return self.heads * self.head_dim**2

    @property
    def convolved(self) -> int:
        """3 n conv."""
        return 3 * self.convolution * self.output_width

    @property
    def passes(self) -> int:
        """A multiply-add each to read the old value, to write the new one, to read the output."""
        return 6

    @property
    def inner_width(self) -> float:
        """Queries, keys, values, decay and the gate of the output."""
        return 5 * self.output_width


BLOCK = KimiDelta
