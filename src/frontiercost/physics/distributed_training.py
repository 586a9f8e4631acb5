"""Training over slow links: sites that compute alone for H steps, then exchange what they learned.

The DiLoCo family, in bytes, seconds and bytes per second; each a float or a numpy array.
Every site holds a whole replica. Utilisation is the share of time spent computing, not an MFU.
Source: Douillard et al. 2023 (DiLoCo), 2025 (Streaming DiLoCo); Charles et al. 2025 (scaling laws
for DiLoCo, arXiv 2503.09799); INTELLECT-1 report 2024; Covenant-72B report 2026.
"""

from collections.abc import Mapping

from frontiercost.core.facts import Number, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_DAY
from frontiercost.physics.collectives import all_reduce_factor

BITS_PER_BYTE = 8


@frozen
class Federation:
    """How sites work together, and what it costs them."""

    inner_steps: Number
    bits: Number
    latency: Number
    extra_memory: Number
    balance: Number
    quality_exponent: Number


def from_facts(values: Mapping[str, Number]) -> Federation:
    """The constants of this module from the drawn values of physics.toml, by name, in base units.

    The latency comes in days and becomes seconds.
    """
    return Federation(
        inner_steps=values["inner_steps"],
        bits=values["bits_per_parameter"],
        latency=values["exchange_latency"] * SECONDS_PER_DAY,
        extra_memory=values["federation_memory"],
        balance=values["federation_balance"],
        quality_exponent=values["federation_quality_exponent"],
    )


# --- what is sent --------------------------------------------------------------------------------


def ring_bytes(params: Number, bits: Number, peers: Number) -> Number:
    """Bytes each peer sends per round in a ring: 2 (M - 1)/M N b/8.

    b bits are sent per parameter, after quantising and sparsifying.  Ignores framing and retries.
    Source: Patarasuk and Yuan 2009.
    """
    return all_reduce_factor(peers) * params * bits / BITS_PER_BYTE


def transfer_time(sent: Number, bandwidth: Number, latency: Number = 0.0) -> Number:
    """Seconds of one exchange: t_x = bytes / W + latency.

    The slowest peer's W counts.  Ignores congestion.  Source: Charles et al. 2025, appendix A.2.
    """
    return sent / bandwidth + latency


# --- how much of the time computes ---------------------------------------------------------------


def utilisation(compute_time: Number, exchange_time: Number, overlap: Number = 0.0) -> Number:
    """Share of a round spent computing: t_c / (t_c + max(0, t_x - t_ov)).

    t_ov is what the exchange hides behind computing: 0 for plain DiLoCo, up to H steps when
    streaming.  Ignores unequal sites (`balance`).  Source: INTELLECT-1 report, section 4.
    """
    return compute_time / (compute_time + positive_part(exchange_time - overlap))


def utilisation_of_run(
    federation: Federation,
    params: Number,
    peers: Number,
    step_time: Number,
    bandwidth: Number,
    overlapped_steps: Number = 0.0,
) -> Number:
    """Share of time computing with this link: t_c = H t_step, t_x of a ring, t_ov in steps.

    Ignores the inner steps' own communication, which belongs to the site's MFU.
    Source: Charles et al. 2025, section 5.1.
    """
    sent = ring_bytes(params, federation.bits, peers)
    exchange = transfer_time(sent, bandwidth, federation.latency)
    return utilisation(federation.inner_steps * step_time, exchange, overlapped_steps * step_time)


# --- what it costs in quality --------------------------------------------------------------------


def quality_penalty(peers: Number, exponent: Number) -> Number:
    """Compute lost to quality by number of peers: (max(M, 2) / 2)^e, none up to two peers.

    e = .16 gives 1.12 at M = 4 (1.11 measured at 10B) and 1.25 at 8 (a judgement).  Ignores H:
    measured at 30; 100 to 300 hurts small models more.  Source: Charles et al. 2025, table 12.
    """
    return (1 + positive_part(peers - 2) / 2) ** exponent
