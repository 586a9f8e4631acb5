"""Data preparation in the document: sources, pools and metrics."""

from typing import Any

from frontiercost.core.units import PER_MILLION
from frontiercost.core.wording import interval
from frontiercost.stages.dataprep.stage import Prepared
from frontiercost.stages.evaluation import Evaluation


def entries(e: Evaluation[Prepared]) -> dict[str, Any]:
    """Return sources, pools of unique tokens, what others would add, and metrics."""
    detail = e.detail
    preparation = detail.preparation
    return {
        "plan": None,
        "sources": [
            {
                "source": source_work.source.name,
                "tokens": interval(e, source_work.wanted),
                "read_once": interval(e, source_work.read),
                "cpu_hours": interval(e, source_work.cpu_hours),
                "acquisition_usd": interval(e, source_work.acquisition),
            }
            for source_work in preparation.sources
        ],
        "pools": {
            pool: {
                "wanted_tokens": interval(e, supply.wanted),
                "unique_tokens": interval(e, supply.unique),
                "repeated_tokens": interval(e, supply.repeated),
                "effective_tokens": interval(e, supply.effective),
            }
            for pool, supply in preparation.token_supplies.items()
        },
        "further_sources": {label: interval(e, gain) for label, gain in detail.gains.items()},
        "metrics": {
            "usd_per_million_tokens": interval(e, PER_MILLION * e.bill.total / preparation.tokens),
            "unique_tokens": interval(e, preparation.unique_tokens),
            "repeated_tokens": interval(e, preparation.repeated_tokens),
            "effective_tokens": interval(e, preparation.effective_tokens),
            "cpu_hours": interval(e, preparation.cpu_hours),
        },
    }
