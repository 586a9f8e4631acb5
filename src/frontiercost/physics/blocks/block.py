"""What every block of a model says of itself: parameters, FLOP of a token, what it keeps.

Sequence lengths and contexts may be floats or numpy arrays of them.
"""

from frontiercost.core.facts import Number, magnitude
from frontiercost.core.frozen import frozen

FLOP_PER_MULTIPLY_ADD = 2


@frozen(kw_only=True)
class Block:
    """Equal blocks of a model; 0 means "has none" or "as many as usual".

    Parameters are those of one block; `hidden` is the width of the model.
    """

    count: int
    copies: int = 0  # different weights among them; 0: each block has its own
    norms: int = 1  # vectors as wide as the model in a block's norms

    def matrices(self, hidden: int) -> int:
        """Parameters in matrices."""
        raise NotImplementedError

    def active_matrices(self, hidden: int) -> float:
        """Parameters in matrices that a token is multiplied with."""
        return self.matrices(hidden)

    def vectors(self, hidden: int) -> int:
        """Parameters that are multiplied element by element, or added: norms and biases."""
        return self.norms * hidden

    def adapters(self, hidden: int) -> int:
        """Parameters that each use of shared weights has for itself."""
        return 0

    @property
    def stored(self) -> int:
        """How many of the blocks have weights of their own."""
        return self.copies or self.count


class Mixer(Block):
    """Blocks in which a token takes up what stands before it.

    What is kept of a sequence: `cached` elements of each token for good, `windowed` elements of
    each token in the window, and a state of fixed size.
    """

    def core_flop(self, seq_len: Number, *, causal: bool = True) -> Number:
        """FLOP of a token outside the matrices, forward; not causal: at the end of so many."""
        raise NotImplementedError

    def step_flop(self, context: Number) -> Number:
        """FLOP outside the matrices as a server decodes a token after this context."""
        return self.core_flop(context, causal=False)

    @property
    def cached(self) -> float:
        """Elements a token leaves in the cache for good."""
        return 0

    @property
    def windowed(self) -> float:
        """Elements of each token in the window."""
        return 0

    @property
    def kept_window(self) -> int:
        """Tokens that stay in the window."""
        return 0

    @property
    def state_bytes(self) -> int:
        """Bytes of the state of a sequence, whatever its length."""
        return 0

    def read(self, context: Number) -> Number:
        """Elements of the cache that decoding one token reads."""
        return self.cached * context + self.windowed * smaller(context, self.kept_window)

    @property
    def cache_ways(self) -> int:
        """Chips that the cache can be split over without copies."""
        return 1

    def splits_over(self, ways: int) -> bool:
        """Whether tensor ways each hold as many heads, of keys and values perhaps copies."""
        cached = self.cache_ways
        return self.scores % ways == 0 and (cached % ways == 0 or ways % cached == 0)

    @property
    def chooses(self) -> bool:
        """Whether a token attends only to what the block chose for it (sparse attention)."""
        return False

    @property
    def key_width(self) -> int:
        """Width of a query in the products of attention; 0 where there are none."""
        return 0

    @property
    def scanned_width(self) -> int:
        """Channels whose state is carried along the sequence, forward and back."""
        return 0

    @property
    def scores(self) -> int:
        """Scores a token has with one other, if they are all written out."""
        return 0

    @property
    def inner_width(self) -> float:
        """Elements between input and output projection, which training keeps."""
        raise NotImplementedError

    @property
    def output_width(self) -> int:
        """Elements that go into the output projection."""
        raise NotImplementedError

    @property
    def exchanged_width(self) -> int:
        """Elements of a token that context parallelism passes on."""
        return 0


class FeedForward(Block):
    """Blocks in which a token works for itself."""

    @property
    def active_width(self) -> float:
        """Width of all products that a token takes part in."""
        raise NotImplementedError

    @property
    def kept_width(self) -> float:
        """Elements besides the product that training keeps: the halves of a gated one."""
        return self.active_width


def smaller(left: Number, right: Number) -> Number:
    """min(x, y) = (x + y - |x - y|)/2, which works on arrays too."""
    return (left + right - magnitude(left - right)) / 2


def keys(seq_len: Number, *, causal: bool) -> Number:
    """Tokens attended to on average: s/2 if causal, s if not.  Source: definition."""
    return seq_len / 2 if causal else seq_len


def keys_in_window(seq_len: Number, window: Number, *, causal: bool) -> Number:
    """Mean of min(position, window): m - m^2/(2 s) with m = min(s, window); m if not causal.

    Source: definition.
    """
    inside = smaller(seq_len, window)
    return inside - inside**2 / (2 * seq_len) if causal else inside
