"""`frontiercost compare`: who can afford it?"""

from typing import Annotated

import typer

from frontiercost.cli import options as flag
from frontiercost.cli.session import compare_answer

FRONTIER = "gpt-5"
All = Annotated[
    bool, typer.Option("--all", help="Every actor, not a typical one of each category.")
]
Category = Annotated[
    str | None, typer.Option("--category", help="Every actor of one category, e.g. nonprofit.")
]


def compare(
    model: flag.Model = None,
    all: All = False,
    category: Category = None,
    actor: flag.Actor = None,
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
    draws: flag.Draws = None,
    seed: flag.Seed = None,
    format: flag.Format = "table",
    output: flag.Output = None,
    quiet: flag.Quiet = 0,
) -> None:
    """Who can afford to build this model: a typical actor of each category, or all of them.

    Without MODEL, today's frontier: a GPT-5-class model, whose compute is a wide estimate.

    \b
    frontiercost compare
    frontiercost compare deepseek-v3 --all
    frontiercost compare llama-3.1-405b --category nonprofit
    """
    compare_answer(locals(), FRONTIER)
