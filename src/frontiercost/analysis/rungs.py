"""The rungs of the ladder at a date: which model each takes, on which chips, at what level."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from frontiercost.analysis.frontier import (
    COMPUTE,
    frontier_of,
    training_flop,
    training_is_known,
)
from frontiercost.analysis.levels import MEASURED, LevelHistory
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Level, Model
from frontiercost.core import units
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import Provenance, provenance
from frontiercost.core.units import not_after
from frontiercost.cost.choices import COMMITMENTS
from frontiercost.physics.number_formats import FORMATS
from frontiercost.scenario.readers import chips_in

SITE_KEYS = ("sites", "site_chips", "uplink", "bits", "inner_steps")
ROOM = 1.25
"""Memory that a model takes at home over its weights: cache, and what else the computer does."""


@frozen
class Rung:
    """One rung of the ladder as the file has it."""

    name: str
    label: str
    doing: str
    """What one does on it: to follow `can`."""
    about: str
    control: str
    """Who holds what."""
    stage: str
    choose: str
    """Which of the models that there were; see the file. `cheapest`: of those at a level."""
    scenario: Mapping[str, str]
    provenance: Provenance
    """Where the numbers of its scenario are from."""
    chips: tuple[str, ...] = ()
    most_params: str = ""
    licence: str = ""
    third_party: bool = False
    device: bool = False
    level_of: str = ""
    """The model whose level is asked for, where that is a fixed one."""
    built: bool = False
    people: str = ""
    since: str = ""
    recipes: tuple[Mapping[str, str], ...] = ()
    once: bool = False
    within: float = 0.0

    @property
    def of_open_weights(self) -> bool:
        """Whether it starts from weights that somebody else gives away."""
        return self.choose == "open"

    @property
    def own_people(self) -> bool:
        """Whether it serves the people of each actor."""
        return self.people == "own"


@frozen
class Choice:
    """What a rung takes at a date: a model, its level, and the scenario that prices it."""

    rung: Rung
    level: Level | None
    """Of the model that it yields; None where nobody could be on the rung yet."""
    priced: Model | None
    """The model whose work is priced: its own; of a leader without a figure the last with one."""
    values: Mapping[str, str]
    shown_by: Provenance | None = None
    """Where sites and links of a run that was shown are from."""
    reason: str = ""
    """Why nobody could be on it."""

    @property
    def exists(self) -> bool:
        """Whether anybody could be on it at all."""
        return self.level is not None

    @property
    def model(self) -> str | None:
        """The name of the model that it yields."""
        return (self.level.model or self.level.label) if self.level else None

    @property
    def stand_in(self) -> Model | None:
        """The model that is priced in place of the one that it yields; None where there is none."""
        is_own = not self.level or not self.priced or self.priced.name == self.level.model
        return None if is_own else self.priced

    @property
    def label(self) -> str:
        """The model that it yields as people call it; empty where nobody could be on the rung."""
        return self.level.called(None if self.stand_in else self.priced) if self.level else ""


def rungs_of(catalogue: Catalogue, names: Iterable[str] = ()) -> list[Rung]:
    """Return the rungs of the catalogue, or those named; raise InputError with the nearest."""
    rungs = {name: _rung(name, entry) for name, entry in catalogue.ladder.items()}
    return [rungs[_known(name, rungs)] for name in names] or list(rungs.values())


def _known(name: str, rungs: Iterable[str]) -> str:
    own = re.sub(r"[\s_]+", "-", name.strip().lower())
    if own not in rungs:
        raise InputError(f"`rung` '{name}': no such rung; {nearest(own, rungs)}")
    return own


def _rung(name: str, entry: Mapping[str, Any]) -> Rung:
    lists = {key: tuple(entry[key]) for key in ("chips", "recipes") if key in entry}
    own = {key: value for key, value in entry.items() if key not in Provenance._fields}
    return Rung(name=name, provenance=provenance(f"ladder/{name}", entry), **{**own, **lists})


class RungChooser:
    """Chooses for rungs what there was at a date."""

    def __init__(
        self, drawn: DrawnCatalogue, date: str, leader: str = "", open_weights: str = ""
    ) -> None:
        """`leader` names the model to lead with, where it is not the best of the date.

        `open_weights` are `free` for every use, or `forbidden`, so that of those that one may use
        only what one could make oneself is taken.
        """
        self._catalogue, self.date, self._leader = drawn.catalogue, date, leader
        self._licensed, self._forbidden = open_weights != "free", open_weights == "forbidden"
        self._made_within = float(self._catalogue.ladder["rebuild"].get("within", 0.0))
        self.history = LevelHistory(drawn, date)

    def choice(self, rung: Rung, *, for_firms: bool = False) -> Choice:
        """Return what a rung takes, of weights that firms may use where it is `for_firms`."""
        nothing = Choice(rung, None, None, {})
        if rung.since and not not_after(rung.since, self.date):
            return replace(nothing, reason=f"the recipe that it takes is of {rung.since}")
        chip = self._chip(rung)
        if rung.chips and not chip:
            kind = "computer for it was on sale" if rung.device else "chip for it was for rent"
            return replace(nothing, reason=f"no {kind} by {self.date}, as far as is known here")
        level = self._best(rung, chip, for_firms=for_firms or rung.licence == "any")
        if level is None:
            return replace(nothing, reason=f"no model for it was known by {self.date}")
        priced = self._priced(rung, level)
        own_chip = bool(rung.built and priced and priced.built_chip) or "chip" in rung.scenario
        values = {"model": priced.name if priced else level.model}
        values |= {} if own_chip else _of_chip(chip)
        shown, shown_by = self._shown(rung, level)
        values |= {**self._recipe(rung), **shown, **rung.scenario}
        return Choice(rung, level, priced, values, shown_by)

    # --- the model ---------------------------------------------------------------------------

    def _best(self, rung: Rung, chip: str, *, for_firms: bool) -> Level | None:
        """Return the highest level of the models that a rung could take."""
        if rung.choose == "leader":
            return self._leading(rung.level_of or self._leader)
        fits = CHOICES[rung.choose](self, rung, chip)
        kinds = (*MEASURED, "third-party") if rung.third_party else MEASURED
        levels = self.history.levels
        any_kind = rung.choose in ("shown", "named")
        able = (e for e in levels if e.model and (any_kind or e.kind in kinds))
        needs_licence = for_firms and rung.of_open_weights and self._licensed
        allowed = (e for e in able if e.for_firms or not needs_licence)
        if rung.choose == "cheapest":
            return min(filter(fits, allowed), key=self._compute, default=None)
        best_first = sorted(allowed, key=lambda e: e.index.value, reverse=True)
        best = next(filter(fits, best_first), None)
        within = self._made_within if self._forbidden and rung.of_open_weights else rung.within
        if not within or best is None or not best.measured:
            return best
        least = best.index.value - within
        equals = [e for e in best_first if e.measured and e.index.value >= least and fits(e)]
        return min(equals, key=self._compute)

    def _compute(self, level: Level) -> float:
        """Return the training compute of a level's model, at its centre."""
        model = self._catalogue.model(level.model)
        return float(training_flop(model, attrgetter("value")))

    def _leading(self, named: str) -> Level | None:
        """Return the level of the leader: of the model that was named, else the best."""
        return self.history.of(named) if named else self.history.leader

    def _sold(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        sold = {
            row["model"]
            for row in self._catalogue.api_rows
            if row["kind"] == "standard"
            and not_after(row["released"], self.date)
            and not_after(row["date"], self.date)
        }
        return lambda level: level.model in sold

    def _open(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        most = units.parse(rung.most_params, "parameter").value if rung.most_params else None
        if rung.device:
            memory = self._catalogue.chip(chip).fact("memory").value
            most = memory / ROOM / FORMATS[rung.scenario["precision"]][1]

        published = self._published(rung, chip)

        def fits(level: Level) -> bool:
            if not level.open or (self._forbidden and not published(level)):
                return False
            params = self._catalogue.model(level.model).facts.get("total_params")
            return params is not None and (most is None or params.value <= most)

        return fits

    def _published(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        """Weights that came out with how they were trained: later versions seldom say.

        Which is on how many tokens, or with what compute on which chips and how long.
        """

        def fits(level: Level) -> bool:
            if not level.open:
                return False
            model = self._catalogue.model(level.model)
            if model.release[:7] != level.date[:7] or "total_params" not in model.facts:
                return False
            run = COMPUTE in model.facts and {"chips", "wall_time"} <= model.built.keys()
            return "tokens" in model.facts or run

        return fits

    def _at_level(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        """Published recipes of models at a level, or so little below that nobody can tell."""
        target, published = self.history.of(rung.level_of), self._published(rung, chip)
        least = target.index.value - rung.within if target else math.inf
        return lambda level: level.index.value >= least and published(level)

    def _named(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        return lambda level: level.model == rung.level_of

    def _shown_runs(self, rung: Rung, chip: str) -> Callable[[Level], bool]:
        shown = {row["model"]: row for row in self._catalogue.rows("slow_link_runs.csv")}
        return lambda level: level.model in shown

    # --- its work ----------------------------------------------------------------------------

    def _priced(self, rung: Rung, level: Level) -> Model | None:
        """Return the model whose work is priced."""
        model = self._catalogue.model(level.model) if level.model else None
        if rung.choose != "leader":
            return model
        if model is not None and training_is_known(model):
            return model
        led = (self._catalogue.model(each.model) for each in self.history.leaders if each.model)
        known = (each for each in reversed([*led]) if training_is_known(each))
        return next(known, None) or frontier_of(self._catalogue, self.date).model

    def _shown(self, rung: Rung, level: Level) -> tuple[Mapping[str, str], Provenance | None]:
        """Return sites and links of a run that has been shown, and where they are from."""
        if rung.choose != "shown":
            return {}, None
        (row,) = self._catalogue.rows("slow_link_runs.csv", model=level.model)
        return {key: row[key] for key in SITE_KEYS}, provenance("slow_link_runs", row)

    def _recipe(self, rung: Rung) -> Mapping[str, str]:
        """Return the newest recipe that was known by the date."""
        known = [entry for entry in rung.recipes if not_after(entry["since"], self.date)]
        return {"recipe": known[-1]["recipe"]} if known else {}

    def _chip(self, rung: Rung) -> str:
        """Return the first of a rung's chips that was offered by the date, with how many."""
        return next((text for text in rung.chips if self._offered(rung, text.split()[-1])), "")

    def _offered(self, rung: Rung, chip: str) -> bool:
        """Whether anybody rented a chip out, or sold it where it is a computer at home."""
        quotes = self._catalogue.quotes("purchase" if rung.device else "rental", chip)
        usual = (quote.date for quote in quotes if rung.device or quote.commitment in COMMITMENTS)
        there = self._catalogue.chip(chip).on_sale(self.date)
        return there and any(not_after(date, self.date) for date in usual)


def _of_chip(text: str) -> dict[str, str]:
    """Return the keys that `512 h200`, or `h200`, stands for."""
    if " " not in text:
        return {"chip": text} if text else {}
    count, name = chips_in(text)
    return {"chip": name, "chips": f"{count:g}"}


CHOICES: Mapping[str, Callable[[RungChooser, Rung, str], Callable[[Level], bool]]] = {
    "sold": RungChooser._sold,
    "open": RungChooser._open,
    "recipe": RungChooser._published,
    "cheapest": RungChooser._at_level,
    "named": RungChooser._named,
    "shown": RungChooser._shown_runs,
}
"""Which models a rung could take, by the word of its file."""
