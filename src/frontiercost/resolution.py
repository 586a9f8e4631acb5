"""From a scenario and the catalogue to the inputs of a stage: every gap filled, and by whom."""

from dataclasses import dataclass

from frontiercost.affordability import Purse, purse_of
from frontiercost.catalogue import Catalogue
from frontiercost.costing import OwnChips, Terms
from frontiercost.errors import InputError, nearest
from frontiercost.facts import Draws, Fact, given
from frontiercost.physics.derive import derive
from frontiercost.physics.shape import Architecture, shape_of
from frontiercost.physics.utilisation import realised, run_mfu, usable
from frontiercost.records import Chip, Model
from frontiercost.scenario import RECOMPUTE, Scenario, own_chips
from frontiercost.stages import pretrain
from frontiercost.stages.arrangement import Setup, Sites
from frontiercost.units import DAYS_PER_YEAR, HOURS_PER_DAY, decimal_year
from frontiercost.workload import Workload

DRAWS = 4096
DEFAULT_CHIP = "h100-sxm"
DEFAULT_SEQ_LEN = 8192
LONG_COMMITMENT_CHIPS = 256
LONG_COMMITMENT_DAYS = 30
LEAD_DAYS = 60
SITE_CONSTANTS = {"inner_steps": "inner_steps", "bits": "bits_per_parameter"}
PLAN_KEYS = {
    "tp": "tensor",
    "pp": "pipeline",
    "vpp": "virtual",
    "cp": "context",
    "ep": "expert",
    "zero": "zero",
    "micro_batch": "micro_batch",
}
MACHINE_KEYS = {
    *PLAN_KEYS,
    *SITE_CONSTANTS,
    *("recompute", "batch", "sites", "site_chips", "uplink", "streaming"),
}
"""What only the model of the machine reads."""


@dataclass(frozen=True)
class Input:
    """One input that was used, and who set it: flag, file, catalogue or default."""

    fact: Fact
    set_by: str


class Resolver:
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

    def name(self) -> str:
        """Return what the evaluation is called."""
        if self.scenario.text("name"):
            return self.scenario.text("name")
        if self.model:
            return self.model.label
        return f"a model of {self.scenario.text('params')} parameters"

    # --- the inputs of the stage -------------------------------------------------------------

    def work_inputs(self) -> pretrain.Inputs:
        """Return the inputs of the stage."""
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
        setup = self._setup(chip, architecture, tokens) if architecture and flop is None else None
        modelled = setup is not None and published_hours is None
        self._check_machine_keys(setup is not None, published_hours is not None)
        return pretrain.Inputs(
            chip=chip,
            tokens=tokens,
            setup=setup,
            training_flop=flop,
            size=self._uncertain_size(),
            chip_hours=published_hours,
            mfu=self._fact("mfu", None if modelled or published_hours else self._pooled_mfu(chip)),
            realised=self._realised(chip) if modelled else None,
            energy=self._published("energy"),
            chips=self._fact("chips", self._published_chips()),
            deadline=self._fact("deadline", None),
            contributors=self._model_fact("contributors"),
            project_time=self._model_fact("project_time"),
            pue=self.pue,
        )

    def _check_machine_keys(self, has_shape: bool, as_published: bool) -> None:
        """Raise InputError for what would be ignored or contradict itself."""
        given = self.scenario.values.keys()
        if {"chips", "deadline"} <= given:
            raise InputError("--chips and --deadline: give one; the other is the answer")
        reasons = {
            f"the shape of {self.name()} is unknown": not has_shape,
            "--as-built takes the published hours": as_published,
            "--mfu replaces the model of the machine": "mfu" in given,
        }
        for key in sorted(MACHINE_KEYS & given):
            for reason in (reason for reason, holds in reasons.items() if holds):
                raise InputError(f"{self.scenario.origin(key)} has no effect here: {reason}")

    def _setup(self, chip: Chip, architecture: Architecture, tokens: Fact | None) -> Setup:
        """Return the machine to arrange, before the number of its chips is known."""
        chip.peak(self.precision())
        batch = self._fact("batch", None)
        return Setup(
            architecture=architecture,
            seq_len=int(self._seq_len()),
            tokens=tokens.value if tokens else 0.0,
            chip=chip,
            precision=self.precision(),
            date=self.model.release if self.as_built and self.model else self.date,
            batch=batch.value if batch else None,
            plan=self._plan(),
            sites=self._sites(),
        )

    def _plan(self) -> dict[str, int]:
        """Return the dimensions of the parallel plan that were fixed by hand."""
        given = self.scenario.values.keys() & PLAN_KEYS.keys()
        plan = {PLAN_KEYS[key]: self.scenario.integer(key, 0) for key in sorted(given)}
        if "recompute" in self.scenario.values:
            plan["recompute"] = RECOMPUTE.index(self.scenario.text("recompute"))
        return plan

    def _sites(self) -> Sites | None:
        """Return the sites that train together, if several were asked for."""
        asked = self.scenario.values.keys() & {"sites", "site_chips", "uplink"}
        if not asked:
            return None
        uplink = self._fact("uplink", None)
        if len(asked) < 3 or uplink is None:
            raise InputError("--sites, --site-chips and --uplink go together: give all three")
        return Sites(
            count=self.scenario.integer("sites", 1),
            chips=self.scenario.integer("site_chips", 1),
            uplink=uplink,
            streaming=self.scenario.switch("streaming"),
            changed={
                name: fact
                for key, name in SITE_CONSTANTS.items()
                if (fact := self._fact(key, None)) is not None
            },
        )

    def _chip(self) -> Chip:
        known = self.model.built_chip if self.model else ""
        name = self.scenario.text("chip") or known or DEFAULT_CHIP
        return self.catalogue.chip(name, self.scenario.origin("chip"))

    def precision(self) -> str:
        """Return the format the run computes in: as asked for, as published, else BF16."""
        published = self.model.precision if self.model else ""
        return self.scenario.text("precision") or published or "bf16"

    def _architecture(self) -> Architecture | None:
        """Return the published shape, or a plausible one for the counts that were given."""
        resized = {"params", "active_params"} & self.scenario.values.keys()
        if self.model and self.model.shape and not resized:
            return shape_of(self.model)
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

    def _pooled_mfu(self, chip: Chip) -> Fact:
        """Return the run MFU of published runs on such a chip: for models of unknown shape."""
        chip.peak(self.precision())
        runs = usable(self.catalogue.runs, without=self.scenario.text("without_developer"))
        return run_mfu(runs, chip.generation, self.precision(), self._is_moe())

    def _realised(self, chip: Chip) -> Fact:
        """Return what whole runs get of the utilisation predicted for their steps."""
        runs = usable(self.catalogue.runs, without=self.scenario.text("without_developer"))
        fact = realised(runs, chip.generation, self.precision(), self._is_moe())
        self._keep("realised", fact, "catalogue")
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

    def _published_chips(self) -> Fact | None:
        """Return how many chips the model was trained on, if it is trained on the same again."""
        changed = {"chip", "deadline", "params", "sites"} & self.scenario.values.keys()
        return None if changed or self.model is None else self.model.built.get("chips")

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

    def terms(self, work: Workload) -> Terms:
        """Return the choices behind the bill."""
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

    def purses(self) -> list[Purse]:
        """Return whose money is asked about."""
        typed = self.scenario.purse()
        actors = [self.catalogue.actor(name, "--actor") for name in self.scenario.texts("actor")]
        known = [purse_of(actor, self.date, "--actor") for actor in actors]
        return ([typed] if typed else []) + known


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
