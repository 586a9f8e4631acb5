"""From a workload to the cost of its chips, on one of four bases.

The bases differ by 3 to 20 times for the same run: rent (the price of the date), amortised (the
value that hardware loses while it works), own (full cost of ownership at a realistic use) and buy
(the price of the cluster).
"""

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact, at_least, mean, positive_part
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR
from frontiercost.cost import market_prices
from frontiercost.cost.bill import Line, total
from frontiercost.cost.choices import TERM_YEARS
from frontiercost.cost.energy_and_pay import power_kw
from frontiercost.cost.terms import OwnChips, Terms
from frontiercost.cost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

AROUND = ("servers", "network", "storage", "facility")
"""What stands around chips: nothing of it around a computer at a desk."""
ROUNDING = 1e-9
"""Of a contract's hours, or of those of owned chips, which the sum of their parts may miss."""
OF_CHIPS = ("compute", "hardware", "chips")
"""Lines of the chips themselves, without what stands around them."""
LONG_TAIL = 5.0
"""How many times shorter than a chip's life work is that no draw makes longer than it."""
WHOLE_PER_CENT = 0.005
"""A share below which a rest rounds to none."""
NEXT_TO_FREE = 1e-9
"""A cost of capital at which r / (1 - (1 + r)^-n) is 1/n, to the last digit shown."""


class Costing:
    """Prices one workload under one set of terms; every fact is drawn from the same draws."""

    def __init__(self, work: Workload, chip: Chip, terms: Terms, drawn: DrawnCatalogue) -> None:
        self.work, self.chip, self.terms = work, chip, terms
        self.drawn = drawn
        self.hours = self._hours_beside_owned()
        self.owned_hours = work.chip_hours - self.hours

    @property
    def owns_all(self) -> bool:
        """Whether chips that are owned do all of it, as far as a per cent tells."""
        return mean(self.hours) < WHOLE_PER_CENT * mean(self.work.chip_hours)

    def compute(self) -> list[Line]:
        """Return the lines of the chips on the terms' basis; by part, where the work has parts."""
        if not mean(self.work.chip_hours):
            return []
        lines = [*self._own_chip_lines(), *getattr(self, f"_{self.terms.basis}")()]
        lines = [line for line in lines if line.id not in AROUND or mean(line.cost)]
        if self.work.parts and not (self.work.held and self.terms.basis == "buy"):
            lines = self._by_part(lines)
        if self.terms.basis == "rent" and self.terms.rest_hours:
            lines.append(self._rest_of_contract())
        return [replace(line, of_chips=True) for line in lines]

    def _by_part(self, lines: list[Line]) -> list[Line]:
        """Share the cost of the chips among the parts of the work, by their chip-hours.

        Of chips that are held, busy or not, what is around them stands beside the parts. What
        experiments do not multiply, as chips that are bought, they do not in a part.
        """
        beside = [line for line in lines if self.work.held and line.id not in OF_CHIPS]
        lines = [line for line in lines if line not in beside]
        whole, facts = total(lines), tuple(fact for line in lines for fact in line.facts)
        there = whole - total(replace(line, cost=line.multiplied) for line in lines)
        formula = f"{self.terms.basis} of all chip-hours × the part's share of them"
        parts = [
            Line(
                part.id,
                part.label,
                whole * part.chip_hours / self.work.chip_hours,
                formula,
                facts,
                any(line.compute for line in lines),
                beside=there * part.chip_hours / self.work.chip_hours,
            )
            for part in self.work.parts
        ]
        return [*parts, *beside]

    def on(self, terms: Terms) -> "Costing":
        """Return the same workload priced under other terms, with the same draws."""
        return Costing(self.work, self.chip, terms, self.drawn)

    # --- the four bases ----------------------------------------------------------------------

    def _rent(self) -> list[Line]:
        price = self._rental_price
        extras = self.drawn.fact(f"rental_extras_{self.terms.vendor}")
        rent = self.hours * self.drawn.sample(price)
        return [
            Line("compute", "Rented chips", rent, "chip-hours × price", (price,), True),
            Line(
                "extras",
                "Network, storage and other cloud extras",
                rent * self.drawn.sample(extras),
                "rented chips × extras share",
                (extras,),
                True,
            ),
        ]

    @cached_property
    def _rental_price(self) -> Fact:
        """Return the price of a rented chip-hour: as given, else of the terms' cell."""
        given: Fact | None = self.terms.take("price")
        return given or rental_price(self.chip, self.terms, self.drawn.catalogue)

    def _rest_of_contract(self) -> Line:
        """Price the hours of a contract that are paid and not used."""
        price = self._rental_price
        cost = self.terms.rest_hours * self.drawn.sample(price)
        return Line("contract", "Rest of the contract", cost, "unused hours × price", (price,))

    @cached_property
    def whole_term(self) -> tuple[float, float] | None:
        """Return what a commitment to the run's chips costs to its end [USD], and the run's share.

        Nobody commits to chips that are owned.  None where no term is committed to, the run fills
        it, or its rest is a line of the bill.
        """
        terms = self.terms
        years = TERM_YEARS.get(terms.commitment, 0) if terms.basis == "rent" else 0
        hours = self.chips_beside_owned * years * HOURS_PER_YEAR
        used = self.drawn.median(self.hours)
        if terms.price is not None or terms.rest_hours or not 0 < used < hours * (1 - ROUNDING):
            return None
        return hours * self._rental_price.value, used / hours

    def ranked_terms(self, multiple: float, shown: float) -> list[Terms]:
        """Return the terms with each commitment, first what costs least to the end of its term.

        Cost = max(H max(T, 1), N T) p, with H the chip-hours of the whole project (`multiple` times
        those of the final run), which lasts a year, T the term in years, N the chips of a server, p
        the central price. Of the hours that nobody uses a bill holds the part that is `shown`.
        Ignores that a run's chips are more than the project's mean.
        """
        used = multiple * self.drawn.median(self.hours)
        ranked: list[tuple[float, str, float]] = []
        for commitment, years in TERM_YEARS.items():
            terms = replace(self.terms, commitment=commitment)
            price = rental_price(self.chip, terms, self.drawn.catalogue).value
            least = self.chip.server_chips * years * HOURS_PER_YEAR
            paid = max(used * max(years, 1), least if not self.work.held else 0.0)
            ranked.append((paid * price, commitment, (paid - used) * shown / multiple))
        return [replace(self.terms, commitment=c, rest_hours=rest) for _, c, rest in sorted(ranked)]

    def _amortised(self) -> list[Line]:
        """Price by the value lost: per chip-hour V k / 8766, network n/(1-n) on top."""
        value = market_prices.server_value(self.drawn.catalogue, self.chip, self.terms.date)
        overhead = market_prices.server_overhead(self.drawn.catalogue, self.chip)
        rate = self.drawn.fact("amortisation_rate")
        servers = amortised_value(self.drawn.sample(value), self.drawn.sample(rate), self.hours)
        return [*self._hardware(servers, value, overhead, (rate,)), self._energy(self.hours)]

    def _own(self) -> list[Line]:
        """Price by full cost of ownership, per chip-hour that is really used.

        [(C - R C/(1+r)^L) CRF(r, L) + F + o C + E] / (8766 u), CRF = r / (1 - (1+r)^-L).
        """
        capital, facts = self._cluster_price()
        rate, rate_fact = self.drawn.both("cost_of_capital")
        life, life_fact = self.drawn.both("chip_life")
        left, left_fact = self.drawn.both("residual_value")
        use, use_facts = self._use()
        years = life / DAYS_PER_YEAR
        per_hour = self.hours / (HOURS_PER_YEAR * use)
        charge = capital * (1 - left / (1 + rate) ** years) * annuity(rate, years)
        operations, operations_fact = self.drawn.both("operations_rate")
        desktop = self.chip.kind == "desktop"
        return [
            Line(
                "hardware",
                "Computers" if desktop else "Chips, servers, network and storage",
                charge * per_hour,
                "capital × (1 − residual) × annuity per used hour",
                (*facts, rate_fact, life_fact, left_fact, *use_facts),
                True,
                equipment=True,
            ),
            self._facility(rate, per_hour, (rate_fact, *use_facts)),
            Line(
                "operations",
                "Operations, spares and insurance",
                operations * capital * per_hour,
                "capital × yearly rate per used hour",
                (operations_fact, *use_facts),
                True,
            ),
            self._energy(self.hours),
        ]

    def _buy(self) -> list[Line]:
        """Price the purchase of every chip with server, network and storage, then the energy."""
        price = market_prices.server_price(self.drawn.catalogue, self.chip, self.terms.date)
        overhead = market_prices.server_overhead(self.drawn.catalogue, self.chip)
        servers = self.drawn.sample(price) * self.chips_beside_owned
        storage, storage_fact = self.drawn.both("storage_share", self.chip.kind)
        lines = self._hardware(servers, price, overhead, ())
        hardware = total(lines)
        lines.append(
            Line(
                "storage",
                "Storage",
                hardware * storage / (1 - storage),
                "cluster × storage share / (1 − share)",
                (storage_fact,),
                equipment=True,
            )
        )
        return [replace(line, compute=False) for line in lines] + [self._energy(self.hours)]

    def bought_again(self, multiple: "Number") -> list[Line]:
        """Return what replaces chips that wear out before the work ends: P max(m T / L - 1, 0).

        P is the price of the cluster, T the length of the final run, L the life of a chip, and m
        (`multiple`) the compute of the whole project over that of the final run, which the same
        chips do.  Nothing on other bases, or where chips serve for a year.  Prices are those of the
        date: what chips get cheaper by is ignored.
        """
        years = multiple * self.work.wall_days
        if self.terms.basis != "buy" or self.work.held or not mean(self.hours):
            return []
        life = self.drawn.fact("chip_life")
        if self.drawn.draws.summary(years).median < life.low / LONG_TAIL:
            return []
        cluster = total(line for line in self._buy() if line.equipment)
        again = positive_part(years / self.drawn.sample(life) - 1)
        label, formula = "Chips bought again", "cluster × (years of work / life of a chip − 1)"
        line = Line("renewal", label, cluster * again, formula, (life,))
        return [replace(line, of_chips=True, equipment=True)] if mean(line.cost) else []

    def _use(self) -> tuple["Number", tuple[Fact, ...]]:
        """Return the share of an owned chip's hours that the work pays for: all, where held."""
        if self.work.held:
            return 1.0, ()
        use, fact = self.drawn.both("owned_utilisation")
        return use, (fact,)

    # --- their parts -------------------------------------------------------------------------

    def _hardware(
        self, servers: "Number", price: Fact, overhead: Fact, more: tuple[Fact, ...]
    ) -> list[Line]:
        """Split the cost of servers into bare chips and the rest, and add the network's share."""
        ratio = self.drawn.sample(overhead)
        share, share_fact = self.drawn.both("network_share", self.chip.kind)
        chips = servers / ratio
        desktop = self.chip.kind == "desktop"
        whole = market_prices.sold_whole(self.drawn.catalogue, self.chip)
        label = "Whole computers" if whole else "Chips"
        lines = [
            Line("chips", label, chips, "servers / overhead", (price, overhead, *more), True),
            Line(
                "servers",
                "Computers around the cards" if desktop else "Servers around the chips",
                servers - chips,
                "servers − chips",
                (price, overhead, *more),
                True,
            ),
            Line(
                "network",
                "Network between servers",
                servers * share / (1 - share),
                "servers × network share / (1 − share)",
                (share_fact,),
                True,
            ),
        ]
        return [replace(line, equipment=True) for line in lines]

    def _cluster_price(self) -> tuple["Number", tuple[Fact, ...]]:
        """Return what a chip costs with server, network and storage: S / ((1 - n)(1 - t))."""
        price = market_prices.server_price(self.drawn.catalogue, self.chip, self.terms.date)
        network, network_fact = self.drawn.both("network_share", self.chip.kind)
        storage, storage_fact = self.drawn.both("storage_share", self.chip.kind)
        capital = self.drawn.sample(price) / ((1 - network) * (1 - storage))
        return capital, (price, network_fact, storage_fact)

    def _facility(self, rate: "Number", per_hour: "Number", facts: tuple[Fact, ...]) -> Line:
        cost, cost_fact = self.drawn.both("facility_cost", self.chip.kind)
        life, life_fact = self.drawn.both("facility_life")
        average_draw = self.drawn.value("average_draw", self.chip.kind)
        power = power_kw(self.chip, self.drawn) / average_draw
        yearly = power * cost * annuity(rate, life / DAYS_PER_YEAR)
        return Line(
            "facility",
            "Building, power and cooling",
            yearly * per_hour,
            "kW × building cost × annuity per used hour",
            (cost_fact, life_fact, *facts),
            True,
            equipment=True,
        )

    def _energy(self, hours: "Number") -> Line:
        given: Fact | None = self.terms.take("electricity_price")
        price = given or self.drawn.fact("electricity_price", self.chip.kind)
        used = self.work.energy_kwh * hours / self.work.chip_hours
        cost = used * self.drawn.sample(price)
        return Line("energy", "Energy", cost, "electricity × price", (price,), True)

    # --- chips that are there already --------------------------------------------------------

    def _owned_equivalent_chips(self) -> float:
        """Return the owned chips in units of the run's chip."""
        own: OwnChips | None = self.terms.take("own_chips")
        return 0.0 if own is None else own.count * self._speed_of(own.chip)

    def _speed_of(self, chip: Chip) -> float:
        """Return how many of the run's chips do the work of another, by dense BF16 peak."""
        return chip.peak("bf16").value / self.chip.peak("bf16").value

    @property
    def chips_owned_and_beside(self) -> tuple[float, float]:
        """How many of the chips that are owned work at once, and how many others beside them."""
        if (own := self.terms.own_chips) is None:
            return 0.0, self.work.chips
        used = min(own.count, self.work.chips / self._speed_of(own.chip))
        return math.ceil(used), math.ceil(self.chips_beside_owned)

    @property
    def chips_beside_owned(self) -> float:
        """Chips that are had for this work, beside those that are owned [chip]."""
        return max(self.work.chips - self._owned_equivalent_chips(), 0.0)

    def _hours_beside_owned(self) -> "Number":
        """Return the chip-hours that owned chips leave while the work lasts: max(H - n days, 0)."""
        days = DAYS_PER_YEAR if self.work.held else self.work.wall_days
        capacity = self._owned_equivalent_chips() * days * HOURS_PER_DAY
        rest = positive_part(self.work.chip_hours - capacity)
        return rest * float(mean(rest) > ROUNDING * mean(self.work.chip_hours))

    def _own_chip_lines(self) -> list[Line]:
        if self.terms.own_chips is None:
            return []
        chip = self.terms.own_chips.chip
        price = market_prices.server_price(self.drawn.catalogue, chip, self.terms.date)
        rate, rate_fact = self.drawn.both("operations_rate")
        hours = self.owned_hours / self._speed_of(chip)
        upkeep = hours * self.drawn.sample(price) * rate / HOURS_PER_YEAR
        energy = self._energy(self.owned_hours)
        return [
            Line(
                "own_chips",
                "Chips already owned: upkeep and energy",
                upkeep + energy.cost,
                "owned chip-hours × (server price × operations rate + energy)",
                (price, rate_fact, *energy.facts),
                True,
            )
        ]


def annuity(rate: "Number", years: "Number") -> "Number":
    """Return the capital recovery factor r / (1 - (1 + r)^-n) [1/year]; 1/n for free capital."""
    rate = at_least(rate, NEXT_TO_FREE)
    return rate / (1 - (1 + rate) ** -years)


def amortised_value(value: "Number", rate: "Number", chip_hours: "Number") -> "Number":
    """Return what hardware loses while it works: V k / 8766 x chip-hours.

    The loss is taken as linear in time.  Source: arXiv 2405.21015.
    """
    return value * rate / HOURS_PER_YEAR * chip_hours


def break_even_volume(fixed: "Number", price: "Number", marginal: "Number") -> "Number":
    """Return the volume that repays a development cost: F / (p - c), in the unit of p and c."""
    return fixed / (price - marginal)


def rental_price(chip: Chip, terms: Terms, catalogue: Catalogue) -> Fact:
    """Return the rental price of a chip-hour on the terms' date, vendor and commitment."""
    commitment: str = terms.take("commitment")
    return market_prices.rental_price(catalogue, chip, terms.date, terms.vendor, commitment)
