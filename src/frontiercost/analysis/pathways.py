"""Paths to a strong model, priced for actors of every kind; what levers change; in which year.

Each path is evaluated once, and once more for each size of federation or number of users that its
categories differ in; what differs by actor is only pay and funds. All share the same draws.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from frontiercost.analysis.best_model import trend_values
from frontiercost.analysis.frontier import frontier_flop, frontier_of
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor, Chip, Model
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Draws, Fact, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import CHOSEN, Provenance, provenance
from frontiercost.core.spread import Shares, variance_shares
from frontiercost.core.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, decimal_year
from frontiercost.cost.affordability import AvailableFunds, available_funds, chance, funds_of
from frontiercost.cost.terms import OwnChips
from frontiercost.cost.workload import Workload
from frontiercost.physics import capability_index
from frontiercost.scenario.readers import check_year
from frontiercost.scenario.resolver import Resolver, doubts_of
from frontiercost.scenario.scenario import Scenario, value_of
from frontiercost.stages.bills import Bills
from frontiercost.stages.registry import stage_of
from frontiercost.stages.stage import StageResult

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COST_TREND, COMPUTE_TREND = "training_cost_frontier", "training_compute_frontier"
TYPICAL = "nonprofit"
"""The category whose costs and levels stand for a path."""
SITE_KEYS = ("sites", "site_chips", "uplink", "params", "tokens")


@frozen
class Pathway:
    """A way to a strong model: a scenario of one stage, and what level it reaches."""

    name: str
    label: str
    about: str
    level: str
    scenario: Mapping[str, str]
    provenance: Provenance = CHOSEN
    """Where the numbers of its scenario are from."""
    frontier: bool = False
    """Whether it builds the frontier model that was asked about."""
    open: bool = False
    """Whether it starts from open weights."""


@frozen
class Levers:
    """What a policymaker can change."""

    grant: Fact | None = None
    free_chips: OwnChips | None = None
    subsidy: Fact | None = None
    open_base: bool = True

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.grant or self.free_chips or self.subsidy) or not self.open_base


NONE = Levers()


@frozen
class Level:
    """What a path reaches: an index, and months behind the frontier of the date."""

    index: "Number"
    months_behind: "Number"


@frozen
class PathwayVerdict:
    """One actor on one path: what it costs, what could be spent, the chance that it suffices."""

    path: Pathway
    cost: "Number | None"
    available: "Number"
    probability: float | None
    word: str
    multiple: float | None
    reason: str = ""
    """Why there is no cost: nothing fits, or no open weights."""


@frozen
class Row:
    """Who is judged: an actor, or several that pool, with every path."""

    label: str
    actors: tuple[Actor, ...]
    cells: tuple[PathwayVerdict, ...]


def paths_of(catalogue: Catalogue, names: Iterable[str] = ()) -> list[Pathway]:
    """Return the paths of the catalogue, or those named; raise InputError with the nearest."""
    paths = {
        name: Pathway(
            name=name,
            label=entry["label"],
            about=entry["about"],
            level=entry["level"],
            scenario=entry["scenario"],
            provenance=provenance(f"paths/{name}", entry),
            frontier=entry.get("frontier", False),
            open=entry.get("open", False),
        )
        for name, entry in catalogue.paths.items()
    }
    for name in names:
        if name not in paths:
            raise InputError(f"`path` '{name}': no such path; {nearest(name, paths)}")
    return [paths[name] for name in names] or list(paths.values())


class PathwayModel:
    """Prices paths for actors under one set of choices, everything drawn from the same draws."""

    def __init__(
        self, asked: Scenario, frontier: str, catalogue: Catalogue, levers: Levers = NONE
    ) -> None:
        """`asked` holds the choices for all paths: date, basis, chip, vendor, draws, seed.

        `frontier` is a model, a year by trend, or empty for the frontier of the date.
        """
        self.asked, self.frontier, self.catalogue, self.levers = asked, frontier, catalogue, levers
        self._results: dict[tuple[str, str], tuple[StageResult[Any], Bills]] = {}
        self._costs: dict[tuple[str, str, str], tuple[Number, Workload] | str] = {}
        self.chip = self._checked_chip()
        small = Pathway("", "", "", "", {"params": "7B", "tokens": "1T"})
        first = Resolver(self._scenario(small), catalogue)
        self.draws: Draws = first.draws
        self.drawn = DrawnCatalogue(catalogue, self.draws)
        self.date = first.date
        self.categories = {
            row["category"]: row for row in catalogue.sourced_rows("category_paths.csv")
        }

    def without_levers(self) -> "PathwayModel":
        """Return the same without levers, which change costs but not the work or its draws."""
        plain = copy(self)
        plain.levers, plain._costs = NONE, {}
        return plain

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was asked and is far outside the record, in words."""
        return doubts_of(self.asked, self.catalogue, self.chip)

    def _checked_chip(self) -> Chip | None:
        """Return the chip asked for, if any.

        Refuses names that no path could use: what does not fit a path is an answer, these not.
        """
        if is_year(self.frontier):
            try:
                check_year(self.frontier)
            except ValueError as error:
                raise InputError(f"`frontier` '{self.frontier}': {error}") from None
        elif self.frontier:
            self.catalogue.resolve("model", self.frontier, "`frontier`")
        name = self.asked.text("chip")
        return self.catalogue.chip(name, self.asked.origin("chip")) if name else None

    @cached_property
    def frontier_model(self) -> Model:
        """The model that stands for the frontier: as named, else the one of the date.

        The frontier of a year is grown from it by trend.
        """
        named = "" if is_year(self.frontier) else self.frontier
        if named:
            return self.catalogue.model(named)
        return frontier_of(self.catalogue, self.date).model

    # --- what a path costs -------------------------------------------------------------------

    def cost(self, path: Pathway, category: str) -> "tuple[Number, Workload] | str":
        """Return what a path costs an actor of a category, or why it has no cost."""
        kind = self._kind(path, category)
        pay = self.catalogue.categories[category]["pay"]
        key = (path.name, kind, pay)
        if key not in self._costs:
            try:
                self._costs[key] = self._cost(path, category, kind, pay)
            except InputError as error:
                self._costs[key] = str(error)
        return self._costs[key]

    def _cost(self, path: Pathway, category: str, kind: str, pay: str) -> "tuple[Number, Workload]":
        result, bills = self._work(path, category, kind)
        cost = bills.at(pay).bill.total
        if self.levers.free_chips is not None:
            with_chips = bills.with_chips(pay, self.levers.free_chips).bill.total
            cost = cost - positive_part(cost - with_chips)
        self.asked.read.update(bills.read)
        if path.frontier:
            cost = cost * self._grown(COST_TREND)
        if path.name == "together":
            cost = cost / float(self.categories[category]["sites"])
        if path.open and not self.levers.open_base:
            (follow,) = paths_of(self.catalogue, ["follow"])
            base = self.cost(follow, category)
            if isinstance(base, str):
                raise InputError(base)
            cost = cost + base[0]
        if self.levers.subsidy is not None:
            cost = cost * (1 - self.draws.sample(self.levers.subsidy))
        return cost, result.workload

    def spread(self, path: Pathway, category: str) -> Shares:
        """Return which facts carry the spread of what a path costs; none where it has no cost."""
        costing = self.cost(path, category)
        facts = self.draws.used.values()
        return () if isinstance(costing, str) else variance_shares(costing[0], facts, self.draws)

    def _kind(self, path: Pathway, category: str) -> str:
        """Return what categories differ in on a path: demand, or sites and their links."""
        return "/".join(self._own(path, category).values())

    def _work(self, path: Pathway, category: str, kind: str) -> tuple[StageResult[Any], Bills]:
        key = (path.name, kind)
        if key not in self._results:
            scenario = self._scenario(path, category)
            resolver = Resolver(scenario, self.catalogue, self.draws)
            stage = stage_of(scenario.text("stage"))
            result = stage.result(resolver)
            self._results[key] = (result, Bills(resolver, stage, result))
        return self._results[key]

    def _own(self, path: Pathway, category: str) -> dict[str, str]:
        """Return the keys of a path that its category sets."""
        row = self.categories[category]
        if path.name == "together":
            return {name: row[name] for name in SITE_KEYS}
        if path.name != "serve":
            return {}
        each = self.catalogue.assumption("requests_per_user").value
        demand = (each * float(row[name]) for name in ("users_low", "users", "users_high"))
        return {"requests": "..".join(f"{requests:g}/day" for requests in demand)}

    def _scenario(self, path: Pathway, category: str = "") -> Scenario:
        """Return the scenario of a path: its own keys, the category's, then those asked for."""
        texts = [(path.scenario, path.provenance)]
        if path.frontier:
            texts.append(({"model": self.frontier_model.name}, path.provenance))
        if category:
            row = self.categories[category]
            texts.append((self._own(path, category), provenance(f"categories/{category}", row)))
        own_values = {
            key: value_of(key, text, "default", f"paths.{path.name}", origin)
            for values, origin in texts
            for key, text in values.items()
        }
        overrides = {k: v for k, v in self.asked.values.items() if k not in ("stage", "model")}
        if path.name in ("serve", "open-base"):
            overrides.pop("programme", None)
        return replace(self.asked, values={**own_values, **overrides})

    # --- what a path reaches -----------------------------------------------------------------

    def level(self, path: Pathway, category: str) -> Level | None:
        """Return index and lag of a path; None where it has no cost, so reaches nothing."""
        if isinstance(self.cost(path, category), str):
            return None
        if path.level == "open":
            return self._open_level()
        flop = self._work(path, category, self._kind(path, category))[0].workload.model_flop
        if path.frontier:
            flop = flop * self._grown(COMPUTE_TREND)
        return self.level_of(flop)

    def _grown(self, trend: str) -> "Number":
        """Return the growth from the frontier's release to a year asked about; 1 for a model."""
        if not is_year(self.frontier):
            return 1.0
        released = decimal_year(self.frontier_model.release)
        grown: Number = self.draws.sample(self.catalogue.trends[trend]) ** (
            decimal_year(self.frontier) - released
        )
        return grown

    def level_of(self, flop: "Number") -> Level:
        """Return the level of a model of this compute that is trained now."""
        trend, growth, year = self._trend()
        frontier = frontier_flop(self.drawn, self.date, growth)
        months: Number = capability_index.months_behind(trend, flop, frontier, growth)
        index: Number = capability_index.capability(trend, flop, year)
        return Level(index, positive_part(months))

    def _open_level(self) -> Level:
        """Return the level of the best open weights: the frontier's less what it gained since."""
        trend, growth, year = self._trend()
        frontier = frontier_flop(self.drawn, self.date, growth)
        lag = self.draws.sample(self.catalogue.assumption("open_model_lag")) / DAYS_PER_YEAR
        gained: Number = lag * capability_index.gain_per_year(trend, growth)
        top: Number = capability_index.capability(trend, frontier, year)
        return Level(top - gained, lag * MONTHS_PER_YEAR)

    def _trend(self) -> "tuple[capability_index.CapabilityTrend, Number, float]":
        facts = trend_values(self.catalogue, "capability_")
        trend = capability_index.from_facts(
            {key: self.draws.sample(fact) for key, fact in facts.items()}
        )
        growth = self.draws.sample(self.catalogue.trends[COMPUTE_TREND])
        return trend, growth, decimal_year(self.date)

    # --- who can -----------------------------------------------------------------------------

    def available(self, funds: AvailableFunds, workload: Workload | None) -> "Number":
        """Return what available funds could spend over the work, the grant included."""
        _, money = available_funds(funds, workload, self.draws)
        return money + self.draws.sample(self.levers.grant) if self.levers.grant else money

    def row(
        self, actors: tuple[Actor, ...], paths: Iterable[Pathway], *, of_kind: bool = False
    ) -> Row:
        """Judge an actor, or actors that pool their money less a loss, on every path.

        `of_kind`: it stands for its category, and is named by that.
        """
        funds_known = [funds_of(actor, self.date, "`actor`") for actor in actors]
        category = actors[0].category
        cells = tuple(self._judge(path, category, funds_known) for path in paths)
        kind = self.catalogue.categories[category]["label"]
        label = kind if of_kind else " + ".join(actor.label for actor in actors)
        return Row(label, actors, cells)

    def _judge(
        self, path: Pathway, category: str, funds_known: list[AvailableFunds]
    ) -> PathwayVerdict:
        costing = self.cost(path, category)
        workload = None if isinstance(costing, str) else costing[1]
        each = [self.available(funds, workload) for funds in funds_known]
        available: Number = sum(each[1:], start=each[0])
        if len(each) > 1:
            loss = self.draws.sample(self.catalogue.assumption("coordination_loss"))
            available = available * (1 - loss)
        if isinstance(costing, str):
            return PathwayVerdict(path, None, available, 0.0, "no", None, costing)
        cost = costing[0]
        probability, word = chance(cost, available, self.draws)
        most = self.draws.summary(available).median
        multiple = self.draws.summary(cost).median / most if most else None
        return PathwayVerdict(path, cost, available, probability, word, multiple)


def is_year(frontier: str) -> bool:
    """Whether a frontier is named by its year, not by a model."""
    return frontier.isdecimal() and len(frontier) == len("2028")
