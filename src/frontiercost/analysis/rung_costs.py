"""What a rung costs: its model's work by the stage that does it, for whoever is on it.

A rung is worked out once for each model and demand; pay and basis are other bills of the same
work. Its cost is what the stage's own command answers with the same inputs.
"""

import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.analysis.profiles import People, Profile, product_of
from frontiercost.analysis.rungs import SITE_KEYS, Choice, Rung, RungChooser
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.export_rules import EXPORT_RULES
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import facts_read
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import FINAL_RUN
from frontiercost.cost.workload import Workload
from frontiercost.scenario.flags import spelled
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.scenario import Scenario, ScenarioValue, value_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Fact, Number
    from frontiercost.stages.bills import Bills

NOBODY = Profile(People(1.0, 1.0, 1.0), "frontier")
"""Nobody in particular: one person, and staff paid as the stages take it."""
CAMPUS = NOBODY._replace(people=People(30_000.0, 30_000.0, 30_000.0))
"""Whom a service of one's own is priced for, where it is nobody's in particular."""
NOT_OVERRIDDEN = ("stage", "model", "actor", "budget")


@frozen
class Cost:
    """What a rung costs somebody, or why it has none."""

    total: "Number | None"
    workload: Workload | None = None
    """Its work; None where there is none, or where only the cost is kept."""
    reason: str = ""
    years: "Number" = 0.0
    """How long the work takes: money that comes each year comes so often."""


@frozen
class _Worked:
    """The work of a rung with its bills."""

    workload: Workload
    bills: "Bills"
    facts: dict[str, "Fact"]
    """What it has read so far, by path."""


class RungCosts:
    """Prices rungs under one set of choices, everything drawn from the same draws."""

    def __init__(
        self,
        asked: Scenario,
        drawn: DrawnCatalogue,
        chooser: RungChooser,
        like: "RungCosts | None" = None,
    ) -> None:
        """`asked` holds the choices for all rungs: date, basis, chip, vendor.

        `like` has worked out other rungs of the same choices, but for export rules.
        """
        self._asked, self._drawn, self._chooser = asked, drawn, chooser
        self._choices: dict[tuple[str, bool], Choice] = {}
        self._worked: dict[tuple[str, frozenset[tuple[str, str]]], _Worked] = (
            like._worked if like else {}
        )
        self._medians: dict[tuple[str, frozenset[tuple[str, str]]], float] = (
            like._medians if like else {}
        )

    def choice(self, rung: Rung, *, firm: bool = False) -> Choice:
        """Return what a rung takes at the date, with weights that a firm may use."""
        key = (rung.name, firm and rung.of_open_weights)
        if key not in self._choices:
            self._choices[key] = self._chooser.choice(rung, for_firms=key[1])
        return self._choices[key]

    def relevant(self, rung: Rung, profile: Profile) -> Profile:
        """Return a profile without what is of no matter to the cost of a rung."""
        return Profile(
            people=profile.people if rung.own_people else NOBODY.people,
            pay=profile.pay,
            firm=profile.firm and rung.of_open_weights,
            owns=profile.owns and _trains(rung),
        )

    def values(self, rung: Rung, profile: Profile) -> dict[str, str]:
        """Return the keys of the scenario that prices a rung for somebody.

        A final run has no people whom a rung could leave out.
        """
        choice = self.choice(rung, firm=profile.firm)
        values = {"stage": rung.stage, **choice.values, **self._demand(choice, profile)}
        asked_programme = self._asked.peek("programme") if self._takes(rung, "programme") else ""
        has_people = (asked_programme or values.get("programme")) != FINAL_RUN.name
        return {key: text for key, text in values.items() if key != "without" or has_people}

    def command(self, rung: Rung, profile: Profile, **whose: str) -> str:
        """Return the command whose answer is the cost of a rung, of all its members together.

        `whose` says at whose pay: that of an `actor`, or a level of `pay`.
        """
        profile = self.relevant(rung, profile)
        rule, ruled = self._way(rung, self.values(rung, profile))
        asked = {key: value.text for key, value in self._asked_for(rung, rule).items()}
        basis = self.basis(rung, profile)
        own = {**({"basis": basis} if basis else {}), **whose}
        values = {**ruled, **own, **asked, "date": self._chooser.date}
        flags = [
            f"{spelled(key)} {shlex.quote(str(text))}"
            if text not in (True, "true")
            else spelled(key)
            for key, text in values.items()
            if key not in ("stage", "model")
        ]
        assumed = [
            f"--set {shlex.quote(f'assumptions.{id}={value.text}')}"
            for id, value in self._asked.assumptions.items()
        ]
        return " ".join(("frontiercost", rung.stage, str(values["model"]), *flags, *assumed))

    def bills(self, rung: Rung, profile: Profile) -> _Worked:
        """Return the work of a rung for somebody, and its bills; raise InputError for none."""
        return self._done(rung, *self._way(rung, self.values(rung, profile)))

    def _done(self, rung: Rung, rule: str, values: Mapping[str, str]) -> _Worked:
        key = (rule, frozenset(values.items()))
        if key not in self._worked:
            self._worked[key] = self._work(rung, values, rule)
        return self._worked[key]

    def _way(self, rung: Rung, values: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """Return the rule that a rung is worked under, and its keys: the cheapest way that is left.

        On its own chip as the rule cuts it, or on the one that is sold in its place, unless a chip
        was named. A rule that leaves a way as cheap as without it hinders nobody.
        """
        rule = self._asked.peek("export_rule") if rung.choose != "sold" else ""
        if not rule:
            return "", values
        ways = [values]
        instead = EXPORT_RULES[rule].made_for_it
        on_sale = self._drawn.catalogue.chip(instead).on_sale(self._chooser.date)
        if on_sale and not rung.device and not self._asked.has("chip", "price"):
            ways.append({**values, "chip": instead})
        costs = [self._median(rung, rule, way) for way in ways]
        if min(costs) <= self._median(rung, "", values):
            return "", values
        return rule, ways[costs.index(min(costs))]

    def _median(self, rung: Rung, rule: str, values: Mapping[str, str]) -> float:
        """Return what a way costs nobody in particular; infinite where it cannot be gone."""
        key = (rule, frozenset(values.items()))
        if key not in self._medians:
            try:
                total = self._done(rung, rule, values).bills.at(NOBODY.pay).bill.total
                self._medians[key] = self._drawn.median(total)
            except (InputError, NotEvaluatedError):
                self._medians[key] = math.inf
        return self._medians[key]

    def total(self, rung: Rung, profile: Profile) -> "Number":
        """Return the total of the command of a rung, on the best basis of who is on it."""
        worked = self.bills(rung, profile)
        with facts_read() as read:
            total = worked.bills.at(profile.pay, self.basis(rung, profile)).bill.total
        worked.facts.update(read)
        self._asked.read.update(worked.bills.read)
        return total

    def facts(self, rung: Rung, profile: Profile) -> Iterable["Fact"]:
        """Return the facts that the cost of a rung was worked out from."""
        return self.bills(rung, profile).facts.values()

    def bought(self, rung: Rung, profile: Profile) -> "Number":
        """Return what the same demand costs at an API of a rung's own weights."""
        values = self.values(rung, profile)
        kept = {key: text for key, text in values.items() if key not in ("chip", "chips")}
        return self._work(rung, kept | {"bought": "true"}, "").bills.at(profile.pay).bill.total

    def basis(self, rung: Rung, profile: Profile) -> str:
        """Return the basis of who trains on machines of its own; empty for that of the rung."""
        owns = profile.owns and _trains(rung)
        return "own" if owns and not self._asked.has("basis", "price") else ""

    def members(self, rung: Rung) -> float:
        """Return how many share the work of a rung: its sites, else one."""
        return float(self.choice(rung).values.get("sites", 1))

    def _work(self, rung: Rung, values: Mapping[str, str], rule: str) -> _Worked:
        from frontiercost.stages.bills import Bills
        from frontiercost.stages.registry import stage_of

        with facts_read() as read:
            scenario = self._scenario(rung, values, rule)
            resolver = Resolver(scenario, self._drawn.catalogue, self._drawn.draws)
            stage = stage_of(rung.stage)
            stage = stage.other(resolver) or stage
            result = stage.result(resolver)
            bills = Bills(resolver, stage, result)
        return _Worked(result.workload, bills, read)

    def _scenario(self, rung: Rung, values: Mapping[str, str], rule: str) -> Scenario:
        """Return the scenario of a rung: its own keys, then what was asked for all."""
        shown_by = self.choice(rung).shown_by
        own = {
            key: value_of(
                key,
                text == "true" or text,
                "default",
                f"ladder.{rung.name}",
                (shown_by if key in SITE_KEYS else None) or rung.provenance,
            )
            for key, text in values.items()
        }
        date = {"date": value_of("date", self._chooser.date, "default", "ladder")}
        return replace(self._asked, values={**date, **own, **self._asked_for(rung, rule)})

    def _asked_for(self, rung: Rung, rule: str) -> Mapping[str, ScenarioValue]:
        """Return what was asked for all rungs and one of them takes, under a rule or none."""
        taken = {key: value for key, value in self._asked.values.items() if self._takes(rung, key)}
        if not rule:
            taken.pop("export_rule", None)
        return taken

    def _takes(self, rung: Rung, key: str) -> bool:
        """Whether a rung takes what was asked for all: a computer at home stays one."""
        if key == "programme":
            return rung.scenario.get("programme") == "follower"
        return key not in NOT_OVERRIDDEN and not (rung.device and key in ("chip", "basis"))

    def _demand(self, choice: Choice, profile: Profile) -> dict[str, str]:
        """Return requests a day of the people served, and what a model writes that reasons."""
        if not choice.rung.people:
            return {}
        people = (
            profile.people if choice.rung.own_people else People(*[float(choice.rung.people)] * 3)
        )
        each = self._drawn.fact("requests_per_user")
        asked = product_of(people, People(each.low, each.value, each.high))
        demand = {"requests": _interval(asked.low, asked.usual, asked.high, "/day")}
        model = choice.priced
        if model and model.reasoning and "reasoning_tokens" not in model.facts:
            usual = self._drawn.fact("chat_reasoning_tokens")
            demand["reasoning_tokens"] = _interval(usual.low, usual.value, usual.high)
        return demand


def _trains(rung: Rung) -> bool:
    return rung.stage != "inference"


def _interval(low: float, usual: float, high: float, unit: str = "") -> str:
    ends = (float(f"{end:.4g}") for end in (low, usual, high))
    return "..".join(f"{end:.10g}{unit}" for end in ends)
