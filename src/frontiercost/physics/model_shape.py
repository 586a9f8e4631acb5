"""The shape of a model: two short lists of blocks and its embeddings, and the parameters in them.

P = sum over mixers and feed-forwards of count x P_block + embeddings + the last norm.
Source: Vaswani et al. 2017; Kaplan et al. 2020, section 2.1. Each kind of block stands in `blocks`.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from frontiercost.catalogue.types import Model
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import Provenance
from frontiercost.physics.blocks.block import Block, FeedForward, Mixer
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.blocks.registry import FEED_FORWARDS, MIXERS, block_from, record_from

PROVENANCE = {*Provenance._fields, "at", "note", "assumed", "not_counted"}
"""Keys of a shape's entry that say where it is from and what it leaves out."""
LISTS = {
    "mixers": MIXERS,
    "feed_forwards": FEED_FORWARDS,
    "prediction_mixers": MIXERS,
    "prediction_feed_forwards": FEED_FORWARDS,
}
MOST_KINDS = 1000  # entries of a list
MOST_PARAMS = 1e15
CLOSE = 0.02  # how far two counts of the same parameters may be apart


@frozen(kw_only=True)
class Architecture:
    """What fixes a decoder-only model; 0 means "has none".

    Source: the models' published configuration files.
    """

    hidden: int
    vocab: int
    mixers: tuple[Mixer, ...]
    feed_forwards: tuple[FeedForward, ...] = ()
    # extra blocks that predict further tokens while training; not part of the parameter count
    prediction_mixers: tuple[Mixer, ...] = ()
    prediction_feed_forwards: tuple[FeedForward, ...] = ()
    tied_embeddings: bool = False
    embedding_width: int = 0  # of tables narrower than the model, with a projection at both ends
    learned_positions: int = 0
    lookup_rows: int = 0  # of a further table, of which a token reads a row
    lookup_width: int = 0
    residual_streams: int = 1  # with hyper-connections, which mix as many of them around a block

    def __post_init__(self) -> None:
        if not self.mixers:
            raise ValueError("a shape needs mixers")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Mixers and feed-forwards.  Source: definition."""
        return (*self.mixers, *self.feed_forwards)

    @cached_property
    def layers(self) -> int:
        """Half of all blocks, as a usual layer is a mixer and a feed-forward.

        Source: definition.
        """
        return max(1, (sum(block.count for block in self.blocks) + 1) // 2)

    @cached_property
    def prediction_blocks(self) -> int:
        """Further tokens predicted while training, each by a layer of its own."""
        return sum(mixer.count for mixer in self.prediction_mixers)

    @cached_property
    def mixtures(self) -> tuple[Mixture, ...]:
        """Feed-forwards that are mixtures of experts, most frequent first."""
        mixtures = [block for block in self.feed_forwards if isinstance(block, Mixture)]
        return tuple(sorted(mixtures, key=lambda block: -block.count))

    @property
    def lookup_params(self) -> int:
        """Parameters of the further table.  Source: definition."""
        return self.lookup_rows * self.lookup_width

    @property
    def experts(self) -> int:
        """Experts of the most frequent mixture; 0 for a dense model."""
        return self.mixtures[0].experts if self.mixtures else 0

    @property
    def is_sparse(self) -> bool:
        """Whether some of its attention is sparse: of a token's own choice."""
        return any(mixer.chooses for mixer in self.mixers)

    @cached_property
    def cache_ways(self) -> int:
        """Chips that a growing cache, else whatever is kept, can be split over without copies."""
        growing = [mixer.cache_ways for mixer in self.mixers if mixer.cached]
        return min(growing or [mixer.cache_ways for mixer in self.mixers])


def shape_of(model: Model) -> Architecture | None:
    """The architecture of a catalogued model, or None where its shape is not published.

    Raises ValueError for what no model has.  Source: the entry's own, which is not part of the
    architecture.
    """
    return architecture_from(model.shape) if model.shape else None


def architecture_from(entry: Mapping[str, object]) -> Architecture:
    """An architecture from a table of its lists and dimensions.

    Raises ValueError for what no model has.  Source: the table's own.
    """
    lists = {key: _blocks(key, entry[key]) for key in LISTS if key in entry}
    plain = {k: v for k, v in entry.items() if k not in PROVENANCE and k not in LISTS}
    shape: Architecture = record_from(Architecture, plain, lists)
    if total_params(shape) > MOST_PARAMS:
        raise ValueError(
            f"its {total_params(shape):.1e} parameters are more than {MOST_PARAMS:.0e}"
        )
    return shape


def _blocks(key: str, entries: object) -> tuple[Block, ...]:
    if not isinstance(entries, list) or len(entries) > MOST_KINDS:
        raise ValueError(f"{key} must be a list of at most {MOST_KINDS} kinds of blocks")
    made = []
    for number, entry in enumerate(entries, 1):
        try:
            made.append(block_from(entry, LISTS[key]))
        except ValueError as error:
            raise ValueError(f"{key}, entry {number}: {error}") from None
    return tuple(made)


def matmul_params(arch: Architecture) -> float:
    """Parameters each token is multiplied with, the output head included.

    Each costs 2 FLOP a token forward, at every use of weights that blocks share. Ignores norms,
    biases and look-ups (0 FLOP).  Source: Kaplan et al. 2020, section 2.1.
    """
    return block_params(arch, arch.blocks) + head_params(arch)


def block_params(arch: Architecture, blocks: Iterable[Block]) -> float:
    """Parameters of some of a model's blocks that each token is multiplied with.

    Source: definition.
    """
    hidden, mixing = arch.hidden, connection_params(arch)
    used = (
        block.count * (block.active_matrices(hidden) + block.adapters(hidden) + mixing)
        for block in blocks
    )
    return sum(used)


def connection_params(arch: Architecture) -> int:
    """Parameters of the hyper-connections around a block: k h (k + 2) k; 0 for one stream.

    Source: Zhu et al. 2024 (hyper-connections); DeepSeek-V4 class.
    """
    streams = arch.residual_streams
    return streams * arch.hidden * (streams + 2) * streams if streams > 1 else 0


def head_params(arch: Architecture) -> int:
    """Parameters of the output head: V h, or V e + e h through narrower embeddings.

    Source: definition.
    """
    if arch.embedding_width:
        return (arch.vocab + arch.hidden) * arch.embedding_width
    return arch.vocab * arch.hidden


def total_params(arch: Architecture) -> int:
    """All parameters of the main model: blocks, all experts, norms, biases, embeddings, look-ups.

    Ignores prediction blocks and encoders of images and sound.
    Source: Kaplan et al. 2020, section 2.1; DeepSeek-V3 section 4.2.
    """
    hidden = arch.hidden
    body = sum(
        block.stored * (block.matrices(hidden) + block.vectors(hidden))
        + block.count * (block.adapters(hidden) + connection_params(arch))
        for block in arch.blocks
    )
    narrow = arch.embedding_width * hidden if arch.tied_embeddings else 0
    embeddings = head_params(arch) * (1 if arch.tied_embeddings else 2) + narrow
    tables = embeddings + arch.learned_positions * hidden + arch.lookup_params
    return body + hidden + tables + _last_connection_params(arch)


def _last_connection_params(arch: Architecture) -> int:
    """What makes one of the streams at the end: k k h, and a bias and a scale of each block's."""
    streams = arch.residual_streams
    if streams == 1:
        return 0
    small = streams * (streams + 2) + 3
    blocks = sum(block.count for block in arch.blocks)
    return streams * streams * arch.hidden + streams + 1 + blocks * small


def active_params(
    arch: Architecture, *, input_embedding: bool = True, output_head: bool = True
) -> float:
    """Parameters that work for one token, under the publisher's convention for embeddings.

    N_active = N - idle experts - V h [no head] - V h and further tables [no look-ups].
    Publications count both, the head only, or neither: all three are available.
    Source: DeepSeek-V3, Qwen3 and MiniMax-M2 model cards (three conventions).
    """
    idle = sum(mixture.stored * mixture.idle(arch.hidden) for mixture in arch.mixtures)
    head = head_params(arch)
    look_up_is_own = not arch.tied_embeddings or not output_head
    embeddings = head * output_head + head * (input_embedding and look_up_is_own)
    counted = head * (1 if arch.tied_embeddings else 2)
    looked_up = 0 if input_embedding else arch.lookup_params
    return total_params(arch) - idle - looked_up - counted + embeddings
