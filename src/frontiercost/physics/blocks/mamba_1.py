"""Mamba: a selective state-space layer with a state of N numbers for each channel.

Source: Gu & Dao 2023 (arXiv 2312.00752); Jamba report 2024 (arXiv 2403.19887), for its norms.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import ChannelRecurrence


@frozen(kw_only=True)
class Mamba1(ChannelRecurrence):
    """d channels; their steps come through rank R."""

    state: int
    rank: int
    convolution: int
    inner_norms: bool = False  # of steps, inputs and outputs of the state

    def matrices(self, hidden: int) -> int:
        """2 h d + d conv + d (R + 2 N) + R d + d h.  Source: Gu & Dao 2023."""
        selected = self.rank + 2 * self.state
        return self.channels * (3 * hidden + selected + self.rank) + self.convolved

    def vectors(self, hidden: int) -> int:
        """Norms, decays d N, skip, bias of steps and of the convolution; norms R + 2 N."""
        inner = self.inner_norms * (self.rank + 2 * self.state)
        return self.norms * hidden + self.channels * (self.state + 3) + inner

    @property
    def state_elements(self) -> int:
        """d N."""
        return self.channels * self.state

    @property
    def convolved(self) -> int:
        """d conv."""
        return self.channels * self.convolution

    @property
    def passes(self) -> int:
        """Decay, input, update and output.  Source: Gu & Dao 2023, as counted by selective_scan."""
        return 9

    @property
    def inner_width(self) -> float:
        """Input and gate, what selects, steps."""
        return 3 * self.channels + self.rank + 2 * self.state


BLOCK = Mamba1
