"""How a run's tokens stand against the compute-optimal number for its parameters.

Fewer make a model larger than its compute is worth, more a smaller one that is cheaper to serve.
Ignores serving, repeated data and mixtures of experts, whose optimum nobody agrees on.
Source: Hoffmann et al. 2022; Besiroglu et al. 2024.
"""

from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Table
from frontiercost.core.wording import interval_cells
from frontiercost.physics import scaling_laws
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

LOSS_LAW = (
    *("loss_floor", "loss_size_coefficient", "loss_size_exponent"),
    *("loss_data_coefficient", "loss_data_exponent"),
)


def of_parameter(tokens: "Number", flop: "Number") -> "Number":
    """Return tokens over parameters of a run with C = 6 N D: D / N = 6 D^2 / C."""
    return scaling_laws.FLOP_PER_PARAMETER_TOKEN * tokens**2 / flop


def refitted(flop: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return the compute-optimal tokens over parameters by the re-fitted law."""
    law = scaling_laws.from_facts({name: drawn.value(name) for name in LOSS_LAW})
    return of_parameter(scaling_laws.optimal_tokens(law, flop), flop)


def optimum_table(e: AnyEvaluation, tokens: "Number", flop: "Number") -> Table:
    """The run's tokens a parameter, and those that two laws call compute-optimal."""
    entries = (
        ("Tokens per parameter", of_parameter(tokens, flop)),
        ("Compute-optimal, Hoffmann et al. 2022", e.drawn.value("tokens_per_parameter")),
        ("Compute-optimal, re-fit of 2024", refitted(flop, e.drawn)),
    )
    rows = tuple((Cell(label), *interval_cells(e, ratio, "count")) for label, ratio in entries)
    title = "Tokens against the compute-optimal number"
    return Table(title, ("", "Low", "Median", "High"), rows)


def optimum_sentence(tokens: float, params: float, kind: str, drawn: DrawnCatalogue) -> str:
    """Say how many tokens there are per parameter of a kind, and how that stands to the optimum."""
    flop = scaling_laws.FLOP_PER_PARAMETER_TOKEN * params * tokens
    usual = drawn.fact("tokens_per_parameter").value
    ratios = (tokens / params, usual, float(refitted(flop, drawn)))
    own, hoffmann, refit = (format_quantity(ratio, "count") for ratio in ratios)
    times = format_quantity(tokens / params / usual, "x")
    return (
        f"{own} tokens per {kind} are {times} the compute-optimal {hoffmann} of Hoffmann et al. "
        f"2022 ({refit} by its re-fit)"
    )
