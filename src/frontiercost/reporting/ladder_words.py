"""Words of the ladder: models, months, costs, and what a service of one's own is set against."""

import re
from collections.abc import Iterable

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.profiles import Profile
from frontiercost.analysis.rungs import Rung
from frontiercost.core.facts import Draws
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence
from frontiercost.core.wording import SHORT, months_words, per_cent
from frontiercost.stages.verdict_words import word_or_near

SCREEN, WIDTH = 22, 80
"""Lines of a screen, and its columns."""
FEW = 3
"""Rows that are told one by one, in words."""
LEAST_MULTIPLE = 0.01
"""Of what could be spent, below which a cost is of no matter."""
MANY = 1000
ROUND = 2
"""Significant figures of what is only about so many."""

SYMBOLS = {"yes": "●", "likely": "●", "toss-up": "◐", "unlikely": "○", "no": "·", "unknown": "?"}
LEGEND = "● likely ◐ toss-up\n○ unlikely · no"
HEADS = {"run-small": "run\nsmall", "adapt-small": "adapt\nsmall", "rebuild": "re-\nbuild"}


def rung_columns(table: LadderTable, legend: str) -> tuple[str, ...]:
    """The columns of a table that has one for each rung, under a legend of its symbols."""
    return legend, *(HEADS.get(rung.name, rung.label.lower()) for rung in table.rungs)


def model_label(ladder: Ladder, rung: Rung, *, firm: bool = False) -> str:
    """The model of a rung as people call it."""
    return ladder.choice(rung, firm=firm).label or "none"


def lines_of(text: str, width: int = WIDTH) -> int:
    """Return how many lines words take that end at a width."""
    from textwrap import wrap

    return len(wrap(text, width, break_long_words=False, break_on_hyphens=False))


def without_date(label: str) -> str:
    """A model without the month that tells it from others of its name: the answer has its date."""
    return re.sub(r" \([A-Z][a-z]{2} \d{4}\)", "", label)


def cost_words(ladder: Ladder, cell: RungCell) -> str:
    """What a rung costs, and how often."""
    if cell.cost is None:
        return "-"
    cost = format_quantity(ladder.drawn.median(cell.cost), "USD", SHORT)
    return cost if cell.rung.once else f"{cost}/year"


def shown_costs(table: LadderTable) -> list[tuple[str, list[float | None]]]:
    """The costs of rungs, as medians: of kinds the usual; of those who are named what each pays.

    Where they pay unlike sums, as for more people, that is the least and the most.
    """
    ladder = table.ladder
    if table.of_kind:
        costs = [ladder.usual_cost(rung).total for rung in table.rungs]
        return [("Cost", [None if cost is None else ladder.drawn.median(cost) for cost in costs])]
    paid = [
        [ladder.drawn.median(c.cost) for c in cells if c.cost is not None]
        for cells in ([row.cell(rung.name) for row in table.rows] for rung in table.rungs)
    ]
    least, most = ([end(each) if each else None for each in paid] for end in (min, max))
    words = [[format_quantity(usd, "USD", SHORT) for usd in ends] for ends in (least, most)]
    return [("Cost", most)] if words[0] == words[1] else [("Cost, from", least), ("  to", most)]


def other_models(ladder: Ladder, rung: Rung) -> str:
    """The model of a rung, with the one that firms take where its licence shuts them out."""
    ours, theirs = (model_label(ladder, rung, firm=firm) for firm in (False, True))
    return ours if ours == theirs else f"{ours} (firms {theirs})"


def behind_words(
    ladder: Ladder, rung: Rung, what: str, *, ends: bool = False, unit: str = " months"
) -> str:
    """How far what a rung yields lies behind; or that it is not there, or too weak to measure."""
    if ladder.level(rung) is None:
        return f"{what} not there yet"
    months = ladder.months_behind(rung)
    if months is None:
        return f"{what} too weak to measure"
    return f"{what} {months_words(months, ends=ends, unit=unit)}"


def people_words(people: float) -> str:
    """How many people who ask."""
    if round(people) == 1:
        return "1 person who asks"
    return f"{format_quantity(people, 'count')} people who ask"


def multiple_words(cell: RungCell, draws: Draws) -> str:
    """Cost over what could be spent, in as many digits as matter."""
    multiple = cell.multiple(draws)
    if multiple is None:
        return "–"
    if multiple < LEAST_MULTIPLE:
        return f"<{LEAST_MULTIPLE}×"
    unit = "count" if multiple >= MANY else "x"
    return f"{format_quantity(multiple, unit, SHORT).rstrip('×')}×"


def cell_word(cell: RungCell, draws: Draws) -> str:
    """The word with its probability in per cent, or with the limit that it is too near to tell."""
    if cell.probability is None or cell.cost is None:
        return cell.word
    sure = f"{cell.word} {per_cent(cell.probability)}"
    return word_or_near(cell.word, cell.probability, draws, sure)


def own_service(table: LadderTable) -> Iterable[Sentence]:
    """Say whom use and run serve, and set running open weights beside the API of the same."""
    rung = table.ladder.every_rung["run"]
    if not any(each.own_people for each in table.rungs):
        return
    each = (_beside_api(table.ladder, rung, row) for row in table.rows)
    yield from ([sentence] for sentence in dict.fromkeys(each))


def _beside_api(ladder: Ladder, rung: Rung, row: Row) -> str:
    """Return what the API of the same weights takes for as many, and who should rather run them."""
    profile = ladder.profile(row.actors)
    served = people_words(profile.people.usual)
    api, run = ladder.api_cost(rung, profile), ladder.cost(rung, profile).total
    if api is None or run is None:
        return f"Use and run serve {served}."
    api_words, run_words = (
        format_quantity(ladder.drawn.median(cost), "USD", SHORT) for cost in (api, run)
    )
    model = model_label(ladder, rung, firm=profile.firm)
    return (
        f"Use and run serve {served}. For them {model} takes {run_words} a year on one's own "
        f"machines, {api_words} from an API of the same weights; {_enough(ladder, rung, profile)}."
    )


def _enough(ladder: Ladder, rung: Rung, profile: Profile) -> str:
    enough = ladder.enough_people(rung, profile)
    if enough is None:
        return "one's own are cheaper for nobody"
    people = format_quantity(float(f"{enough:.{ROUND}g}"), "count")
    return f"one's own are cheaper from about {people} people on"
