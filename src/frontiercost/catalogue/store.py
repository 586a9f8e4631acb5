"""The catalogue: chips, models, actors, prices, assumptions, runs and sources, each number a fact.

Only the files that a question names are read; an entry without unit and source does not load.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from frontiercost.catalogue.constants import Constants
from frontiercost.catalogue.fine_tuning import METHODS
from frontiercost.catalogue.layers import Layers
from frontiercost.catalogue.model_entries import TABLE, ModelEntries
from frontiercost.catalogue.parsing import (
    actor_from,
    api_price_from,
    budget_from,
    chip_from,
    data_source_from,
    level_from,
    quote_from,
    run_from,
    trend_from,
)
from frontiercost.catalogue.types import (
    Actor,
    ApiPrice,
    Budget,
    Chip,
    DataSource,
    Level,
    Model,
    Quote,
    Run,
    paths_of,
)
from frontiercost.core.errors import LIKE_THINGS, DataError, InputError, nearest
from frontiercost.core.facts import Fact, Source, note_read

SHIPPED = Path(__file__).parent.parent / "data"
CONSTANTS = (
    *("assumptions", "physics", "training_rates", "serving_rates"),
    *("data_preparation", "posttraining"),
)
KINDS = {
    "chip": "chips",
    "model": "models",
    "actor": "actors",
    "assumption": "assumptions",
    "data": "data",
    "recipe": "recipes",
}
FILED = ("chip", "model", "recipe")
"""Kinds of which each thing has a file of its own."""
OTHERWISE = {"actor": "; or give `budget`"}
"""What stands for one that the catalogue does not have."""
PRICE_COLUMNS = {"rental": "usd_per_chip_hour", "purchase": "usd_per_chip"}


class Catalogue(Layers):
    """The shipped data, read piece by piece."""

    def __init__(
        self,
        root: Path = SHIPPED,
        changed: Mapping[str, Fact] | None = None,
        overlay: Path | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Read from a folder; `changed` replaces assumptions by id.

        Files of an overlay of the same layout come on top, and `files`, texts by name, above them:
        chips, models and constants replace, rows are added, or replace by name or in part.
        """
        super().__init__(root, overlay, files or {})
        self._changed = dict(changed or {})
        self.changes_read: set[str] = set()
        self._constants: dict[str, Constants] = {}
        self._file_names: dict[str, list[str]] = {}
        self._chips: dict[str, Chip] = {}
        self._quotes: dict[tuple[str, str], list[Quote]] = {}
        self._api_prices: dict[str, list[ApiPrice]] = {}
        self._cut: Callable[[Chip], Chip] | None = None
        self._under: dict[str, Catalogue] = {}
        self.as_sold = self
        """With chips as their makers sell them, which prices are of."""

    # --- names -------------------------------------------------------------------------------

    @cached_property
    def edition(self) -> Mapping[str, str]:
        """The edition and the date of the newest fact in it."""
        return {key: str(value) for key, value in self._toml("edition.toml").items()}

    def names(self, kind: str) -> list[str]:
        """Return the canonical names of a kind, sorted."""
        if kind == "model":
            return self._models.names
        if kind in FILED:
            return self._names_of_files(kind)
        attributes = {"actor": "actors", "assumption": "assumptions", "data": "data_sources"}
        attributes |= {"category": "categories"}
        return sorted(getattr(self, attributes[kind]))

    def _names_of_files(self, kind: str) -> list[str]:
        if kind not in self._file_names:
            self._file_names[kind] = self.names_in(KINDS[kind])
        return self._file_names[kind]

    @cached_property
    def aliases(self) -> Mapping[tuple[str, str], str]:
        """Other names people type, by kind and normalised alias."""
        return {(row["kind"], row["alias"]): row["name"] for row in self.rows("aliases.csv")}

    @property
    def models_on_top(self) -> list[str]:
        """The names of the models of which rows, or files that lie on the shipped ones, speak."""
        return [*self._models.of_rows, *self.names_on_top(KINDS["model"])]

    @cached_property
    def frontier_models(self) -> list[str]:
        """The shipped models that had the largest known compute when they came out, oldest first.

        Derived from all entries by benchmarks/write_frontier.py, so that none is read in vain.
        """
        return [row["model"] for row in self.rows("frontier.csv")]

    def is_name(self, kind: str, name: str) -> bool:
        """Whether a name is the thing's own, not an alias of it."""
        return _normal(name) in self.names(kind)

    def find(self, kind: str, name: str) -> str | None:
        """Return the canonical name for a name or alias; None when there is no such thing."""
        own = _normal(name)
        return own if own in self.names(kind) else self.aliases.get((kind, own))

    def resolve(self, kind: str, name: str, where: str = "") -> str:
        """Return the canonical name for a name or alias; raise InputError with the nearest one."""
        if canonical := self.find(kind, name):
            return canonical
        aliases = sorted(alias for k, alias in self.aliases if k == kind)
        hint = nearest(_normal(name), self.names(kind), LIKE_THINGS, aliases)
        if kind == "model" and (actor := self.find("actor", name)):
            hint = f"an actor is called so: `actor` {actor}; {hint}"
        if kind == "recipe" and _normal(name) in METHODS:
            hint = f"that is a method: `method` {_normal(name)}"
        raise InputError(
            f"{where or kind} '{name}': no such {kind} in catalogue {self.edition['edition']}; "
            f"{hint} (list: frontiercost catalogue {KINDS[kind]}{OTHERWISE.get(kind, '')})"
        )

    # --- things ------------------------------------------------------------------------------

    def chip(self, name: str, where: str = "") -> Chip:
        """Read one chip by name or alias."""
        name = self.resolve("chip", name, where)
        if name not in self._chips:
            chip = chip_from(f"chips/{name}", self._toml(f"chips/{name}.toml"))
            self._chips[name] = self._cut(chip) if self._cut else chip
        return self._chips[name]

    def model(self, name: str, where: str = "") -> Model:
        """Read one model by name or alias."""
        return self._models.model(self.resolve("model", name, where))

    @cached_property
    def _models(self) -> ModelEntries:
        return ModelEntries(self._names_of_files("model"), self.rows(TABLE), self._toml)

    @cached_property
    def data_sources(self) -> Mapping[str, DataSource]:
        """Every source of training data, in the order of the file."""
        return {row["name"]: data_source_from(row) for row in self.rows("data_sources.csv")}

    def data_source(self, name: str, where: str = "") -> DataSource:
        """Return one source of training data by name or alias."""
        return self.data_sources[self.resolve("data", name, where)]

    @cached_property
    def data_mixes(self) -> Mapping[str, Mapping[str, float]]:
        """Published mixes of training data: shares of all tokens by source."""
        mixes: dict[str, dict[str, float]] = {}
        for row in self.sourced_rows("data_mixes.csv"):
            mixes.setdefault(row["mix"], {})[row["part"]] = float(row["share"])
        return mixes

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """Every actor with its dated budgets, oldest first, and of one date the smaller first."""
        budgets: dict[str, list[Budget]] = {}
        for budget_row in self.rows("budgets.csv"):
            budgets.setdefault(budget_row["actor"], []).append(budget_from(budget_row))
        for each in budgets.values():
            each.sort(key=lambda budget: (budget.money.as_of, budget.money.value))
        rows = self.rows("actors.csv")
        actors = {row["name"]: actor_from(row, budgets) for row in rows}
        for payer in [actor for actor in actors.values() if actor.standing == "payer"]:
            of_its_kind = (a for a in actors.values() if a.category == payer.category)
            own = tuple(actor for actor in of_its_kind if actor.parent == payer.name)
            actors[payer.name] = replace(payer, programmes=own)
        return actors

    @cached_property
    def categories(self) -> Mapping[str, Mapping[str, str]]:
        """The categories of actors in the order they are shown, with their level of pay."""
        return {row["category"]: row for row in self.rows("categories.csv")}

    def actor(self, name: str, where: str = "") -> Actor:
        """Return one actor by name or alias; raise InputError for a category, or any other name."""
        from frontiercost.catalogue.actor_names import refuse_kinds

        refuse_kinds(self, name, where or "actor")
        return self.actors[self.resolve("actor", name, where)]

    def recipe(self, name: str, where: str = "") -> tuple[str, Mapping[str, Any]]:
        """Return the name of a recipe of post-training and its file, by name or alias."""
        name = self.resolve("recipe", name, where)
        return name, self._toml(f"recipes/{name}.toml")

    @cached_property
    def model_classes(self) -> Mapping[str, Any]:
        """What model classes add to a configuration file, and how its keys are spelled."""
        return self._toml("model_classes.toml")

    @property
    def assumptions(self) -> Mapping[str, Fact]:
        """Every constant of the model: of costs, of physics, and of the training machine."""
        every: dict[str, Fact] = {}
        for file in CONSTANTS:
            every |= self.constants(file)
        return every | self._changed

    def assumption(self, key: str, kind: str = "") -> Fact:
        """Return one constant, reading no more files than it takes to find it.

        For a kind of machine (`Chip.kind`) that has a constant of its own, it is that one.
        """
        if kind and f"{key}_{kind}" in self.constants("assumptions"):
            key = f"{key}_{kind}"
        if (changed := self._change(key)) is not None:
            note_read((changed,))
            return changed
        for file in CONSTANTS:
            if key in self.constants(file):
                return self.constants(file)[key]
        raise DataError(f"assumptions/{key}: not in the catalogue")

    def constants(self, file: str) -> Mapping[str, Fact]:
        """Return the constants of one file, as a scenario changed them."""
        if file not in self._constants:
            name = f"{file}.toml"
            added = "\n".join(self._on_top(name))
            self._constants[file] = Constants(name, f"{self._shipped(name)}\n{added}", self._change)
        return self._constants[file]

    def _change(self, key: str) -> Fact | None:
        """Return what a scenario put in a constant's place, which counts as read."""
        if key not in self._changed:
            return None
        self.changes_read.add(key)
        return self._changed[key]

    def changed(self, facts: Mapping[str, Fact]) -> "Catalogue":
        """Return the same catalogue with some assumptions replaced."""
        both = self._changed | dict(facts)
        return Catalogue(self.root, both, self.overlay, self.files) if facts else self

    def under_export_rule(self, name: str) -> "Catalogue":
        """Return the same catalogue with chips as a rule leaves them; with no rule, itself."""
        if name and name not in self._under:
            from frontiercost.catalogue.export_rules import cut_by

            ruled = copy(self)
            ruled._chips, ruled._cut, ruled.as_sold = {}, cut_by(name, self.chip), self
            self._under[name] = ruled
        return self._under.get(name, self)

    def with_files(self, files: Mapping[str, str]) -> "Catalogue":
        """Return the same catalogue with texts of files, by name, on top."""
        return Catalogue(self.root, self._changed, self.overlay, self.files | dict(files))

    def quotes(self, kind: str, chip: str = "") -> list[Quote]:
        """Return dated prices, oldest first: `rental` or `purchase`, of one chip or of all."""
        if (key := (kind, chip)) not in self._quotes:
            rows = self.rows_of_chip(f"prices/{kind}.csv", chip)
            quotes = (quote_from(row, PRICE_COLUMNS[kind]) for row in rows)
            self._quotes[key] = sorted(quotes, key=lambda quote: quote.date)
        return self._quotes[key]

    def api_prices(self, model: str = "") -> list[ApiPrice]:
        """Return list prices of APIs: of all, or of the reference models and of a model's names.

        A name of a list can sell one model after another: all that it ever sold are returned.
        """
        if model not in self._api_prices:
            sold_as = {(r["provider"], r["id"]) for r in self.api_rows if model in ("", r["model"])}
            self._api_prices[model] = [
                api_price_from(r, self.api_ends.get((r["provider"], r["id"]), ""))
                for r in self.api_rows
                if r["reference"] or (r["provider"], r["id"]) in sold_as
            ]
        return self._api_prices[model]

    @cached_property
    def api_ends(self) -> Mapping[tuple[str, str], str]:
        """When providers ended, or announced to end, the sale of a model, by provider and id."""
        rows = self.sourced_rows("prices/api_ends.csv")
        return {(row["provider"], row["id"]): row["until"] for row in rows}

    @cached_property
    def api_rows(self) -> list[dict[str, str]]:
        """The rows of list prices of APIs as they stand in the file."""
        return self.sourced_rows("prices/api.csv")

    @cached_property
    def runs(self) -> list[Run]:
        """Every published training run."""
        return [run_from(row) for row in self.run_rows]

    @cached_property
    def run_rows(self) -> list[dict[str, str]]:
        """The rows of published runs as they stand in the file."""
        return self.sourced_rows("runs.csv")

    @cached_property
    def ladder(self) -> Mapping[str, Any]:
        """The rungs of the ladder, as the file has them."""
        return self._toml("ladder.toml")

    @cached_property
    def software_eras(self) -> list[dict[str, str]]:
        """What training software could do, by the date of release of what it trained."""
        return self.sourced_rows("software_eras.csv")

    @cached_property
    def trends(self) -> Mapping[str, Fact]:
        """Growth rates, as factors per year."""
        return {row["id"]: trend_from(row) for row in self.rows("trends.csv")}

    @cached_property
    def levels(self) -> list[Level]:
        """How capable models were found, oldest first."""
        return [level_from(row) for row in self.rows("levels.csv")]

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Every source by its id."""
        return {row["id"]: Source(**row) for row in self.rows("sources.csv")}

    def tables(self) -> Iterator[tuple[str, Fact]]:
        """Yield every fact of the catalogue with its path: the whole of it is read."""
        from frontiercost.catalogue.public_record import facts as public_facts

        for name in self.names("chip"):
            yield from paths_of(self.chip(name).facts)
        for model in map(self.model, self.names("model")):
            for facts in (model.facts, model.built, model.shape_facts):
                yield from paths_of(facts)
        for actor in self.actors.values():
            for budget in actor.budgets:
                yield from ((fact.path, fact) for fact in (budget.money, budget.share))
        for source in self.data_sources.values():
            yield from paths_of(source.facts)
        for facts in (self.assumptions, self.trends, public_facts(self)):
            yield from paths_of(facts)
        yield from ((level.index.path, level.index) for level in self.levels)


@cache
def shipped() -> Catalogue:
    """Return the catalogue in the package."""
    return Catalogue()


def at(folder: str) -> Catalogue:
    """Return the shipped catalogue, with a folder on top where one is named."""
    if not folder:
        return shipped()
    from frontiercost.core.safe_files import file_named

    path = file_named(folder)
    if not os.path.isdir(path):
        raise InputError(f"`catalogue` '{folder}': no such folder")
    return Catalogue(overlay=path)


def _normal(name: str) -> str:
    return name.strip().lower().replace(" ", "-").replace("_", "-")
