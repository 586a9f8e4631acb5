"""Mixtures of experts: a router sends each token to k of E experts; some work for every token.

Source: Shazeer et al. 2017; DeepSeekMoE 2024 (fine-grained and shared experts); Nemotron 3 white
paper 2025 (experts in a latent width); LongCat-Flash report 2025 (experts that do nothing).
"""

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.block import FeedForward


@frozen(kw_only=True)
class Mixture(FeedForward):
    """k of E experts of width f, and dense blocks of a summed width beside them."""

    experts: int
    experts_per_token: int
    width: int
    shared_width: int = 0  # of all experts and blocks that work for every token, together
    products: int = 3  # matrices of an expert: 3 with a gate, 2 without
    latent: int = 0  # width the experts work in; 0: that of the model
    zero_experts: int = 0  # choices of the router that do nothing
    shared_gate: bool = False  # a number by which the shared experts' output is multiplied
    bias: bool = False  # of router and experts

    def __post_init__(self) -> None:
        if self.experts_per_token > self.experts:
            raise ValueError(
                f"experts_per_token {self.experts_per_token} are more than experts {self.experts}"
            )

    @property
    def working(self) -> float:
        """Experts that work for a token on average: k E/(E + Z).  Source: LongCat-Flash report."""
        if not self.zero_experts:
            return self.experts_per_token
        return self.experts_per_token * self.experts / (self.experts + self.zero_experts)

    def expert(self, hidden: int) -> int:
        """Parameters in the matrices of one expert: m l f.  Source: Shazeer 2020."""
        return self.products * self.sent_width(hidden) * self.width

    def sent_width(self, hidden: int) -> int:
        """Elements of a token that go to each of its experts: l, or h.  Source: definition."""
        return self.latent or hidden

    def always(self, hidden: int) -> int:
        """Those for every token: m h S + h (E + Z), the latent's 2 h l, the gate's h.

        Source: DeepSeekMoE 2024; Nemotron 3 white paper 2025.
        """
        router = self.experts + self.zero_experts + self.shared_gate
        shared = self.products * self.shared_width
        return hidden * (shared + router + 2 * self.latent)

    def matrices(self, hidden: int) -> int:
        """E m l f + those for every token."""
        return self.experts * self.expert(hidden) + self.always(hidden)

    def active_matrices(self, hidden: int) -> float:
        """k m l f + those for every token."""
        return self.working * self.expert(hidden) + self.always(hidden)

    def vectors(self, hidden: int) -> int:
        """Norms, and biases of router and experts: E (1 + (m - 1) f + h)."""
        return self.norms * hidden + self.bias * self.experts * (1 + self._biases(hidden))

    def _biases(self, hidden: int) -> int:
        return self.bias * ((self.products - 1) * self.width + hidden)

    def idle(self, hidden: int) -> float:
        """Parameters of the experts that do not work for a token: (E - k) (m l f + biases).

        Source: definition.
        """
        return (self.experts - self.working) * (self.expert(hidden) + self._biases(hidden))

    @property
    def active_width(self) -> float:
        """k f + S."""
        return self.working * self.width + self.shared_width

    @property
    def kept_width(self) -> float:
        """(m - 1) (k f + S)."""
        return (self.products - 1) * self.active_width


BLOCK = Mixture
