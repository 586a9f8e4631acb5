"""Many actors against one scenario, under common draws."""

from collections.abc import Iterable
from dataclasses import replace

from frontiercost.affordability import Verdict
from frontiercost.catalogue import Catalogue
from frontiercost.errors import InputError, nearest
from frontiercost.evaluation import Evaluation, evaluate
from frontiercost.frozen import frozen
from frontiercost.own import catalogue_of
from frontiercost.records import Actor
from frontiercost.scenario import Given, Scenario


@frozen
class Judgement:
    """One actor's verdict, and the evaluation behind it."""

    actor: Actor
    verdict: Verdict
    evaluation: Evaluation


@frozen
class Comparison:
    """Every actor that was judged, in the catalogue's order, and those without a budget."""

    judgements: tuple[Judgement, ...]
    skipped: tuple[Actor, ...]


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
        raise InputError(f"--category '{category}': no such category; {hint}")
    return [actor for actor in all_actors(catalogue) if actor.category == category]


def compare_actors(
    scenario: Scenario, actors: Iterable[Actor], catalogue: Catalogue | None = None
) -> Comparison:
    """Judge one scenario for many actors: one evaluation for each level of pay among them."""
    catalogue = catalogue or catalogue_of(scenario)
    wanted = list(actors)
    known = [actor for actor in wanted if actor.budgets]
    judged: dict[str, Judgement] = {}
    for level in dict.fromkeys(_pay(catalogue, actor) for actor in known):
        group = [actor for actor in known if _pay(catalogue, actor) == level]
        names = Given(tuple(actor.name for actor in group), "default", "compare")
        evaluation = evaluate(
            replace(scenario, values={**scenario.values, "actor": names}), catalogue
        )
        verdicts = [v for v in evaluation.verdicts if v.purse.actor is not None]
        for actor, verdict in zip(group, verdicts, strict=True):
            judged[actor.name] = Judgement(actor, verdict, evaluation)
    return Comparison(
        tuple(judged[actor.name] for actor in known),
        tuple(actor for actor in wanted if not actor.budgets),
    )


def _pay(catalogue: Catalogue, actor: Actor) -> str:
    return catalogue.categories[actor.category]["pay"]
