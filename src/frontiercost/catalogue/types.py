"""What the catalogue holds, as records: chips, models, actors, budgets, quotes, runs and data.

Each is read from one entry or row of a file (`entries`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from frontiercost.catalogue.precisions import PEAKS
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import Provenance
from frontiercost.core.units import not_after

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

UNSTATED_SEQ_LEN = 4096
"""Of a run that does not say it [token]: the median of published runs."""
CHIP_KINDS = ("", "tpu", "desktop")
"""Kinds of machine that have constants of their own: Google's servers, and computers at a desk."""
LEAST_INDEX = 95.0
"""Of the capability index: below it every benchmark is near chance, so nothing is measured."""
SERVER_CHIPS = 8
"""Chips of a usual server, where nothing is known of it."""
_SHAPE_KEYS = {
    "block": "count copies",
    "head": "heads kv_heads key_heads value_heads",
    "token": "vocab learned_positions lookup_rows window compression convolution taps topk",
    "expert": "experts experts_per_token zero_experts",
    "matrix": "products",
    "vector": "norms",
    "group": "o_groups groups",
    "stream": "residual_streams",
}
SHAPE_UNITS = {key: unit for unit, keys in _SHAPE_KEYS.items() for key in keys.split()}
"""What the integers of a shape count; all others are dimensions of a matrix."""


@frozen
class Chip:
    """An accelerator as its data sheet has it: dense peaks, one-direction bandwidths, power."""

    name: str
    label: str
    vendor: str
    release: str
    generation: str
    facts: Mapping[str, Fact]
    kind: str = ""
    """What it runs in: a server of a data centre, else one of `CHIP_KINDS`; also where rented."""
    note: str = ""

    def fact(self, key: str) -> Fact:
        """Return one fact; raise InputError when its data sheet does not give it."""
        if key not in self.facts:
            raise InputError(f"chip '{self.name}': {key} is not known in the catalogue")
        return self.facts[key]

    def on_sale(self, date: str) -> bool:
        """Whether it could be had at a date; a chip without a date of release always."""
        return not_after(self.release, date)

    @property
    def server_chips(self) -> float:
        """Chips of one server."""
        chips = self.facts.get("chips_per_server")
        return chips.value if chips else SERVER_CHIPS

    def peak(self, precision: str) -> Fact:
        """Return the dense peak for a precision (FP16 and BF16 share one)."""
        key = PEAKS.get(precision, "")
        if key not in self.facts:
            precisions = [p for p, peak in PEAKS.items() if peak in self.facts]
            lacking = f"{self.label} has no {precision} units" if key else "serves, never trains"
            raise InputError(
                f"`precision` '{precision}': {lacking}; choose from: {', '.join(precisions)}"
            )
        return self.facts[key]


@frozen
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
    country: str = ""
    """Where it was trained, in two letters."""
    estimate: bool = False
    family: str = ""
    weights: str = ""
    """The number format its weights are published in, where that is narrower than 8 bits."""
    base: str = ""
    """The model of the catalogue that it was made from; what it does not state is its base's."""
    recipe: str = ""
    """The recipe of post-training that it was made by, where that is published."""
    reasoning: bool = False
    """Whether it writes a chain of thought before its answer."""
    shape_name: str = ""
    """The entry that holds its shape: its own, or that of a model it shares it with."""
    built_release: str = ""
    """When the model came out whose run `built` describes: its own date, or its base's."""
    note: str = ""

    @property
    def shape_facts(self) -> Mapping[str, Fact]:
        """The whole numbers of its shape by path; they share its source, date and confidence."""
        shape = self.shape or {}
        source, as_of, confidence = (str(shape.get(key, "")) for key in Provenance._fields)
        counts = _counts(f"models/{self.shape_name or self.name}/shape", shape)
        return {
            path: Fact(path, count, count, count, unit, source, confidence, as_of)
            for path, unit, count in counts
        }

    @property
    def open_shape(self) -> bool:
        """Whether its shape is published, or counts from which a plausible one follows."""
        counted = "total_params" in self.facts and not self.estimate
        return self.shape is not None or counted

    def states(self, key: str) -> bool:
        """Whether a fact is its own, not one of the model it was made from or has the shape of."""
        return key in self.facts and self.facts[key].path == f"models/{self.name}/{key}"


def _counts(path: str, entry: Mapping[str, object]) -> Iterator[tuple[str, str, float]]:
    """Yield each whole number of an entry, and of the entries in it, with its path and unit."""
    for key, value in entry.items():
        if type(value) is int:
            yield f"{path}/{key}", SHAPE_UNITS.get(key, "dimension"), float(value)
        elif isinstance(value, Mapping):
            yield from _counts(f"{path}/{key}", value)
        elif isinstance(value, list):
            numbered = {f"{key}/{i}": each for i, each in enumerate(value, 1)}
            yield from _counts(path, {k: v for k, v in numbered.items() if isinstance(v, Mapping)})


SCOPES = {
    "all-spending": "all its spending",
    "all-capex": "all its capital expenditure",
    "all-research": "all its research spending",
    "all-technology": "all its spending on IT",
    "all-compute": "all its compute",
    "research-compute": "its R&D compute",
    "all-funding": "all the money it raised",
    "funding-round": "one round of funding",
    "cash": "its cash at hand",
    "programme": "one programme",
    "machine": "one machine",
    "lease": "one lease",
    "grant": "one grant",
    "run": "one run",
}
"""What a budget is the whole of, in words, from the widest to the narrowest."""
STANDINGS = ("body", "generic", "case", "unfunded", "payer", "aggregate")
"""What an actor is: a body, one typical of its kind, one case with the money it took, a plan that
has no money for machines, the payer of programmes that are actors themselves, or the sum of its
members. The first two are counted."""


@frozen
class Budget:
    """What an actor could spend: a stock or a yearly flow of money, and the share for one model."""

    money: Fact
    share: Fact
    flow: bool
    years: float | None
    scope: str
    covers: str

    @property
    def spendable(self) -> float:
        """Money for one model at central values: budget × share [USD, or USD a year of a flow]."""
        return self.money.value * self.share.value

    @property
    def in_words(self) -> str:
        """What it is the whole of, and its date."""
        return f"{SCOPES[self.scope]} of {self.money.as_of}"

    @property
    def in_brief(self) -> str:
        """The same for the line under a name in a table."""
        return f"{self.scope.replace('-', ' ')} {self.money.as_of[: len('2026-11')]}"


@frozen
class Actor:
    """Who might pay: dated budgets of one body, its parent, and the chips it owns."""

    name: str
    label: str
    category: str
    parent: str
    members: tuple[str, ...]
    organization: str
    standing: str
    since: str
    until: str
    own_chips: str
    budgets: tuple[Budget, ...]
    programmes: tuple["Actor", ...] = ()
    """What it runs itself, where it has no budget of its own: a grant is its holder's."""
    note: str = ""

    @property
    def counted(self) -> bool:
        """Whether it is one of those who could act: no case, plan, sum of others or mere payer."""
        return self.standing in ("body", "generic")

    def exists(self, date: str) -> bool:
        """Whether it is there at a date: not before its founding, not after its end."""
        return not_after(self.since, date) and not (self.until and not not_after(date, self.until))

    def in_force(self, date: str) -> Mapping[str, Budget]:
        """Return the newest budget of each scope that is known at a date, the widest first."""
        known = {b.scope: b for b in self.budgets if not_after(b.money.as_of, date)}
        return {scope: known[scope] for scope in SCOPES if scope in known}

    def budget(self, date: str) -> Budget | None:
        """Return the widest budget in force at a date; a narrower one is a part of it.

        A newer part that leaves more for one model than its whole shows that the whole has grown
        since, and stands for it. Who only pays has the programme that can spend most.
        """
        best: Budget | None = None
        for each in self.in_force(date).values():
            if best is None or (
                each.money.as_of > best.money.as_of and each.spendable > best.spendable
            ):
                best = each
        paid_for = (p.budget(date) for p in self.programmes if p.counted and p.exists(date))
        return max(filter(None, (best, *paid_for)), key=lambda b: b.spendable, default=None)


@frozen
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
    times_off: float = 1.0
    """How many times off it may be: by its own interval, else by its confidence."""


@frozen
class ApiPrice:
    """What a provider lists for a model, per token: read, read from its cache, written."""

    id: str
    provider: str
    label: str
    model: str
    """The catalogue's model with that shape, where it is one."""
    released: str
    """Since when the model could be had."""
    until: str
    """When its provider ends its sale under this name; empty: nobody says that it does."""
    date: str
    """Since when the price holds; empty: as long as the list knows."""
    kind: str
    """standard, peak (in busy hours alone), or batch (for answers that may take a day)."""
    peak_share: float
    """The share of a week's hours that the price holds for; 0 where it holds for all."""
    above: float
    """The prompt beyond which the whole request costs this much [token]."""
    input: float
    cached: float
    output: float
    context: float
    """The longest request it takes [token]; infinite where the list does not say."""
    checked: str
    """When somebody last read it at the provider; empty: nobody says when."""
    listed: str
    """The upstream list that holds it."""
    confidence: str
    reference: bool
    source: str

    def of(self, prompt: "Number", cached: "Number", output: "Number") -> "Number":
        """Return the price of a request with so many tokens, `cached` of the prompt's in cache.

        Ignores what some providers charge for writing the cache.
        """
        return (prompt - cached) * self.input + cached * self.cached + output * self.output


@frozen
class Level:
    """How capable a model was found: an index from benchmarks, of one vintage."""

    model: str
    """The catalogue's model; empty where it has none."""
    label: str
    date: str
    index: Fact
    access: str = "closed"
    """Closed; open; open, restricted (to some uses or users); or open, non-commercial."""
    kind: str = "official"
    """Official; placed by us on the official scale; by a third party's fit; or, unmeasured, taken
    from the model that its makers compare it with."""

    @property
    def open(self) -> bool:
        """Whether its weights can be had at all."""
        return self.access.startswith("open")

    @property
    def for_firms(self) -> bool:
        """Whether the licence of its weights lets a firm use them."""
        return self.open and self.access != "open, non-commercial"

    @property
    def measured(self) -> bool:
        """Whether it was itself tested, with scores that benchmarks can tell from chance."""
        return self.kind != "compared" and self.index.value >= LEAST_INDEX

    def called(self, model: Model | None) -> str:
        """Return what people call it: the shorter of its label and its model's."""
        return min(self.label, model.label, key=len) if model else self.label


@frozen
class DataSource:
    """A source of training data: how many unique tokens it holds, and what it takes to get them.

    Sources of one pool hold the same material, so their unique tokens do not add up.
    """

    name: str
    label: str
    kind: str
    pool: str
    path: str
    licence: str
    facts: Mapping[str, Fact]
    """unique_tokens, yield (tokens kept of those scored), raw_bytes, tokens_per_page, price."""
    note: str = ""

    @property
    def unique_tokens(self) -> Fact:
        """Tokens it holds once duplicates and poor text are gone."""
        return self.facts["unique_tokens"]

    @property
    def price(self) -> Fact | None:
        """What it costs to use, by token, page, TB or year, or once; None where it is free."""
        return self.facts.get("price")


@frozen
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
    mfu_predicted: float | None
    """Step MFU x what failures leave, of the machine model."""
    mfu_of_steps: float | None
    """The same with the step MFU that was published, where the hours do not come from it."""
    total_params: float
    training_flop: float
    chip_hours: float | None
    chips: float
    """As published, or those that finish in 90 days."""
    date: str
    source: str
    excluded: str


def paths_of(facts: Mapping[str, Fact]) -> Iterator[tuple[str, Fact]]:
    """Yield each fact with its path."""
    return ((fact.path, fact) for fact in facts.values())
