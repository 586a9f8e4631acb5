"""The frontier in words and in the document: which model stands for it, why, and who leads."""

from typing import Any

from frontiercost.analysis.frontier import COMPUTE, leader_of
from frontiercost.analysis.pathways import COST_TREND, PathwayModel, is_year
from frontiercost.core.number_format import format_quantity
from frontiercost.core.wording import interval


def frontier_sentence(comparer: PathwayModel) -> str:
    """Say which model stands for the frontier, why, and which one was found most capable."""
    model, date = comparer.frontier_model, comparer.date
    if is_year(comparer.frontier):
        grown = growth_words(comparer)
        return f"The frontier of {comparer.frontier} is {model.label}, grown by trend: {grown}."
    if comparer.frontier:
        return f"The frontier is {model.label}, as named; prices are of {date}."
    flop = model.facts[COMPUTE]
    low, value, high = (format_quantity(x, "FLOP") for x in (flop.low, flop.value, flop.high))
    return (
        f"The frontier is {model.label} of {model.release}, the largest run with a figure by "
        f"{date}: {value} (90 %: {low} to {high}){_leader_words(comparer)}."
    )


def growth_words(comparer: PathwayModel) -> str:
    """Say how fast the frontier's cost grows, and in which years that was found."""
    growth = comparer.catalogue.trends[COST_TREND]
    (row,) = comparer.catalogue.rows("trends.csv", id=COST_TREND)
    times = f"{growth.value:g} times a year ({growth.low:g} to {growth.high:g})"
    return f"its cost grew {times} in {row['period']}"


def _leader_words(comparer: PathwayModel) -> str:
    """Say which model had the highest capability index by the date."""
    leader = leader_of(comparer.catalogue, comparer.date)
    if leader is None:
        return ""
    own = leader.model == comparer.frontier_model.name
    index = f"{leader.index.value:.0f} ({leader.index.low:.0f} to {leader.index.high:.0f})"
    return f"; the highest index is {'its own' if own else f'that of {leader.label}'}, {index}"


def frontier_entries(comparer: PathwayModel) -> dict[str, Any]:
    """Return the frontier: the model or year, its compute, and who was found most capable."""
    model, leader = comparer.frontier_model, leader_of(comparer.catalogue, comparer.date)
    flop = model.facts.get(COMPUTE)
    return {
        "frontier": comparer.frontier or model.name,
        "frontier_model": model.name,
        "frontier_flop": interval(comparer, comparer.draws.sample(flop) if flop else None),
        "leader": leader
        and {
            "model": leader.label,
            "date": leader.date,
            "index": {
                "low": leader.index.low,
                "median": leader.index.value,
                "high": leader.index.high,
            },
        },
    }
