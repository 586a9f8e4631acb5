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
    """Judge one scenario for many actors: one evaluation for each level of pay among them."""
    catalogue = catalogue or catalogue_of(scenario)
    wanted = list(actors)
    known = [actor for actor in wanted if actor.budgets]
    judged: dict[str, ActorVerdict] = {}
    for level in dict.fromkeys(_pay(catalogue, actor) for actor in known):
        group = [actor for actor in known if _pay(catalogue, actor) == level]
        names = [actor.name for actor in group]
        evaluation = evaluate(scenario.changed("compare", actor=names), catalogue)
        verdicts = [v for v in evaluation.verdicts if v.funds.actor is not None]
        for actor, verdict in zip(group, verdicts, strict=True):
            judged[actor.name] = ActorVerdict(actor, verdict, evaluation)
    return Comparison(
        tuple(judged[actor.name] for actor in known),
        tuple(actor for actor in wanted if not actor.budgets),
    )


def _pay(catalogue: Catalogue, actor: Actor) -> str:
    return catalogue.categories[actor.category]["pay"]
