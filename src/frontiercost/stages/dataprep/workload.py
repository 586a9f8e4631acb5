"""Data preparation: from wanted tokens and their sources to work, and to the lines of its cost.

Sources of one pool hold the same material: its unique tokens are those of the largest source used.
Only first passes are prepared; repeats cost nothing here, and are worth less in training.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import SERVER_CHIPS, Chip, DataSource
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_HOUR
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Part, Workload
from frontiercost.physics import data_work
from frontiercost.physics.data_work import TERA, TokenSupply
from frontiercost.stages.dataprep.mix import Portion

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

REFERENCE_CHIP = "h100-sxm"
"""The chip that the rates of models are stated for."""
PROPRIETARY = ("licensed", "proprietary")
PREPARATION_DAYS = 30.0


@frozen
class Licence:
    """A deal by name: what it costs a year."""

    name: str
    yearly: Fact


@frozen
class Inputs:
    """What is to be prepared, and which parts of the work are done.

    Inside a whole programme `ablations` and `curation` are off: its experiments and its staff
    hold them already.
    """

    mix: tuple[Portion, ...]
    chip: Chip
    licences: tuple[Licence, ...] = ()
    project_time: Fact | None = None
    """How long yearly deals are paid."""
    classify: bool = True
    ablations: bool = True
    curation: bool = True


@frozen
class SourceWork:
    """What one source gives and what it takes; chip-hours are those of the chip asked about.

    Every quantity is worked out when it is asked for: a million draws of each, for every source,
    would not fit in memory.
    """

    part: Portion
    inputs: Inputs
    project_years: "Number"
    drawn: DrawnCatalogue

    @property
    def source(self) -> DataSource:
        """Where the tokens come from."""
        return self.part.source

    @property
    def wanted(self) -> "Number":
        """Tokens wanted of it, repeats included."""
        return self.drawn.sample(self.part.tokens)

    @property
    def read(self) -> "Number":
        """Tokens of the first pass: what is prepared."""
        beyond = positive_part(self.wanted - self.drawn.sample(self.source.unique_tokens))
        return self.wanted - beyond

    @property
    def raw_bytes(self) -> "Number":
        """Bytes that are fetched."""
        return data_work.raw_bytes(self.read, self._fact_or("raw_bytes", "text_bytes"))

    @property
    def pages(self) -> "Number":
        """Pages, images or minutes that hold its tokens."""
        per_page = self._fact_or("tokens_per_page", "tokens_per_page")
        return data_work.pages(self.read, per_page)

    @property
    def scored_tokens(self) -> "Number":
        """Tokens that are cleaned, and scored by a classifier, for those kept."""
        share = self.source.facts.get("yield")
        kept_share = self.drawn.sample(share) if share else 1.0
        return data_work.scored_tokens(self.read, kept_share)

    @property
    def synthetic_tokens(self) -> "Number":
        """Tokens generated, before filters."""
        if self.source.path != "generate":
            return 0.0
        return data_work.generated_tokens(self.read, self.drawn.value("generation_acceptance"))

    @property
    def cpu_hours(self) -> "Number":
        """CPU-hours: extraction of archives, cleaning and deduplication of text."""
        path, value = self.source.path, self.drawn.value
        if path == "ready":
            return 0.0
        tokens = self.synthetic_tokens if path == "generate" else self.scored_tokens
        cleaning = data_work.cpu_hours(tokens * value("text_bytes"), value("text_cpu"))
        if path != "crawl":
            return cleaning
        return data_work.cpu_hours(self.raw_bytes, value("extraction_cpu")) + cleaning

    @property
    def classifier_hours(self) -> "Number":
        """Chip-hours of scoring text by its quality."""
        if not self.inputs.classify or self.source.path not in ("crawl", "text", "ocr"):
            return 0.0
        rate = self.drawn.value("classifier_rate")
        return self._on_chip(data_work.classifier_hours(self.scored_tokens, rate))

    @property
    def ocr_hours(self) -> "Number":
        """Chip-hours of reading pages and images."""
        if self.source.path != "ocr":
            return 0.0
        return self._on_chip(data_work.reading_hours(self.pages, self.drawn.value("ocr_rate")))

    @property
    def synthetic_hours(self) -> "Number":
        """Chip-hours of generating text."""
        if self.source.path != "generate":
            return 0.0
        rate = self.drawn.value("generation_throughput")
        return self._on_chip(data_work.generation_hours(self.synthetic_tokens, rate))

    @property
    def model_hours(self) -> "Number":
        """Chip-hours of every model that scores, reads or writes."""
        return self.classifier_hours + self.ocr_hours + self.synthetic_hours

    @property
    def stored_bytes(self) -> "Number":
        """Bytes that are kept: text in copies, and the pages that were read."""
        copies = self.drawn.value("stored_copies")
        text = data_work.stored_bytes(self.read, self.drawn.value("stored_bytes"), copies)
        return text + self.raw_bytes if self.source.path == "ocr" else text

    @property
    def person_years(self) -> "Number":
        """Years of people who curate it."""
        if not self.inputs.curation:
            return 0.0
        is_ready = self.source.path == "ready"
        return self.drawn.value("curation_per_ready_source" if is_ready else "curation_per_source")

    @property
    def acquisition(self) -> "Number":
        """What its owner is paid, or the crawl of it costs: its price times its amount [USD]."""
        price = self.source.price
        if price is None:
            return 0.0
        amounts: dict[str, Callable[[], Number]] = {
            "USD/token": lambda: self.read,
            "USD/page": lambda: self.pages,
            "USD/TB": lambda: self.raw_bytes / TERA,
            "USD/year": lambda: self.project_years,
            "USD": lambda: 1.0,
        }
        return amounts[price.unit]() * self.drawn.sample(price)

    def _fact_or(self, name: str, usual: str) -> "Number":
        """Return a fact of the source as drawn, or the usual one where it has none."""
        facts = self.source.facts
        return self.drawn.sample(facts[name]) if name in facts else self.drawn.value(usual)

    def _on_chip(self, hours: "Number") -> "Number":
        """Return hours of the chip that rates are stated for as hours of the one asked about."""
        reference = self.drawn.catalogue.as_sold.chip(REFERENCE_CHIP).peak("bf16").value
        return data_work.on_chip(hours, reference, self.inputs.chip.peak("bf16").value)


@frozen
class Preparation:
    """The work of all sources, and where unique tokens run out."""

    sources: tuple[SourceWork, ...]
    token_supplies: Mapping[str, TokenSupply]
    """Wanted against unique tokens by pool."""
    ablation_hours: "Number"
    months: "Number"
    moved_bytes: "Number"
    """Prepared text, moved once to where training runs."""
    licence_usd: "Number"
    """Yearly deals named by hand, over the project."""

    def sum(self, quantity: "Callable[[SourceWork], Number]") -> "Number":
        """Add one quantity over the sources."""
        return _sum(map(quantity, self.sources))

    @property
    def tokens(self) -> "Number":
        """Tokens wanted, repeats included."""
        return self.sum(lambda work: work.wanted)

    @property
    def unique_tokens(self) -> "Number":
        """Unique tokens that the sources hold."""
        return _sum(supply.unique for supply in self.token_supplies.values())

    @property
    def repeated_tokens(self) -> "Number":
        """Tokens beyond the first pass of their pool."""
        return _sum(supply.repeated for supply in self.token_supplies.values())

    @property
    def effective_tokens(self) -> "Number":
        """Fresh tokens that the whole mix is worth."""
        return _sum(supply.effective for supply in self.token_supplies.values())

    @property
    def chip_hours(self) -> "Number":
        """Chip-hours of every model in the pipeline, and of the ablations."""
        return self.sum(lambda work: work.model_hours) + self.ablation_hours

    @property
    def cpu_hours(self) -> "Number":
        """CPU-hours of extraction, cleaning and deduplication."""
        return self.sum(lambda work: work.cpu_hours)

    @property
    def person_years(self) -> "Number":
        """Years of people who curate."""
        return self.sum(lambda work: work.person_years)

    @property
    def byte_months(self) -> "Number":
        """Bytes kept times months."""
        return self.sum(lambda work: work.stored_bytes) * self.months


# --- the work -------------------------------------------------------------------------------------


def prepare(inputs: Inputs, drawn: DrawnCatalogue) -> Preparation:
    """Return what the mix takes and what it is worth; all numbers are draws of the same facts."""
    if not inputs.mix:
        raise InputError("`source`: no source of data is given")
    token_supplies = _token_supplies(inputs, drawn)
    months = drawn.value("storage_time") / DAYS_PER_YEAR * MONTHS_PER_YEAR
    years = _years(inputs, drawn)
    source_works = tuple(SourceWork(part, inputs, years, drawn) for part in inputs.mix)
    return Preparation(
        sources=source_works,
        token_supplies=token_supplies,
        ablation_hours=_ablation_hours(inputs, drawn) if inputs.ablations else 0.0,
        months=months,
        moved_bytes=_sum(source_work.read for source_work in source_works)
        * drawn.value("stored_bytes"),
        licence_usd=years * _sum(drawn.sample(licence.yearly) for licence in inputs.licences),
    )


def gain(preparation: Preparation, source: DataSource, drawn: DrawnCatalogue) -> "Number":
    """Return the effective tokens that a source adds where it replaces repeats [token].

    D'(with its u unique tokens, the rest x (1 - u/D)) - D'(without), at the same wanted tokens;
    of a pool in use only what it holds beyond that counts.  Ignores that its text may be better.
    """
    stock, total_tokens = drawn.sample(source.unique_tokens), preparation.tokens
    held_tokens = (
        preparation.token_supplies[source.pool].unique
        if source.pool in preparation.token_supplies
        else 0.0
    )
    beyond = positive_part(stock - held_tokens)
    added = beyond - positive_part(beyond - total_tokens)
    left = 1 - added / total_tokens
    decay = drawn.value("repetition_decay")
    others = (
        TokenSupply(w.wanted * left, w.unique, decay) for w in preparation.token_supplies.values()
    )
    with_it = added + _sum(supply.effective for supply in others)
    return positive_part(with_it - preparation.effective_tokens)


def _token_supplies(inputs: Inputs, drawn: DrawnCatalogue) -> dict[str, TokenSupply]:
    """Return wanted against unique tokens of each pool: of its largest source that is used."""
    wanted_tokens: dict[str, Number] = {}
    unique: dict[str, Number] = {}
    for part in inputs.mix:
        pool, stock = part.source.pool, drawn.sample(part.source.unique_tokens)
        wanted_tokens[pool] = wanted_tokens.get(pool, 0.0) + drawn.sample(part.tokens)
        unique[pool] = unique.get(pool, 0.0) + positive_part(stock - unique.get(pool, 0.0))
    decay = drawn.value("repetition_decay")
    return {pool: TokenSupply(wanted_tokens[pool], unique[pool], decay) for pool in wanted_tokens}


def _ablation_hours(inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the chip-hours of ablations: FLOP of short and long runs / (P u) x share from raw.

    A run reads at most a share of the tokens wanted, and what others refined needs none.
    """
    source_tokens = {part.source.name: drawn.sample(part.tokens) for part in inputs.mix}
    ready = _sum(source_tokens[p.source.name] for p in inputs.mix if p.source.path == "ready")
    total_tokens = _sum(source_tokens.values())
    most = total_tokens * drawn.value("ablation_token_share")
    flop: Number = 0.0
    for length in ("short", "long"):
        full = drawn.value(f"ablation_{length}_tokens")
        read = full - positive_part(full - most)
        runs = drawn.value(f"ablation_{length}_runs")
        flop = flop + data_work.ablation_flop(drawn.value("ablation_params"), runs, read)
    rate = inputs.chip.peak("bf16").value * drawn.value("ablation_mfu")
    return flop / (SECONDS_PER_HOUR * rate) * (1 - ready / total_tokens)


def _years(inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    time = inputs.project_time or drawn.fact("project_time")
    return drawn.sample(time) / DAYS_PER_YEAR


def _sum(numbers: Iterable["Number"]) -> "Number":
    result: Number = 0.0
    for number in numbers:
        result = result + number
    return result


def summed(preparation: Preparation, inputs: Inputs, pue: str, drawn: DrawnCatalogue) -> Workload:
    """Return the work of chips and people: servers that end in a month, by kind of work."""
    hours = preparation.chip_hours
    kinds = [(id, label, of) for id, label, of in chip_work(preparation) if is_something(of)]
    month = PREPARATION_DAYS * HOURS_PER_DAY * SERVER_CHIPS
    chips = SERVER_CHIPS * math.ceil(drawn.median(hours) / month)
    energy = hours * power_kw(inputs.chip, drawn)
    energy = energy * drawn.value(pue, inputs.chip.kind)
    return Workload(
        model_flop=0.0,
        mfu=0.0,
        chip_hours=hours,
        chips=chips,
        wall_days=hours / (max(chips, 1) * HOURS_PER_DAY),
        energy_kwh=energy,
        carbon_t=carbon_t(energy, drawn),
        tokens=preparation.tokens,
        person_years=preparation.person_years,
        project_years=_years(inputs, drawn),
        parts=tuple(Part(*kind) for kind in kinds),
    )


def chip_work(preparation: Preparation) -> tuple[tuple[str, str, "Number"], ...]:
    """Return the chip-hours by kind of work: id, label, hours."""
    return (
        ("classifier", "Classifier scoring", preparation.sum(lambda work: work.classifier_hours)),
        ("ocr", "Reading pages and images", preparation.sum(lambda work: work.ocr_hours)),
        ("synthetic", "Synthetic text", preparation.sum(lambda work: work.synthetic_hours)),
        ("ablations", "Ablation runs", preparation.ablation_hours),
    )


def is_something(cost: "Number") -> bool:
    """Whether a number is not nought in every draw."""
    return bool(cost) if isinstance(cost, (int, float)) else bool(cost.any())
