"""Training over slow links: sites that compute alone for H steps, then exchange what they learned.

The DiLoCo family, in bytes, seconds and bytes per second; each a float or a numpy array.
Every site holds a whole replica. Utilisation is the share of time spent computing, not an MFU.
Source: Douillard et al. 2023 (DiLoCo), 2025 (Streaming DiLoCo); Charles et al. 2025 (scaling laws
for DiLoCo, arXiv 2503.09799); INTELLECT-1 report 2024; Covenant-72B report 2026.
"""

from collections.abc import Mapping

from frontiercost.core.facts import Number, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.physics.array_math import log
from frontiercost.physics.collectives import all_reduce_factor, all_reduce_seconds
from frontiercost.physics.literature import SECONDS_PER_DAY

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


def server_bytes(params: Number, bits: Number) -> Number:
    """Bytes over a peer's link per round through a store or server: N b/8 up and N b/8 down.

    Ignores that a peer may fetch each of the others' updates (M N b/8 down, as Covenant-72B does).
    Source: arithmetic.
    """
    return 2 * params * bits / BITS_PER_BYTE


def bits_sent(bandwidth: Number, seconds: Number, params: Number) -> Number:
    """Most bits per parameter that a link passes in one round: 8 W t / N.

    An upper bound: it takes the link as full all the time.  Source: arithmetic.
    """
    return BITS_PER_BYTE * bandwidth * seconds / params


def transfer_time(sent: Number, bandwidth: Number, latency: Number = 0.0) -> Number:
    """Seconds of one exchange: t_x = bytes / W + latency.

    The slowest peer's W counts.  Ignores congestion.  Source: Charles et al. 2025, appendix A.2.
    """
    return sent / bandwidth + latency


def effective_bandwidth(sent: Number, seconds: Number) -> Number:
    """Bandwidth behind a published exchange: W = bytes / t_x.

    Holds compression, waiting and stragglers besides the link.  Source: INTELLECT-1 report.
    """
    return sent / seconds


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


def bandwidth_needed(
    sent: Number,
    compute_time: Number,
    share: Number,
    overlap: Number = 0.0,
) -> Number:
    """Bytes per second that reach a utilisation u: W = bytes / (t_c (1/u - 1) + t_ov).

    Table 6 of Charles et al. 2025 follows to x1.3 with t_c = H t_step, t_ov = 2/3 t_step (hidden
    behind the backward pass), their step times (10B .8 s, 405B 26 s, DeepSeek-V3 20 s: 6ND at 60 %
    MFU, chips unstated) and 12.9 bits per parameter, which one row fixes: theirs are unstated.
    Their figures sit on a grid of steps x1.21; missed: 10B data parallel at 99 %, 391 Gbit/s.
    Ignores latency.  Source: Charles et al. 2025.
    """
    return sent / (compute_time * (1 / share - 1) + overlap)


# --- time per step, as in appendix A of Charles et al. 2025 --------------------------------------


def all_reduce_time(volume: Number, ranks: Number, bandwidth: Number, latency: Number) -> Number:
    """Seconds to all-reduce a volume over R ranks: 2 V (1 - 1/R) / W + e; every step if parallel.

    A lower bound of ring algorithms.  Source: Charles et al. 2025, appendix A.2.
    """
    return all_reduce_seconds(volume, ranks, bandwidth) + latency


def diloco_communication_time(
    volume: Number,
    chips: Number,
    peers: Number,
    inner_steps: Number,
    inside: tuple[Number, Number],
    across: tuple[Number, Number],
) -> Number:
    """Seconds of communication per step: 2V(1 - M/R)/W0 + e0 + [2V(1 - 1/R)/W1 + e1] / H.

    `inside` a site is (W0, e0), `across` sites (W1, e1); V bytes, R chips, M >= 2 peers. Data
    parallel costs `all_reduce_time` across sites at every step. Ignores overlap and compression.
    Source: Charles et al. 2025, appendix A.2.
    """
    inner = all_reduce_time(volume, chips / peers, *inside)
    return inner + all_reduce_time(volume, chips, *across) / inner_steps


# --- what it costs in memory, quality and balance ------------------------------------------------


def smallest_site(
    replica_bytes: Number, usable_bytes_per_chip: Number, extra_memory: Number
) -> Number:
    """Chips a site needs to hold a replica: ceil(states (1 + extra) / usable memory of a chip).

    `extra` is 0 when the outer optimiser is offloaded.  Ignores pipelines across sites, which lift
    this floor, and activations unless counted in.  Source: Streaming DiLoCo (extra memory).
    """
    return -(-replica_bytes * (1 + extra_memory) // usable_bytes_per_chip)


def loss_increase(loss: Number, reference: Number) -> Number:
    """Relative rise of the loss over a reference: L / L0 - 1.

    Ignores noise between seeds.  Source: Charles et al. 2025, table 12.
    """
    return loss / reference - 1


def power_law_loss(
    params: Number,
    peers: Number,
    coefficient: Number,
    size_exponent: Number,
    peer_exponent: Number = 0.0,
) -> Number:
    """Loss at 20 tokens per parameter, L = A N^-a M^b; b = 0 for data parallel.

    No floor, so no use far from 35M..10B parameters; M up to 8, H = 30.
    Source: Charles et al. 2025, tables 7 and 10.
    """
    return coefficient * params**-size_exponent * peers**peer_exponent


def compute_penalty(increase: Number, loss: Number, floor: Number, gamma: Number) -> Number:
    """Compute that would undo a relative rise of the loss: (1 + rise L / (L - E))^(1/gamma).

    1.0 when the loss falls.  Ignores gains of a larger batch.  Source: the loss law of `scaling`.
    """
    return (1 + positive_part(increase) * loss / (loss - floor)) ** (1 / gamma)


def quality_penalty(peers: Number, exponent: Number) -> Number:
    """Compute lost to quality by number of peers: (max(M, 2) / 2)^e, none up to two peers.

    e = .16 gives 1.12 at M = 4 (1.11 measured at 10B) and 1.25 at 8 (a judgement).  Ignores H:
    measured at 30; 100 to 300 hurts small models more.  Source: Charles et al. 2025, table 12.
    """
    return (1 + positive_part(peers - 2) / 2) ** exponent


def datacentre_equivalent(share: Number, balance: Number, penalty: Number) -> Number:
    """Share of the federation's compute that counts as in one place: u balance / penalty.

    Ignores peers that cheat, join late or leave.  Source: arithmetic.
    """
    return share * balance / penalty


def best_batch(
    params: Number,
    peers: Number,
    coefficient: Number,
    size_exponent: Number,
    peer_exponent: Number,
) -> Number:
    """Tokens per step with the lowest loss: B = c N^a M^b, more with more peers.

    Ignores over-training.  Source: Charles et al. 2025, table 10 (sequences of 2,048 tokens).
    """
    return coefficient * params**size_exponent * peers**peer_exponent


def years_to_close(gap: Number, own_growth: Number, frontier_growth: Number) -> Number:
    """Years until a pool that grows faster reaches the frontier: ln(gap) / ln(g_own / g_frontier).

    Ignores that early growth does not last; negative if the pool grows slower.
    Source: Epoch AI 2025 (decentralised training).
    """
    return log(gap) / log(own_growth / frontier_growth)
