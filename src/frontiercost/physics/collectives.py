"""Bandwidth-bound time of collective communication; each a float or a numpy array, no latency.

Source: NCCL tests, performance notes; DeepSeek-V3 report.
"""

from frontiercost.core.facts import Number


def all_reduce_factor(ranks: Number) -> Number:
    """Times the payload crosses a link in a ring all-reduce: 2 (n - 1)/n.

    Source: NCCL tests, performance notes.
    """
    return 2 * (ranks - 1) / ranks


def all_reduce_seconds(payload: Number, ranks: Number, bandwidth: Number) -> Number:
    """Seconds of a ring all-reduce: 2 (n - 1)/n V/bandwidth, without latency.

    Source: NCCL tests, performance notes.
    """
    return all_reduce_factor(ranks) * payload / bandwidth


def shard_exchange_seconds(volume: Number, ranks: Number, bandwidth: Number) -> Number:
    """Seconds of a reduce-scatter or all-gather of shards: (n - 1)/n V/bandwidth.

    Ignores latency.  Source: NCCL tests, performance notes.
    """
    return (ranks - 1) / ranks * volume / bandwidth


def all_to_all_seconds(payload: Number, local: Number, bandwidth: Number) -> Number:
    """Seconds to send a payload of which a share stays at home: V (1 - local)/bandwidth.

    Ignores latency and uneven experts.  Source: DeepSeek-V3 report, section 3.2.
    """
    return payload * (1 - local) / bandwidth
