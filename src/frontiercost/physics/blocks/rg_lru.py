"""Real-gated linear recurrent unit: a gated state of one number for each channel.

Source: De et al. 2024 (Griffin); RecurrentGemma report 2024.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import ChannelRecurrence


@frozen(kw_only=True)
class RGLRU(ChannelRecurrence):
    """W channels in heads, whose gates look at their own head."""

    heads: int
    convolution: int

    def matrices(self, hidden: int) -> int:
        """3 h W + W conv + 2 W^2 / heads: two branches in, one out, two gates.

        Source: De et al. 2024, section 2.
        """
        gates = 2 * self.channels * self.channels // self.heads
        return 3 * hidden * self.channels + self.convolved + gates

    def vectors(self, hidden: int) -> int:
        """Norms; biases of branches, output, gates and convolution, and the decay."""
        return self.norms * hidden + hidden + 6 * self.channels

    @property
    def state_elements(self) -> int:
        """W."""
        return self.channels

    @property
    def convolved(self) -> int:
        """W conv."""
        return self.channels * self.convolution

    @property
    def passes(self) -> int:
        """Decay, gated input, sum; a few more are ignored."""
        return 5

    @property
    def inner_width(self) -> float:
        """Two branches and two gates."""
        return 4 * self.channels


BLOCK = RGLRU
