"""The only door to the core: evaluate a scenario, once, with every fact drawn once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, Model, Run
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import Draws, Fact, Interval, facts_read
from frontiercost.core.frozen import frozen, same
from frontiercost.core.number_format import format_quantity
from frontiercost.core.spread import Shares, old_share, variance_shares
from frontiercost.core.units import not_after
from frontiercost.cost.affordability import AvailableFunds, Verdict, available_funds, verdict
from frontiercost.cost.bill import Bill
from frontiercost.cost.choices import BASIS_WORDS, CHIPS_INCLUDE, RENT_WORDS, REST_WORDS
from frontiercost.cost.compute_cost import Costing
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.programme import bill as bill_of
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import Input, Resolver, doubts_of
from frontiercost.scenario.scenario import DEFAULT_STAGE, Scenario, ScenarioValue
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.bills import Bills, Priced
from frontiercost.stages.registry import stage_of
from frontiercost.stages.stage import Detail, Stage

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

RENTED_LABELS = {
    "on-demand": "rented on-demand",
    "1y": f"rented 1y, {REST_WORDS['1y']}",
    "3y": f"rented 3y, {REST_WORDS['3y']}",
}
TERMS_LABELS = {
    "amortised": "amortised (value lost while in use)",
    "own": "owned (full cost of ownership)",
    "buy": "bought (the whole cluster)",
}


@frozen
class Evaluation(Generic[Detail]):
    """Everything that is known about one scenario."""

    name: str
    stage: Stage[Detail]
    model: Model | None
    chip: Chip
    precision: str
    terms: Terms
    inputs: Mapping[str, Input]
    workload: Workload
    detail: Detail
    """What only its stage knows of its work."""
    costing: Costing
    programme_costs: ProgrammeCosts
    bill: Bill
    unsigned: tuple[str, float] | None
    """The cheaper commitment that the only purse cannot pay to its end, and what it takes [USD]."""
    verdicts: tuple[Verdict, ...]
    precedents: tuple[Run, ...]
    facts: tuple[Fact, ...]
    """Every fact that was drawn."""
    fixed: tuple[Fact, ...]
    """Every further fact that was read: at its centre, whole, as fits and data sheets have it."""
    spread: Shares
    """Facts that carry the spread of the total, with their share of its variance, largest first."""
    notes: tuple[str, ...]
    derived_shape: bool
    """Whether the shape is a guess from parameter counts."""
    base_flop: "Number | None"
    """Training FLOP of what it starts from, none of a new model; None where that is not known."""
    rates: tuple[Fact, ...]
    """Exchange rates that amounts were converted with."""
    doubts: tuple[str, ...]
    """What was given and is far outside the record, in words."""
    views: tuple[str, ...]
    """Further tables that were asked for, by name."""
    question: tuple[tuple[str, ScenarioValue], ...]
    """What was given, by key."""
    drawn: DrawnCatalogue

    def __repr__(self) -> str:
        low, median, high = (format_quantity(end, "USD") for end in self.total)
        within = "" if self.total.low is None else f" (90%: {low} to {high})"
        return f"Evaluation({self.name!r}, {self.stage.name}, {median}{within})"

    def __eq__(self, other: object) -> bool:
        return same(self._said, other._said) if isinstance(other, Evaluation) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.stage.name, self.total))

    @property
    def _said(self) -> tuple[object, ...]:
        """What was asked and is answered, draw by draw; how it was found does not count."""
        asked = (self.name, self.stage.name, self.terms, dict(self.inputs))
        return *asked, self.workload, self.bill, self.verdicts, self.notes

    @property
    def draws(self) -> Draws:
        """How its facts were drawn."""
        return self.drawn.draws

    @property
    def catalogue(self) -> Catalogue:
        """What was known, with the constants that the scenario changed."""
        return self.drawn.catalogue

    @property
    def total(self) -> Interval:
        """The 5th, 50th and 95th percentile of the total [USD]."""
        return self.draws.summary(self.bill.total)

    @property
    def drivers(self) -> Shares:
        """The two facts that carry most of the spread of the total."""
        return self.spread[:2]

    @property
    def old_share(self) -> float | None:
        """The share of the spread that rests on facts older than a year at the date asked about."""
        return old_share(self.spread, self.terms.date)

    @property
    def basis(self) -> str:
        """How it is paid, in words: where own chips do a part of it or all, by them."""
        return self.stage.paid or self._on_own_chips(BASIS_WORDS[self.terms.basis])

    def _on_own_chips(self, basis: str) -> str:
        """Return how many chips of one's own work, and how many others beside them, on a basis."""
        own, used, beside = self.terms.own_chips, *self.costing.chips_owned_and_beside
        if own is None or not used:
            return basis
        others = f" {own.chip.name}" if own.chip.name != self.chip.name else " chips"
        words = f"{used:,.0f} own{others}"
        if self.costing.owns_all or not beside:  # some draws take more than the median does
            return words
        return f"{words} and {format_quantity(beside, 'count')} {basis}"

    @property
    def in_words(self) -> str:
        """Basis, programme, pay and date of the prices, in words."""
        terms, basis = self.terms, self.basis
        if not self.stage.paid and terms.basis == "rent" and terms.price is None:
            basis = RENT_WORDS[terms.commitment]
            is_chosen = any(key == "commitment" for key, _ in self.question)
            if self.costing.whole_term and (is_chosen or not terms.programme.whole):
                basis += f", {REST_WORDS[terms.commitment]}"
            if self.unsigned:
                commitment, usd = self.unsigned
                whole = format_quantity(usd, "USD")
                basis += f" (a contract of {commitment} takes {whole})"
            basis = self._on_own_chips(basis)
        pay = f", {terms.pay} pay" if self.bill.has("staff", "curation") else ""
        return f"{basis}, {terms.programme.words}{pay}{self._ruled}, {self._priced_at}"

    @property
    def _ruled(self) -> str:
        """The export rule that its chips are under, to follow the pay."""
        rule = dict(self.question).get("export_rule")
        if rule is None:
            return ""
        from frontiercost.catalogue.export_rules import EXPORT_RULES

        return f", under a rule that cuts {EXPORT_RULES[str(rule.text)].about}"

    @property
    def _priced_at(self) -> str:
        """The date of the prices; where quotes are later, or end before it, theirs too."""
        date = self.terms.date
        facts = (fact for line in self.bill.lines for fact in line.facts)
        quoted = [fact.as_of for fact in facts if fact.path.startswith("prices/")]
        if later := [day for day in quoted if not not_after(day, date)]:
            return f"prices of {max(later)[: len('2026-11')]} taken back to {date}"
        if quoted and date > self.catalogue.edition["edition"]:
            newest = max(quoted)[: len("2026-11")]
            return f"prices of {newest} carried on to {date} (no fall assumed)"
        return f"prices of {date}"

    @property
    def included(self) -> list[str]:
        """What the total holds: chips, and each further line of the bill in words."""
        words, beside = self.stage.programme_lines, [x for x in self.bill.lines if not x.of_chips]
        line_ids = {line.id for line in beside}
        further = [line.label.lower() for line in beside if line.id not in words]
        basis = self.terms.basis
        of_chips = CHIPS_INCLUDE.get(f"{basis}_{self.chip.kind}", CHIPS_INCLUDE[basis])
        chips = [] if len(beside) == len(self.bill.lines) else [of_chips]
        if chips and self.terms.own_chips is not None:
            rest = [] if self.costing.owns_all else chips
            chips = ["upkeep and energy of chips already owned", *rest]
        return [*chips, *(word for id, word in words.items() if id in line_ids), *further]

    @property
    def excluded(self) -> list[str]:
        """What the total does not hold: of a whole programme, of what was left out, and never."""
        words, line_ids = self.stage.programme_lines, {line.id for line in self.bill.lines}
        absent = [word for id, word in words.items() if id not in line_ids]
        left_out = [line.label.lower() for line in self.bill.left_out if line.id not in words]
        return [*absent, *left_out, *self.stage.leaves_out]

    @cached_property
    def other_terms(self) -> list[tuple[str, "Number"]]:
        """The total of the same run and programme on each other basis and commitment.

        A basis for which the catalogue has no price is left out; so are all where there is none.
        """
        if self.stage.paid:
            return []
        chosen = replace(self.terms, read=set())  # what other terms take, this answer does not
        rented = {
            label: replace(chosen, basis="rent", commitment=commitment, price=None, rest_hours=0.0)
            for commitment, label in RENTED_LABELS.items()
            if (chosen.basis, chosen.commitment) != ("rent", commitment) or chosen.price
        }
        others = {
            label: replace(chosen, basis=basis, rest_hours=0.0)
            for basis, label in TERMS_LABELS.items()
            if basis != chosen.basis
        }
        totals = []
        for label, terms in (rented | others).items():
            with suppress(NotEvaluatedError):
                totals.append((label, bill_of(self.costing.on(terms), self.programme_costs).total))
        return totals


AnyEvaluation: TypeAlias = Evaluation[Any]
"""Of a stage that only the scenario knows."""


def evaluate(
    scenario: Scenario, catalogue: Catalogue | None = None, draws: Draws | None = None
) -> AnyEvaluation:
    """Resolve, draw, price and judge one scenario.

    Raises InputError for what cannot be used or would be passed over, NotEvaluatedError where the
    catalogue lacks a fact.
    """
    stage = stage_of(scenario.text("stage", DEFAULT_STAGE), scenario.origin("stage"))
    resolver = Resolver(
        scenario, catalogue or catalogue_of(scenario), draws, needs_model=stage.needs_model
    )
    draws = resolver.draws
    stage = stage.other(resolver) or stage
    with facts_read() as read:
        result = stage.result(resolver)
        bills = Bills(resolver, stage, result)
        funds, whose = resolver.funds(bills.purse), resolver.whose_pay()
        priced = bills.at(resolver.pay_of(whose))
    scope = "programme" if priced.terms.programme.whole and stage.whole_programme else "stage"
    verdicts = []
    for each in funds:
        own = _payable(bills, each, resolver.pay_of(each.actor), result.workload, draws)
        found = verdict(each, own.bill.total, result.workload, scope, draws)
        verdicts.append(replace(found, commitment=own.terms.commitment))
        priced = own if len(funds) == 1 and each.actor is None else priced
    views = resolver.views(
        stage.answer().views if scenario.has("by", "break_even", "development") else ()
    )
    resolver.refuse_unread(bills.read)
    facts = tuple(draws.used.values())
    return Evaluation(
        name=resolver.name(stage.subject),
        stage=stage,
        model=resolver.model,
        chip=result.chip,
        precision=result.precision,
        terms=priced.terms,
        inputs=resolver.inputs,
        workload=result.workload,
        detail=result.detail,
        costing=priced.costing,
        programme_costs=priced.programme_costs,
        bill=priced.bill,
        unsigned=priced.unsigned,
        verdicts=tuple(verdicts),
        views=views,
        precedents=result.precedents,
        facts=facts,
        fixed=tuple(fact for path, fact in read.items() if path not in draws.used),
        spread=variance_shares(priced.bill.total, facts, draws),
        notes=(*resolver.notes, *priced.notes(whose)),
        derived_shape=resolver.derived_shape,
        base_flop=result.base_flop,
        rates=tuple(scenario.rates.values()),
        doubts=doubts_of(scenario, resolver.catalogue, result.chip),
        question=tuple(scenario.question()),
        drawn=resolver.drawn,
    )


def _payable(bills: Bills, funds: AvailableFunds, pay: str, work: Workload, draws: Draws) -> Priced:
    """Return the bill of who pays: a sum signs no contract that takes more than all of it.

    An actor signs with more than what it could spend on one model.
    """
    if funds.actor is not None:
        return bills.at(pay)
    _, available = available_funds(funds, work.project_years, draws)
    return bills.payable(pay, draws.summary(available).median)
