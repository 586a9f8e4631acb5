"""From raw bytes to training tokens: what a source yields and what its tokens take to prepare.

CPU-hours of extraction and deduplication, chip-hours of models that score, read and write text,
bytes that are kept, ablation runs, and the wall where unique tokens run out.  Numbers may be floats
or numpy arrays of draws; chip-hours are those of the chip that the rates are stated for.
Source: FineWeb (arXiv 2406.17557), olmOCR (2502.18443), Muennighoff et al. 2023 (2305.16264).
"""

from frontiercost.core.facts import Number, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.physics.literature import six_nd
from frontiercost.physics.scaling_laws import effective_tokens

MEGA, GIGA, TERA = 1e6, 1e9, 1e12


# --- what is fetched ------------------------------------------------------------------------------


def raw_bytes(tokens: Number, per_token: Number) -> Number:
    """Bytes fetched for the tokens kept: D x raw bytes per kept token [B].

    For crawls these are compressed web archives.  Source: FineWeb, 85 TB for 156B tokens.
    """
    return tokens * per_token


# --- what preparing it takes ----------------------------------------------------------------------


def cpu_hours(size: Number, per_tb: Number) -> Number:
    """CPU-hours of extracting, or of cleaning and deduplicating: TB x CPU-hours per TB.

    `size` is raw bytes for extraction and bytes of text for the rest.  Ignores that global
    deduplication grows faster than its input.  Source: datatrove; arXiv 2411.11289.
    """
    return size / TERA * per_tb


def scored_tokens(kept: Number, share: Number) -> Number:
    """Tokens a classifier has to read for those it keeps: D / yield [token]."""
    return kept / share


def classifier_hours(scored: Number, per_gtoken: Number) -> Number:
    """Chip-hours of scoring: tokens scored / 1e9 x hours per billion tokens.

    For a small encoder.  Source: FineWeb-Edu, 6,000 H100-hours for 15T tokens.
    """
    return scored / GIGA * per_gtoken


def pages(tokens: Number, per_page: Number) -> Number:
    """Pages, images or minutes of video that hold these tokens: D / tokens per page."""
    return tokens / per_page


def reading_hours(page_count: Number, per_mpage: Number) -> Number:
    """Chip-hours of optical character recognition: pages / 1e6 x hours per million pages.

    A vision-language model reads each page once.  Source: olmOCR.
    """
    return page_count / MEGA * per_mpage


def generated_tokens(kept: Number, acceptance: Number) -> Number:
    """Synthetic tokens to generate for those kept: D / acceptance [token]."""
    return kept / acceptance


def generation_hours(generated: Number, per_second: Number) -> Number:
    """Chip-hours of generation: tokens / (3600 x tokens per second and chip).

    The throughput holds the reading of prompts.  Ignores larger teachers.
    """
    return generated / (SECONDS_PER_HOUR * per_second)


def ablation_flop(params: Number, runs: Number, tokens_each: Number) -> Number:
    """FLOP of training small models to compare choices of data: runs x 6 N D.

    Source: FineWeb, about 100 runs of 28B and 15 of 350B tokens at 1.82B parameters.
    """
    return runs * six_nd(params, tokens_each)


def on_chip(hours: Number, reference: Number, peak: Number) -> Number:
    """Chip-hours on another chip, by dense BF16 peak: hours x P_reference / P.

    Ignores memory bandwidth, which bounds generation.
    """
    return hours * reference / peak


def stored_bytes(tokens: Number, per_token: Number, copies: Number) -> Number:
    """Bytes that are kept: tokens x stored bytes per token x copies [B]."""
    return tokens * per_token * copies


# --- the wall -------------------------------------------------------------------------------------


@frozen
class TokenSupply:
    """What wanting D tokens of U unique ones means; R is how fast repeats lose their worth.

    Ignores that some repeats hurt more than others.  Source: Muennighoff et al. 2023, equation 5.
    """

    wanted: Number
    unique: Number
    decay: Number

    @property
    def repeated(self) -> Number:
        """Tokens beyond the first pass: D - U, or none."""
        return positive_part(self.wanted - self.unique)

    @property
    def epochs(self) -> Number:
        """Passes over the unique tokens: D / U."""
        return self.wanted / self.unique

    @property
    def effective(self) -> Number:
        """Fresh tokens that the wanted ones are worth: D up to one pass, then eq. 5."""
        return effective_tokens(self.unique, self.epochs, self.decay)
