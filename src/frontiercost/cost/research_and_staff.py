"""What stands around the runs of a programme: experiments, staff, overhead, and cash by year.

Experiments multiply the compute of the final runs once and hold failed runs, ablations, sweeps and
evaluation: these are shown as parts of it, never added.  Source: Cottier et al. 2024 (arXiv
2405.21015); Epoch AI 2025 and 2026 on the compute of developers.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import positive_part
from frontiercost.core.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

MONTHS_PER_YEAR = 12
MADE_OF = ("failed_runs", "evaluation_share")
"""Parts of experiments that have a fact of their own; the rest is ablations and sweeps."""


def development_cost(parts: Iterable["Number"]) -> "Number":
    """Return the cost of development: staff + chips + servers + network + energy + ...

    Medians of parts add up to less than the median of the sum.  Source: arXiv 2405.21015.
    """
    result: Number = 0.0
    for part in parts:
        result = result + part
    return result


def share(part: "Number", whole: "Number") -> "Number":
    """Return a part of the whole: for staff 29 to 49 %, hardware 47 to 65 %, energy 2 to 6 %."""
    return part / whole


def amortisation_rate(orders_per_year: "Number") -> "Number":
    """Return the share of value that hardware loses a year: k ln 10, k = .14 [1/year].

    Ignores booms of resale prices.  Source: arXiv 2405.21015.
    """
    return orders_per_year * math.log(10)


def amortised_value(value: "Number", chip_hours: "Number", rate: "Number") -> "Number":
    """Return what hardware loses while it works: V x chip-hours / 8766 x rate.

    The loss is taken as linear in time; the network adds 19/81.  Source: arXiv 2405.21015.
    """
    return value * chip_hours / HOURS_PER_YEAR * rate


def research_multiple(research: "Number", final: "Number") -> "Number":
    """Return compute of all research and development over that of the final runs.

    Experiments over the final run are this less 1.  Source: Epoch AI, OpenAI 2024: 5 B$ / .48 B$.
    """
    return research / final


def doubling_months(growth: "Number") -> "Number":
    """Return the months in which a growing cost doubles: 12 ln 2 / ln g, g per year.

    Source: arXiv 2405.21015, 2.4 a year.
    """
    if isinstance(growth, (int, float)):
        return MONTHS_PER_YEAR * math.log(2) / math.log(growth)
    import numpy as np

    return MONTHS_PER_YEAR * math.log(2) / np.log(growth)


def experiment_parts(
    final: "Number", experiments: "Number", drawn: DrawnCatalogue
) -> dict[str, "Number"]:
    """Split experiments into failed runs, evaluation, and ablations with sweeps; they sum to it.

    Each part is its share of the final run's compute, and at most what is left.
    """
    parts: dict[str, Number] = {}
    left = experiments
    for name in MADE_OF:
        wanted = final * drawn.value(name)
        parts[name] = wanted - positive_part(wanted - left)
        left = left - parts[name]
    return {**parts, "ablations_and_sweeps": left}


def overhead(staff: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return offices, legal advice and outside evaluation: staff x rate."""
    return staff * drawn.value("overhead_rate")


def indirect(direct: "Number", rate: "Number") -> "Number":
    """Return a grant's indirect costs: direct costs x rate.

    Ignores that equipment and large subcontracts are usually exempt.
    """
    return direct * rate


def cash_by_year(whole: "Number", years: int) -> list["Number"]:
    """Return a cost as equal payments of whole years, which sum to it."""
    return [whole / years] * years if years else []
