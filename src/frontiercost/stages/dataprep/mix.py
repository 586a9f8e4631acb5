"""A mix of sources: how many tokens are wanted of each."""

from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import DataSource
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity

DEFAULT_MIX = "olmo-3"
ROUNDING = 1e-6
FILLS = ("common-crawl", "common-crawl-multilingual", "pdf-documents", "stack-v3")
"""What takes the place of sources that are too small for their share, in this order."""


@frozen
class Portion:
    """One source of a mix and the tokens wanted of it, repeats included."""

    source: DataSource
    tokens: Fact


def default_mix(tokens: Fact, catalogue: Catalogue, name: str = DEFAULT_MIX) -> tuple[Portion, ...]:
    """Return the shares of a published mix at this many tokens.

    A source that would be read more often than is worthwhile gives its most.  The rest is web
    text, then other languages, documents and code, each read once; what is still missing is web
    text again.  Raises InputError for an unknown mix.
    """
    if name not in catalogue.data_mixes:
        hint = nearest(name, catalogue.data_mixes)
        raise InputError(f"mix '{name}': no such mix of data; {hint}")
    epochs = catalogue.assumption("worthwhile_epochs").value
    published = catalogue.data_mixes[name]
    total = sum(published.values())
    held = {part: _held(part, tokens, catalogue) for part in (*published, *FILLS)}
    shares = {
        part: min(share / total, epochs * held[part])
        for part, share in published.items()
        if part not in FILLS
    }
    left = 1 - sum(shares.values())
    for part in FILLS:
        shares[part] = min(left, held[part])
        left -= shares[part]
    shares[FILLS[0]] += left
    return tuple(
        Portion(catalogue.data_source(part), _scaled(tokens, share))
        for part, share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share > 0
    )


def _held(part: str, tokens: Fact, catalogue: Catalogue) -> float:
    """Return what a source holds over the tokens wanted."""
    return catalogue.data_source(part).unique_tokens.value / tokens.value


def _scaled(tokens: Fact, share: float) -> Fact:
    """Return a share of tokens under the same path: one uncertain count stays one."""
    low, value, high = (share * end for end in (tokens.low, tokens.value, tokens.high))
    return replace(tokens, value=value, low=low, high=high)


def remainder(tokens: Fact, sources: tuple[Portion, ...], where: str) -> Fact | None:
    """Return the tokens wanted beyond those of the sources given; None where there are none.

    Raises InputError where the sources hold more than is wanted.
    """
    left = 1 - sum(portion.tokens.value for portion in sources) / tokens.value
    if left < -ROUNDING:
        given = format_quantity(tokens.value * (1 - left), "token")
        raise InputError(
            f"{where}: {given} are more than the {format_quantity(tokens.value, 'token')} wanted"
        )
    return _scaled(tokens, left) if left > ROUNDING else None
