"""What stands around the runs of a programme: experiments, overhead, and cash by year.

Experiments multiply the compute of the final runs once and hold failed runs, ablations, sweeps and
evaluation: these are shown as parts of it, never added.  Source: Cottier et al. 2024 (arXiv
2405.21015); Epoch AI 2025 and 2026 on the compute of developers.
"""

from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import positive_part

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

EVALUATION = "evaluation_share"


def experiment_parts(
    final: "Number", experiments: "Number", evaluation: str, drawn: DrawnCatalogue
) -> dict[str, "Number"]:
    """Split experiments into failed runs, evaluation, and ablations with sweeps; they sum to it.

    Each part is its share of the final run's compute, and at most what is left. `evaluation` is the
    fact that holds that of evaluation: post-training tests more for its compute.
    """
    parts: dict[str, Number] = {}
    left = experiments
    for name, share in (("failed_runs", "failed_runs"), (EVALUATION, evaluation)):
        wanted = final * drawn.value(share)
        parts[name] = wanted - positive_part(wanted - left)
        left = left - parts[name]
    return {**parts, "ablations_and_sweeps": left}


def overhead(staff: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return offices, legal advice and outside evaluation: staff x rate."""
    return staff * drawn.value("overhead_rate")


def indirect(direct: "Number", rate: "Number") -> "Number":
    """Return a grant's indirect costs: modified total direct costs x rate.

    These are the direct costs without equipment and buildings (2 CFR 200.1). Ignores that large
    subawards are exempt too, and the equipment in what experiments take of chips that are owned.
    """
    return direct * rate


def cash_by_year(whole: "Number", years: int) -> list["Number"]:
    """Return a cost as equal payments of whole years, which sum to it."""
    return [whole / years] * years if years else []
