"""What fine-tuning trains, and in how many bytes it holds that: every weight, or adapters alone.

An adapter of rank r beside a matrix of m inputs and n outputs has r (m + n) parameters. Weights
that are not trained keep no gradient and no optimiser state, and may be held in 4 bits.
Source: Hu et al. 2021 (LoRA); Dettmers et al. 2023 (QLoRA); Dettmers et al. 2021 (8-bit states);
Ren et al. 2021 (ZeRO-Offload).
"""

from frontiercost.catalogue.fine_tuning import (
    ADAMW,
    ADAMW_8BIT,
    ALL_LINEAR,
    ATTENTION,
    FULL,
    LORA,
    OFFLOADED,
    QLORA,
)
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import BF16_BYTES, FLOP_PER_PARAMETER
from frontiercost.physics.blocks.block import FeedForward, Mixer
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import Architecture, matmul_params
from frontiercost.physics.token_flop import training_flop_per_token

NF4_BITS = 4.127  # 4, a scale in 8 bits for every 64 weights, and one in 32 for 256 of these
OPTIMISER_BYTES = {ADAMW: 12, ADAMW_8BIT: 2, OFFLOADED: 12}
"""Of a trained parameter: FP32 master weight and two moments; two moments of 8 bits, with weights
that are updated in BF16; the first again, in the host's memory."""
MIXER_MATRICES = 4  # queries, keys, values, output; of recurrences about as many
ADAPTER_PASSES = 3  # forward, gradients of what goes in, of the adapter itself


@frozen(kw_only=True)
class Method:
    """How a phase trains: full, lora or qlora; its optimiser; rank and targets of its adapters."""

    name: str = FULL
    optimizer: str = ADAMW
    rank: float = 16.0
    targets: str = ALL_LINEAR

    @property
    def frozen(self) -> bool:
        """Whether the weights stay as they are, and adapters are trained beside them."""
        return self.name != FULL

    @property
    def weight_bytes(self) -> float:
        """Bytes of a weight in a matrix of a block.  Source: Dettmers et al. 2023, section 3."""
        return NF4_BITS / 8 if self.name == QLORA else BF16_BYTES

    @property
    def offloaded(self) -> bool:
        """Whether gradients and optimiser states lie in the host's memory."""
        return self.optimizer == OFFLOADED

    @property
    def optimiser_bytes(self) -> int:
        """Bytes of optimiser state for a trained parameter, wherever they lie."""
        return OPTIMISER_BYTES[self.optimizer]


EVERY_WEIGHT = Method()
ONLY_READ = Method(name=LORA, rank=0.0)


def mixer_width(mixer: Mixer, hidden: int) -> float:
    """Inputs and outputs of a mixer's matrices: 4 h + P/h, with one side of each as wide as h.

    Source: Hu et al. 2021; exact for grouped-query attention.
    """
    return MIXER_MATRICES * hidden + mixer.matrices(hidden) / hidden


def feed_forward_width(block: FeedForward, hidden: int) -> float:
    """Inputs and outputs of a feed-forward's matrices outside routed experts: k (h + f).

    Source: Hu et al. 2021.
    """
    if isinstance(block, Mixture):
        return block.products * (hidden + block.shared_width) * (block.shared_width > 0)
    products = block.kept_width / block.active_width + 1
    return products * (hidden + block.active_width)


def expert_width(block: Mixture, hidden: int) -> float:
    """Inputs and outputs of one routed expert's matrices: m (l + f).  Source: Hu et al. 2021."""
    return block.products * (block.sent_width(hidden) + block.width)


def adapted_widths(arch: Architecture, method: Method) -> tuple[float, float, float]:
    """Inputs and outputs of all matrices with adapters: outside experts, in all, in working ones.

    Times the rank, they are parameters; the first and last are what a token passes through.
    Ignores that some stacks share an adapter between experts.  Source: Hu et al. 2021.
    """
    if not method.frozen:
        return 0.0, 0.0, 0.0
    hidden = arch.hidden
    mixers = sum(mixer.count * mixer_width(mixer, hidden) for mixer in arch.mixers)
    if method.targets == ATTENTION:
        return mixers, 0.0, 0.0
    dense = sum(block.count * feed_forward_width(block, hidden) for block in arch.feed_forwards)
    experts = [(b.count * expert_width(b, hidden), b) for b in arch.mixtures]
    every = sum(width * block.experts for width, block in experts)
    working = sum(width * block.working for width, block in experts)
    return mixers + dense, every, working


def adapter_params(arch: Architecture, method: Method) -> float:
    """Parameters of all adapters: r sum(m + n); 0 where every weight is trained.

    Source: Hu et al. 2021, section 4.
    """
    dense, experts, _ = adapted_widths(arch, method)
    return method.rank * (dense + experts)


def method_flop_per_token(
    arch: Architecture, seq_len: float, method: Method = EVERY_WEIGHT
) -> float:
    """Model FLOP of a trained token: F(s), less 2 N of the gradients of weights that are frozen.

    Gradients of what goes into frozen matrices and all of attention remain; adapters add
    6 r sum(m + n).  Source: Hu et al. 2021, section 4.2.
    """
    flop = float(training_flop_per_token(arch, seq_len))
    if not method.frozen:
        return flop
    dense, _, working = adapted_widths(arch, method)
    adapters = ADAPTER_PASSES * method.rank * (dense + working)
    return flop - FLOP_PER_PARAMETER * (matmul_params(arch) - adapters)
