"""`frontiercost compare`: who can use, run, adapt, rebuild, join or lead, and when?"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontiercost.cli.output import emit, is_whole
from frontiercost.core.errors import InputError

if TYPE_CHECKING:
    from frontiercost.analysis.kept_costs import KeptCosts
    from frontiercost.analysis.ladder import Ladder, Levers, Row
    from frontiercost.analysis.rungs import Rung
    from frontiercost.catalogue.store import Catalogue
    from frontiercost.catalogue.types import Actor
    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report
    from frontiercost.scenario.scenario import Scenario

OF_MODELS = "it is of the ladder, and this question names a model; leave the model out"
OF_LADDER = "another flag asks something that does not read it"
SHOWN_OTHERWISE = (
    *("actor", "budget", "all", "category"),
    *("rung", "done", "format", "output", "quiet"),
)
"""Flags that change what is shown, and no cost."""
LADDER_DRAWS = "1024"
"""Enough for a probability to a per cent or two; a table of many cells is drawn for each."""


def compare(values: "FlagValues") -> None:
    """Who can use, run, adapt, rebuild, join or lead; what a lever changes; in which year?

    \b
    frontiercost compare
    frontiercost compare --budget 5M --people 40
    frontiercost compare --years 2024..2032 --category nonprofit
    frontiercost compare --grant 10M --rung rebuild --rung adapt
    frontiercost compare deepseek-v3 --all
    frontiercost compare llama-3.1-405b deepseek-v3
    """
    models = values["models"] or []
    one = values["scenario"] or values["config"]
    several = len(models) + bool(values["config"]) > 1
    if several or any(name.endswith(".toml") for name in models):
        result = _side_by_side(models, values)
    elif models or one:
        result = _one_model(models, values)
    else:
        result = _all(values)
    values.refuse_unread(OF_MODELS if models or one else OF_LADDER)
    emit(result, values)


def _built(
    values: "FlagValues",
    more: Mapping[str, Any],
    file: Path | None = None,
    defaults: Mapping[str, str] | None = None,
    command: str = "",
) -> "Scenario":
    """Build a scenario from flags, environment and a file."""
    from frontiercost.scenario.scenario import build, of_environment

    return build(
        {**values.question(), **more},
        file,
        values["set"] or (),
        defaults,
        of_environment(os.environ),
        command=command,
        spelling=values.spelling,
    )


def _whom(
    values: "FlagValues", asked: "Scenario", catalogue: "Catalogue", date: str
) -> list["Actor"]:
    """Return whom to judge at a date; where nobody is named, the median of each category."""
    from frontiercost.analysis import actors

    if values.has("category"):
        if values["all"]:
            raise InputError("--all and --category: give one; a category is a part of all")
        return actors.members_of(catalogue, values["category"], date)
    if values.has("all") and values["all"]:
        return actors.actors_at(catalogue, date)
    names = asked.texts("actor")
    if names:
        return [catalogue.actor(name, asked.origin("actor")) for name in names]
    return actors.median_members(catalogue, date)


def _of_kind(values: "FlagValues", asked: "Scenario") -> bool:
    """Whether nobody is named, so that each who is judged stands for a category."""
    return not (values.has("category", "all", "pool") or asked.has("actor", "budget"))


def _one_model(models: list[str], values: "FlagValues") -> "Report":
    """Judge one scenario for a set of actors."""
    from frontiercost.analysis import actors
    from frontiercost.analysis.model_stages import model_stages
    from frontiercost.reporting.actors import of_comparison
    from frontiercost.scenario.scenario import DEFAULT_STAGE
    from frontiercost.scenario.user_facts import catalogue_of

    scenario = _built(values, {"model": models[0]} if models else {}, values["scenario"])
    catalogue = catalogue_of(scenario)
    whom = _whom(values, scenario, catalogue, actors.date_of(scenario, catalogue))
    comparison = actors.compare_actors(scenario, whom, catalogue)
    stages = None
    if comparison.judgements and scenario.text("stage", DEFAULT_STAGE) == DEFAULT_STAGE:
        stages = model_stages(scenario, comparison.judgements[0].evaluation, catalogue)
    return of_comparison(comparison, catalogue, stages, of_kind=_of_kind(values, scenario))


def _side_by_side(models: list[str], values: "FlagValues") -> "Report":
    """Evaluate each model or file, under common draws, and set them side by side."""
    from frontiercost.analysis.scenario_diff import compare_scenarios
    from frontiercost.reporting.scenario_diff import of_scenario_diff
    from frontiercost.stages.evaluation import evaluate

    own = [_built(values, {})] if values["config"] else []
    if len(models) + len(own) < 2:
        raise InputError("compare: name two or more models or scenario files")
    others = {"config": None} if own else {}
    scenarios = own + [
        _built(values, others, Path(name))
        if name.endswith(".toml")
        else _built(values, {**others, "model": name})
        for name in models
    ]
    return of_scenario_diff(compare_scenarios([evaluate(scenario) for scenario in scenarios]))


def _all(values: "FlagValues") -> "Report":
    """Say who could be on which rung, or who can spend a sum."""
    from frontiercost.catalogue.store import at

    asked = _built(values, {}, None, {"draws": LADDER_DRAWS}, command="compare")
    catalogue = at(asked.text("catalogue"))
    if cost := values.fact("cost", asked.exchange):
        from frontiercost.reporting.actors import of_cost

        date = asked.text("date", catalogue.edition["edition"])
        report = of_cost(catalogue, date, cost.value, asked.in_words(values["cost"], cost))
    else:
        report = _ladder(values, asked, catalogue)
    if asked.rates:
        from frontiercost.reporting.exchange_rates import with_rates

        report = with_rates(report, asked.rates.values())
    reasons = {"actor": "--category names whom to judge"} if values.has("category") else {}
    ignored = asked.refuse_unread(reasons)
    return replace(report, notes=(*([note] for note in ignored), *report.notes))


def _ladder(values: "FlagValues", asked: "Scenario", catalogue: "Catalogue") -> "Report":
    """Judge every rung for a set of actors, with the levers and without."""
    from frontiercost.analysis import ladder as ladders
    from frontiercost.analysis.ladder_table import LadderTable
    from frontiercost.analysis.rungs import rungs_of
    from frontiercost.reporting.ladder import of_ladder

    rungs = rungs_of(catalogue, values["rung"] or ())
    leads = any(rung.choose == "leader" for rung in rungs)
    frontier = values["frontier"] if leads else None
    people = values.fact("people") if any(rung.own_people for rung in rungs) else None
    levers = _levers(values, asked, catalogue, rungs)
    kept = _kept(values, asked, catalogue)
    ladder = ladders.Ladder(asked, catalogue, frontier or "", levers, people, kept)
    whom = _rows(values, asked, ladder)
    plain = ladder.without_levers() if levers.any else None
    table = LadderTable(
        ladder,
        rungs,
        whom(ladder, rungs),
        whom(plain, rungs) if plain else (),
        _years(values["years"]),
        of_kind=_of_kind(values, asked),
    )
    return of_ladder(
        table,
        shows_returns=values["returns"],
        shows_done=values["done"],
        explain=values["explain"],
        is_whole=is_whole(values),
    )


def _kept(values: "FlagValues", asked: "Scenario", catalogue: "Catalogue") -> "KeptCosts | None":
    """Return the costs of the usual question, where nothing else was asked.

    A document has what costs were worked out from, which is not kept.
    """
    from frontiercost.analysis.kept_costs import kept_costs

    usual = values.only(*SHOWN_OTHERWISE) and values["format"] != "json"
    return kept_costs(asked, catalogue) if usual else None


def _rows(
    values: "FlagValues", asked: "Scenario", ladder: "Ladder"
) -> Callable[["Ladder", Sequence["Rung"]], list["Row"]]:
    """Return what judges those who are shown: a sum that was typed first, then actors."""
    funds, of_kind = asked.funds(), _of_kind(values, asked)
    alone = funds and not (values.has("category", "all", "pool") or asked.has("actor"))
    groups = [] if alone else _groups(values, asked, ladder.catalogue, ladder.date)

    def rows(ladder: "Ladder", rungs: Sequence["Rung"]) -> list["Row"]:
        typed = [ladder.purse_row(funds, rungs)] if funds else []
        return typed + [ladder.row(group, rungs, of_kind=of_kind) for group in groups]

    return rows


def _groups(
    values: "FlagValues", asked: "Scenario", catalogue: "Catalogue", date: str
) -> list[tuple["Actor", ...]]:
    """Return whom to judge: actors one by one, and a pool of several."""
    if values["pool"]:
        from frontiercost.scenario.readers import filled

        names = [filled(name, "--pool").strip() for name in values["pool"].split(",")]
        if len(names) < 2:
            raise InputError(f"--pool '{values['pool']}': name two or more actors: ai2,princeton")
        members = [catalogue.actor(name, "--pool") for name in names]
        if twice := [member for i, member in enumerate(members) if member in members[:i]]:
            raise InputError(f"--pool '{values['pool']}': {twice[0].label} is named twice")
        _with_money(members, date, "--pool")
        return [tuple(members), *((member,) for member in members)]
    from frontiercost.analysis.actors import nobody
    from frontiercost.cost.affordability import why_not_judged

    whom = _whom(values, asked, catalogue, date)
    if asked.has("actor") and not values.has("category", "all"):
        _with_money(whom, date, asked.origin("actor"))
        return [(actor,) for actor in whom]
    groups: list[tuple[Actor, ...]] = [(actor,) for actor in whom if actor.budget(date)]
    if not groups:
        raise nobody({actor.name: why_not_judged(actor, date) for actor in whom})
    return groups


def _with_money(actors: Sequence["Actor"], date: str, where: str) -> None:
    """Refuse actors that were named and are not there at a date, or whose money is not known."""
    from frontiercost.cost.affordability import funds_of

    for actor in actors:
        funds_of(actor, date, where)


def _levers(
    values: "FlagValues", asked: "Scenario", catalogue: "Catalogue", rungs: Sequence["Rung"]
) -> "Levers":
    from frontiercost.analysis.ladder import Levers
    from frontiercost.cost.terms import OwnChips
    from frontiercost.scenario.readers import chips_in

    free = None
    if text := values.checked("free_chips"):
        count, name = chips_in(text)
        free = OwnChips(catalogue.chip(name, "--free-chips"), count)
    of_open_weights = any(rung.of_open_weights for rung in rungs)
    return Levers(
        grant=values.fact("grant", asked.exchange),
        free_chips=free,
        subsidy=values.fact("subsidy"),
        open_base=not of_open_weights or values.checked("open_base") == "yes",
    )


def _years(text: str | None) -> list[int]:
    """Read `2024..2032`."""
    from frontiercost.scenario.readers import FIRST_YEAR, LAST_YEAR

    if not text:
        return []
    first, dots, last = text.partition("..")
    ends = [first, last if dots else first]
    if not all(end.strip().isdecimal() and len(end.strip()) == 4 for end in ends):
        raise InputError(f"--years '{text}': write it as 2024..2032")
    start, end = (int(part) for part in ends)
    if not FIRST_YEAR <= start <= end <= LAST_YEAR:
        span = f"an earlier to a later year, between {FIRST_YEAR} and {LAST_YEAR}"
        raise InputError(f"--years '{text}': must go from {span}")
    return list(range(start, end + 1))
