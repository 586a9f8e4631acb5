"""What mixers with a state of fixed size have in common: no keys, a state, a short convolution."""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import Mixer

STATE_BYTES = 4  # a recurrent state stays in 32 bits
CONVOLUTION_BYTES = 2  # the last inputs of a short convolution stay in 16


class Recurrence(Mixer):
    """Mixers that remember in a state: the cost of a token does not depend on the length."""

    @property
    def scanned_width(self) -> int:
        """All that it puts out."""
        return self.output_width

    @property
    def state_elements(self) -> int:
        """Numbers in the state of a sequence."""
        raise NotImplementedError

    @property
    def convolved(self) -> int:
        """Inputs that a short convolution keeps, of all its taps."""
        return 0

    @property
    def passes(self) -> int:
        """FLOP of a token for a number in the state."""
        raise NotImplementedError

    def core_flop(self, seq_len: Number, *, causal: bool = True) -> Number:
        """So many FLOP for each number in the state, whatever the length.

        Ignores the overhead of kernels that work in chunks.  Source: the kind's own.
        """
        return self.passes * self.state_elements + 0 * seq_len

    @property
    def state_bytes(self) -> int:
        """The state in 32 bits, and the inputs of the convolution in 16."""
        return STATE_BYTES * self.state_elements + CONVOLUTION_BYTES * self.convolved


@frozen(kw_only=True)
class ChannelRecurrence(Recurrence):
    """W channels that remember each for itself."""

    channels: int

    @property
    def cache_ways(self) -> int:
        """Channels."""
        return self.channels

    @property
    def output_width(self) -> int:
        """W."""
        return self.channels


@frozen(kw_only=True)
class HeadRecurrence(Recurrence):
    """H heads of width d that remember each for itself."""

    heads: int
    head_dim: int

    @property
    def cache_ways(self) -> int:
        """Heads."""
        return self.heads

    @property
    def output_width(self) -> int:
        """Values of all heads: H d."""
        return self.heads * self.head_dim
