"""Many actors against one scenario, under common draws."""

from collections.abc import Iterable

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.cost.affordability import Verdict
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
    """Every actor that was judged, in the catalogue's order, and those without a budget."""

    judgements: tuple[ActorVerdict, ...]
    skipped: tuple[Actor, ...]

    def __repr__(self) -> str:
        words = [f"{each.actor.name}: {each.verdict.word}" for each in self.judgements]
        return f"Comparison({', '.join(words)}; without a budget: {len(self.skipped)})"


def typical_actors(catalogue: Catalogue) -> list[Actor]:
    """Return one typical actor of each category, in the order of the categories."""
    typical = {actor.category: actor for actor in catalogue.actors.values() if actor.typical}
    return [typical[category] for category in catalogue.categories if category in typical]


def all_actors(catalogue: Catalogue) -> list[Actor]:
    """Return every actor that is not an aggregate of others, by category."""
    order = list(catalogue.categories)
    actors = [actor for actor in catalogue.actors.values() if not actor.members]
    return sorted(actors, key=lambda actor: order.index(actor.category))


def actors_of(catalogue: Catalogue, category: str) -> list[Actor]:
    """Return the actors of one category."""
    if category not in catalogue.categories:
        hint = nearest(category, catalogue.categories)
        raise InputError(f"`category` '{category}': no such category; {hint}")
    return [actor for actor in all_actors(catalogue) if actor.category == category]


def compare_actors(
    scenario: Scenario, actors: Iterable[Actor], catalogue: Catalogue | None = None
) -> Comparison:
    """Judge one scenario for many actors, each alone: at its own pay, with its own money."""
    catalogue = catalogue or catalogue_of(scenario)
    actor_list = list(actors)
    with_budget = [actor for actor in actor_list if actor.budgets]
    names = [actor.name for actor in with_budget]
    evaluation = evaluate(scenario.changed("compare", actor=names), catalogue)
    verdicts = [v for v in evaluation.verdicts if v.funds.actor is not None]
    return Comparison(
        tuple(map(ActorVerdict, with_budget, verdicts, [evaluation] * len(with_budget))),
        tuple(actor for actor in actor_list if not actor.budgets),
    )
