"""Many actors against one scenario, under common draws."""

from collections.abc import Iterable, Mapping
from operator import itemgetter

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.cost.affordability import Verdict, funds_of, why_not_judged
from frontiercost.cost.choices import EXPLORER
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.scenario import Scenario
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import AnyEvaluation, evaluate


@frozen
class ActorVerdict:
    """One actor's verdict, and the evaluation behind it."""

    actor: Actor
    verdict: Verdict
    evaluation: AnyEvaluation

    def __repr__(self) -> str:
        return f"ActorVerdict({self.actor.name}: {self.verdict.word})"


@frozen
class Comparison:
    """Every actor that was judged, in the catalogue's order, and why the others were not."""

    evaluation: AnyEvaluation
    judgements: tuple[ActorVerdict, ...]
    skipped: Mapping[str, str]
    """Reasons by name."""

    @property
    def of_a_sum(self) -> Verdict | None:
        """The verdict on the sum that was given as budget; None where none was."""
        return next((v for v in self.evaluation.verdicts if v.funds.actor is None), None)

    @property
    def by_payer(self) -> Mapping[str, ActorVerdict]:
        """The judgement of each who has money of its own: of one parent's the one best off."""
        best: dict[str, ActorVerdict] = {}
        for each in self.judgements:
            payer = each.actor.parent or each.actor.name
            if payer not in best or _chance(each) > _chance(best[payer]):
                best[payer] = each
        return best

    def __repr__(self) -> str:
        words = [f"{each.actor.name}: {each.verdict.word}" for each in self.judgements]
        return f"Comparison({', '.join(words)}; not judged: {len(self.skipped)})"


def actors_at(catalogue: Catalogue, date: str) -> list[Actor]:
    """Return every actor that exists at a date and is counted, by category."""
    order = list(catalogue.categories)
    actors = [a for a in catalogue.actors.values() if a.counted and a.exists(date)]
    return sorted(actors, key=lambda actor: order.index(actor.category))


def with_money(catalogue: Catalogue, date: str) -> list[Actor]:
    """Return the actors at a date whose budget was known by then: those who are counted."""
    return [actor for actor in actors_at(catalogue, date) if actor.budget(date)]


def unfunded(catalogue: Catalogue, date: str) -> list[Actor]:
    """Return what was proposed by a date and has no money: named, and not counted."""
    actors = catalogue.actors.values()
    return [a for a in actors if a.standing == "unfunded" and a.exists(date)]


def members_of(catalogue: Catalogue, category: str, date: str) -> list[Actor]:
    """Return the actors of one category at a date."""
    if category not in catalogue.categories:
        hint = nearest(category, catalogue.categories)
        raise InputError(f"`category` '{category}': no such category; {hint}")
    return [actor for actor in actors_at(catalogue, date) if actor.category == category]


def median_members(catalogue: Catalogue, date: str) -> list[Actor]:
    """Return of each category the member whose money for one model is the median at the date.

    Of two in the middle the poorer one; a category without a member that has money is left out.
    """
    by_category: dict[str, list[tuple[float, Actor]]] = {}
    for actor in with_money(catalogue, date):
        if budget := actor.budget(date):
            by_category.setdefault(actor.category, []).append((budget.spendable, actor))
    ranked = (sorted(members, key=itemgetter(0)) for members in by_category.values())
    return [members[(len(members) - 1) // 2][1] for members in ranked]


def spendable(actors: Iterable[Actor], date: str) -> dict[str, float]:
    """Return what each ultimate parent could spend on one model at a date, at central values.

    What it could lead with: the purse of its research is a part of it where that is more.
    """
    by_parent: dict[str, float] = {}
    for actor in actors:
        if actor.budget(date):
            funds, parent = (
                funds_of(actor, date, "`actor`", EXPLORER.purse),
                actor.parent or actor.name,
            )
            share = funds.share.value if funds.share else 1.0
            by_parent[parent] = max(by_parent.get(parent, 0.0), funds.money.value * share)
    return by_parent


def compare_actors(
    scenario: Scenario, actors: Iterable[Actor], catalogue: Catalogue | None = None
) -> Comparison:
    """Judge one scenario for many actors, each alone, at its own pay; and for a sum it names."""
    catalogue = catalogue or catalogue_of(scenario)
    date = date_of(scenario, catalogue)
    reasons = {actor.name: (actor, why_not_judged(actor, date)) for actor in actors}
    judged = [actor for actor, reason in reasons.values() if not reason]
    names = [actor.name for actor in judged]
    evaluation = evaluate(scenario.changed("compare", actor=names), catalogue)
    verdicts = [v for v in evaluation.verdicts if v.funds.actor is not None]
    return Comparison(
        evaluation,
        tuple(map(ActorVerdict, judged, verdicts, [evaluation] * len(judged))),
        {name: reason for name, (_, reason) in reasons.items() if reason},
    )


def _chance(judged: ActorVerdict) -> float:
    """Return how likely it is enough, as a number also where nothing is drawn."""
    chance, word = judged.verdict.probability, judged.verdict.word
    return float(word == "yes") if chance is None else chance


def nobody(reasons: Mapping[str, str]) -> InputError:
    """Return the error to raise where no actor can be judged, with each one's reason."""
    words = "; ".join(f"{name} {reason}" for name, reason in reasons.items())
    return InputError(f"nobody can be judged: {words or 'no actor of it exists at the date'}")


def date_of(scenario: Scenario, catalogue: Catalogue) -> str:
    """Return the date at which a scenario is priced and its actors are judged."""
    return Resolver(scenario, catalogue, needs_model=False).date
