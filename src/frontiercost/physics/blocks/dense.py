"""Dense feed-forward blocks: two matrices, or three with a gate.

Source: Vaswani et al. 2017; Shazeer 2020 (GLU variants).
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import FeedForward


@frozen(kw_only=True)
class Dense(FeedForward):
    """Up, activation, down (GELU, squared ReLU), or with a gate beside (SwiGLU, GeGLU)."""

    width: int
    products: int = 3  # matrices of h x f: 3 with a gate, 2 without
    bias: bool = False
    adapter_rank: int = 0  # of what each use of shared weights adds on the way up

    def matrices(self, hidden: int) -> int:
        """k h f.  Source: Shazeer 2020."""
        return self.products * hidden * self.width

    def vectors(self, hidden: int) -> int:
        """Norms, and biases (k - 1) f + h."""
        return self.norms * hidden + self.bias * ((self.products - 1) * self.width + hidden)

    def adapters(self, hidden: int) -> int:
        """r (h + (k - 1) f).  Source: Zamba2 report 2024."""
        return self.adapter_rank * (hidden + (self.products - 1) * self.width)

    @property
    def active_width(self) -> float:
        """f."""
        return self.width

    @property
    def kept_width(self) -> float:
        """(k - 1) f."""
        return (self.products - 1) * self.width


BLOCK = Dense
