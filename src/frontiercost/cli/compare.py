"""`frontiercost compare`: who can use, run, adapt, rebuild, join or lead, and when?"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontiercost.cli.output import emit, is_whole
from frontiercost.core.errors import InputError

if TYPE_CHECKING:
    from frontiercost.analysis.kept_costs import KeptCosts
    from frontiercost.analysis.ladder import Ladder
    from frontiercost.analysis.ladder_table import LadderTable
    from frontiercost.catalogue.store import Catalogue
    from frontiercost.catalogue.types import Actor
    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report, Sentence
    from frontiercost.scenario.scenario import Scenario

OF_MODELS = "it is of the ladder, and this question names a model; leave the model out"
OF_ONE = "models side by side are not judged for everybody; name them by --actor, or one model"
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
    frontiercost compare --history
    frontiercost compare --years 2024..2032 --category nonprofit
    frontiercost compare --grant 10M --rung rebuild --rung adapt
    frontiercost compare deepseek-v3 --all
    frontiercost compare llama-3.1-405b deepseek-v3 --why
    """
    models = values["models"] or []
    _refuse_history_of(models, values)
    one = values["config"] or (values["scenario"] and not _asks_ladder(values["scenario"]))
    several = len(models) + bool(values["config"]) > 1
    side_by_side = several or any(name.endswith(".toml") for name in models)
    if values["why"] and not side_by_side:
        raise InputError(
            "--why: name two models or files: compare llama-3.1-405b deepseek-v3 --why"
        )
    if side_by_side:
        result = _side_by_side(models, values)
    elif models or one:
        result = _one_model(models, values)
    else:
        result = _all(values)
    if side_by_side and values.has("all", "category"):
        values.refuse_unread(OF_ONE)
    values.refuse_unread(OF_MODELS if models or one else OF_LADDER)
    emit(result, values)


def _refuse_history_of(models: Sequence[str], values: "FlagValues") -> None:
    """Refuse models beside --history, which is the ladder's; a year among them is meant as one."""
    if not models or not values["history"]:
        return
    years = ",".join(name for name in models if name.isdecimal())
    raise InputError(
        f"--history {years}: name years by --years: compare --history --years {years}"
        if years
        else f"--history: {OF_MODELS}"
    )


def _asks_ladder(file: Path) -> bool:
    """Whether a scenario file asks about the ladder, and not about one model."""
    from frontiercost.scenario.files import stage_in
    from frontiercost.scenario.flag import LADDER

    return stage_in(file) == LADDER


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
    return not (values.has("category", "all") or asked.has("actor", "budget", "pool"))


def _one_model(models: list[str], values: "FlagValues") -> "Report":
    """Judge one scenario for a set of actors."""
    from frontiercost.analysis import actors
    from frontiercost.analysis.model_stages import model_stages
    from frontiercost.reporting.actors import of_comparison
    from frontiercost.reporting.screen import Fits, nothing_fits
    from frontiercost.scenario.scenario import DEFAULT_STAGE
    from frontiercost.scenario.user_facts import catalogue_of

    scenario = _built(values, {"model": models[0]} if models else {}, values["scenario"])
    catalogue = catalogue_of(scenario)
    whom: list[Actor] = []
    if values.has("category", "all") or scenario.has("actor") or not scenario.has("budget"):
        whom = _whom(values, scenario, catalogue, actors.date_of(scenario, catalogue))
    comparison = actors.compare_actors(scenario, whom, catalogue)
    e, stages = comparison.evaluation, None
    fits: Fits = nothing_fits
    if e.verdicts and scenario.text("stage", DEFAULT_STAGE) == DEFAULT_STAGE:
        stages = model_stages(scenario, e, catalogue)
    if scenario.names_funds and not values.has("all", "category"):
        from frontiercost.reporting.fits import fits_of

        fits = fits_of(scenario)
    of_kind = _of_kind(values, scenario)
    return of_comparison(comparison, catalogue, stages, fits, of_kind=of_kind)


def _side_by_side(models: list[str], values: "FlagValues") -> "Report":
    """Evaluate each model or file, under common draws, and set them side by side.

    What --scenario says holds for each model, but for a name, which is of its own model.
    """
    from frontiercost.analysis.scenario_diff import compare_scenarios
    from frontiercost.reporting.scenario_diff import of_scenario_diff
    from frontiercost.stages.evaluation import evaluate

    file = values["scenario"]
    files = [name for name in models if name.endswith(".toml")]
    if file and files:
        raise InputError(f"--scenario has no effect on '{files[0]}'; let that file extend it")
    own = [_built(values, {}, file)] if values["config"] else []
    if len(models) + len(own) < 2:
        raise InputError("compare: name two or more models or scenario files")
    others = {"config": None} if own else {}
    scenarios = own + [
        _built(values, others, Path(name))
        if name in files
        else _built(values, {**others, "model": name, "name": None}, file)
        for name in models
    ]
    pairs = compare_scenarios([evaluate(scenario) for scenario in scenarios])
    report = of_scenario_diff(pairs)
    if not values["why"]:
        return report
    from frontiercost.analysis.why import why
    from frontiercost.reporting.why import with_why

    changes = [why(pair, other) for pair, other in zip(pairs, scenarios[1:], strict=True)]
    return with_why(report, pairs, changes)


def _all(values: "FlagValues") -> "Report":
    """Say who could be on which rung, or who can spend a sum."""
    from frontiercost.core.report import Later
    from frontiercost.scenario.flag import LADDER
    from frontiercost.scenario.user_facts import catalogue_of

    file = values["scenario"]
    asked = _built(values, {}, file, {"draws": LADDER_DRAWS}, command=LADDER)
    catalogue = catalogue_of(asked)
    if cost := values.fact("cost", asked.exchange):
        from frontiercost.reporting.actors import of_cost

        date = asked.text("date", catalogue.edition["edition"])
        report = of_cost(catalogue, date, cost.value, asked.in_words(values["cost"], cost))
    elif asked.switch("history"):
        report = _history(values, asked, catalogue)
    elif asked.switch("returns"):
        report = _returns(asked, catalogue)
    else:
        report = _ladder(values, asked, catalogue)
    if asked.rates:
        from frontiercost.reporting.exchange_rates import with_rates

        report = with_rates(report, asked.rates.values())
    reasons = {"actor": "--category names whom to judge"} if values.has("category") else {}
    ignored = asked.refuse_unread(reasons)
    said: list[Sentence] = [[note] for note in ignored]
    return replace(report, notes=Later(lambda: (*said, *report.notes)))


def _history(values: "FlagValues", asked: "Scenario", catalogue: "Catalogue") -> "Report":
    """Say what it took at several dates, and by trends in years to come."""
    from frontiercost.analysis.kept_history import kept_history

    formats = (None, "table")
    on_a_screen = values.only("history", "format", "quiet") and values["format"] in formats
    if on_a_screen and (kept := kept_history(asked, catalogue)):
        from frontiercost.reporting.history_screen import of_kept

        return of_kept(kept)
    from frontiercost.analysis.history import History
    from frontiercost.reporting.history import of_history

    history = History(asked, catalogue, _years(values["years"]))
    return of_history(history)


def _returns(asked: "Scenario", catalogue: "Catalogue") -> "Report":
    """Say what ten times the compute bought."""
    from frontiercost.reporting.returns import of_returns
    from frontiercost.scenario.resolver import Resolver

    return of_returns(Resolver(asked, catalogue, needs_model=False))


def _ladder(values: "FlagValues", asked: "Scenario", catalogue: "Catalogue") -> "Report":
    """Judge every rung for a set of actors, with the levers and without."""
    from frontiercost.analysis.ladder import Ladder
    from frontiercost.analysis.ladder_table import LadderTable
    from frontiercost.analysis.levers import levers_of
    from frontiercost.analysis.rungs import rungs_of
    from frontiercost.reporting.ladder import of_ladder

    rungs = rungs_of(catalogue, values["rung"] or ())
    leads = any(rung.choose == "leader" for rung in rungs)
    frontier = values["frontier"] if leads else None
    people = values.fact("people") if any(rung.own_people for rung in rungs) else None
    levers = levers_of(asked, catalogue)
    kept = _kept(values, asked, catalogue)
    ladder = Ladder(asked, catalogue, frontier or "", levers, people, kept)
    before = ladder.without_levers() if levers.any else None
    years, of_kind = _years_to_come(values["years"], ladder.date), _of_kind(values, asked)
    funds, whom = asked.funds(), _whom_to_show(values, asked, ladder)

    def table(ladder: "Ladder", then: "LadderTable | None" = None) -> "LadderTable":
        typed = [ladder.purse_row(funds, rungs)] if funds else []
        rows = [ladder.row_with_pool(actor, rungs, of_kind=of_kind) for actor in whom]
        return LadderTable(ladder, rungs, [*typed, *rows], then, years, of_kind=of_kind)

    levered = table(ladder, table(before) if before else None)
    return of_ladder(
        levered,
        shows_done=values["done"],
        explain=values["explain"],
        is_whole=is_whole(values),
    )


def _kept(values: "FlagValues", asked: "Scenario", catalogue: "Catalogue") -> "KeptCosts | None":
    """Return the costs of the usual question, where nothing else was asked but levers.

    A document has what costs were worked out from, which is not kept.
    """
    from frontiercost.analysis.kept_costs import kept_costs
    from frontiercost.analysis.levers import KEYS

    usual = values.only(*SHOWN_OTHERWISE, *KEYS) and values["format"] != "json"
    return kept_costs(asked.without(*KEYS), catalogue) if usual else None


def _whom_to_show(values: "FlagValues", asked: "Scenario", ladder: "Ladder") -> list["Actor"]:
    """Return whom to judge one by one, those of a pool if there is one; of a sum alone nobody."""
    from frontiercost.analysis.actors import nobody
    from frontiercost.cost.affordability import why_not_judged

    date, named = ladder.date, values.has("category", "all") or asked.has("actor", "pool")
    if asked.has("budget") and not named:
        return []
    if pool := ladder.levers.pool:
        _with_money(pool, date, asked.origin("pool"))
        return list(pool)
    whom = _whom(values, asked, ladder.catalogue, date)
    if asked.has("actor") and not values.has("category", "all"):
        _with_money(whom, date, asked.origin("actor"))
        return whom
    with_money = [actor for actor in whom if actor.budget(date)]
    if not with_money:
        raise nobody({actor.name: why_not_judged(actor, date) for actor in whom})
    return with_money


def _with_money(actors: Sequence["Actor"], date: str, where: str) -> None:
    """Refuse actors that were named and are not there at a date, or whose money is not known."""
    from frontiercost.cost.affordability import funds_of

    for actor in actors:
        funds_of(actor, date, where)


def _years_to_come(text: str | None, date: str) -> list[int]:
    """Read the years of a forecast, which end after the date that is asked about."""
    years = _years(text)
    if years and years[-1] < int(date[:4]):
        raise InputError(
            f"--years '{text}': these are past at {date}; compare --history --years {text} tells "
            "what it took then"
        )
    return years


def _years(text: str | None) -> list[int]:
    """Read `2024..2032`, or years by name: `2021,2024`."""
    from frontiercost.scenario.readers import FIRST_YEAR, LAST_YEAR

    if not text:
        return []
    first, dots, last = text.partition("..")
    named = [first, last] if dots else text.split(",")
    if not all(year.strip().isdecimal() and len(year.strip()) == 4 for year in named):
        raise InputError(f"--years '{text}': write it as 2024..2032, or 2021,2024")
    years = [int(year) for year in named]
    if years != sorted(years) or not FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR:
        span = f"an earlier to a later year, between {FIRST_YEAR} and {LAST_YEAR}"
        raise InputError(f"--years '{text}': must go from {span}")
    return list(range(years[0], years[1] + 1)) if dots else list(dict.fromkeys(years))
