"""Words of the ladder: models, months, costs, and what a service of one's own is set against."""

from collections.abc import Iterable

from frontiercost.analysis.ladder import Ladder, Row, RungCell
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.rung_costs import NOBODY
from frontiercost.analysis.rungs import Rung
from frontiercost.core.facts import Interval
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence


def model_label(ladder: Ladder, rung: Rung, *, firm: bool = False) -> str:
    """The model of a rung as people call it: by the shorter of its names."""
    choice = ladder.choice(rung, firm=firm)
    if choice.level is None:
        return "none"
    is_priced = choice.priced is not None and choice.priced.name == choice.level.model
    names = [choice.level.label, *([choice.priced.label] if choice.priced and is_priced else [])]
    return min(names, key=len)


def months_words(months: Interval | None, *, ends: bool = True, unit: str = " months") -> str:
    """Months behind, with their interval where that is wanted; unmeasured where nobody can tell."""
    if months is None:
        return "-"
    low, median, high = months
    if not ends or low is None or high is None or round(low) == round(high):
        return f"{median:.0f}{unit}"
    return f"{median:.0f}{unit} ({low:.0f}-{high:.0f})"


def cost_words(ladder: Ladder, cell: RungCell) -> str:
    """What a rung costs, and how often."""
    if cell.cost is None:
        return "-"
    cost = format_quantity(ladder.drawn.median(cell.cost), "USD")
    return cost if cell.rung.once else f"{cost}/year"


def own_service(table: LadderTable) -> Iterable[Sentence]:
    """Set running open weights for each who was named beside the API of the same weights."""
    rung = table.ladder.every_rung["run"]
    if table.of_kind or rung not in table.rungs:
        return
    each = (_beside_api(table.ladder, rung, row) for row in table.rows if row.actors)
    yield from ([sentence] for sentence in dict.fromkeys(each) if sentence)


def _beside_api(ladder: Ladder, rung: Rung, row: Row) -> str:
    """Return what the API of the same weights takes for as many, and who should rather run them."""
    profile = ladder.profiles.of(row.actors[0])
    api = ladder.api_cost(rung, profile)
    one = ladder.cost(rung, profile._replace(people=NOBODY.people)).total
    cell = row.cell(rung.name)
    if api is None or one is None or cell.cost is None:
        return ""
    median = ladder.drawn.median
    people, label = profile.people.usual, model_label(ladder, rung, firm=profile.firm)
    enough = people * median(one) / median(api)
    api_words, run_words = (format_quantity(median(cost), "USD") for cost in (api, cell.cost))
    return (
        f"{label} for {format_quantity(people, 'count')} people who ask: {run_words} a year on "
        f"machines of one's own, {api_words} from an API of the same weights; a machine of one's "
        f"own is the cheaper from about {format_quantity(enough, 'count')} people on."
    )
