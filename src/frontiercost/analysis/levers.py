"""What a policymaker can change, and which of it changes nothing."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.cost.terms import OwnChips
from frontiercost.scenario.readers import chips_in, filled
from frontiercost.scenario.scenario import Scenario

if TYPE_CHECKING:
    from frontiercost.analysis.ladder import Ladder
    from frontiercost.analysis.rungs import Rung

SAME = 1e-5
"""Relative difference below which a cost is the same: what is kept has fewer digits."""
KEYS = ("grant", "pool", "subsidy", "free_chips", "open_weights", "export_rule")
"""The keys of a scenario that are levers."""


@frozen
class Levers:
    """What is changed; each may be combined with the others."""

    grant: Fact | None = None
    """Money added to each actor, once."""
    pool: tuple[Actor, ...] = ()
    """Who put their money together, less what coordination loses."""
    subsidy: Fact | None = None
    """The share of every cost that somebody else pays."""
    free_chips: OwnChips | None = None
    """Chips lent for a year: used first, at their running cost."""
    open_weights: str = ""
    """`free`: for every use, whatever their licence; `forbidden`: one has to make them."""
    export_rule: str = ""
    """What chips are cut by at the same price: a name of EXPORT_RULES."""

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return any(getattr(self, key) for key in KEYS)

    @property
    def unrestricted(self) -> "Levers":
        """The same without what forbids anything."""
        return replace(
            self, open_weights=self.open_weights.replace("forbidden", ""), export_rule=""
        )


NONE = Levers()


def levers_of(asked: Scenario, catalogue: Catalogue) -> Levers:
    """Return the levers that a scenario pulls; raise InputError that names a wrong one."""
    lent = asked.text("free_chips")
    count, chip = chips_in(lent) if lent else (0.0, "")
    return Levers(
        grant=asked.fact("grant"),
        pool=_pool(asked, catalogue),
        subsidy=asked.fact("subsidy"),
        free_chips=OwnChips(catalogue.chip(chip, asked.origin("free_chips")), count)
        if lent
        else None,
        open_weights=asked.text("open_weights").replace("no", "forbidden"),
        export_rule=asked.text("export_rule"),
    )


def refuse_lent_too_soon(levers: Levers, asked: Scenario, date: str) -> None:
    """Raise InputError for chips that nobody could have lent by a date."""
    lent = levers.free_chips
    if lent and not lent.chip.on_sale(date):
        where = f"{asked.origin('free_chips')} {lent.chip.name}"
        raise InputError(f"{where}: on sale from {lent.chip.release}; take a later `date`")


def _pool(asked: Scenario, catalogue: Catalogue) -> tuple[Actor, ...]:
    text, where = asked.text("pool"), asked.origin("pool")
    if not text:
        return ()
    names = [filled(name, where).strip() for name in text.split(",")]
    if len(names) < 2:
        raise InputError(f"{where} '{text}': name two or more actors: ai2,princeton")
    members = [catalogue.actor(name, where) for name in names]
    if twice := [member for i, member in enumerate(members) if member in members[:i]]:
        raise InputError(f"{where} '{text}': {twice[0].label} is named twice")
    return tuple(members)


def idle(before: "Ladder", after: "Ladder", rungs: Sequence["Rung"]) -> Iterator[str]:
    """Yield the keys of levers that change neither a cost, nor money, nor a level of these rungs.

    A pool always changes who acts.
    """
    levers = after.levers
    for key, amount in (("grant", levers.grant), ("subsidy", levers.subsidy)):
        if amount is not None and amount.high == 0:
            yield key
    if levers.free_chips and not any(_is_lent_to(after, rung) for rung in rungs):
        yield "free_chips"
    if levers.open_weights and all(_same_choice(before, after, rung) for rung in rungs):
        yield "open_weights"
    if levers.export_rule:
        ruled = after.under(Levers(export_rule=levers.export_rule))
        if all(_same_cost(before, ruled, rung) for rung in rungs):
            yield "export_rule"


def _is_lent_to(ladder: "Ladder", rung: "Rung") -> bool:
    """Whether chips that are lent lower the cost of a rung."""
    if ladder.usual_cost(rung).total is None:
        return False
    return ladder.drawn.median(ladder.levered.saved(rung, ladder.usual(rung))) > 0


def _same_choice(before: "Ladder", after: "Ladder", rung: "Rung") -> bool:
    """Whether a rung takes the same model and makes no other first."""
    models = [
        ladder.choice(rung, firm=firm).model for ladder in (before, after) for firm in (False, True)
    ]
    return models[:2] == models[2:] and after.levered.made_first(rung) is None


def _same_cost(before: "Ladder", after: "Ladder", rung: "Rung") -> bool:
    """Whether a rung costs the same."""
    then, now = (ladder.usual_cost(rung).total for ladder in (before, after))
    if then is None or now is None:
        return then is now
    medians = [after.drawn.median(cost) for cost in (then, now)]
    return math.isclose(*medians, rel_tol=SAME)
