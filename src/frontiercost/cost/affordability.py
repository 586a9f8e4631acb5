"""A bill against an actor: what could be spent, how likely it is enough, and what binds.

Available = budget x the share that could go to one model's whole programme. A stock counts
once, a flow once for each year the programme lasts. Shares are mostly judged, so the share that
would be needed comes before any probability.
"""

import math
from typing import TYPE_CHECKING

from frontiercost.catalogue.types import Actor, Budget
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import not_after
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.cost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

TWO_ERRORS = 2
WORDS = ((0.95, "yes"), (0.8, "likely"), (0.2, "toss-up"), (0.05, "unlikely"), (0.0, "no"))


@frozen
class AvailableFunds:
    """Money that could be spent: an actor's budget and share, or a sum that was typed."""

    label: str
    money: Fact
    share: Fact | None = None
    actor: Actor | None = None
    budget: Budget | None = None
    """Of an actor: the one in force."""

    @property
    def planned(self) -> bool:
        """Whether the money was proposed and not given."""
        return self.actor is not None and self.actor.standing == "unfunded"

    @property
    def judged(self) -> bool:
        """Whether the share is a judgement, so that digits of probability would mislead."""
        return self.share is not None and self.share.confidence == "judged"


@frozen
class Verdict:
    """Whether available funds covers a cost."""

    funds: AvailableFunds
    scope: str
    cost: "Number"
    """What it costs this one: at its own pay."""
    available: "Number"
    share_needed: "Number | None"
    """Cost over the whole budget; None when there is no money at all."""
    multiple: "Number | None"
    """Cost over what is available; None when nothing is."""
    probability: float | None
    word: str
    binding: str | None
    commitment: str = ""
    """What it rents by: no contract that takes more than there is, where nobody chose one."""


def funds_of(actor: Actor, date: str, where: str, purse: str = "") -> AvailableFunds:
    """Return an actor's money at a date: for work with a purse of its own that, where it is more.

    An explorer's experiments are its research, so that one model's share of it would count them
    twice.  Raises InputError when the actor is not there then, or no budget of it is known by then.
    """
    budget = actor.budget(date)
    if budget is None or not actor.exists(date):
        raise InputError(
            f"{where} '{actor.name}': {actor.label} {why_not_judged(actor, date)}; give `budget`, "
            "another `date`, or another actor (list: frontiercost catalogue actors)"
        )
    whole = actor.in_force(date).get(purse)
    if whole is None or budget.spendable >= whole.money.value:
        return AvailableFunds(actor.label, budget.money, budget.share, actor, budget)
    return AvailableFunds(actor.label, whole.money, None, actor, whole)


def why_not_judged(actor: Actor, date: str) -> str:
    """Return why an actor cannot be judged at a date, in words; nothing where it can."""
    if not not_after(actor.since, date):
        return f"exists only since {actor.since}, not at {date}"
    if not actor.exists(date):
        return f"existed from {actor.since} to {actor.until}, not at {date}"
    if actor.budget(date):
        return ""
    if actor.budgets:
        return f"has no budget known by {date}: its first is of {actor.budgets[0].money.as_of}"
    return "has no budget in dollars in the catalogue"


def chance(cost: "Number", available: "Number", draws: Draws) -> tuple[float | None, str]:
    """Return the probability that a cost is covered, and its word; what is free always is."""
    affordable = cost <= available
    probability = draws.share(affordable)
    if probability is None:
        return None, "yes" if affordable else "no"
    return probability, word_of(probability)


def verdict(
    funds: AvailableFunds, cost: "Number", work: Workload, scope: str, draws: Draws
) -> Verdict:
    """Compare a cost with available funds, draw by draw.

    P = share of draws in which cost <= budget x share x years. Of funds that most likely are
    empty no multiple is stated.
    """
    budget, available = available_funds(funds, work.project_years, draws)
    probability, word = chance(cost, available, draws)
    return Verdict(
        funds=funds,
        scope=scope,
        cost=cost,
        available=available,
        share_needed=None if funds.money.high == 0 else cost / budget,
        multiple=cost / available if draws.summary(available).median else None,
        probability=probability,
        word=word,
        binding=binding_of(word, work, draws),
    )


def available_funds(
    funds: AvailableFunds, project_years: "Number", draws: Draws
) -> tuple["Number", "Number"]:
    """Return the whole budget over a project, and the part of it that could go to one model.

    Of what was proposed and not given nothing could.
    """
    budget = draws.sample(funds.money) * _years(funds, project_years)
    share = draws.sample(funds.share) if funds.share else 1.0
    return budget, budget * (0.0 if funds.planned else share)


def _years(funds: AvailableFunds, project_years: "Number") -> "Number":
    """Return how often the money comes: max(1, project years) for a flow, 1 for a stock."""
    if funds.money.unit != "USD/year":
        return 1.0
    return 1 + positive_part(project_years - 1)


def limit_near(probability: float | None, draws: Draws) -> float | None:
    """Return the limit of a word that a probability is too near to tell: within 2 standard errors.

    sqrt(p (1 - p) / n) at the limit p; None where the word is sure, or nothing was drawn.
    """
    if probability is None:
        return None
    limits = (limit for limit, _ in WORDS if limit)
    return next((x for x in limits if is_near(probability, x, draws)), None)


def is_near(probability: float, limit: float, draws: Draws) -> bool:
    """Whether so many draws cannot tell a probability from a limit."""
    error = math.sqrt(limit * (1 - limit) / draws.count) if draws.count else 0.0
    return abs(probability - limit) <= TWO_ERRORS * error


def word_of(probability: float) -> str:
    """Return the word for a probability."""
    return next(word for limit, word in WORDS if probability > limit or limit == 0)


def binding_of(word: str, work: Workload, draws: Draws) -> str | None:
    """Return what stands in the way: money first, then a run longer than a year."""
    if word in ("no", "unlikely", "toss-up"):
        return "money"
    if not work.held and draws.summary(work.wall_days).median > LONGEST_DAYS:
        return "time"
    return None
