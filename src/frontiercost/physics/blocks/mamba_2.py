"""Mamba-2: a state-space layer in heads, which one decay a head makes a matrix product.

Source: Dao & Gu 2024 (arXiv 2405.21060); Megatron-LM, mamba_layer_flops.
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.recurrence import HeadRecurrence


@frozen(kw_only=True)
class Mamba2(HeadRecurrence):
    """H heads of width P with a P x N state each; G groups share what goes into it and out."""

    state: int
    groups: int
    convolution: int
    gated_norm: bool = False  # of the output

    @property
    def _selected(self) -> int:
        return self.output_width + 2 * self.groups * self.state

    def matrices(self, hidden: int) -> int:
        """h (2 d + 2 G N + H) + conv (d + 2 G N) + d h, with d = H P.  Source: Dao & Gu 2024."""
        ends = self._selected + 2 * self.output_width + self.heads
        return hidden * ends + self.convolved

    def vectors(self, hidden: int) -> int:
        """Norms, bias of the convolution; decay, skip and bias of steps of a head; the output's."""
        normed = self.gated_norm * self.output_width
        return self.norms * hidden + self._selected + 3 * self.heads + normed

    @property
    def state_elements(self) -> int:
        """H P N."""
        return self.output_width * self.state

    @property
    def convolved(self) -> int:
        """conv (d + 2 G N)."""
        return self.convolution * self._selected

    @property
    def passes(self) -> int:
        """Decay, a multiply-add of the input, one of the output.

        Megatron-LM counts 7; both are under 1 % of a model's FLOP.
        """
        return 5

    @property
    def inner_width(self) -> float:
        """Input and gate, what goes into the states and out, steps."""
        return self._selected + self.output_width + self.heads


BLOCK = Mamba2
