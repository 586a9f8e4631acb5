"""`frontiercost compare`: who can afford which path, and when?"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontiercost.cli.output import emit
from frontiercost.cli.session import HANDLING
from frontiercost.core.errors import InputError

if TYPE_CHECKING:
    from frontiercost.analysis.pathways import Levers
    from frontiercost.catalogue.store import Catalogue
    from frontiercost.catalogue.types import Actor
    from frontiercost.core.report import Report
    from frontiercost.scenario.scenario import Scenario

from typing import Annotated

import typer

from frontiercost.cli import options as flag

Models = Annotated[
    list[str] | None,
    typer.Argument(
        help="None: paths to a strong model. One: who can build it. More: side by side."
    ),
]
All = Annotated[
    bool, typer.Option("--all", help="Every actor, not a typical one of each category.")
]
Category = Annotated[
    str | None, typer.Option("--category", help="Every actor of one category, e.g. nonprofit.")
]


def _lever(name: str, help: str) -> typer.models.OptionInfo:
    return typer.Option(name, help=help, rich_help_panel="Levers")  # type: ignore[no-any-return]


def _path(name: str, help: str) -> typer.models.OptionInfo:
    return typer.Option(name, help=help, rich_help_panel="Paths")  # type: ignore[no-any-return]


def compare(
    models: Models = None,
    all: All = False,
    category: Category = None,
    actor: flag.Actor = None,
    frontier: Annotated[str, _path("--frontier", "A model, or a year by trend: 2028.")] = "gpt-5",
    path: Annotated[
        list[str] | None,
        _path("--path", "scratch, follow, open-base, serve, together; repeatable."),
    ] = None,
    years: Annotated[str | None, _path("--years", "When, by trends: 2024..2032.")] = None,
    returns: Annotated[bool, _path("--returns", "What ten times the money buys.")] = False,
    cost: Annotated[str | None, _path("--cost", "Count who can spend a sum: '$30M'.")] = None,
    grant: Annotated[str | None, _lever("--grant", "Money added to each actor: '$10M'.")] = None,
    free_chips: Annotated[
        str | None, _lever("--free-chips", "Chips lent to each for a year: '500 h100'.")
    ] = None,
    pool: Annotated[
        str | None, _lever("--pool", "Actors that pool their money: ai2,princeton.")
    ] = None,
    subsidy: Annotated[str | None, _lever("--subsidy", "Share of cost paid: 30%.")] = None,
    open_base: Annotated[
        str, _lever("--open-base", "no: there are no open weights to start from.")
    ] = "yes",
    as_built: flag.AsBuilt = False,
    chip: flag.Chip = None,
    basis: flag.Basis = None,
    programme: flag.Programme = None,
    vendor: flag.Vendor = None,
    commitment: flag.Commitment = None,
    price: flag.Price = None,
    date: flag.Date = None,
    scenario: flag.ScenarioFile = None,
    set: flag.Set = None,
    catalogue: flag.CatalogueFolder = None,
    draws: flag.Draws = None,
    seed: flag.Seed = None,
    format: flag.Format = "table",
    output: flag.Output = None,
    quiet: flag.Quiet = 0,
) -> None:
    """Who can afford which path to a strong model, what a lever changes, and in which year?

    \b
    frontiercost compare
    frontiercost compare --years 2024..2032 --category nonprofit
    frontiercost compare --grant '$10M' --path follow --path open-base
    frontiercost compare deepseek-v3 --all
    frontiercost compare llama-3.1-405b deepseek-v3
    """
    compare_answer(locals())


ONLY_HERE = (
    *("models", "all", "category", "actor", "frontier", "path", "years", "cost", "returns"),
    *("grant", "free_chips", "pool", "subsidy", "open_base"),
)
WHOM = ("actor", "pool", "category", "all")
"""Flags that name whom to judge; without them, a typical actor of each category."""
PATH_DRAWS = "1024"
"""Enough for a probability to a per cent or two; a table of many cells is drawn for each."""


def compare_answer(given: Mapping[str, Any]) -> None:
    """Answer by how many models or files are named: none, one model, or several side by side."""
    from frontiercost.catalogue.store import at
    from frontiercost.scenario.scenario import of_environment

    if not any(given[key] for key in WHOM) and (actor := of_environment(os.environ).get("actor")):
        given = {**given, "actor": [actor]}
    catalogue, models = at(given["catalogue"] or ""), given["models"] or []
    if len(models) > 1 or any(name.endswith(".toml") for name in models):
        result = _side_by_side(given, catalogue)
    elif models or given["scenario"]:
        result = _one_model(given, catalogue)
    else:
        result = _paths(given, catalogue)
    emit(result, given["format"], given["output"], given["quiet"])


def _built(
    given: Mapping[str, Any],
    more: Mapping[str, Any],
    file: Path | None = None,
    defaults: Mapping[str, str] | None = None,
) -> "Scenario":
    """Build a scenario from the flags that are no business of comparing, environment and a file."""
    from frontiercost.scenario.scenario import build, of_environment

    asked = {k: v for k, v in given.items() if k not in (*HANDLING, *ONLY_HERE)}
    environment = of_environment(os.environ)
    return build(asked | dict(more), file, given["set"] or (), defaults, environment)


def _actors(given: Mapping[str, Any], catalogue: "Catalogue") -> list["Actor"]:
    from frontiercost.analysis import actors

    if given["actor"]:
        return [catalogue.actor(name, "--actor") for name in given["actor"]]
    if given["category"]:
        return actors.actors_of(catalogue, given["category"])
    if given["all"]:
        return actors.all_actors(catalogue)
    return actors.typical_actors(catalogue)


def _one_model(given: Mapping[str, Any], catalogue: "Catalogue") -> "Report":
    """Judge one scenario for a set of actors."""
    from frontiercost.analysis import actors
    from frontiercost.reporting.actors import of_comparison
    from frontiercost.scenario.user_facts import catalogue_of

    models = given["models"] or []
    scenario = _built(given, {"model": models[0]} if models else {}, given["scenario"])
    catalogue = catalogue_of(scenario, catalogue)
    found = actors.compare_actors(scenario, _actors(given, catalogue), catalogue)
    return of_comparison(found, catalogue)


def _side_by_side(given: Mapping[str, Any], catalogue: "Catalogue") -> "Report":
    """Evaluate each model or file, under common draws, and set them side by side."""
    from frontiercost.analysis.scenario_diff import compare_scenarios
    from frontiercost.reporting.scenario_diff import of_scenario_diff
    from frontiercost.scenario.user_facts import catalogue_of
    from frontiercost.stages.evaluation import evaluate

    if len(given["models"]) < 2:
        raise InputError("compare: name two or more models or scenario files")
    scenarios = [_scenario_of(name, given) for name in given["models"]]
    return of_scenario_diff(
        compare_scenarios([evaluate(one, catalogue_of(one, catalogue)) for one in scenarios])
    )


def _scenario_of(name: str, given: Mapping[str, Any]) -> "Scenario":
    if name.endswith(".toml"):
        return _built(given, {}, Path(name))
    return _built(given, {"model": name})


def _paths(given: Mapping[str, Any], catalogue: "Catalogue") -> "Report":
    """Judge every path for a set of actors, with the levers and without."""
    from frontiercost.analysis import actors, frontier_access, pathways
    from frontiercost.reporting.pathways import of_cost, of_paths

    asked = _built(given, {}, None, {"draws": PATH_DRAWS})
    levers = _levers(given, catalogue)
    comparer = pathways.PathwayModel(asked, given["frontier"], catalogue, levers)
    if given["cost"]:
        sum_ = pathways.fact_of(given["cost"], "USD", "--cost").value
        return of_cost(comparer, sum_, given["cost"])
    wanted = pathways.paths_of(catalogue, given["path"] or ())
    groups = _groups(given, catalogue)
    of_kind = not any(given[key] for key in WHOM)
    every = actors.all_actors(catalogue)
    plain = comparer.without_levers() if levers.any else None
    found = frontier_access.PathwayTable(
        comparer=comparer,
        paths=wanted,
        rows=[comparer.row(group, wanted, of_kind=of_kind) for group in groups],
        near=frontier_access.reachable(comparer, wanted, every),
        money=frontier_access.spendable(catalogue, comparer.date, every),
        before=[plain.row(group, wanted, of_kind=of_kind) for group in groups] if plain else (),
        years=_years(given["years"]),
    )
    return of_paths(found, given["returns"])


def _groups(given: Mapping[str, Any], catalogue: "Catalogue") -> list[tuple["Actor", ...]]:
    """Return whom to judge: actors with a budget one by one, and a pool of several."""
    if given["pool"]:
        names = [name.strip() for name in given["pool"].split(",") if name.strip()]
        if len(names) < 2:
            raise InputError(f"--pool '{given['pool']}': name two or more actors: ai2,princeton")
        members = [catalogue.actor(name, "--pool") for name in names]
        return [tuple(members), *((member,) for member in members)]
    known = [actor for actor in _actors(given, catalogue) if actor.budgets]
    if not known:
        raise InputError("none of these actors has a budget in dollars in the catalogue")
    return [(actor,) for actor in known]


def _levers(given: Mapping[str, Any], catalogue: "Catalogue") -> "Levers":
    from frontiercost.analysis.pathways import Levers, fact_of
    from frontiercost.core.errors import nearest
    from frontiercost.cost.terms import OwnChips
    from frontiercost.scenario.keys import own_chips

    if given["open_base"] not in ("yes", "no"):
        raise InputError(f"--open-base '{given['open_base']}': {nearest('', ('yes', 'no'))}")
    free = None
    if given["free_chips"]:
        try:
            count, name = own_chips(given["free_chips"])
        except ValueError as error:
            raise InputError(f"--free-chips {error}") from None
        free = OwnChips(catalogue.chip(name, "--free-chips"), count)
    return Levers(
        grant=fact_of(given["grant"], "USD", "--grant") if given["grant"] else None,
        free_chips=free,
        subsidy=_share(given["subsidy"]),
        open_base=given["open_base"] == "yes",
    )


def _share(text: str | None) -> Any:
    from frontiercost.analysis.pathways import fact_of

    if not text:
        return None
    fact = fact_of(text, "%", "--subsidy")
    if not 0 <= fact.low <= fact.high <= 1:
        raise InputError(f"--subsidy '{text}': must be between 0% and 100%")
    return fact


def _years(text: str | None) -> list[int]:
    """Read `2024..2032`."""
    from frontiercost.scenario.keys import FIRST_YEAR, LAST_YEAR

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
