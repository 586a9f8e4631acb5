"""From a workload to a bill: a tuple of cost lines that sum to the total.

Four bases, which differ by 3 to 20 times for the same run: rent (the price of the date),
amortised (the value that hardware loses while it works), own (full cost of ownership at a
realistic use) and buy (the price of the cluster). Experiments multiply the compute of
pre-training and post-training once.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost import pricing
from frontiercost.catalogue import Catalogue
from frontiercost.facts import Draws, Fact, mean, positive_part
from frontiercost.frozen import frozen
from frontiercost.records import Chip
from frontiercost.stages.resources import pay, power_kw
from frontiercost.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR
from frontiercost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.facts import Number

BASES = ("rent", "amortised", "own", "buy")
WHOLE = ("follower", "explorer")
"""Programmes that hold everything around the final run."""
PROGRAMMES = (*WHOLE, "final-run")
SERVING = "serving"
"""A year of serving, which is no part of making the model."""
LONGEST_DAYS = 365
ALL_IN = {
    "rent": "rented chips with power and building",
    "amortised": "hardware value lost while in use, and energy",
    "own": "hardware, building, operations and energy at a realistic use",
    "buy": "the purchase of the whole cluster, and energy",
}
AROUND = ("experiments and failed runs", "staff", "data preparation", "post-training")
NEVER_INCLUDED = ("serving the model", "data licences and settlements", "offices and overhead")
NOT_SERVING = ("making the model", "staff", "idle spares", "margin and taxes")


@frozen
class OwnChips:
    """Chips an actor owns already: used first, at their running cost."""

    chip: Chip
    count: float


@frozen
class Terms:
    """The choices, as opposed to the uncertainties, behind a bill."""

    date: str
    basis: str = "rent"
    programme: str = "follower"
    vendor: str = "specialist"
    commitment: str = "1y"
    price: Fact | None = None
    electricity_price: Fact | None = None
    pay: str = "frontier"
    own_chips: OwnChips | None = None

    def coverage(self) -> tuple[list[str], list[str]]:
        """Return what the total includes and what it leaves out."""
        if self.programme == SERVING:
            return [ALL_IN[self.basis]], [*NOT_SERVING]
        whole = self.programme in WHOLE
        included = [ALL_IN[self.basis], *(AROUND if whole else ())]
        excluded = [*(() if whole else AROUND), *NEVER_INCLUDED]
        return included, excluded


@frozen
class Line:
    """One line of a bill: its cost, how it came about, and the facts it rests on."""

    id: str
    label: str
    cost: "Number"
    formula: str
    facts: tuple[Fact, ...] = ()
    compute: bool = False
    """Whether experiments multiply it."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the sources of its facts."""
        return tuple(sorted({id for fact in self.facts for id in fact.source.split(";")}))


def total(lines: Iterable[Line]) -> "Number":
    """Add the costs of lines, draw by draw."""
    result: Number = 0.0
    for line in lines:
        result = result + line.cost
    return result


@frozen
class Bill:
    """Lines that sum to the total, draw by draw."""

    lines: tuple[Line, ...]
    experiments: "Number" = 0.0
    """Compute of experiments over that of the final run."""

    @property
    def total(self) -> "Number":
        """The sum of the lines."""
        return total(self.lines)

    @property
    def final_run(self) -> "Number":
        """The compute of the final run alone."""
        return total(line for line in self.lines if line.compute)

    @property
    def shares(self) -> list[float]:
        """Each line's mean over the total's mean, so that shares add up to 1."""
        whole = mean(self.total)
        return [mean(line.cost) / whole if whole else 0.0 for line in self.lines]

    @property
    def final_share(self) -> float:
        """The mean of the final runs' compute over the mean of the total."""
        return mean(self.final_run) / mean(self.total) if mean(self.total) else 0.0

    def with_experiments(self, line: Line) -> "Number":
        """Return a line with its part of the experiments."""
        return line.cost * (1 + self.experiments) if line.compute else line.cost


class Costing:
    """Prices one workload under one set of terms; every fact is drawn from the same draws."""

    def __init__(
        self, work: Workload, chip: Chip, terms: Terms, catalogue: Catalogue, draws: Draws
    ) -> None:
        self.work, self.chip, self.terms = work, chip, terms
        self.catalogue, self.draws = catalogue, draws
        self.owned_hours = self._owned_hours()
        self.hours = work.chip_hours - self.owned_hours

    def bill(self) -> Bill:
        """Return the bill of the terms' basis and programme."""
        compute = [*self._own_chip_lines(), *getattr(self, f"_{self.terms.basis}")()]
        return self._programme(compute) if self.terms.programme in WHOLE else Bill(tuple(compute))

    def on(self, terms: Terms) -> "Costing":
        """Return the same workload priced under other terms, with the same draws."""
        return Costing(self.work, self.chip, terms, self.catalogue, self.draws)

    # --- the four bases ----------------------------------------------------------------------

    def _rent(self) -> list[Line]:
        price = self.terms.price or pricing.rental_price(
            self.catalogue,
            self.chip,
            self.terms.date,
            self.terms.vendor,
            self.terms.commitment,
        )
        extras = self._assumption(f"rental_extras_{self.terms.vendor}")
        rent = self.hours * self._draw(price)
        return [
            Line("compute", "Rented chips", rent, "chip-hours × price", (price,), True),
            Line(
                "extras",
                "Network, storage and other cloud extras",
                rent * self._draw(extras),
                "rented chips × extras share",
                (extras,),
                True,
            ),
        ]

    def _amortised(self) -> list[Line]:
        """Price by the value lost: per chip-hour V k / 8766, network n/(1-n) on top."""
        value = pricing.server_value(self.catalogue, self.chip, self.terms.date)
        overhead = pricing.server_overhead(self.catalogue, self.chip)
        rate = self._assumption("amortisation_rate")
        servers = self._draw(value) * self._draw(rate) / HOURS_PER_YEAR * self.hours
        return [*self._hardware(servers, value, overhead, (rate,)), self._energy(self.hours)]

    def _own(self) -> list[Line]:
        """Price by full cost of ownership, per chip-hour that is really used.

        [(C - R C/(1+r)^L) CRF(r, L) + F + o C + E] / (8766 u), CRF = r / (1 - (1+r)^-L).
        """
        capital, facts = self._cluster_price()
        rate, rate_fact = self._drawn("cost_of_capital")
        life, life_fact = self._drawn("chip_life")
        left, left_fact = self._drawn("residual_value")
        use, use_facts = self._use()
        years = life / DAYS_PER_YEAR
        per_hour = self.hours / (HOURS_PER_YEAR * use)
        charge = capital * (1 - left / (1 + rate) ** years) * annuity(rate, years)
        operations, operations_fact = self._drawn("operations_rate")
        return [
            Line(
                "hardware",
                "Chips, servers, network and storage",
                charge * per_hour,
                "capital × (1 − residual) × annuity per used hour",
                (*facts, rate_fact, life_fact, left_fact, *use_facts),
                True,
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
        price = pricing.server_price(self.catalogue, self.chip, self.terms.date)
        overhead = pricing.server_overhead(self.catalogue, self.chip)
        wanted = self.work.chips - self._owned_equivalent_chips()
        servers = self._draw(price) * max(wanted, 0.0)
        storage, storage_fact = self._drawn("storage_share")
        lines = self._hardware(servers, price, overhead, ())
        hardware = total(lines)
        lines.append(
            Line(
                "storage",
                "Storage",
                hardware * storage / (1 - storage),
                "cluster × storage share / (1 − share)",
                (storage_fact,),
            )
        )
        return [replace(line, compute=False) for line in lines] + [self._energy(self.hours)]

    def _use(self) -> tuple["Number", tuple[Fact, ...]]:
        """Return the share of an owned chip's hours that the work pays for: all, where held."""
        if self.work.held:
            return 1.0, ()
        use, fact = self._drawn("owned_utilisation")
        return use, (fact,)

    # --- their parts -------------------------------------------------------------------------

    def _hardware(
        self, servers: "Number", price: Fact, overhead: Fact, more: tuple[Fact, ...]
    ) -> list[Line]:
        """Split the cost of servers into bare chips and the rest, and add the network's share."""
        ratio = self._draw(overhead)
        share, share_fact = self._drawn("network_share")
        chips = servers / ratio
        return [
            Line("chips", "Chips", chips, "servers / overhead", (price, overhead, *more), True),
            Line(
                "servers",
                "Servers around the chips",
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

    def _cluster_price(self) -> tuple["Number", tuple[Fact, ...]]:
        """Return what a chip costs with server, network and storage: S / ((1 - n)(1 - t))."""
        price = pricing.server_price(self.catalogue, self.chip, self.terms.date)
        network, network_fact = self._drawn("network_share")
        storage, storage_fact = self._drawn("storage_share")
        capital = self._draw(price) / ((1 - network) * (1 - storage))
        return capital, (price, network_fact, storage_fact)

    def _facility(self, rate: "Number", per_hour: "Number", facts: tuple[Fact, ...]) -> Line:
        cost, cost_fact = self._drawn("facility_cost")
        life, life_fact = self._drawn("facility_life")
        average_draw = self._assumption(
            "average_draw_tpu" if self.chip.generation == "TPU" else "average_draw"
        )
        power = power_kw(self.chip, self.draws, self.catalogue) / self._draw(average_draw)
        yearly = power * cost * annuity(rate, life / DAYS_PER_YEAR)
        return Line(
            "facility",
            "Building, power and cooling",
            yearly * per_hour,
            "kW × building cost × annuity per used hour",
            (cost_fact, life_fact, *facts),
            True,
        )

    def _energy(self, hours: "Number") -> Line:
        price = self.terms.electricity_price or self._assumption("electricity_price")
        used = self.work.energy_kwh * hours / self.work.chip_hours
        cost = used * self._draw(price)
        return Line("energy", "Energy", cost, "electricity × price", (price,), True)

    # --- chips that are there already --------------------------------------------------------

    def _owned_equivalent_chips(self) -> float:
        """Return the owned chips in units of the run's chip, by dense BF16 peak."""
        own = self.terms.own_chips
        if own is None:
            return 0.0
        return own.count * own.chip.peak("bf16").value / self.chip.peak("bf16").value

    def _owned_hours(self) -> "Number":
        """Return the chip-hours that owned chips do within a year: min(hours, n x 8760)."""
        hours = self.work.chip_hours
        capacity = self._owned_equivalent_chips() * LONGEST_DAYS * HOURS_PER_DAY
        return hours - positive_part(hours - capacity)

    def _own_chip_lines(self) -> list[Line]:
        if self.terms.own_chips is None:
            return []
        price = pricing.server_price(self.catalogue, self.terms.own_chips.chip, self.terms.date)
        rate, rate_fact = self._drawn("operations_rate")
        upkeep = self.owned_hours * self._draw(price) * rate / HOURS_PER_YEAR
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

    # --- the programme around the final run --------------------------------------------------

    def _programme(self, compute: list[Line]) -> Bill:
        ratio, ratio_fact = self._drawn(f"experiments_{self.terms.programme}")
        posttraining = self._posttraining(compute)
        final = total(line for line in (*compute, posttraining) if line.compute)
        experiments = Line(
            "experiments",
            "Experiments and failed runs",
            final * ratio,
            "compute of the final runs × (R&D compute / final run − 1)",
            (ratio_fact,),
        )
        lines = (*compute, posttraining, experiments, self._data(), self._staff())
        return Bill(lines, experiments=ratio)

    def _posttraining(self, compute: list[Line]) -> Line:
        ratio, fact = self._drawn("posttraining_ratio")
        base = total(line for line in compute if line.compute)
        return Line(
            "posttraining",
            "Post-training",
            base * ratio,
            "compute of pre-training × usual ratio",
            (fact,),
            True,
        )

    def _data(self) -> Line:
        cost, fact = self._drawn("data_preparation_cost")
        return Line(
            "data",
            "Data preparation, without licences",
            self.work.tokens * cost,
            "tokens × cost per token",
            (fact,),
        )

    def _staff(self) -> Line:
        names = ("fte_per_contributor", "contributors_reference", "contributors_exponent")
        facts = [self._assumption(name) for name in names]
        kind = self.terms.pay
        facts.append(
            self._assumption("staff_salary" if kind == "frontier" else f"staff_cost_{kind}")
        )
        return Line(
            "staff",
            "Staff",
            self.work.person_years * pay(kind, self.draws, self.catalogue),
            "contributors × FTE × years × pay",
            tuple(facts),
        )

    # --- facts -------------------------------------------------------------------------------

    def _assumption(self, name: str) -> Fact:
        return self.catalogue.assumption(name)

    def _draw(self, fact: Fact) -> "Number":
        return self.draws.of(fact)

    def _drawn(self, name: str) -> tuple["Number", Fact]:
        fact = self._assumption(name)
        return self._draw(fact), fact


def annuity(rate: "Number", years: "Number") -> "Number":
    """Return the capital recovery factor r / (1 - (1 + r)^-n) [1/year]."""
    return rate / (1 - (1 + rate) ** -years)


def owned_chip_hour(
    capital: "Number",
    rate: "Number",
    years: "Number",
    operations: "Number",
    power_kw: "Number",
    electricity: "Number",
    utilisation: "Number",
) -> "Number":
    """Return the cost of a used hour of an owned chip, energy only while used [USD/h].

    (K CRF(r, n) + o K) / (8766 u) + kW x USD/kWh; kW at the meter, cooling included.
    """
    fixed = capital * annuity(rate, years) + operations * capital
    return fixed / (HOURS_PER_YEAR * utilisation) + power_kw * electricity


def owning_beats_renting_above(
    fixed_per_year: "Number", rent: "Number", variable: "Number"
) -> "Number":
    """Return the use above which owning is cheaper: fixed / (8766 (rent - variable)) [1]."""
    return fixed_per_year / (HOURS_PER_YEAR * (rent - variable))


def break_even_volume(fixed: "Number", price: "Number", marginal: "Number") -> "Number":
    """Return the volume that repays a development cost: F / (p - c), in the unit of p and c."""
    return fixed / (price - marginal)
