"""What other currencies were converted at: in a note, and in the document."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from frontiercost.core.facts import Fact
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Later, Report, Sentence


def exchange_notes(rates: Iterable[Fact]) -> Iterable[Sentence]:
    """Say what other currencies were converted at, and when that was the rate."""
    for rate in rates:
        usd = format_quantity(1 / rate.value, "USD", figures=4)
        yield [f"1 {rate.unit[:3]} is {usd}, the mean of {rate.as_of} ({rate.source})."]


def rate_entries(rates: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return what other currencies were converted at."""
    return [
        {
            "currency": rate.unit[:3],
            "month": rate.as_of,
            "usd": 1 / rate.value,
            "source": rate.source,
            "confidence": rate.confidence,
        }
        for rate in rates
    ]


def with_rates(report: Report, rates: Iterable[Fact]) -> Report:
    """Return a report that says what its amounts were converted at."""
    used = tuple(rates)
    return replace(
        report,
        notes=Later(lambda: (*exchange_notes(used), *report.notes)),
        document=lambda: {**report.document(), "exchange_rates": rate_entries(used)},
    )
