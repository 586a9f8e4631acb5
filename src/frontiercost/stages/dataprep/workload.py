"""Data preparation: from wanted tokens and their sources to work, and to the lines of its cost.

Sources of one pool hold the same material: its unique tokens are those of the largest source used.
Only first passes are prepared; repeats cost nothing here, and are worth less in training.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, DataSource
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Draws, Fact, Number, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Part, Workload
from frontiercost.physics import data_work
from frontiercost.physics.data_work import TERA, TokenSupply

DEFAULT_MIX = "olmo-3"
REFERENCE_CHIP = "h100-sxm"
"""The chip that the rates of models are stated for."""
FILLS = ("common-crawl", "common-crawl-multilingual", "pdf-documents", "stack-v3")
"""What takes the place of sources that are too small for their share, in this order."""
PROPRIETARY = ("licensed", "proprietary")
PREPARATION_DAYS = 30.0
SERVER_CHIPS = 8
MONTHS_PER_YEAR = 12


@frozen
class Portion:
    """One source of a mix and the tokens wanted of it, repeats included."""

    source: DataSource
    tokens: Fact


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
        return _sum(getattr(work, quantity) for work in self.sources)

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


# --- the mix --------------------------------------------------------------------------------------


def default_mix(tokens: Fact, catalogue: Catalogue, name: str = DEFAULT_MIX) -> tuple[Portion, ...]:
    """Return the shares of a published mix at this many tokens.

    A source that would be read more often than is worthwhile gives its most.  The rest is web
    text, then other languages, documents and code, each read once; what is still missing is web
    text again.  Raises InputError for an unknown mix.
    """
    if name not in catalogue.data_mixes:
        hint = nearest(name, catalogue.data_mixes)
        raise InputError(f"mix '{name}': no such mix of data; {hint}")
    epochs = catalogue.assumption("worthwhile_epochs").value
    published = catalogue.data_mixes[name]
    whole = sum(published.values())
    held = {part: _held(part, tokens, catalogue) for part in (*published, *FILLS)}
    shares = {
        part: min(share / whole, epochs * held[part])
        for part, share in published.items()
        if part not in FILLS
    }
    left = 1 - sum(shares.values())
    for part in FILLS:
        shares[part] = min(left, held[part])
        left -= shares[part]
    shares[FILLS[0]] += left
    return tuple(
        Portion(catalogue.data_source(part), _scaled(tokens, share))
        for part, share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share > 0
    )


def _held(part: str, tokens: Fact, catalogue: Catalogue) -> float:
    """Return what a source holds over the tokens wanted."""
    return catalogue.data_source(part).unique_tokens.value / tokens.value


def _scaled(tokens: Fact, share: float) -> Fact:
    """Return a share of tokens under the same path: one uncertain count stays one."""
    low, value, high = (share * end for end in (tokens.low, tokens.value, tokens.high))
    return replace(tokens, value=value, low=low, high=high)


# --- the work -------------------------------------------------------------------------------------


def prepare(inputs: Inputs, draws: Draws, catalogue: Catalogue) -> Preparation:
    """Return what the mix takes and what it is worth; all numbers are draws of the same facts."""
    if not inputs.mix:
        raise InputError("--source: no source of data is given")
    facts = _Drawn(draws, catalogue)
    token_supplies = _walls(inputs, facts)
    months = facts["storage_time"] / DAYS_PER_YEAR * MONTHS_PER_YEAR
    years = _years(inputs, draws, catalogue)
    works = tuple(_source_work(part, inputs, years, facts) for part in inputs.mix)
    return Preparation(
        sources=works,
        token_supplies=token_supplies,
        ablation_hours=_ablation_hours(inputs, facts) if inputs.ablations else 0.0,
        months=months,
        moved_bytes=_sum(work.read for work in works) * facts["stored_bytes"],
        licence_usd=years * _sum(draws.sample(licence.yearly) for licence in inputs.licences),
    )


def gain(work: Preparation, source: DataSource, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the effective tokens that a source adds where it replaces repeats [token].

    D'(with its u unique tokens, the rest x (1 - u/D)) - D'(without), at the same wanted tokens;
    of a pool in use only what it holds beyond that counts.  Ignores that its text may be better.
    """
    stock, whole = draws.sample(source.unique_tokens), work.tokens
    known = work.token_supplies[source.pool].unique if source.pool in work.token_supplies else 0.0
    beyond = positive_part(stock - known)
    added = beyond - positive_part(beyond - whole)
    left = 1 - added / whole
    decay = draws.sample(catalogue.assumption("repetition_decay"))
    others = (
        data_work.supply(w.wanted * left, w.unique, decay) for w in work.token_supplies.values()
    )
    return added + _sum(supply.effective for supply in others) - work.effective_tokens


class _Drawn:
    """Constants of preparation by name, as draws; and hours turned to the chip asked about."""

    def __init__(self, draws: Draws, catalogue: Catalogue) -> None:
        self.draws, self.catalogue = draws, catalogue

    def __getitem__(self, name: str) -> "Number":
        return self.draws.sample(self.catalogue.assumption(name))

    def of(self, source: DataSource, name: str, default: "Number") -> "Number":
        """Return a fact of a source, or the default where it has none."""
        return self.draws.sample(source.facts[name]) if name in source.facts else default

    def on(self, chip: Chip, hours: "Number") -> "Number":
        """Return hours of the reference chip as hours of another."""
        reference = self.catalogue.chip(REFERENCE_CHIP).peak("bf16").value
        converted: Number = data_work.on_chip(hours, reference, chip.peak("bf16").value)
        return converted


def _walls(inputs: Inputs, facts: _Drawn) -> dict[str, TokenSupply]:
    """Return wanted against unique tokens of each pool: of its largest source that is used."""
    wanted: dict[str, Number] = {}
    unique: dict[str, Number] = {}
    for part in inputs.mix:
        pool, stock = part.source.pool, facts.draws.sample(part.source.unique_tokens)
        wanted[pool] = wanted.get(pool, 0.0) + facts.draws.sample(part.tokens)
        unique[pool] = unique.get(pool, 0.0) + positive_part(stock - unique.get(pool, 0.0))
    decay = facts["repetition_decay"]
    return {pool: data_work.supply(wanted[pool], unique[pool], decay) for pool in wanted}


def _source_work(part: Portion, inputs: Inputs, years: "Number", facts: _Drawn) -> SourceWork:
    """Return the work of one source: what its path asks for, and zero for the rest."""
    source, path = part.source, part.source.path
    wanted = facts.draws.sample(part.tokens)
    read = wanted - positive_part(wanted - facts.draws.sample(source.unique_tokens))
    scored = data_work.scored_tokens(read, facts.of(source, "yield", 1.0))
    raw = data_work.raw_bytes(read, facts.of(source, "raw_bytes", facts["text_bytes"]))
    sheets = data_work.pages(read, facts.of(source, "tokens_per_page", facts["tokens_per_page"]))
    generated = data_work.generated_tokens(read, facts["generation_acceptance"])
    scoring = inputs.classify and path in ("crawl", "text", "ocr")
    hours = {
        "classifier": data_work.classifier_hours(scored, facts["classifier_rate"])
        if scoring
        else 0.0,
        "ocr": data_work.reading_hours(sheets, facts["ocr_rate"]) if path == "ocr" else 0.0,
        "synthetic": data_work.generation_hours(generated, facts["generation_throughput"])
        if path == "generate"
        else 0.0,
    }
    on_chip = {name: facts.on(inputs.chip, value) for name, value in hours.items()}
    return SourceWork(
        source=source,
        wanted=wanted,
        read=read,
        raw_bytes=raw,
        cpu_hours=_cpu_hours(path, raw, scored if path != "generate" else generated, facts),
        pages=sheets if path == "ocr" else 0.0,
        classifier_hours=on_chip["classifier"],
        ocr_hours=on_chip["ocr"],
        synthetic_tokens=generated if path == "generate" else 0.0,
        synthetic_hours=on_chip["synthetic"],
        stored_bytes=data_work.stored_bytes(read, facts["stored_bytes"], facts["stored_copies"])
        + (raw if path == "ocr" else 0.0),
        person_years=_curation(path, facts) if inputs.curation else 0.0,
        acquisition=_acquisition(source, read, raw, sheets, years, facts),
    )


def _cpu_hours(path: str, raw: "Number", text: "Number", facts: _Drawn) -> "Number":
    """Return CPU-hours: extraction of archives, cleaning and deduplication of text."""
    if path == "ready":
        return 0.0
    cleaning: Number = data_work.cpu_hours(text * facts["text_bytes"], facts["text_cpu"])
    extraction: Number = (
        data_work.cpu_hours(raw, facts["extraction_cpu"]) if path == "crawl" else 0.0
    )
    return extraction + cleaning


def _curation(path: str, facts: _Drawn) -> "Number":
    return facts["curation_per_ready_source" if path == "ready" else "curation_per_source"]


def _acquisition(
    source: DataSource,
    read: "Number",
    raw: "Number",
    sheets: "Number",
    years: "Number",
    facts: _Drawn,
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
    return amounts[source.price.unit] * facts.draws.sample(source.price)


def _ablation_hours(inputs: Inputs, facts: _Drawn) -> "Number":
    """Return the chip-hours of ablations: FLOP of short and long runs / (P u) x share from raw.

    A run reads at most a share of the tokens wanted, and what others refined needs none.
    """
    wanted = {part.source.name: facts.draws.sample(part.tokens) for part in inputs.mix}
    ready = _sum(wanted[p.source.name] for p in inputs.mix if p.source.path == "ready")
    whole = _sum(wanted.values())
    most = whole * facts["ablation_token_share"]
    flop: Number = 0.0
    for length in ("short", "long"):
        full = facts[f"ablation_{length}_tokens"]
        read = full - positive_part(full - most)
        runs = facts[f"ablation_{length}_runs"]
        flop = flop + data_work.ablation_flop(facts["ablation_params"], runs, read)
    rate = inputs.chip.peak("bf16").value * facts["ablation_mfu"]
    return flop / (data_work.SECONDS_PER_HOUR * rate) * (1 - ready / whole)


def _years(inputs: Inputs, draws: Draws, catalogue: Catalogue) -> "Number":
    time = inputs.project_time or catalogue.assumption("project_time")
    return draws.sample(time) / DAYS_PER_YEAR


def _sum(numbers: Iterable["Number"]) -> "Number":
    result: Number = 0.0
    for number in numbers:
        result = result + number
    return result


def summed(
    found: Preparation, inputs: Inputs, pue: str, draws: Draws, catalogue: Catalogue
) -> Workload:
    """Return the work of chips and people: servers that end in a month, by kind of work."""
    hours = found.chip_hours
    kinds = [(id, label, of) for id, label, of in chip_work(found) if is_something(of)]
    month = PREPARATION_DAYS * HOURS_PER_DAY * SERVER_CHIPS
    chips = SERVER_CHIPS * math.ceil(draws.summary(hours).median / month)
    energy = hours * power_kw(inputs.chip, draws, catalogue)
    energy = energy * draws.sample(catalogue.assumption(pue))
    return Workload(
        model_flop=0.0,
        mfu=0.0,
        chip_hours=hours,
        chips=chips,
        wall_days=hours / (max(chips, 1) * HOURS_PER_DAY),
        energy_kwh=energy,
        carbon_t=carbon_t(energy, draws, catalogue),
        tokens=found.tokens,
        person_years=found.sum("person_years"),
        project_years=_years(inputs, draws, catalogue),
        parts=tuple(Part(*kind) for kind in kinds),
    )


def chip_work(work: Preparation) -> tuple[tuple[str, str, "Number"], ...]:
    """Return the chip-hours by kind of work: id, label, hours."""
    return (
        ("classifier", "Classifier scoring", work.sum("classifier_hours")),
        ("ocr", "Reading pages and images", work.sum("ocr_hours")),
        ("synthetic", "Synthetic text", work.sum("synthetic_hours")),
        ("ablations", "Ablation runs", work.ablation_hours),
    )


def is_something(cost: "Number") -> bool:
    """Whether a number is not nought in every draw."""
    return bool(cost) if isinstance(cost, (int, float)) else bool(cost.any())
