"""Gated short convolution: a few taps over the last tokens, between two gates.

Source: LFM2 report 2025 (Liquid AI).
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import ChannelRecurrence


@frozen(kw_only=True)
class ShortConvolution(ChannelRecurrence):
    """Two gates and the input, K taps, output, all as wide as the model."""

    taps: int

    def matrices(self, hidden: int) -> int:
        """4 h W + W K.  Source: LFM2 report."""
        return 4 * hidden * self.channels + self.convolved

    @property
    def state_elements(self) -> int:
        """None but the inputs of the convolution."""
        return 0

    @property
    def convolved(self) -> int:
        """W K."""
        return self.channels * self.taps

    @property
    def passes(self) -> int:
        """Nothing beside the taps."""
        return 0

    @property
    def inner_width(self) -> float:
        """Two gates and the input."""
        return 3 * self.channels


BLOCK = ShortConvolution
