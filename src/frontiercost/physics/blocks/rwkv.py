"""RWKV-4: a weighted sum over the past with a decay of each channel.

Source: Peng et al. 2023 (RWKV).
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import ChannelRecurrence

STATES = 5  # numerator, denominator, largest exponent, last input of either half of a layer


@frozen(kw_only=True)
class RWKV(ChannelRecurrence):
    """Time mixing of W channels; the receptance of the channel mixing counts here."""

    def matrices(self, hidden: int) -> int:
        """4 h W + h h: receptance, key, value, output; receptance of the feed-forward.

        Source: Peng et al. 2023, section 3.
        """
        return 4 * hidden * self.channels + hidden * hidden

    def vectors(self, hidden: int) -> int:
        """Norms, decay and bonus of each channel, mixes of last and present input."""
        return self.norms * hidden + 2 * self.channels + 5 * hidden

    @property
    def state_elements(self) -> int:
        """Five numbers a channel."""
        return STATES * self.channels

    @property
    def passes(self) -> int:
        """Exponents, products and sums of numerator and denominator, by number kept."""
        return 3

    @property
    def inner_width(self) -> float:
        """Receptance, key and value."""
        return 3 * self.channels


BLOCK = RWKV
