"""The ladder: who could be on which rung at a date, who has been, and what levers change."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from frontiercost.analysis.deeds import Deed, deeds_of
from frontiercost.analysis.frontier import is_year, named_leader
from frontiercost.analysis.kept_costs import KeptCosts
from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.levels import LevelHistory
from frontiercost.analysis.levered_costs import LeveredCosts
from frontiercost.analysis.levers import KEYS, NONE, Levers, refuse_lent_too_soon
from frontiercost.analysis.profiles import People, Profile, Profiles
from frontiercost.analysis.rung_costs import CAMPUS, NOBODY, Cost, RungCosts
from frontiercost.analysis.rungs import Choice, Rung, RungChooser, rungs_of
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor, Chip, Level
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Draws, Fact, Interval, positive_part
from frontiercost.core.spread import Shares, old_share, variance_shares
from frontiercost.core.units import decimal_year, not_after
from frontiercost.cost.affordability import (
    AvailableFunds,
    available_funds,
    chance,
    funds_of,
    why_not_judged,
)
from frontiercost.cost.choices import FOLLOWER, PROGRAMMES
from frontiercost.scenario.readers import check_year
from frontiercost.scenario.resolver import Resolver, doubts_of
from frontiercost.scenario.scenario import Scenario

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COST_TREND = "training_cost_frontier"
UNKNOWN = "unknown"
"""The word where nothing is known of an actor's money."""
MOST_PEOPLE = 1e8
NEXT = 1.01
"""Times as many people that a search for enough of them goes on with at least."""
ANYBODY = "startup"
"""Pay of the staff of a purse that is nobody's in the catalogue."""


class Ladder:
    """Judges actors on rungs under one set of choices, everything drawn from the same draws."""

    def __init__(
        self,
        asked: Scenario,
        catalogue: Catalogue,
        frontier: str = "",
        levers: Levers = NONE,
        people: Fact | None = None,
        kept: KeptCosts | None = None,
        like: "Ladder | None" = None,
    ) -> None:
        """`asked` holds the choices for all rungs: date, basis, chip, vendor, draws, seed.

        `frontier` is whom to lead with: a model, a year by trend, or empty for the leader of the
        date. `people` are those of everybody; `kept` holds costs that need not be worked out;
        `like` has drawn the same facts.
        """
        self.asked, self.frontier, self.catalogue, self.levers = asked, frontier, catalogue, levers
        self.chip = self._checked_chip()
        drawn = like.draws if like else None
        first = Resolver(asked.without("actor", "budget"), catalogue, drawn, needs_model=False)
        self.draws: Draws = first.draws
        self.drawn = DrawnCatalogue(catalogue, self.draws)
        self.date = first.date
        refuse_lent_too_soon(levers, asked, self.date)
        self._people = people
        self._chooser = RungChooser(
            self.drawn, self.date, self._named_leader(), levers.open_weights
        )
        work = asked.without(*KEYS)
        if levers.export_rule:
            work = work.changed("levers", export_rule=levers.export_rule)
        same = like if like and like.date == self.date else None
        self.costs: RungCosts = RungCosts(
            work, self.drawn, self._chooser, same.costs if same else None
        )
        own = People(people.low, people.value, people.high) if people else None
        self.profiles = Profiles(catalogue, self.date, own)
        self._campus = NOBODY._replace(people=own) if own else CAMPUS
        self._kept = kept
        self._costs_by_profile: dict[tuple[str, Profile], Cost] = {}
        self._cells: dict[tuple[str, ...], RungCell] = {}
        self.levered = LeveredCosts(self.costs, self.drawn, levers, self.every_rung)

    def without_levers(self) -> "Ladder":
        """Return the same without levers, under the same draws."""
        return self.under(NONE)

    def under(self, levers: Levers) -> "Ladder":
        """Return the same under other levers, and under the same draws."""
        same = (self.frontier, levers, self._people, self._kept, self)
        return Ladder(self.asked.without(*KEYS), self.catalogue, *same)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was asked and is far outside the record, in words."""
        return doubts_of(self.asked, self.catalogue, self.chip)

    @property
    def history(self) -> LevelHistory:
        """The levels that were observed by the date."""
        return self._chooser.history

    @property
    def frontier_label(self) -> str:
        """Whom to lead like, where it was named: a model, or the leader of a year by trend."""
        if is_year(self.frontier):
            return f"the leader of {self.frontier}"
        return self.catalogue.model(self.frontier).label if self.frontier else ""

    @property
    def knows_less(self) -> bool:
        """Whether the date is later than everything that is known."""
        edition = self.catalogue.edition["edition"]
        return self.date[: len(edition)] > edition

    @cached_property
    def deeds(self) -> list[Deed]:
        """What had been done by the date."""
        deeds = deeds_of(self.catalogue)
        return [deed for deed in deeds if deed.done and not_after(deed.date, self.date)]

    @cached_property
    def _done(self) -> frozenset[tuple[str, str]]:
        """Who, or whose kind, has been on which rung."""
        return frozenset((deed.actor, deed.rung) for deed in self.deeds if deed.of_its_day)

    @cached_property
    def every_rung(self) -> dict[str, Rung]:
        """All rungs by name, from the lowest."""
        return {rung.name: rung for rung in rungs_of(self.catalogue)}

    def _checked_chip(self) -> Chip | None:
        """Return the chip asked for, if any.

        Refuses names that no rung could use: what does not fit a rung is an answer, these not.
        """
        name = self.asked.text("chip")
        return self.catalogue.chip(name, self.asked.origin("chip")) if name else None

    def _named_leader(self) -> str:
        """Return the model that `frontier` names; none for a year, which grows by trend."""
        if not self.frontier:
            return ""
        if not is_year(self.frontier):
            return named_leader(self.catalogue, self.frontier, self.date)
        try:
            check_year(self.frontier)
        except ValueError as error:
            raise InputError(f"`frontier` '{self.frontier}': {error}") from None
        return ""

    # --- what a rung is and costs --------------------------------------------------------------

    def choice(self, rung: Rung, *, firm: bool = False) -> Choice:
        """Return what a rung takes at the date, with weights that a firm may use."""
        return self.costs.choice(rung, firm=firm)

    def level(self, rung: Rung, *, firm: bool = False) -> Level | None:
        """Return the level of a rung: its model's."""
        return self.choice(rung, firm=firm).level

    def months_behind(self, rung: Rung, *, firm: bool = False) -> Interval | None:
        """Return how far the level of a rung lies behind the leader; None where unmeasured."""
        level = self.level(rung, firm=firm)
        return self.history.months_behind(level) if level else None

    def usual(self, rung: Rung) -> Profile:
        """Return for whom a rung is priced where it is nobody's: a person, or a campus.

        Where people were given, these.
        """
        if not rung.own_people:
            return NOBODY
        return self._campus if self._campus is not CAMPUS or rung.choose != "sold" else NOBODY

    def api_cost(self, rung: Rung, profile: Profile) -> "Number | None":
        """Return what an API of a rung's own weights takes a year; None where none is listed."""
        profile = self.costs.relevant(rung, profile)
        kept = self._kept.api_cost(profile) if self._kept else None
        if kept is not None:
            return kept
        try:
            return self.costs.bought(rung, profile)
        except InputError:
            return None

    def enough_people(self, rung: Rung, profile: Profile) -> float | None:
        """Return from how many people on a service of one's own is cheaper than an API of the same.

        The least n with C(n) <= n C_api, C at the median for n people for certain: n -> C(n)/C_api
        from one person up, as C never falls. None where it is not cheaper up to MOST_PEOPLE.
        """
        if self._kept:
            return self._kept.enough_people(self.costs.relevant(rung, profile))
        people, median = 1.0, self.drawn.median
        api = self.api_cost(rung, profile._replace(people=NOBODY.people))
        while api is not None and people <= MOST_PEOPLE:
            total = self.cost(rung, profile._replace(people=People(*[people] * 3))).total
            if total is None or (least := median(total) / median(api)) <= people:
                return people if total is not None else None
            people = max(least, NEXT * people)
        return None

    def cost(self, rung: Rung, profile: Profile) -> Cost:
        """Return what a rung costs somebody, its levers pulled, or why it has no cost."""
        profile = self.costs.relevant(rung, profile)
        key = (rung.name, profile)
        if key not in self._costs_by_profile:
            self._costs_by_profile[key] = self._kept_cost(rung, profile) or self._cost(
                rung, profile
            )
        return self._costs_by_profile[key]

    def usual_cost(self, rung: Rung) -> Cost:
        """Return what a rung costs nobody in particular, or why it has no cost."""
        return self.cost(rung, self.usual(rung))

    def _kept_cost(self, rung: Rung, profile: Profile) -> Cost | None:
        """Return a cost that is kept, of which a subsidy may take its share."""
        kept = self._kept.cost(rung, profile) if self._kept and self._is_untouched(rung) else None
        if kept is None or kept.total is None:
            return kept
        return replace(kept, total=self.levered.subsidised(kept.total))

    def _is_untouched(self, rung: Rung) -> bool:
        """Whether no lever changes the work of a rung or lends chips for it."""
        levers = self.levers
        of_chips = bool(levers.free_chips or levers.export_rule) and rung.choose != "sold"
        return not of_chips and not (levers.open_weights and rung.of_open_weights)

    def _cost(self, rung: Rung, profile: Profile) -> Cost:
        choice = self.choice(rung, firm=profile.firm)
        if not choice.exists:
            return Cost(None, reason=choice.reason)
        try:
            workload = self.costs.bills(rung, profile).workload
            total = self.levered.total(rung, profile, self._growth(rung))
            own = Cost(total, workload, years=workload.project_years)
            return self._no_better(rung, profile, own)
        except (InputError, NotEvaluatedError) as error:
            return Cost(None, reason=str(error))

    def _no_better(self, rung: Rung, profile: Profile, cost: Cost) -> Cost:
        """Return a cost as nothing below that without what is forbidden, nor later.

        max(C, C_free): what may be done under a rule may be done without it.
        """
        if self.levers == self.levers.unrestricted or cost.total is None:
            return cost
        free = self._unrestricted.cost(rung, profile)
        if free.total is None:
            return free
        total = free.total + positive_part(cost.total - free.total)
        return replace(cost, total=total, years=free.years)

    @cached_property
    def _unrestricted(self) -> "Ladder":
        """The same without what is forbidden."""
        return self.under(self.levers.unrestricted)

    def _growth(self, rung: Rung) -> "Number":
        return self._grown() if rung.choose == "leader" else 1.0

    def _grown(self) -> "Number":
        """Return the growth of cost from the leader's release to a year that was asked about."""
        priced = self.choice(self.every_rung["lead"]).priced
        if not is_year(self.frontier) or priced is None:
            return 1.0
        years = decimal_year(self.frontier) - decimal_year(priced.release)
        grown: Number = self.draws.sample(self.catalogue.trends[COST_TREND]) ** years
        return grown

    def spread(self, rung: Rung) -> Shares:
        """Return which facts carry the spread of what a rung costs; none where it has no cost."""
        total = self.usual_cost(rung).total
        if total is None:
            return ()
        return variance_shares(total, self.costs.facts(rung, self.usual(rung)), self.draws)

    def old_share(self, rung: Rung) -> float | None:
        """Return how much of the spread of a rung's cost rests on facts older than a year."""
        if self._kept and self._is_untouched(rung):
            return self._kept.old_share(rung)
        return old_share(self.spread(rung), self.date)

    # --- who can -----------------------------------------------------------------------------

    def row(self, actors: Sequence[Actor], rungs: Iterable[Rung], *, of_kind: bool = False) -> Row:
        """Judge an actor, or actors that pool their money less a loss, on every rung.

        `of_kind`: it stands for its category, and is named by that.
        """
        kind = self.catalogue.categories[actors[0].category]["label"]
        label = kind if of_kind else " + ".join(actor.label for actor in actors)
        return Row(label, tuple(actors), tuple(self._kept_cell(rung, actors) for rung in rungs))

    def _kept_cell(self, rung: Rung, actors: Sequence[Actor]) -> RungCell:
        key = (rung.name, *(actor.name for actor in actors))
        if key not in self._cells:
            self._cells[key] = self._cell(rung, actors)
        return self._cells[key]

    def profile(self, actors: Sequence[Actor]) -> Profile:
        """Return the profile of those who are judged: of the first, or of nobody's purse."""
        if actors:
            return self.profiles.of(actors[0])
        return self.profiles.of_anybody(self.asked.text("pay", ANYBODY))

    def row_with_pool(self, actor: Actor, rungs: Iterable[Rung], *, of_kind: bool = False) -> Row:
        """Judge an actor on every rung, with those it pools with where there is a pool."""
        pool = self.levers.pool if actor in self.levers.pool else ()
        others = [member for member in pool if member != actor]
        row = self.row([actor, *others], rungs, of_kind=of_kind)
        return replace(row, label=actor.label) if others else row

    def purse_row(self, funds: AvailableFunds, rungs: Iterable[Rung]) -> Row:
        """Judge a sum that was typed on every rung."""
        profile = self.profile(())
        cells = tuple(self._judged(rung, self.cost(rung, profile), [funds]) for rung in rungs)
        return Row(funds.label, (), cells)

    def _cell(self, rung: Rung, actors: Sequence[Actor]) -> RungCell:
        """Judge a rung: of several who pool, together, or as who can do it best alone.

        Of weights that are freed one may still take those that one could have anyway.
        """
        options = [self._together(rung, actors)]
        if len(actors) > 1:
            options += [self._together(rung, [actor]) for actor in actors]
        by_licence = rung.licence == "any" or self.profile(actors).firm
        if self._licensed and rung.of_open_weights and by_licence:
            options.append(self._licensed.row(actors, [rung]).cells[0])
        return max(options, key=lambda cell: cell.probability or 0.0)

    @cached_property
    def _licensed(self) -> "Ladder | None":
        """The same with weights by their licences, where these were lifted."""
        if self.levers.open_weights != "free":
            return None
        return self.under(replace(self.levers, open_weights=""))

    def _together(self, rung: Rung, actors: Sequence[Actor]) -> RungCell:
        done = any((actor.name, rung.name) in self._done for actor in actors)
        absent = next((actor for actor in actors if not actor.exists(self.date)), None)
        cost = self.cost(rung, self.profile(actors))
        if absent or cost.total is None:
            reason = why_not_judged(absent, self.date) if absent else cost.reason
            return RungCell(rung, cost.total, 0.0, 0.0, "no", reason=reason, done=done)
        try:
            purse = PROGRAMMES[self.choice(rung).values.get("programme", FOLLOWER.name)].purse
            funds = [funds_of(actor, self.date, "`actor`", purse) for actor in actors]
        except InputError:
            reason = "; ".join(filter(None, (why_not_judged(a, self.date) for a in actors)))
            return RungCell(rung, cost.total, 0.0, None, UNKNOWN, reason=reason, done=done)
        return self._judged(rung, cost, funds, done=done)

    def _judged(
        self, rung: Rung, cost: Cost, funds: Sequence[AvailableFunds], *, done: bool = False
    ) -> RungCell:
        available = self._available(funds, cost.years)
        if cost.total is None:
            return RungCell(rung, None, available, 0.0, "no", reason=cost.reason, done=done)
        probability, word = chance(cost.total, available, self.draws)
        planned = any(each.planned for each in funds)
        reason = "proposed, and has no money" if planned else ""
        return RungCell(rung, cost.total, available, probability, word, cost.workload, reason, done)

    def _available(self, funds: Sequence[AvailableFunds], years: "Number") -> "Number":
        """Return what could be spent over so many years: with grants, without a pool's loss."""
        sample = self.draws.sample
        grant = sample(self.levers.grant) if self.levers.grant else 0.0
        each = [available_funds(one, years, self.draws)[1] + grant for one in funds]
        total: Number = sum(each[1:], start=each[0])
        if len(each) > 1:
            total = total * (1 - sample(self.catalogue.assumption("coordination_loss")))
        return total
