"""Then and now: what it took at several dates to lead, to follow, and to reach a fixed level."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from frontiercost.analysis import forecast
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.moments import (
    BASIS,
    COUNTED,
    DATES,
    PRICED,
    SHOWN,
    TARGETS,
    Could,
    Shown,
)
from frontiercost.analysis.rungs import Choice, Rung
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Interval
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year, not_after
from frontiercost.core.wording import ABLE
from frontiercost.cost.affordability import chance
from frontiercost.scenario.scenario import Scenario

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

MIDDLE = 0.5
"""Of a year, at which it is looked at."""


class Moment:
    """What each rung, and each fixed level, took at a date, and how many could."""

    def __init__(
        self, asked: Scenario, catalogue: Catalogue, date: str, like: Ladder | None = None
    ) -> None:
        """`asked` holds the choices for all dates; `like` has drawn the same facts."""
        self.date = date
        self.ladder = Ladder(asked.changed("history", date=date), catalogue, like=like)
        every = self.ladder.every_rung
        self.rungs = {name: every[name] for name in SHOWN if name not in TARGETS}
        self.rungs |= {target: self._target(target) for target in TARGETS}
        self._table = LadderTable(self.ladder, [*map(self.rung, (*COUNTED, *TARGETS))], [])

    def _target(self, model: str) -> Rung:
        """Return how a fixed level is made most cheaply: by a published recipe, else as it was.

        A recipe is followed on the cheapest chip of then, on as many as suit it; without one, the
        model is found again by an explorer.
        """
        every = self.ladder.every_rung
        chips = (text.split()[-1] for text in every["rebuild"].chips)
        recipe = replace(every["rebuild"], choose="cheapest", level_of=model)
        followed = (replace(recipe, name=f"level-of-{model}-on-{c}", chips=(c,)) for c in chips)
        costs = [(rung, self.ladder.usual_cost(rung).total) for rung in followed]
        medians = [(self.ladder.drawn.median(c), rung) for rung, c in costs if c is not None]
        if medians:
            return min(medians, key=itemgetter(0))[1]
        return replace(every["lead"], name=f"again-{model}", level_of=model)

    def rung(self, name: str) -> Rung:
        """Return a rung, or what makes a fixed level."""
        return self.rungs[name]

    def choice(self, name: str) -> Choice:
        """Return what a rung takes at the date."""
        return self.ladder.choice(self.rung(name))

    def months_behind(self, name: str) -> Interval | None:
        """Return how far the level of a rung lies behind the leader of the date."""
        return self.ladder.months_behind(self.rung(name))

    def cost(self, name: str) -> "Number | None":
        """Return what it costs nobody in particular; None where nobody could, or it is not told."""
        return self.ladder.usual_cost(self.rung(name)).total if name in PRICED else None

    def could(self, name: str) -> Could | None:
        """Return how many could; None where it could not be done at the date, or is not told."""
        if name not in (*COUNTED, *TARGETS) or not self.choice(name).exists:
            return None
        rung = self.rung(name).name
        able, perhaps = self._table.who_could(rung), self._table.who_might(rung)
        return Could(len(able), len(perhaps), self.there)

    def shown(self, name: str) -> Shown:
        """Return what a screen tells of a rung or a fixed level."""
        choice = self.choice(name)
        if choice.level is None:
            return Shown("")
        cost = self.cost(name)
        return Shown(
            label=choice.label,
            priced_as=choice.stand_in.label if choice.stand_in else "",
            months=self.months_behind(name),
            cost=None if cost is None else self.ladder.drawn.median(cost),
            could=self.could(name),
        )

    @cached_property
    def there(self) -> int:
        """How many actors there were whose money is known, each ultimate parent once."""
        return len(self._table.money)

    def could_in(self, name: str, cost_growth: "Number", money_growth: "Number") -> int:
        """Return how many could, likely, when costs and money have grown by factors."""
        rung, able = self.rung(name).name, set()
        for actor in self._table.counted:
            cell = self._table.everybody[actor.name].cell(rung)
            if cell.cost is not None:
                grown = (cell.cost * cost_growth, cell.available * money_growth)
                if chance(*grown, self.ladder.draws)[1] in ABLE:
                    able.add(actor.parent or actor.name)
        return len(able)


@frozen
class Ahead:
    """A year to come, by trends: what leading and a fixed level cost, and how many could."""

    year: int
    lead: "Number"
    level: "Number"
    could_lead: int
    could_level: int


class History:
    """Moments from the oldest, and years to come after the last."""

    def __init__(self, asked: Scenario, catalogue: Catalogue, years: Sequence[int] = ()) -> None:
        """Take dates up to the one asked for; `years`, if any, instead of the usual dates."""
        self.asked = asked if asked.has("basis") else asked.changed("history", basis=BASIS)
        self.catalogue = catalogue
        now = asked.text("date", catalogue.edition["edition"])
        this_year = int(now[:4])
        usual = [f"{year}-06" for year in years if year < this_year] if years else DATES
        dates = [*(date for date in usual if not_after(date, now) and date < now), now]
        self.moments = [Moment(self.asked, catalogue, dates[0])]
        like = self.moments[0].ladder
        self.moments += [Moment(self.asked, catalogue, date, like) for date in dates[1:]]
        self.years = [year for year in years if year > this_year]
        if not self.now.choice("lead").exists:
            first = min(level.date for level in catalogue.levels)
            raise InputError(
                f"`date` {now}: no level was observed by then; the first is of {first}"
            )

    @property
    def now(self) -> Moment:
        """The last moment, at the date that was asked for."""
        return self.moments[-1]

    @property
    def basis(self) -> str:
        """On which everything is priced."""
        return self.asked.text("basis")

    @property
    def seed(self) -> int:
        """Of its draws."""
        return self.now.ladder.draws.seed

    @cached_property
    def target(self) -> str | None:
        """The newest fixed level that could be made at an earlier moment too; None without one."""
        earlier = self.moments[:-1]
        able = (
            name for name in reversed(TARGETS) if any(m.cost(name) is not None for m in earlier)
        )
        return next(able, None)

    @cached_property
    def since(self) -> Moment:
        """The first moment at which that level could be made; the last moment without one."""
        target = self.target
        able = (moment for moment in self.moments if target and moment.cost(target) is not None)
        return next(able, self.now)

    def change(self, name: str) -> "Number | None":
        """Return the cost now over that of `since`, under common draws."""
        then, now = self.since.cost(name), self.now.cost(name)
        return None if then is None or now is None else now / then

    def times(self, name: str) -> float | None:
        """Return the median of the change of a cost since then."""
        change = self.change(name)
        return None if change is None else self.now.ladder.drawn.median(change)

    def yearly(self, name: str) -> float | None:
        """Return the growth of a cost by year since then, at medians."""
        years = decimal_year(self.now.date) - decimal_year(self.since.date)
        times = self.times(name)
        return None if times is None or not years else float(times ** (1 / years))

    @cached_property
    def ahead(self) -> tuple[Ahead, ...]:
        """Years to come: leading grows by its trend, a fixed level falls by its own."""
        return tuple(self._ahead())

    def _ahead(self) -> Iterable[Ahead]:
        moment, target = self.now, self.target or TARGETS[-1]
        growth = forecast.growth_of(moment.ladder.drawn)
        lead, level = moment.cost("lead"), moment.cost(target)
        if lead is None or level is None:
            return
        for year in self.years:
            span = year + MIDDLE - decimal_year(moment.date)
            rise, fall = growth.frontier_cost**span, growth.level_fall**-span
            money = growth.money**span
            yield Ahead(
                year,
                lead * rise,
                level * fall,
                moment.could_in("lead", rise, money),
                moment.could_in(target, fall, money),
            )
