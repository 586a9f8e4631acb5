"""The only door to the core: evaluate a scenario, once, with every fact drawn once."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from frontiercost.affordability import Purse, Verdict, purse_of, verdict
from frontiercost.catalogue import Catalogue, shipped
from frontiercost.costing import Bill, Costing, OwnChips, Terms
from frontiercost.errors import InputError, NotEvaluatedError, nearest
from frontiercost.facts import Draws, Fact, given
from frontiercost.physics.derive import derive
from frontiercost.physics.shape import Architecture
from frontiercost.physics.utilisation import run_mfu, usable
from frontiercost.pricing import COMMITMENTS
from frontiercost.records import Chip, Model, Run
from frontiercost.scenario import Scenario, own_chips
from frontiercost.stages import pretrain
from frontiercost.units import DAYS_PER_YEAR, HOURS_PER_DAY, decimal_year
from frontiercost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.facts import Number

DRAWS = 4096
DEFAULT_CHIP = "h100-sxm"
DEFAULT_SEQ_LEN = 8192
LONG_COMMITMENT_CHIPS = 256
LONG_COMMITMENT_DAYS = 30
LEAD_DAYS = 60
SIMILAR = 3.0
TERMS_LABELS = {
    "amortised": "amortised (value lost while in use)",
    "own": "owned (full cost of ownership)",
    "buy": "bought (the whole cluster)",
}


@dataclass(frozen=True)
class Input:
    """One input that was used, and who set it: flag, file, catalogue or default."""

    fact: Fact
    set_by: str


@dataclass(frozen=True)
class Evaluation:
    """Everything that is known about one scenario."""

    name: str
    stage: str
    model: Model | None
    chip: Chip
    precision: str
    terms: Terms
    inputs: Mapping[str, Input]
    workload: Workload
    costing: Costing
    bill: Bill
    verdicts: tuple[Verdict, ...]
    precedents: tuple[Run, ...]
    facts: tuple[Fact, ...]
    """Every fact that was drawn."""
    drivers: tuple[tuple[str, float], ...]
    """Facts that carry most of the spread of the total, with their share of its variance."""
    notes: tuple[str, ...]
    draws: Draws
    edition: Mapping[str, str]


def evaluate(scenario: Scenario, catalogue: Catalogue | None = None) -> Evaluation:
    """Resolve, draw, price and judge one scenario.

    Raises InputError for what cannot be used, NotEvaluatedError where the catalogue lacks a fact.
    """
    return _Resolver(scenario, catalogue or shipped()).evaluate()


class _Resolver:
    """Turns a scenario into inputs, filling each gap from the catalogue and saying so."""

    def __init__(self, scenario: Scenario, catalogue: Catalogue) -> None:
        self.scenario = scenario
        self.catalogue = _overridden(catalogue, scenario)
        self.notes: list[str] = []
        self.inputs: dict[str, Input] = {}
        self.draws = Draws(scenario.integer("draws", DRAWS), scenario.integer("seed", 0))
        self.model = self._model()
        self.as_built = self._as_built()
        self.date = scenario.text("date") or self._default_date()
        self.vendor = scenario.text("vendor") or (self.as_built and self._model_vendor()) or ""
        self.vendor = self.vendor or "specialist"
        self.pue = "pue_hyperscaler" if self.vendor == "hyperscaler" else "pue"

    def evaluate(self) -> Evaluation:
        work_inputs = self._work_inputs()
        work = pretrain.workload(work_inputs, self.draws, self.catalogue)
        terms = self._terms(work)
        costing = Costing(work, work_inputs.chip, terms, self.catalogue, self.draws)
        bill = costing.bill()
        purses = self._purses()
        scope = "stage" if terms.programme == "final-run" else "programme"
        verdicts = [verdict(p, bill.total, work, scope, self.draws) for p in purses]
        self._note_price(bill)
        return Evaluation(
            name=self._name(),
            stage="pretrain",
            model=self.model,
            chip=work_inputs.chip,
            precision=self._precision(),
            terms=terms,
            inputs=self.inputs,
            workload=work,
            costing=costing,
            bill=bill,
            verdicts=tuple(verdicts),
            precedents=self._precedents(work),
            facts=tuple(self.draws.used.values()),
            drivers=drivers(bill.total, self.draws),
            notes=tuple(self.notes),
            draws=self.draws,
            edition=self.catalogue.edition,
        )

    # --- the model ---------------------------------------------------------------------------

    def _model(self) -> Model | None:
        name = self.scenario.text("model")
        if name:
            model = self.catalogue.model(name, self.scenario.origin("model"))
            if model.estimate:
                self.notes.append(f"{model.label}: undisclosed; its figures are outside estimates")
            return model
        if "params" not in self.scenario.values:
            raise InputError(
                "MODEL or --params is needed, for example llama-3.1-405b, or --params 7B "
                "--tokens 2T (list: frontiercost catalogue models)"
            )
        return None

    def _as_built(self) -> bool:
        if not self.scenario.switch("as_built"):
            return False
        if self.model is None or not self.model.built_chip:
            name = self.model.label if self.model else "a model of your own"
            raise InputError(
                f"--as-built: the catalogue does not know which chips {name} was trained on; "
                "give --chip and --date instead"
            )
        return True

    def _model_vendor(self) -> str:
        return self.model.vendor if self.model else ""

    def _default_date(self) -> str:
        if not (self.as_built and self.model):
            return self.catalogue.edition["edition"]
        return _start_of(self.model)

    def _name(self) -> str:
        if self.scenario.text("name"):
            return self.scenario.text("name")
        if self.model:
            return self.model.label
        return f"a model of {self.scenario.text('params')} parameters"

    # --- the inputs of the stage -------------------------------------------------------------

    def _work_inputs(self) -> pretrain.Inputs:
        chip = self._chip()
        tokens = self._fact("tokens", self._model_fact("tokens"))
        architecture = self._architecture()
        unknown = architecture is None or tokens is None
        flop = self._model_fact("training_flop") if unknown else None
        if unknown and flop is None:
            missing = "how many tokens it is trained on" if architecture else "its size"
            raise InputError(
                f"{'--tokens' if architecture else '--params'} is needed: {missing} is not known"
            )
        if flop is not None:
            self._keep("training_flop", flop, "catalogue")
        published_hours = self._published("chip_hours")
        return pretrain.Inputs(
            chip=chip,
            mfu=None if published_hours else self._mfu(chip),
            tokens=tokens,
            architecture=architecture,
            seq_len=self._seq_len() if flop is None else 0,
            training_flop=flop,
            size=self._uncertain_size(),
            chip_hours=published_hours,
            chips=self._fact("chips", self._published("chips")),
            contributors=self._model_fact("contributors"),
            project_time=self._model_fact("project_time"),
            pue=self.pue,
            energy=self._published("energy"),
        )

    def _chip(self) -> Chip:
        known = self.model.built_chip if self.model else ""
        name = self.scenario.text("chip") or known or DEFAULT_CHIP
        return self.catalogue.chip(name, self.scenario.origin("chip"))

    def _precision(self) -> str:
        published = self.model.precision if self.model else ""
        return self.scenario.text("precision") or published or "bf16"

    def _architecture(self) -> Architecture | None:
        """Return the published shape, or a plausible one for the counts that were given."""
        resized = {"params", "active_params"} & self.scenario.values.keys()
        if self.model and self.model.shape and not resized:
            shape = {k: v for k, v in self.model.shape.items() if k not in ("source", "at", "note")}
            return Architecture(**shape)  # type: ignore[arg-type]
        if self.model and "training_flop" in self.model.facts and not resized:
            return None
        total = self._fact("params", self._model_fact("total_params"))
        known_active = (
            None if "params" in self.scenario.values else self._model_fact("active_params")
        )
        active = self._fact("active_params", known_active)
        if total is None:
            return None
        try:
            architecture = derive(total.value, active.value if active else total.value)
        except ValueError as error:
            raise InputError(f"--params, --active-params: {error}") from None
        self.notes.append(
            "shape derived from the parameter count: "
            f"{architecture.layers} layers of width {architecture.hidden}"
        )
        return architecture

    def _uncertain_size(self) -> Fact | None:
        key = "active_params" if "active_params" in self.scenario.values else "params"
        fact = self.scenario.fact(key)
        return fact if fact and not fact.exact else None

    def _is_moe(self) -> bool:
        if self.model and "params" not in self.scenario.values:
            shape, facts = self.model.shape or {}, self.model.facts
            active, total = facts.get("active_params"), facts.get("total_params")
            sparse = bool(active and total and active.value < 0.9 * total.value)
            return bool(shape.get("experts")) or (not shape and sparse)
        return "active_params" in self.scenario.values

    def _seq_len(self) -> float:
        known = self._fact("seq_len", self._model_fact("seq_len"))
        if known is None:
            known = given("input/seq_len", str(DEFAULT_SEQ_LEN), "token", "own-judgement")
            self._keep("seq_len", known, "default")
        return known.value

    def _mfu(self, chip: Chip) -> Fact:
        typed = self.scenario.fact("mfu")
        if typed is not None:
            self._keep("mfu", typed, self.scenario.values["mfu"].set_by)
            return typed
        chip.peak(self._precision())
        runs = usable(self.catalogue.runs, without=self.scenario.text("without_developer"))
        fact = run_mfu(runs, chip.generation, self._precision(), self._is_moe())
        self._keep("mfu", fact, "catalogue")
        return fact

    def _published(self, key: str) -> Fact | None:
        """Return how the model was really built, where that is asked for."""
        overridden = {"tokens", "params", "chip", "mfu"} & self.scenario.values.keys()
        if not self.as_built or self.model is None or (key != "chips" and overridden):
            return None
        fact = self.model.built.get(key)
        if fact is not None and key != "chips":
            self._keep(key, fact, "catalogue")
        return fact

    def _model_fact(self, key: str) -> Fact | None:
        return self.model.facts.get(key) if self.model else None

    def _fact(self, key: str, known: Fact | None) -> Fact | None:
        """Return what the user set, else what the catalogue knows; remember which it was."""
        typed = self.scenario.fact(key)
        if typed is not None:
            self._keep(key, typed, self.scenario.values[key].set_by)
        elif known is not None:
            self._keep(key, known, "catalogue")
        return typed or known

    def _keep(self, key: str, fact: Fact, set_by: str) -> None:
        self.inputs[key] = Input(fact, set_by)

    # --- terms -------------------------------------------------------------------------------

    def _terms(self, work: Workload) -> Terms:
        scenario = self.scenario
        long = work.chips > LONG_COMMITMENT_CHIPS or (
            self.draws.summary(work.wall_days).median > LONG_COMMITMENT_DAYS
        )
        return Terms(
            date=self.date,
            basis=scenario.text("basis", "rent"),
            programme=scenario.text("programme", "follower"),
            vendor=self.vendor,
            commitment=scenario.text("commitment", "1y" if long else "on-demand"),
            price=self._fact("price", None),
            electricity_price=self._fact("electricity_price", None),
            pay=scenario.text("pay") or self._pay(),
            own_chips=self._own_chips(),
        )

    def _pay(self) -> str:
        """Return the pay level of the actors asked about, if they share one, else frontier pay."""
        actors = [self.catalogue.actor(name, "--actor") for name in self.scenario.texts("actor")]
        kinds = {self.catalogue.categories[actor.category]["pay"] for actor in actors}
        return kinds.pop() if len(kinds) == 1 else "frontier"

    def _own_chips(self) -> OwnChips | None:
        text = self.scenario.text("own_chips")
        if not text:
            return None
        count, name = own_chips(text)
        return OwnChips(self.catalogue.chip(name, "--own-chips"), count)

    def _purses(self) -> list[Purse]:
        typed = self.scenario.purse()
        actors = [self.catalogue.actor(name, "--actor") for name in self.scenario.texts("actor")]
        known = [purse_of(actor, self.date, "--actor") for actor in actors]
        return ([typed] if typed else []) + known

    # --- what the reader should know -----------------------------------------------------------

    def _note_price(self, bill: Bill) -> None:
        for line in bill.lines:
            for fact in line.facts:
                if fact.path.startswith("prices/") and fact.note and fact.note not in self.notes:
                    self.notes.append(f"price {fact.path.removeprefix('prices/')}: {fact.note}")
                    return

    def _precedents(self, work: Workload) -> tuple[Run, ...]:
        """Return up to three published runs of about this compute by different developers."""
        wanted = math.log(self.draws.summary(work.model_flop).median)
        found: dict[str, tuple[float, Run]] = {}
        for run in self.catalogue.runs:
            distance = abs(math.log(run.training_flop) - wanted)
            same = self.model is not None and run.model == self.model.name
            nearer = distance < found.get(run.organization, (math.log(SIMILAR), None))[0]
            if nearer and not same:
                found[run.organization] = (distance, run)
        ranked = sorted(found.values(), key=lambda pair: pair[0])
        return tuple(run for _, run in ranked[:3])


def other_terms(e: Evaluation) -> list[tuple[str, "Number"]]:
    """Return the total of the same run and programme on each other basis and commitment.

    A basis for which the catalogue has no price is left out.
    """
    rented = {
        f"rented {commitment}": replace(e.terms, basis="rent", commitment=commitment, price=None)
        for commitment in COMMITMENTS[:3]
        if (e.terms.basis, e.terms.commitment) != ("rent", commitment) or e.terms.price
    }
    others = {
        label: replace(e.terms, basis=basis)
        for basis, label in TERMS_LABELS.items()
        if basis != e.terms.basis
    }
    totals = []
    for label, terms in (rented | others).items():
        with suppress(NotEvaluatedError):
            totals.append((label, e.costing.on(terms).bill().total))
    return totals


def _overridden(catalogue: Catalogue, scenario: Scenario) -> Catalogue:
    """Return a catalogue in which the scenario's assumptions replace the shipped ones."""
    facts = {}
    for id, value in scenario.assumptions.items():
        known = catalogue.assumptions
        if id not in known:
            raise InputError(f"{value.origin}: no such assumption; {nearest(id, known)}")
        try:
            source = f"{value.set_by}:{value.origin}"
            facts[id] = given(f"assumptions/{id}", str(value.text), known[id].unit, source)
        except ValueError as error:
            raise InputError(f"{value.origin}: {error}") from None
    return catalogue.changed(facts)


def _start_of(model: Model) -> str:
    """Return the month a published run began: release less its length less two months."""
    wall = model.built.get("wall_time")
    if wall is None and {"chips", "chip_hours"} <= model.built.keys():
        days = model.built["chip_hours"].value / model.built["chips"].value / HOURS_PER_DAY
    else:
        days = wall.value if wall else DAYS_PER_YEAR / 4
    year = decimal_year(model.release) - (days + LEAD_DAYS) / DAYS_PER_YEAR
    return f"{int(year)}-{int(year % 1 * 12) + 1:02d}"


def drivers(total: "Number", draws: Draws, most: int = 2) -> tuple[tuple[str, float], ...]:
    """Return the facts that carry most of the spread: squared correlation with ln(total).

    Of facts that move together only the first one is named, so that nothing is counted twice.
    """
    if isinstance(total, float) or draws.count < 2:
        return ()
    import numpy as np

    logs = np.log(np.maximum(total, np.finfo(float).tiny))
    shares: dict[str, tuple[str, float]] = {}
    for fact in draws.used.values():
        if not fact.exact:
            share = float(np.corrcoef(draws.deviation(fact), logs)[0, 1]) ** 2
            group = fact.shared or fact.path
            shares[group] = max(shares.get(group, ("", 0.0)), (fact.path, share), key=itemgetter(1))
    return tuple(sorted(shares.values(), key=lambda pair: -pair[1])[:most])
