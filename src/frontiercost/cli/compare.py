"""`frontiercost compare`: who can afford which path, and when?"""

from typing import Annotated

import typer

from frontiercost.cli import options as flag
from frontiercost.cli.comparing import compare_answer

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
