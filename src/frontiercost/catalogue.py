"""The catalogue: chips, models, actors, prices, assumptions, runs and sources, each number a fact.

Only the files that a question names are read. Every entry carries its unit and its source,
or it does not load.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from frontiercost.errors import DataError, InputError, nearest
from frontiercost.facts import Fact, Source, bounded, read_fact
from frontiercost.units import not_after

SHIPPED = Path(__file__).parent / "data"
KINDS = {"chip": "chips", "model": "models", "actor": "actors", "assumption": "assumptions"}

CHIP_FACTS = {
    "peak_bf16": "FLOP/s",
    "peak_fp8": "FLOP/s",
    "peak_fp4": "FLOP/s",
    "peak_fp32": "FLOP/s",
    "memory": "B",
    "memory_bandwidth": "B/s",
    "scaleup_bandwidth": "B/s",
    "scaleup_domain": "chip",
    "scaleout_bandwidth": "B/s",
    "tdp": "W",
    "system_power": "W",
    "chips_per_server": "chip",
}
CHIP_TEXTS = {"name", "label", "vendor", "release", "generation", "note"}
MODEL_FACTS = {
    "total_params": "parameter",
    "active_params": "parameter",
    "tokens": "token",
    "seq_len": "token",
    "training_flop": "FLOP",
    "contributors": "person",
    "project_time": "day",
}
BUILT_FACTS = {
    "chips": "chip",
    "chip_hours": "chip-hour",
    "wall_time": "day",
    "energy": "kWh",
    "cost": "USD",
}
MODEL_TEXTS = {"name", "label", "organization", "release", "family", "note", "estimate"}
PEAKS = {"fp16": "peak_bf16", "bf16": "peak_bf16", "fp8": "peak_fp8", "fp4": "peak_fp4"}
PRECISIONS = tuple(PEAKS)


@dataclass(frozen=True)
class Chip:
    """An accelerator as its data sheet has it: dense peaks, one-direction bandwidths, power."""

    name: str
    label: str
    vendor: str
    release: str
    generation: str
    facts: Mapping[str, Fact]
    note: str = ""

    def fact(self, key: str) -> Fact:
        """Return one fact; raise InputError when its data sheet does not give it."""
        if key not in self.facts:
            raise InputError(f"chip '{self.name}': {key} is not known in the catalogue")
        return self.facts[key]

    def peak(self, precision: str) -> Fact:
        """Return the dense peak for a precision (FP16 and BF16 share one)."""
        key = PEAKS[precision]
        if key not in self.facts:
            known = [p for p, peak in PEAKS.items() if peak in self.facts]
            raise InputError(
                f"--precision '{precision}': {self.label} has no {precision} units; "
                f"choose from: {', '.join(known)}"
            )
        return self.facts[key]


@dataclass(frozen=True)
class Model:
    """A published or estimated model: its counts, its shape where known, and how it was built."""

    name: str
    label: str
    organization: str
    release: str
    facts: Mapping[str, Fact]
    shape: Mapping[str, object] | None = None
    built: Mapping[str, Fact] = field(default_factory=dict)
    built_chip: str = ""
    precision: str = ""
    vendor: str = ""
    estimate: bool = False
    family: str = ""
    note: str = ""


@dataclass(frozen=True)
class Budget:
    """What an actor could spend: a stock or a yearly flow of money, and the share for one model."""

    money: Fact
    share: Fact
    flow: bool
    years: float | None
    covers: str


@dataclass(frozen=True)
class Actor:
    """Who might pay: dated budgets of one body, its parent, and the chips it owns."""

    name: str
    label: str
    category: str
    parent: str
    members: tuple[str, ...]
    organization: str
    typical: bool
    own_chips: str
    budgets: tuple[Budget, ...]
    note: str = ""

    def budget(self, date: str) -> Budget | None:
        """Return the newest budget in force at a date; the oldest one when all are later."""
        known = [b for b in self.budgets if not_after(b.money.as_of, date)]
        return known[-1] if known else (self.budgets[0] if self.budgets else None)


@dataclass(frozen=True)
class Quote:
    """One dated price: of a rented chip-hour, or of a chip bought with or without its server."""

    date: str
    chip: str
    vendor: str
    tier: str
    commitment: str
    usd: float
    source: str
    at: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Run:
    """A published training run: what it used, and its model FLOP utilisation over the whole run."""

    id: str
    model: str
    organization: str
    chip: str
    generation: str
    moe: bool
    precision: str
    mfu: float | None
    total_params: float
    training_flop: float
    chip_hours: float | None
    date: str
    source: str
    excluded: str


class Catalogue:
    """The shipped data, read piece by piece."""

    def __init__(self, root: Path = SHIPPED) -> None:
        self.root = root

    # --- names -------------------------------------------------------------------------------

    @cached_property
    def edition(self) -> Mapping[str, str]:
        """The edition and the date of the newest fact in it."""
        return {key: str(value) for key, value in self._toml("edition.toml").items()}

    def names(self, kind: str) -> list[str]:
        """Return the canonical names of a kind, sorted."""
        if kind in ("chip", "model"):
            return sorted(path.stem for path in (self.root / KINDS[kind]).glob("*.toml"))
        return sorted(self.actors if kind == "actor" else self.assumptions)

    @cached_property
    def aliases(self) -> Mapping[tuple[str, str], str]:
        """Other names people type, by kind and normalised alias."""
        return {(row["kind"], row["alias"]): row["name"] for row in self._csv("aliases.csv")}

    def resolve(self, kind: str, name: str, where: str = "") -> str:
        """Return the canonical name for a name or alias; raise InputError with the nearest one."""
        wanted = _normal(name)
        known = self.names(kind)
        if wanted in known:
            return wanted
        if found := self.aliases.get((kind, wanted)):
            return found
        others = [alias for k, alias in self.aliases if k == kind]
        raise InputError(
            f"{where or kind} '{name}': no such {kind} in catalogue {self.edition['edition']}; "
            f"{nearest(wanted, [*known, *others])} (list: frontiercost catalogue {KINDS[kind]})"
        )

    # --- things ------------------------------------------------------------------------------

    def chip(self, name: str, where: str = "") -> Chip:
        """Read one chip by name or alias."""
        name = self.resolve("chip", name, where)
        data = self._toml(f"chips/{name}.toml")
        path = f"chips/{name}"
        _check_keys(path, data, CHIP_TEXTS | CHIP_FACTS.keys())
        facts = _read_facts(path, data, CHIP_FACTS)
        texts = {key: str(data.get(key, "")) for key in CHIP_TEXTS}
        return Chip(facts=facts, **texts)

    def model(self, name: str, where: str = "") -> Model:
        """Read one model by name or alias."""
        name = self.resolve("model", name, where)
        data = self._toml(f"models/{name}.toml")
        path = f"models/{name}"
        _check_keys(path, data, MODEL_TEXTS | MODEL_FACTS.keys() | {"shape", "built"})
        built = data.get("built", {})
        _check_keys(f"{path}/built", built, {"chip", "precision", "vendor"} | BUILT_FACTS.keys())
        texts = {key: str(data.get(key, "")) for key in MODEL_TEXTS - {"estimate"}}
        return Model(
            facts=_read_facts(path, data, MODEL_FACTS),
            shape=_sourced_shape(path, data.get("shape")),
            built=_read_facts(f"{path}/built", built, BUILT_FACTS),
            built_chip=built.get("chip", ""),
            precision=built.get("precision", ""),
            vendor=built.get("vendor", ""),
            estimate=bool(data.get("estimate", False)),
            **texts,
        )

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """Every actor with its dated budgets, oldest first."""
        budgets: dict[str, list[Budget]] = {}
        for row in sorted(self._csv("budgets.csv"), key=lambda row: row["date"]):
            budgets.setdefault(row["actor"], []).append(_budget(row))
        return {row["name"]: _actor(row, budgets) for row in self._csv("actors.csv")}

    @cached_property
    def categories(self) -> Mapping[str, Mapping[str, str]]:
        """The categories of actors in the order they are shown, with their level of pay."""
        return {row["category"]: row for row in self._csv("categories.csv")}

    def actor(self, name: str, where: str = "") -> Actor:
        """Return one actor by name or alias."""
        return self.actors[self.resolve("actor", name, where)]

    @cached_property
    def assumptions(self) -> Mapping[str, Fact]:
        """The constants of the cost model."""
        return {
            key: read_fact(f"assumptions/{key}", entry)
            for key, entry in self._toml("assumptions.toml").items()
        }

    def assumption(self, key: str) -> Fact:
        """Return one constant of the cost model."""
        if key not in self.assumptions:
            raise DataError(f"assumptions/{key}: not in the catalogue")
        return self.assumptions[key]

    @cached_property
    def rental(self) -> list[Quote]:
        """Every dated rental price, oldest first."""
        rows = sorted(self._csv("prices/rental.csv"), key=lambda row: row["date"])
        return [_quote(row, "usd_per_chip_hour") for row in rows]

    @cached_property
    def purchase(self) -> list[Quote]:
        """Every dated purchase price, oldest first; `tier` says chip or server."""
        rows = sorted(self._csv("prices/purchase.csv"), key=lambda row: row["date"])
        return [_quote(row | {"tier": row["scope"]}, "usd_per_chip") for row in rows]

    @cached_property
    def runs(self) -> list[Run]:
        """Every published training run."""
        return [_run(row) for row in self._csv("runs.csv")]

    @cached_property
    def trends(self) -> Mapping[str, Fact]:
        """Growth rates, as factors per year."""
        return {row["id"]: _trend(row) for row in self._csv("trends.csv")}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Every source by its id."""
        return {row["id"]: Source(**row) for row in self._csv("sources.csv")}

    def tables(self) -> Iterator[tuple[str, Fact]]:
        """Yield every fact of the catalogue with its path: the whole of it is read."""
        for name in self.names("chip"):
            yield from _paths(self.chip(name).facts)
        for name in self.names("model"):
            model = self.model(name)
            yield from _paths(model.facts)
            yield from _paths(model.built)
        for actor in self.actors.values():
            for budget in actor.budgets:
                yield from ((fact.path, fact) for fact in (budget.money, budget.share))
        yield from _paths(self.assumptions)
        yield from _paths(self.trends)

    # --- files -------------------------------------------------------------------------------

    def _toml(self, name: str) -> dict[str, Any]:
        try:
            with (self.root / name).open("rb") as file:
                return tomllib.load(file)
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise DataError(f"catalogue file {name}: {error}") from error

    def _csv(self, name: str) -> list[dict[str, str]]:
        try:
            with (self.root / name).open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))
        except OSError as error:
            raise DataError(f"catalogue file {name}: {error}") from error


@cache
def shipped() -> Catalogue:
    """Return the catalogue in the package."""
    return Catalogue()


def _normal(name: str) -> str:
    return name.strip().lower().replace(" ", "-").replace("_", "-")


def _check_keys(path: str, data: Mapping[str, object], known: set[str]) -> None:
    for key in data:
        if key not in known:
            raise DataError(f"{path}: unknown key '{key}'; {nearest(key, known)}")


def _read_facts(
    path: str, data: Mapping[str, object], expected: Mapping[str, str]
) -> dict[str, Fact]:
    return {
        key: read_fact(f"{path}/{key}", data[key], unit)
        for key, unit in expected.items()
        if key in data
    }


def _sourced_shape(path: str, shape: object) -> Mapping[str, object] | None:
    if shape is None:
        return None
    if not isinstance(shape, Mapping) or not shape.get("source"):
        raise DataError(f"{path}/shape: no source")
    return shape


def _row_fact(path: str, row: Mapping[str, str], value: str, unit: str, **ends: str) -> Fact:
    """Make a fact from columns of a CSV row; `ends` name the columns of its interval."""
    if not row.get("source"):
        raise DataError(f"{path}: no source")
    low, high = (
        float(row[ends[end]]) if row.get(ends.get(end, "")) else None for end in ("low", "high")
    )
    as_of = row.get("date") or row.get("as_of") or ""
    confidence = row[ends.get("confidence", "confidence")]
    at, note = row.get("at", ""), row.get("note", "")
    return bounded(
        path, float(row[value]), low, high, unit, row["source"], confidence, as_of, at, note
    )


def _budget(row: dict[str, str]) -> Budget:
    path = f"actors/{row['actor']}/{row['date']}"
    flow = row["kind"] == "flow"
    return Budget(
        money=_row_fact(f"{path}/budget", row, "usd", "USD/year" if flow else "USD"),
        share=_row_fact(
            f"{path}/share",
            row,
            "share",
            "%",
            low="share_low",
            high="share_high",
            confidence="share_confidence",
        ),
        flow=flow,
        years=float(row["years"]) if row["years"] else None,
        covers=row["covers"],
    )


def _actor(row: dict[str, str], budgets: Mapping[str, list[Budget]]) -> Actor:
    return Actor(
        name=row["name"],
        label=row["label"],
        category=row["category"],
        parent=row["parent"],
        members=tuple(row["members"].split(";")) if row["members"] else (),
        organization=row["organization"],
        typical=row["typical"] == "yes",
        own_chips=row["own_chips"],
        budgets=tuple(budgets.get(row["name"], ())),
        note=row["note"],
    )


def _quote(row: dict[str, str], price: str) -> Quote:
    if not row["source"]:
        raise DataError(f"price of {row['chip']} on {row['date']}: no source")
    return Quote(
        date=row["date"],
        chip=row["chip"],
        vendor=row.get("vendor", ""),
        tier=row["tier"],
        commitment=row.get("commitment", ""),
        usd=float(row[price]),
        source=row["source"],
        at=row["at"],
        confidence=row["confidence"],
        note=row["note"],
    )


def _run(row: dict[str, str]) -> Run:
    return Run(
        id=row["id"],
        model=row["model"],
        organization=row["organization"],
        chip=row["chip"],
        generation=row["generation"],
        moe=row["moe"] == "1",
        precision=row["precision"],
        mfu=float(row["mfu_exact"]) if row["mfu_exact"] else None,
        total_params=float(row["total_params"]),
        training_flop=6 * float(row["active_params"]) * float(row["tokens"]),
        chip_hours=float(row["chip_hours"]) if row["chip_hours"] else None,
        date=row["date"],
        source=row["source"],
        excluded=row["excluded"],
    )


def _trend(row: dict[str, str]) -> Fact:
    return _row_fact(f"trends/{row['id']}", row, "value", "x", low="low", high="high")


def _paths(facts: Mapping[str, Fact]) -> Iterator[tuple[str, Fact]]:
    return ((fact.path, fact) for fact in facts.values())
