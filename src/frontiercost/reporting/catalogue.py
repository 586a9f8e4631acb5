"""The catalogue as reports: lists of what is known, and each fact's origin."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from frontiercost.catalogue.public_record import countries, grids, grids_of, legal_thresholds
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, DataSource, Model, Quote
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Report, Table, fact_table, short_unit, table_document
from frontiercost.reporting.json_document import envelope
from frontiercost.reporting.legal_thresholds import limit_in_words
from frontiercost.reporting.model_shapes import shape_entry, shape_tables

Lister = Callable[[Catalogue], Table]
Shower = Callable[[Catalogue, str], list[Table]]


def overview(catalogue: Catalogue) -> Report:
    """How much of each kind is known."""
    counts = {kind: len(_LISTS[kind](catalogue).rows) for kind in _LISTS}
    rows = tuple((Cell(kind), Cell(float(count), "count")) for kind, count in counts.items())
    table = Table("Kinds", ("Kind", "Entries"), rows)
    return _report(catalogue, "The catalogue and what it holds.", [table])


def listing(catalogue: Catalogue, kind: str) -> Report:
    """Everything of one kind, a row each."""
    table = _LISTS[(kind := _checked(kind))](catalogue)
    return _report(catalogue, f"{len(table.rows)} {kind} are known.", [table])


def entry(catalogue: Catalogue, kind: str, name: str) -> Report:
    """One entry with every fact, its interval, source, date and confidence."""
    kind = _checked(kind)
    tables = _SHOWS[kind](catalogue, name)
    found = [shape_entry(catalogue.model(name))] if kind == "models" else []
    more = {"models": [entry for entry in found if entry]} if kind == "models" else {}
    return _report(catalogue, f"What is known of {name}.", tables, more)


def _checked(kind: str) -> str:
    plural = kind if kind in _LISTS else f"{kind}s"
    if plural not in _LISTS:
        raise InputError(f"KIND '{kind}': no such kind; {nearest(kind, _LISTS)}")
    return plural


def _report(
    catalogue: Catalogue, headline: str, tables: list[Table], more: Mapping[str, Any] | None = None
) -> Report:
    edition = f"Catalogue {catalogue.edition['edition']}, facts to {catalogue.edition['as_of']}."

    def document() -> dict[str, Any]:
        contents = [table_document(table) for table in tables]
        return {**envelope(catalogue.edition, "catalogue"), "tables": contents, **(more or {})}

    return Report([headline], tuple(tables), ([edition],), document)


# --- lists ----------------------------------------------------------------------------------------


def _chips(catalogue: Catalogue) -> Table:
    rows = []
    for name in catalogue.names("chip"):
        chip = catalogue.chip(name)
        keys = ("peak_bf16", "memory", "memory_bandwidth", "tdp")
        rows.append(
            (Cell(name), Cell(chip.label), Cell(chip.release[:7]), *_cells(chip.facts, keys))
        )
    columns = ("Name", "Chip", "Date", "BF16 peak", "Memory", "Bandwidth", "TDP")
    return Table("Chips", columns, tuple(rows), texts=3, wraps=(0, 1), last=(0,))


def _models(catalogue: Catalogue) -> Table:
    rows = []
    for name in catalogue.names("model"):
        model = catalogue.model(name)
        kind = "estimate" if model.estimate else ""
        keys = ("total_params", "active_params", "tokens")
        texts = (name, model.organization, model.release[:7], kind)
        rows.append((*map(Cell, texts), *_cells(model.facts, keys)))
    columns = ("Name", "Developer", "Date", "", "Params", "Active", "Tokens")
    return Table("Models", columns, tuple(rows), texts=4, wraps=(0, 1), last=(0,))


def _actors(catalogue: Catalogue) -> Table:
    rows = []
    for actor in catalogue.actors.values():
        budget = actor.budget(catalogue.edition["edition"])
        money = Cell(budget.money.value, budget.money.unit) if budget else Cell("unknown")
        money = Cell("not given") if actor.standing == "unfunded" else money
        share = Cell(budget.share.value, "%") if budget else Cell("unknown")
        texts = (actor.name, actor.label, actor.category)
        rows.append((*map(Cell, texts), money, share))
    columns = ("Name", "Actor", "Category", "Budget", "For a model")
    return Table("Actors", columns, tuple(rows), texts=3, wraps=(0, 1, 2), last=(0, 2))


def _data(catalogue: Catalogue) -> Table:
    rows = []
    for source in catalogue.data_sources.values():
        price = source.price
        cost = Cell(price.value, price.unit) if price else Cell("free")
        texts = (source.name, source.label, source.kind)
        rows.append((*map(Cell, texts), Cell(source.unique_tokens.value, "token"), cost))
    columns = ("Name", "Source", "Kind", "Unique tokens", "Price")
    return Table("Sources of training data", columns, tuple(rows), texts=3, wraps=(0, 1), last=(0,))


def _prices(catalogue: Catalogue) -> Table:
    counts: dict[str, list[Quote]] = {}
    for quote in [*catalogue.quotes("rental"), *catalogue.quotes("purchase")]:
        counts.setdefault(quote.chip, []).append(quote)
    rows = [
        (Cell(chip), Cell(float(len(quotes)), "count"), Cell(max(quote.date for quote in quotes)))
        for chip, quotes in sorted(counts.items())
    ]
    return Table("Dated prices by chip", ("Chip", "Prices", "Newest"), tuple(rows))


def _assumptions(catalogue: Catalogue) -> Table:
    return fact_table("Assumptions", catalogue.assumptions.values(), "assumptions/")


def _trends(catalogue: Catalogue) -> Table:
    return fact_table("Growth rates, factor per year", catalogue.trends.values(), "trends/")


def _laws(catalogue: Catalogue) -> Table:
    rows = tuple(
        (
            *map(Cell, (law.id, f"{law.jurisdiction} {law.act}", law.means)),
            Cell(f"{law.since} to {law.until}" if law.until else f"since {law.since}"),
            Cell(limit_in_words(law)),
        )
        for law in legal_thresholds(catalogue)
    )
    columns = ("Id", "Law", "What it means", "In force", "Threshold")
    return Table("Thresholds of law on training compute", columns, rows, texts=5, wraps=(1, 2, 3))


def _grids(catalogue: Catalogue) -> Table:
    newest = {grid.at: grid for grid in grids(catalogue)}
    rows = tuple(
        (
            Cell(country),
            Cell(grid.as_of),
            Cell(grid.source),
            *map(Cell, (grid.low, grid.value, grid.high)),
        )
        for country, grid in sorted(newest.items())
    )
    columns = ("Country", "Year", "Source", "Low", "g CO2e/kWh", "High")
    return Table("Emissions of electricity", columns, rows, texts=3)


def _runs(catalogue: Catalogue) -> Table:
    rows = tuple(
        (
            *map(Cell, (run.id, run.organization, run.chip, run.excluded)),
            Cell(run.mfu, "%"),
            Cell(run.chip_hours, "count"),
        )
        for run in catalogue.runs
    )
    columns = ("Run", "Developer", "Chip", "Left out: why", "MFU", "Chip-hours")
    return Table("Published training runs", columns, rows, texts=4, wraps=(1, 3))


def _sources(catalogue: Catalogue) -> Table:
    rows = tuple(
        (Cell(source.id), Cell(source.title), Cell(source.licence), Cell(source.url))
        for source in catalogue.sources.values()
    )
    return Table("Sources", ("Id", "Title", "Licence", "Address"), rows, texts=4, wraps=(0, 1, 3))


# --- single entries -------------------------------------------------------------------------------


def _show_chip(catalogue: Catalogue, name: str) -> list[Table]:
    chip: Chip = catalogue.chip(name, "NAME")
    about = _about(name=chip.name, chip=chip.label, released=chip.release, note=chip.note)
    return [about, fact_table("Facts", chip.facts.values()), *_show_prices(catalogue, chip.name)]


def _show_model(catalogue: Catalogue, name: str) -> list[Table]:
    model: Model = catalogue.model(name, "NAME")
    about = _about(
        name=model.name,
        model=model.label,
        developer=model.organization,
        released=model.release,
        made_from=model.base,
        reasons="before it answers" if model.reasoning else "",
        figures=_whose_figures(model),
        trained_on=f"{model.built_chip} {model.precision}".strip() or "unknown",
        note=model.note,
    )
    tables = [about, fact_table("Facts", [*model.facts.values(), *model.built.values()])]
    return [*tables, *shape_tables(model), *_shape_origin(model)]


def _shape_origin(model: Model) -> list[Table]:
    keys = ("source", "at", "as_of", "confidence", "note", "assumed", "not_counted")
    said = {key: _text(model.shape[key]) for key in keys if model.shape and key in model.shape}
    return [_about("Where the shape is from", **said)] if said else []


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _whose_figures(model: Model) -> str:
    if not model.facts:
        return "none published"
    return "estimates by others" if model.estimate else "published"


def _show_actor(catalogue: Catalogue, name: str) -> list[Table]:
    actor = catalogue.actor(name, "NAME")
    about = _about(
        name=actor.name,
        actor=actor.label,
        category=actor.category,
        standing=actor.standing if actor.counted else f"{actor.standing}, so not counted",
        since=actor.since,
        until=actor.until,
        parent=actor.parent,
        own_chips=actor.own_chips,
        note=actor.note,
    )
    facts = [fact for budget in actor.budgets for fact in (budget.money, budget.share)]
    return [about, fact_table("Budgets, and the share that could go to one model", facts)]


def _show_data(catalogue: Catalogue, name: str) -> list[Table]:
    source: DataSource = catalogue.data_source(name, "NAME")
    about = _about(
        name=source.name,
        source=source.label,
        kind=source.kind,
        pool=source.pool,
        path=source.path,
        licence=source.licence,
        note=source.note,
    )
    return [about, fact_table("Facts", source.facts.values())]


def _show_prices(catalogue: Catalogue, name: str) -> list[Table]:
    chip = catalogue.resolve("chip", name, "NAME")
    return [
        _quotes("Rental prices", catalogue.quotes("rental", chip), "USD/chip-hour"),
        _quotes("Purchase prices", catalogue.quotes("purchase", chip), "USD"),
    ]


def _quotes(title: str, quotes: Iterable[Quote], unit: str) -> Table:
    rows = tuple(
        (
            *map(Cell, (quote.date, quote.vendor, quote.tier)),
            *map(Cell, (quote.commitment or "–", quote.source)),
            Cell(quote.usd, short_unit(unit)),
        )
        for quote in quotes
    )
    columns = ("Date", "Vendor", "Tier", "Commitment", "Source", "Price")
    return Table(title, columns, rows, texts=5, wraps=(1, 4))


def _show_fact(kind: str) -> Shower:
    def show(catalogue: Catalogue, name: str) -> list[Table]:
        facts: Mapping[str, Fact] = getattr(catalogue, kind)
        if name not in facts:
            raise InputError(f"NAME '{name}': not among the {kind}; {nearest(name, facts)}")
        return [fact_table(name, [facts[name]], f"{kind}/"), _about(**_origin(facts[name]))]

    return show


def _show_law(catalogue: Catalogue, name: str) -> list[Table]:
    laws = {law.id: law for law in legal_thresholds(catalogue)}
    if name not in laws:
        raise InputError(f"NAME '{name}': no such law; {nearest(name, laws)}")
    law = laws[name]
    texts = {
        "law": f"{law.jurisdiction} {law.act}",
        "means": law.means,
        "applies_to": law.applies_to,
        "since": law.since,
        "until": law.until,
    }
    return [
        fact_table(name, [law.quantity], "legal_thresholds/"),
        _about(**texts, **_origin(law.quantity)),
    ]


def _show_grid(catalogue: Catalogue, name: str) -> list[Table]:
    years = grids_of(catalogue, name)
    if not years:
        raise InputError(f"NAME '{name}': no such country; {nearest(name, countries(catalogue))}")
    return [fact_table(years[0].at, years, "grid_carbon/")]


def _show_source(catalogue: Catalogue, name: str) -> list[Table]:
    if name not in catalogue.sources:
        raise InputError(f"NAME '{name}': no such source; {nearest(name, catalogue.sources)}")
    return [_about(**asdict(catalogue.sources[name]))]


def _show_run(catalogue: Catalogue, name: str) -> list[Table]:
    runs = {run.id: run for run in catalogue.runs}
    if name not in runs:
        raise InputError(f"NAME '{name}': no such run; {nearest(name, runs)}")
    return [_about(**{key: str(value) for key, value in asdict(runs[name]).items()})]


def _show_recipe(catalogue: Catalogue, name: str) -> list[Table]:
    from frontiercost.reporting.catalogue_recipes import phase_facts

    texts, phases = phase_facts(catalogue, name)
    tables = [fact_table(title, facts, f"recipes/{name}/") for title, facts in phases.items()]
    return [_about(**texts), *tables]


# --- pieces ---------------------------------------------------------------------------------------


def _about(title: str = "", /, **texts: str) -> Table:
    rows = tuple((Cell(key.replace("_", " ")), Cell(text)) for key, text in texts.items() if text)
    return Table(title or "About", ("", ""), rows, texts=2, wraps=(1,))


def _origin(fact: Fact) -> dict[str, str]:
    keys = ("source", "at", "as_of", "confidence", "note", "shared")
    return {key: getattr(fact, key) for key in keys}


def _cells(facts: Mapping[str, Fact], keys: Iterable[str]) -> tuple[Cell, ...]:
    return tuple(
        Cell(facts[key].value, short_unit(facts[key].unit)) if key in facts else Cell(None)
        for key in keys
    )


def _recipes(catalogue: Catalogue) -> Table:
    from frontiercost.reporting.catalogue_recipes import recipe_table

    return recipe_table(catalogue)


def _tables(catalogue: Catalogue) -> Table:
    from frontiercost.reporting.catalogue_tables import table_list

    return table_list(catalogue)


def _show_table(catalogue: Catalogue, name: str) -> list[Table]:
    from frontiercost.reporting.catalogue_tables import table_columns

    return table_columns(catalogue, name)


_LISTS: dict[str, Lister] = {
    "chips": _chips,
    "models": _models,
    "actors": _actors,
    "data": _data,
    "prices": _prices,
    "assumptions": _assumptions,
    "trends": _trends,
    "laws": _laws,
    "grids": _grids,
    "runs": _runs,
    "recipes": _recipes,
    "tables": _tables,
    "sources": _sources,
}
KINDS = tuple(_LISTS)
_SHOWS: dict[str, Shower] = {
    "chips": _show_chip,
    "models": _show_model,
    "actors": _show_actor,
    "data": _show_data,
    "prices": _show_prices,
    "assumptions": _show_fact("assumptions"),
    "trends": _show_fact("trends"),
    "laws": _show_law,
    "grids": _show_grid,
    "runs": _show_run,
    "recipes": _show_recipe,
    "tables": _show_table,
    "sources": _show_source,
}
