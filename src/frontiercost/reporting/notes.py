"""What must be said below the tables: what is included, how far to trust it, how to repeat it."""

from collections.abc import Iterable, Mapping

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence
from frontiercost.core.version import __version__
from frontiercost.core.wording import CARRIED, per_cent
from frontiercost.cost.choices import FINAL_RUN, RENT_WORDS
from frontiercost.scenario.scenario import ScenarioValue
from frontiercost.stages.evaluation import AnyEvaluation

MEDIANS = "Each category stands by the member whose money for one model is its median at the date."


def question_notes(question: Iterable[tuple[str, ScenarioValue]]) -> Iterable[Sentence]:
    """Say what was given, and by whom."""
    given = [_as_given(value) for _, value in question]
    if given:
        yield [f"Asked with {', '.join(given)}."]


def _as_given(value: ScenarioValue) -> str:
    """Return a value as it was given: a flag alone where it is a switch."""
    if value.text is True:
        return value.origin if value.set_by == "flag" else f"{value.origin} true"
    text = " ".join(value.text) if isinstance(value.text, tuple) else value.text
    return f"{value.origin} {text}"


def environment_points(
    question: Iterable[tuple[str, ScenarioValue]], ignored: Iterable[ScenarioValue] = ()
) -> Iterable[tuple[str, str]]:
    """Name the variables of the environment, which nobody typed: those read, those without use."""
    read = [_as_given(value) for _, value in question if value.set_by == "environment"]
    unread = [f"{value.origin} has no effect here" for value in ignored]
    if said := [*read, *unread]:
        yield "Environment", ", ".join(said)


def commitment_point(e: AnyEvaluation) -> Iterable[tuple[str, str]]:
    """Say what a commitment costs to its end, where the run does not fill it."""
    if e.unsigned:
        commitment, usd = e.unsigned
        whole, rented = format_quantity(usd, "USD", CARRIED), RENT_WORDS[e.terms.commitment]
        yield "Commitment", f"{whole} to the end of {commitment} is more than there is, so {rented}"
    if term := e.costing.whole_term:
        usd, share = term
        whole, used = format_quantity(usd, "USD", CARRIED), format_quantity(share, "%", CARRIED)
        words = f"{whole} must be paid to the end of {e.terms.commitment}; this takes {used} of it"
        yield "Commitment", words


def emissions_point(e: AnyEvaluation) -> Iterable[tuple[str, str]]:
    """Say what a grid that was named emits, which changes no cost."""
    grid, carbon = dict(e.question).get("grid"), e.drawn.median(e.workload.carbon_t)
    if grid and carbon:
        tonnes = format_quantity(carbon, "count", CARRIED)
        energy = format_quantity(e.drawn.median(e.workload.energy_kwh), "kWh", CARRIED)
        yield "Emissions", f"{tonnes} t CO2e of {energy} ({_as_given(grid)})"


def cash_point(e: AnyEvaluation) -> Iterable[tuple[str, str]]:
    """Say what the total is a year where it is spread over years."""
    if years := e.terms.years:
        payment = format_quantity(e.drawn.median(e.bill.total) / years, "USD", CARRIED)
        yield "As cash", f"{payment} in each of {years} years"


def uncounted(catalogue: Catalogue, date: str) -> Iterable[Sentence]:
    """Name what was proposed by a date and has no money for machines."""
    from frontiercost.analysis.actors import unfunded

    if names := [actor.name for actor in unfunded(catalogue, date)]:
        yield [f"Proposed or without money for machines, so not counted: {', '.join(names)}."]


def evaluation_notes(e: AnyEvaluation, about: Iterable[str] = ()) -> Iterable[Sentence]:
    """What is included, what a stage has to say of itself, the spread, and how to reproduce it."""
    yield from question_notes(e.question)
    yield [f"Included: {', '.join(e.included)}. Not included: {', '.join(e.excluded)}."]
    if e.terms.programme.whole and e.stage.whole_programme:
        final = f"{100 * e.bill.final_share:.0f}%"
        yield [f"The compute of the final runs, post-training included, is {final} of the total."]
    elif e.terms.programme == FINAL_RUN:
        yield ["This stage only: an actor's whole programme costs more (--programme follower)."]
    if e.derived_shape:
        yield ["Its shape is derived from its counts."]
    yield ["Lines are medians of their own and need not add up; low and high hold 90%."]
    yield from _outside_notes(e)
    for note in (*e.notes, *about):
        yield [f"{note[0].upper()}{note[1:]}."]
    if e.drivers:
        yield [_spread(e)]
    yield [to_reproduce(e.drawn, e.terms.date)]


def _spread(e: AnyEvaluation) -> str:
    """Say which facts carry most of the spread, of when they are, and how much of it is old."""
    named = " and ".join(
        f"{fact.path} ({', '.join([f'{100 * share:.0f}%', *filter(None, [fact.as_of])])})"
        for fact, share in e.drivers
    )
    old = f"{100 * (e.old_share or 0):.0f}% of the spread rests on facts older than a year"
    return f"Most of the spread comes from {named} of the variance; {old}."


def old_shares(old: Mapping[str, float | None]) -> str:
    """Say how much of the spread of each of several costs rests on facts older than a year."""
    named = [f"{label} {per_cent(share)}" for label, share in old.items() if share is not None]
    known = ", ".join(named) or "nothing, as nothing is drawn"
    return f"Of the spread of costs, this much rests on facts older than a year: {known}."


def _outside_notes(e: AnyEvaluation) -> Iterable[Sentence]:
    """Say what other currencies were converted at, and what laws make of the training."""
    if e.rates:
        from frontiercost.reporting.exchange_rates import exchange_notes

        yield from exchange_notes(e.rates)
    if e.base_flop is not None:
        from frontiercost.reporting.legal_thresholds import legal_notes

        yield from legal_notes(e)


def last_line(drawn: DrawnCatalogue, *more: str) -> str:
    """Return what cites an answer on one line, and which flags show more of it."""
    edition, draws = drawn.catalogue.edition["edition"], drawn.draws
    ways = ["--more the whole answer", *more, "-h flags"]
    return f"edition {edition}, seed {draws.seed} · {' · '.join(ways)}"


def to_reproduce(drawn: DrawnCatalogue, date: str) -> str:
    """Return what it takes to get the same answer again, and to cite it."""
    edition, draws = drawn.catalogue.edition["edition"], drawn.draws
    return (
        f"frontiercost {__version__}, catalogue {edition}, prices of {date}, "
        f"seed {draws.seed}, {draws.count} draws."
    )
