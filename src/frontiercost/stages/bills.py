"""The bills of one result: its terms chosen once, priced at each level of pay."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from frontiercost.catalogue.types import Actor
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import mean
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.wording import CARRIED
from frontiercost.cost.bill import Bill
from frontiercost.cost.compute_cost import Costing
from frontiercost.cost.programme import ProgrammeCosts, compute_multiple
from frontiercost.cost.programme import bill as bill_of
from frontiercost.cost.terms import OwnChips, Terms
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.stage import Stage, StageResult


@frozen
class Priced:
    """One workload priced on some terms."""

    terms: Terms
    costing: Costing
    programme_costs: ProgrammeCosts
    bill: Bill
    unsigned: tuple[str, float] | None = None
    """The cheaper commitment that a purse cannot pay to its end, and what that takes [USD]."""

    def notes(self, whose: Actor | None) -> Iterable[str]:
        """Say which quotes the price rests on, whose pay is paid, and what own chips do."""
        facts = (fact for line in self.bill.lines for fact in line.facts)
        quoted = (fact for fact in facts if fact.path.startswith("prices/") and fact.note)
        yield from [f"price {f.path.removeprefix('prices/')}: {f.note}" for f in quoted][:1]
        if term := self.costing.whole_term:
            (usd, share), chips = term, self.costing.chips_beside_owned
            yield (
                f"a commitment of {self.terms.commitment} to {chips:,.0f} chips "
                f"must be paid to its end: {format_quantity(usd, 'USD')}, of which this run takes "
                f"{format_quantity(share, '%', CARRIED)}; the rest counts as used elsewhere"
            )
        if self.bill.has("staff", "curation"):
            of = f", that of {whose.label}" if whose else ""
            yield f"people are paid at the level {self.terms.pay}{of}"
        if self.terms.own_chips is not None:
            share = mean(self.costing.owned_hours) / mean(self.costing.work.chip_hours)
            yield f"own chips do {100 * share:.0f}% of the chip-hours"


class Bills:
    """The bill of one result at each level of pay; terms are chosen once, by what they cost."""

    def __init__(self, resolver: Resolver, stage: Stage[Any], result: StageResult[Any]) -> None:
        self._resolver, self._stage, self._result = resolver, stage, result
        self._priced: dict[tuple[str, str], Priced] = {}
        self._ranked = self._chosen(resolver.terms(stage.programme))
        self._terms = self._ranked[0]

    @property
    def read(self) -> set[str]:
        """Choices that the bills have used."""
        return self._terms.read

    @property
    def purse(self) -> str:
        """The scope of the budget that pays for it whole, if there is one."""
        return self._terms.programme.purse

    def at(self, pay: str, basis: str = "") -> Priced:
        """Return the bill with staff at a level of pay, on another basis where one is named."""
        if (pay, basis) not in self._priced:
            self._priced[pay, basis] = self._price(self._on(pay, basis))
        return self._priced[pay, basis]

    def payable(self, pay: str, most: float) -> Priced:
        """Return the bill on the cheapest commitment that a sum pays to its end [USD].

        On demand nothing is committed to; a commitment that somebody chose stays.
        """
        unsigned = None
        for terms in self._ranked:
            priced = self._price(replace(terms, pay=pay))
            term = priced.costing.whole_term
            if term is None or term[0] <= most:
                return replace(priced, unsigned=unsigned)
            unsigned = unsigned or (terms.commitment, term[0])
        return self.at(pay)

    def with_chips(self, pay: str, basis: str, own_chips: OwnChips) -> Priced:
        """Return the same bill with other chips that are owned."""
        return self._price(replace(self._on(pay, basis), own_chips=own_chips))

    def _on(self, pay: str, basis: str) -> Terms:
        terms = replace(self._terms, pay=pay)
        return replace(terms, basis=basis, rest_hours=0.0) if basis else terms

    def _price(self, terms: Terms) -> Priced:
        costing, around = self._costing(terms), self._result.programme_costs(terms)
        return Priced(terms, costing, around, bill_of(costing, around))

    def _costing(self, terms: Terms) -> Costing:
        return Costing(self._result.workload, self._result.chip, terms, self._resolver.drawn)

    def _chosen(self, terms: Terms) -> list[Terms]:
        """Return the terms with each commitment, cheapest first; these alone if one is chosen."""
        works = mean(self._result.workload.chip_hours)
        if not works or terms.price is not None or self._resolver.scenario.has("commitment"):
            return [terms]
        bare = replace(terms, read=set())
        shown = compute_multiple(self._result.programme_costs(bare), terms, self._resolver.drawn)
        whole = shown if terms.programme.whole else max(shown, self._usual_multiple())
        try:
            ranked = self._costing(bare).ranked_terms(whole, shown)
        except NotEvaluatedError:  # without a rental price: of no matter on other bases
            return [terms]
        return [replace(each, read=terms.read) for each in ranked]

    def _usual_multiple(self) -> float:
        """Return the compute of the programme that a run is a part of and that signs contracts."""
        if not self._stage.whole_programme:
            return 1.0
        usual = self._resolver.drawn.fact
        after, experiments = usual("posttraining_ratio"), usual("experiments_follower")
        return (1 + after.value) * (1 + experiments.value)
