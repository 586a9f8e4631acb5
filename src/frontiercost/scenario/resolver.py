"""What every stage asks of a scenario: model, chip, date, terms and funds."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor, Chip, Model
from frontiercost.core.errors import InputError, nearest, refused
from frontiercost.core.facts import Draws, Fact, fact_from_text, note_read
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import HOURS_PER_YEAR, not_after
from frontiercost.cost.affordability import AvailableFunds, funds_of
from frontiercost.cost.choices import BASES, COMMITMENTS, FOLLOWER, PROGRAMMES, Programme
from frontiercost.cost.terms import OwnChips, Terms
from frontiercost.scenario.flags import PAY
from frontiercost.scenario.readers import chips_in
from frontiercost.scenario.scenario import Scenario
from frontiercost.scenario.user_facts import SOURCE

if TYPE_CHECKING:
    from frontiercost.physics.model_shape import Architecture

DRAWS = 4096
DEFAULT_CHIP = "h100-sxm"
EARLIER_CHIPS = ("a100-80g", "v100")
"""What is taken at dates before the default chip was on sale, the newest first."""
SOLVED_FIGURES = 3
"""Significant figures of counts that were solved for, as `number_format` prints counts."""
SIZES = {"params": "parameters", "active_params": "active parameters"}


@frozen
class Input:
    """One input that was used, and who set it: flag, file, catalogue or default."""

    fact: Fact
    set_by: str


class Resolver:
    """Turns a scenario into inputs, filling each gap from the catalogue and saying so."""

    def __init__(
        self,
        scenario: Scenario,
        catalogue: Catalogue,
        draws: Draws | None = None,
        *,
        needs_model: bool = True,
    ) -> None:
        """Resolve against a catalogue; `draws` shares those of other scenarios."""
        self.scenario = scenario
        self.notes: list[str] = []
        self.derived_shape = False
        """Whether the shape is a guess from parameter counts."""
        self._reasons: dict[str, str] = {}
        self.inputs: dict[str, Input] = {}
        own = Draws(scenario.integer("draws", DRAWS), scenario.integer("seed", 0))
        self.drawn = DrawnCatalogue(_overridden(catalogue, scenario), draws or own)
        self.model = self._model(needs_model)
        self.as_built = self._as_built()
        built = self.model if self.as_built else None
        self.date = scenario.text("date") or default_date(built, self.catalogue)
        self.vendor = scenario.text("vendor") or (self.as_built and self._model_vendor()) or ""
        self.vendor = self.vendor or "specialist"
        self.pue = "pue_hyperscaler" if self.vendor == "hyperscaler" else "pue"
        if built or scenario.has("grid"):
            from frontiercost.scenario.place import put_at_its_place

            put_at_its_place(self, built)

    @property
    def catalogue(self) -> Catalogue:
        """What is known, with the constants that the scenario changed."""
        return self.drawn.catalogue

    @property
    def draws(self) -> Draws:
        """How it was drawn."""
        return self.drawn.draws

    # --- the model ---------------------------------------------------------------------------

    def _model(self, needed: bool) -> Model | None:
        name = self.scenario.text("model")
        if name:
            model = self.catalogue.model(name, self.scenario.origin("model"))
            if not self.catalogue.is_name("model", name):
                self.notes.append(f"{name} stands for {model.label} in the catalogue")
            if model.estimate and model.facts:
                self.notes.append(f"{model.label}: undisclosed; its figures are outside estimates")
            return model
        if needed and not self.scenario.has("params"):
            raise InputError(
                "`model` or `params` is needed, for example llama-3.1-405b, or `params` 7B "
                "(list: frontiercost catalogue models)"
            )
        return None

    def _as_built(self) -> bool:
        if not self.scenario.switch("as_built"):
            return False
        if self.model is None or not self.model.built_chip:
            name = self.model.label if self.model else "a model of your own"
            raise InputError(
                f"`as_built`: the catalogue does not know which chips {name} was trained on; "
                "give `chip` and `date` instead"
            )
        return True

    def _model_vendor(self) -> str:
        return self.model.vendor if self.model else ""

    def name(self, subject: str = "") -> str:
        """Return what the evaluation is called: what is computed, or a subject of it."""
        scenario = self.scenario
        if scenario.text("name"):
            return scenario.text("name")
        resized = [
            f"{self._size(key)} {words}" for key, words in SIZES.items() if scenario.has(key)
        ]
        if self.model is None and not resized:
            return subject
        if self.model is None or resized:
            name = f"a model of {' and '.join(resized)}"
        else:
            name = self.model.label
        if self.model is not None and scenario.has("tokens"):
            name += f" on {self._size('tokens')} tokens"
        return f"{subject} of {name}" if subject else name

    def _size(self, key: str) -> str:
        """Return a count as it was typed; what was solved for, in the figures of the answer."""
        value = self.scenario.values[key]
        if value.set_by != "default" or value.quantity is None:
            return str(value.text)
        return format_quantity(value.quantity.value, "count", SOLVED_FIGURES)

    def chip(self, otherwise: str = "") -> Chip:
        """Return the chip asked for, else `otherwise`, else the one the model was trained on.

        One that nobody chose and that was not on sale at the date gives way to an earlier one.
        Raises InputError where none was.
        """
        chip = self._chip_of_date(otherwise)
        note_read(chip.facts.values())
        return chip

    def _chip_of_date(self, otherwise: str) -> Chip:
        known = otherwise or (self.model.built_chip if self.model else "") or DEFAULT_CHIP
        chosen = self.scenario.text("chip")
        chip = self.catalogue.chip(chosen or known, self.scenario.origin("chip"))
        if chosen or self.as_built or chip.on_sale(self.date):
            return chip if self.as_built else self._on_sale(chip, "chip")
        sold = self._usual_chips()[0]
        self.notes.append(
            f"{chip.label} was on sale from {chip.release}, after {self.date}; "
            f"{sold.label} is taken"
        )
        return sold

    def _usual_chips(self) -> list[Chip]:
        """Return the usual chips that were on sale at the date; raise InputError for none."""
        usual = [self.catalogue.chip(name) for name in (DEFAULT_CHIP, *EARLIER_CHIPS)]
        if not usual[-1].on_sale(self.date):
            raise InputError(
                f"`date` {self.date}: before the usual chips; the earliest, {usual[-1].name}, "
                f"was on sale from {usual[-1].release}"
            )
        return [chip for chip in usual if chip.on_sale(self.date)]

    def _on_sale(self, chip: Chip, key: str) -> Chip:
        """Return a chip that could be had at the date; raise InputError with the first day."""
        if chip.on_sale(self.date):
            return chip
        raise InputError(
            f"{self.scenario.origin(key)} {chip.name}: on sale from {chip.release}, so it has no "
            f"price at `date` {self.date}; take a later `date`, or a chip of then: "
            f"{', '.join(one.name for one in self._usual_chips())}"
        )

    def refuse_unreleased(self) -> None:
        """Raise InputError for the weights of a model that was not out yet at the date."""
        model = self.model
        if model is None or self.scenario.has("params", "active_params"):
            return
        if model.release and not not_after(model.release, self.date):
            raise InputError(
                f"`date` {self.date}: {model.label} was released on {model.release}; take a later "
                "date, or give `params` for a model of its size"
            )

    def say_unseen(self, chip: Chip) -> None:
        """Note it where no usable published run was on chips of a generation."""
        runs = self.catalogue.runs
        if not any(run.generation == chip.generation and not run.excluded for run in runs):
            self.notes.append(
                f"no usable published run was on {chip.generation} chips: what runs on others "
                "realised stands in, so hours and days are a guess"
            )

    def architecture(self) -> "Architecture | None":
        """Return the published shape, or a plausible one for the counts that were given."""
        resized = self.scenario.has("params", "active_params")
        if self.model and self.model.shape and not resized:
            note_read(self.model.shape_facts.values())
            return self._published_shape(self.model)
        if self.model and not self.model.open_shape and not resized:
            return None
        total = self.fact("params", self.model_fact("total_params"))
        known_active = None if self.scenario.has("params") else self.model_fact("active_params")
        active = self.fact("active_params", known_active)
        if total is None:
            return None
        from frontiercost.physics.shape_guess import derive

        try:
            architecture = derive(total.value, active.value if active else total.value)
        except ValueError as error:
            raise InputError(f"`params`, `active_params`: {error}") from None
        self.derived_shape = True
        self.notes.append(
            "shape derived from the parameter count: "
            f"{architecture.layers} layers of width {architecture.hidden}"
        )
        return architecture

    def _published_shape(self, model: Model) -> "Architecture | None":
        """Return the shape of a model; say what is in one that somebody brought along."""
        from frontiercost.physics.model_shape import shape_of

        shape, entry = shape_of(model), model.shape
        if shape and entry and entry.get("source") == SOURCE:
            from frontiercost.scenario.model_config.words import said_of

            self.notes += [note for note in said_of(shape, entry) if note not in self.notes]
        return shape

    def model_fact(self, key: str) -> Fact | None:
        """Return what the catalogue knows of the model."""
        return self.model.facts.get(key) if self.model else None

    def fact(self, key: str, known: Fact | None) -> Fact | None:
        """Return what the user set, else what the catalogue knows; remember which it was."""
        typed = self.scenario.fact(key)
        if typed is not None:
            self.keep(key, typed, self.scenario.values[key].set_by)
        elif known is not None:
            self.keep(key, known, "catalogue")
        return typed or known

    def keep(self, key: str, fact: Fact, set_by: str) -> None:
        """Remember an input and who set it."""
        self.inputs[key] = Input(fact, set_by)

    def default(self, fact: Fact) -> Fact:
        """Keep a default of the program as an input and return it."""
        self.keep(fact.path.removeprefix("input/"), fact, "default")
        return fact

    # --- terms -------------------------------------------------------------------------------

    def terms(self, programme: Programme | None = None) -> Terms:
        """Return the choices behind the bill; a stage may leave no choice of the programme."""
        scenario = self.scenario
        return Terms(
            date=self.date,
            basis=scenario.text("basis", BASES[0]),
            programme=programme or PROGRAMMES[scenario.text("programme", FOLLOWER.name)],
            vendor=self.vendor,
            commitment=scenario.peek("commitment", COMMITMENTS[0]),
            price=self._choice("price"),
            electricity_price=self._choice("electricity_price"),
            pay=scenario.peek("pay", PAY[0]),
            own_chips=self.own_chips(),
            without=scenario.texts("without"),
            years=scenario.integer("years", 0),
            indirect=self._choice("indirect"),
        )

    @property
    def rents_spot(self) -> bool:
        """Whether servers are rented that can be taken back."""
        is_rented = self.scenario.text("basis", BASES[0]) == "rent"
        return is_rented and self.scenario.peek("commitment", "") == "spot"

    def on_spot(self, *, known: bool = False) -> bool:
        """Whether to count interruptions of spot servers; where the hours are `known`, say not."""
        if not self.rents_spot:
            return False
        self.scenario.read.add("commitment")
        rate = self.catalogue.assumption("spot_interruption_rate")
        low, usual, high = (HOURS_PER_YEAR / each for each in (rate.high, rate.value, rate.low))
        self.notes.append(
            "spot: the hours are given, so interruptions are not counted on top"
            if known
            else f"spot: a server is taken back about every {usual:,.0f} hours (judged; 90%: "
            f"{low:,.0f} to {high:,.0f}), each time the run restarts: counted in hours and days"
        )
        return not known

    def _choice(self, key: str) -> Fact | None:
        """Return what was set for a choice that a bill may take."""
        fact = self.scenario.peek_fact(key)
        if fact is not None:
            self.keep(key, fact, self.scenario.values[key].set_by)
        return fact

    def pay_of(self, actor: Actor | None) -> str:
        """Return the level of pay: as asked for, else an actor's category's, else frontier."""
        if self.scenario.has("pay") or actor is None:
            return self.scenario.peek("pay", PAY[0])
        return self.catalogue.categories[actor.category]["pay"]

    def whose_pay(self) -> Actor | None:
        """Return the one actor whose level of pay the bill shows; None for nobody's."""
        actors = self._actors()
        kinds = {self.pay_of(actor) for actor in actors}
        alone = len(kinds) == 1 and not self.scenario.has("budget", "pay")
        return actors[0] if alone else None

    def views(self, known: Collection[str]) -> tuple[str, ...]:
        """Return the further tables asked for, each once; raise InputError for an unknown one."""
        asked = [*self.scenario.texts("by")]
        repaid = self.scenario.has("development") and self.scenario.has("token_price")
        if self.scenario.switch("break_even") or repaid:
            asked.append("break-even")
        for name in asked:
            if name not in known:
                raise InputError(f"{self.scenario.origin('by')} '{name}': {nearest(name, known)}")
        return tuple(dict.fromkeys(asked))

    def because(self, reason: str, *keys: str) -> None:
        """Remember why some keys are not read."""
        self._reasons |= dict.fromkeys(keys, reason)

    def refuse_unread(self, taken: set[str]) -> None:
        """Raise InputError for what was given and nothing read; say it of the environment's."""
        changed = {f"assumptions.{id}" for id in self.catalogue.changes_read}
        self.scenario.read.update(taken, changed)
        self.notes += self.scenario.refuse_unread(self._reasons)

    def own_chips(self) -> OwnChips | None:
        """Return the chips that are there already; None where none are named."""
        if not (text := self.scenario.peek("own_chips")):
            return None
        count, name = chips_in(text)
        chip = self.catalogue.chip(name, self.scenario.origin("own_chips"))
        return OwnChips(self._on_sale(chip, "own_chips"), count)

    def own_of(self, chip: Chip) -> int:
        """Return how many chips of a kind are there already."""
        return int(own.count) if (own := self.own_chips()) and own.chip.name == chip.name else 0

    def _actors(self) -> list[Actor]:
        where = self.scenario.origin("actor")
        return [self.catalogue.actor(name, where) for name in self.scenario.texts("actor")]

    def funds(self, purse: str = "") -> list[AvailableFunds]:
        """Return whose money is asked about, for work that may have a purse of its own."""
        typed, where = self.scenario.funds(), self.scenario.origin("actor")
        funds = [funds_of(actor, self.date, where, purse) for actor in self._actors()]
        return ([typed] if typed else []) + funds


def _overridden(catalogue: Catalogue, scenario: Scenario) -> Catalogue:
    """Return a catalogue with the scenario's assumptions, and chips as its export rule allows."""
    facts = {}
    for id, value in scenario.assumptions.items():
        assumptions = catalogue.assumptions
        if id not in assumptions:
            raise InputError(f"{value.origin}: no such assumption; {nearest(id, assumptions)}")
        text, like, source = str(value.text), assumptions[id], f"{value.set_by}:{value.origin}"
        try:
            facts[id] = fact_from_text(
                like.path, text, like.unit, source, like.limits, scenario.exchange
            )
        except ValueError as error:
            raise refused(value.origin, text, error) from None
    return catalogue.changed(facts).under_export_rule(scenario.text("export_rule"))


def default_date(built: Model | None, catalogue: Catalogue) -> str:
    """Return when a model that is priced as built was trained, else the edition of the facts."""
    if built is None:
        return str(catalogue.edition["edition"])
    from frontiercost.scenario.place import start_of

    return start_of(built)


def doubts_of(scenario: Scenario, catalogue: Catalogue, chip: Chip | None) -> tuple[str, ...]:
    """Return what was given and is far outside the record; where nothing was, none is loaded."""
    if not scenario.gives_amounts:
        return ()
    from frontiercost.scenario.plausibility import doubts

    return doubts(scenario, catalogue, chip)
