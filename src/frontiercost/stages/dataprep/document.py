"""Data preparation in the document: sources, pools and metrics."""

from typing import Any

from frontiercost.core.units import PER_MILLION
from frontiercost.core.wording import interval
from frontiercost.stages.dataprep.stage import Prepared
from frontiercost.stages.evaluation import Evaluation


def entries(e: Evaluation[Prepared]) -> dict[str, Any]:
    """Return sources, pools of unique tokens, what others would add, and metrics."""
    found = e.detail
    work = found.preparation
    return {
        "plan": None,
        "sources": [
            {
                "source": one.source.name,
                "tokens": interval(e, one.wanted),
                "read_once": interval(e, one.read),
                "cpu_hours": interval(e, one.cpu_hours),
                "acquisition_usd": interval(e, one.acquisition),
            }
            for one in work.sources
        ],
        "pools": {
            pool: {
                "wanted_tokens": interval(e, supply.wanted),
                "unique_tokens": interval(e, supply.unique),
                "repeated_tokens": interval(e, supply.repeated),
                "effective_tokens": interval(e, supply.effective),
            }
            for pool, supply in work.token_supplies.items()
        },
        "further_sources": {label: interval(e, gain) for label, gain in found.gains.items()},
        "metrics": {
            "usd_per_million_tokens": interval(e, PER_MILLION * e.bill.total / work.tokens),
            "unique_tokens": interval(e, work.unique_tokens),
            "repeated_tokens": interval(e, work.repeated_tokens),
            "effective_tokens": interval(e, work.effective_tokens),
            "cpu_hours": interval(e, work.sum("cpu_hours")),
        },
    }
