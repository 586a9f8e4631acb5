"""What a rung costs with levers pulled: who lends chips, who pays a share, what is made first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.analysis.levers import Levers
from frontiercost.analysis.profiles import Profile
from frontiercost.analysis.rung_costs import NOBODY, RungCosts
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import positive_part
from frontiercost.cost.terms import OwnChips
from frontiercost.stages.bills import Bills

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


class LeveredCosts:
    """Costs of rungs as levers leave them, everything drawn from the same draws."""

    def __init__(
        self, costs: RungCosts, drawn: DrawnCatalogue, levers: Levers, rungs: Mapping[str, Rung]
    ) -> None:
        """`costs` are those of the work, which an export rule has changed already."""
        self._costs, self._drawn, self._levers, self._rungs = costs, drawn, levers, rungs
        self._savings: dict[tuple[Bills, str], Number] = {}

    def total(self, rung: Rung, profile: Profile, growth: "Number") -> "Number":
        """Return the cost of one member, grown by a factor, with the making of its weights."""
        cost = self._lent(rung, profile) * growth / self._costs.members(rung)
        made_first = self.made_first(rung)
        if made_first is not None:
            cost = cost + self._lent(made_first, profile)
        return self.subsidised(cost)

    def subsidised(self, cost: "Number") -> "Number":
        """Return what is left to pay of a cost."""
        subsidy = self._levers.subsidy
        return cost if subsidy is None else cost * (1 - self._drawn.sample(subsidy))

    def _lent(self, rung: Rung, profile: Profile) -> "Number":
        return self._costs.total(rung, profile) - self.saved(rung, profile)

    def saved(self, rung: Rung, profile: Profile) -> "Number":
        """Return what lent chips save: the same at every level of pay, and never less than 0."""
        lent = self._lent_chips()
        if lent is None or rung.choose == "sold":
            return 0.0
        basis, bills = self._costs.basis(rung, profile), self._costs.bills(rung, profile).bills
        key = (bills, basis)
        if key not in self._savings:
            full, less = bills.at(NOBODY.pay, basis), bills.with_chips(NOBODY.pay, basis, lent)
            self._savings[key] = positive_part(full.bill.total - less.bill.total)
        return self._savings[key]

    def _lent_chips(self) -> OwnChips | None:
        """Return the chips that are lent, as an export rule leaves them too."""
        lent, catalogue = self._levers.free_chips, self._drawn.catalogue
        ruled = catalogue.under_export_rule(self._levers.export_rule)
        return lent and replace(lent, chip=ruled.chip(lent.chip.name))

    def made_first(self, rung: Rung) -> Rung | None:
        """Return how the weights of a rung are made where nobody may give them away; else None."""
        if self._levers.open_weights != "forbidden" or not rung.of_open_weights:
            return None
        model = self._costs.choice(rung).model or ""
        name = f"weights-of-{rung.name}"
        return replace(self._rungs["rebuild"], name=name, choose="named", level_of=model)
