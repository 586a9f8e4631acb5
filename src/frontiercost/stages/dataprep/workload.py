"""Data preparation: from wanted tokens and their sources to work, and to the lines of its cost.

Sources of one pool hold the same material: its unique tokens are those of the largest source used.
Only first passes are prepared; repeats cost nothing here, and are worth less in training.
"""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
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
    """What one source gives and what it takes; chip-hours are those of the chip asked about."""

    source: DataSource
    wanted: "Number"
    read: "Number"
    """Tokens of the first pass: what is prepared."""
    raw_bytes: "Number"
    cpu_hours: "Number"
    pages: "Number"
    classifier_hours: "Number"
    ocr_hours: "Number"
    synthetic_tokens: "Number"
    """Generated, before filters."""
    synthetic_hours: "Number"
    stored_bytes: "Number"
    person_years: "Number"
    acquisition: "Number"
    """What its owner is paid, or the crawl of it costs [USD]."""


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

    def sum(self, quantity: str) -> "Number":
        """Add one quantity over the sources."""
        return _sum(getattr(source_work, quantity) for source_work in self.sources)

    @property
    def tokens(self) -> "Number":
        """Tokens wanted, repeats included."""
        return self.sum("wanted")

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
        models = ("classifier_hours", "ocr_hours", "synthetic_hours")
        return _sum(map(self.sum, models)) + self.ablation_hours

    @property
    def byte_months(self) -> "Number":
        """Bytes kept times months."""
        return self.sum("stored_bytes") * self.months


# --- the work -------------------------------------------------------------------------------------


def prepare(inputs: Inputs, drawn: DrawnCatalogue) -> Preparation:
    """Return what the mix takes and what it is worth; all numbers are draws of the same facts."""
    if not inputs.mix:
        raise InputError("`source`: no source of data is given")
    token_supplies = _token_supplies(inputs, drawn)
    months = drawn.value("storage_time") / DAYS_PER_YEAR * MONTHS_PER_YEAR
    years = _years(inputs, drawn)
    source_works = tuple(_source_work(part, inputs, years, drawn) for part in inputs.mix)
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
        data_work.supply(w.wanted * left, w.unique, decay)
        for w in preparation.token_supplies.values()
    )
    with_it = added + _sum(supply.effective for supply in others)
    return positive_part(with_it - preparation.effective_tokens)


def _fact_or(source: DataSource, name: str, default: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return a fact of a source as drawn, or the default where it has none."""
    return drawn.sample(source.facts[name]) if name in source.facts else default


def _hours_on(chip: Chip, hours: "Number", catalogue: Catalogue) -> "Number":
    """Return hours of the reference chip as hours of another."""
    reference = catalogue.as_sold.chip(REFERENCE_CHIP).peak("bf16").value
    converted: Number = data_work.on_chip(hours, reference, chip.peak("bf16").value)
    return converted


def _token_supplies(inputs: Inputs, drawn: DrawnCatalogue) -> dict[str, TokenSupply]:
    """Return wanted against unique tokens of each pool: of its largest source that is used."""
    wanted_tokens: dict[str, Number] = {}
    unique: dict[str, Number] = {}
    for part in inputs.mix:
        pool, stock = part.source.pool, drawn.sample(part.source.unique_tokens)
        wanted_tokens[pool] = wanted_tokens.get(pool, 0.0) + drawn.sample(part.tokens)
        unique[pool] = unique.get(pool, 0.0) + positive_part(stock - unique.get(pool, 0.0))
    decay = drawn.value("repetition_decay")
    return {
        pool: data_work.supply(wanted_tokens[pool], unique[pool], decay) for pool in wanted_tokens
    }


def _source_work(
    part: Portion, inputs: Inputs, years: "Number", drawn: DrawnCatalogue
) -> SourceWork:
    """Return the work of one source: what its path asks for, and zero for the rest."""
    source, path = part.source, part.source.path
    tokens = drawn.sample(part.tokens)
    read = tokens - positive_part(tokens - drawn.sample(source.unique_tokens))
    scored = data_work.scored_tokens(read, _fact_or(source, "yield", 1.0, drawn))
    raw = data_work.raw_bytes(read, _fact_or(source, "raw_bytes", drawn.value("text_bytes"), drawn))
    sheets = data_work.pages(
        read, _fact_or(source, "tokens_per_page", drawn.value("tokens_per_page"), drawn)
    )
    generated = data_work.generated_tokens(read, drawn.value("generation_acceptance"))
    scoring = inputs.classify and path in ("crawl", "text", "ocr")
    hours = {
        "classifier": data_work.classifier_hours(scored, drawn.value("classifier_rate"))
        if scoring
        else 0.0,
        "ocr": data_work.reading_hours(sheets, drawn.value("ocr_rate")) if path == "ocr" else 0.0,
        "synthetic": data_work.generation_hours(generated, drawn.value("generation_throughput"))
        if path == "generate"
        else 0.0,
    }
    on_chip = {
        name: _hours_on(inputs.chip, value, drawn.catalogue) for name, value in hours.items()
    }
    return SourceWork(
        source=source,
        wanted=tokens,
        read=read,
        raw_bytes=raw,
        cpu_hours=_cpu_hours(path, raw, scored if path != "generate" else generated, drawn),
        pages=sheets if path == "ocr" else 0.0,
        classifier_hours=on_chip["classifier"],
        ocr_hours=on_chip["ocr"],
        synthetic_tokens=generated if path == "generate" else 0.0,
        synthetic_hours=on_chip["synthetic"],
        stored_bytes=data_work.stored_bytes(
            read, drawn.value("stored_bytes"), drawn.value("stored_copies")
        )
        + (raw if path == "ocr" else 0.0),
        person_years=_curation(path, drawn) if inputs.curation else 0.0,
        acquisition=_acquisition(source, read, raw, sheets, years, drawn),
    )


def _cpu_hours(path: str, raw: "Number", text: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return CPU-hours: extraction of archives, cleaning and deduplication of text."""
    if path == "ready":
        return 0.0
    cleaning: Number = data_work.cpu_hours(
        text * drawn.value("text_bytes"), drawn.value("text_cpu")
    )
    extraction: Number = (
        data_work.cpu_hours(raw, drawn.value("extraction_cpu")) if path == "crawl" else 0.0
    )
    return extraction + cleaning


def _curation(path: str, drawn: DrawnCatalogue) -> "Number":
    return drawn.value("curation_per_ready_source" if path == "ready" else "curation_per_source")


def _acquisition(
    source: DataSource,
    read: "Number",
    raw: "Number",
    sheets: "Number",
    years: "Number",
    drawn: DrawnCatalogue,
) -> "Number":
    """Return what a source costs to have: its price times what the price is by."""
    if source.price is None:
        return 0.0
    amounts = {
        "USD/token": read,
        "USD/page": sheets,
        "USD/TB": raw / TERA,
        "USD/year": years,
        "USD": 1.0,
    }
    return amounts[source.price.unit] * drawn.sample(source.price)


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
        person_years=preparation.sum("person_years"),
        project_years=_years(inputs, drawn),
        parts=tuple(Part(*kind) for kind in kinds),
    )


def chip_work(preparation: Preparation) -> tuple[tuple[str, str, "Number"], ...]:
    """Return the chip-hours by kind of work: id, label, hours."""
    return (
        ("classifier", "Classifier scoring", preparation.sum("classifier_hours")),
        ("ocr", "Reading pages and images", preparation.sum("ocr_hours")),
        ("synthetic", "Synthetic text", preparation.sum("synthetic_hours")),
        ("ablations", "Ablation runs", preparation.ablation_hours),
    )


def is_something(cost: "Number") -> bool:
    """Whether a number is not nought in every draw."""
    return bool(cost) if isinstance(cost, (int, float)) else bool(cost.any())
