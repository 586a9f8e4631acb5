"""Post-training in tables: its phases, and what it is of the base's own training."""

from collections.abc import Iterable, Mapping

from frontiercost.core.facts import mean
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.wording import (
    CARRIED,
    drawn_cell,
    figures_of,
    interval_cells,
    range_of,
)
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.posttrain.document import entries, trend_entries
from frontiercost.stages.posttrain.stage import PostTraining
from frontiercost.stages.stage import Answer
from frontiercost.stages.verdict_words import answered, beyond_a_year

BOUNDS = {"": "", "upper": "at most", "lower": "at least"}
"""What a published figure is a bound of, in words."""
ASKS_FOR_TIME = {"chips", "deadline"}
PUBLISHED_FIGURES = 3


def headline(e: Evaluation[PostTraining]) -> Sentence:
    """What the recipe costs on this base, and what share of the base's compute it is."""
    detail = e.detail
    costs = f"{_what(e)} with the recipe {detail.recipe.name} costs "
    return answered(e, [costs], _time_words(e))


def _what(e: Evaluation[PostTraining]) -> str:
    """What is done: a base is post-trained; a model that was made from another is made again."""
    model = e.model
    if model and model.base and model.recipe == e.detail.recipe.name and e.name == model.label:
        return f"making {e.name} from {e.catalogue.model(model.base).label}"
    return f"post-training {e.name}"


def _published(e: Evaluation[PostTraining]) -> Iterable[tuple[str, str]]:
    """What the developer, or others, said that a model's own post-training cost."""
    model = e.model
    if model and model.states("posttraining_cost"):
        cost = model.facts["posttraining_cost"]
        usd = format_quantity(cost.value, "USD", PUBLISHED_FIGURES)
        who = "by its developer" if cost.confidence == "stated" else "estimated by others"
        about = ", ".join(filter(None, ("the final runs of its own", cost.note, who)))
        yield "Published", f"{usd} for {about} ({cost.as_of})"


def points(e: Evaluation[PostTraining]) -> list[tuple[str, str]]:
    """What the phases take, and what they are of the base's own training."""
    work, detail = e.workload, e.detail
    hours = format_quantity(e.drawn.median(work.chip_hours), "chip-hour", CARRIED)
    days = format_quantity(e.drawn.median(work.wall_days), "day", CARRIED)
    takes = f"{hours} of {e.chip.name} in {days}, one phase after the other"
    if detail.base_hours_ratio is not None:
        ratio = format_quantity(e.drawn.median(detail.base_hours_ratio), "%", CARRIED)
        takes += f"; {ratio} of the base's"
    return [("It takes", "; ".join([takes, *beyond_a_year(e)])), *_published(e)]


def _time_words(e: Evaluation[PostTraining]) -> Sentence:
    """Answer on how many chips for how long, where chips, time or a method were asked."""
    asked = ASKS_FOR_TIME & e.inputs.keys() or any(phase.method for phase in e.detail.phases)
    if not asked or not e.workload.chips:
        return []
    days = e.draws.summary(e.workload.wall_days)
    used = {phase.chips for phase in e.detail.phases if phase.chips}
    chips = ["up to " if len(used) > 1 else "", Cell(e.workload.chips, "count")]
    how_long = [Cell(days.median, "day", figures=figures_of(days)), *range_of(days, "day")]
    return [" on ", *chips, f" {e.chip.name} for ", *how_long]


def tables(e: Evaluation[PostTraining]) -> list[Table]:
    """The phases, and what they take together."""
    return [phase_table(e), workload_table(e)]


def phase_table(e: Evaluation[PostTraining]) -> Table:
    """Each phase: chips, hours, tokens sampled and trained, at the medians."""
    rows = tuple(
        (
            Cell(phase.name),
            Cell(", ".join(filter(None, (phase.kind, phase.method)))),
            Cell(float(phase.chips), "count"),
            *(
                drawn_cell(e, number, "count")
                for number in (phase.chip_hours, phase.tokens_generated, phase.tokens_trained)
            ),
        )
        for phase in e.detail.phases
    )
    columns = ("Phase", "Kind", "Chips", "Chip-hours", "Sampled", "Trained")
    label = e.detail.recipe.label
    return Table(f"Phases, medians. {label}", columns, rows, texts=2)


def workload_table(e: Evaluation[PostTraining]) -> Table:
    """What all phases take together."""
    workload, detail = e.workload, e.detail
    of_flop, of_hours = detail.base_flop_ratio, detail.base_hours_ratio
    share = "  of the base's pre-training"
    entries = [
        ("Compute", workload.model_flop, "FLOP"),
        *([(share, of_flop, "%")] if of_flop is not None else []),
        (f"Chip-hours, {e.chip.name}", workload.chip_hours, "count"),
        *([(share, of_hours, "%")] if of_hours is not None else []),
        ("Days, one phase after the other", workload.wall_days, "day"),
        ("Electricity", workload.energy_kwh, "kWh"),
        ("Emissions of electricity, t CO2e", workload.carbon_t, "count"),
    ]
    rows = tuple((Cell(name), *interval_cells(e, number, unit)) for name, number, unit in entries)
    return Table("What it takes: the final phases", ("", "Low", "Median", "High"), rows)


def explained(e: Evaluation[PostTraining]) -> list[Table]:
    """What --explain adds."""
    return trend_tables(e)


def trend_tables(e: Evaluation[PostTraining]) -> list[Table]:
    """Published shares of pre-training compute that post-training took, and dollars, by date."""
    published = e.catalogue.sourced_rows("posttraining_ratios.csv")
    shares = tuple(
        (*_origin(row, "basis"), Cell(BOUNDS[row["bound"]]), Cell(float(row["ratio"]), "%"))
        for row in published
        if row["ratio"]
    )
    dollars = tuple(
        (*_origin(row, "usd_basis"), Cell(BOUNDS[row["usd_bound"]]), Cell(float(row["usd"]), "USD"))
        for row in published
        if row["usd"]
    )
    columns = ("Date", "Model", "Basis and source", "")
    tables = {
        "Post-training over pre-training, as published": ("Share", shares),
        "Post-training in dollars, as published": ("Cost", dollars),
    }
    return [
        _by_year(published),
        *(
            Table(title, (*columns, what), rows, texts=4, wraps=(1, 2))
            for title, (what, rows) in tables.items()
        ),
    ]


def _by_year(published: Iterable[Mapping[str, str]]) -> Table:
    """How far the published figures of each year lie apart; bounds count as they stand."""
    years: dict[str, list[Mapping[str, str]]] = {}
    for row in published:
        years.setdefault(row["date"][:4], []).append(row)
    rows = tuple(
        (Cell(year), *_ends(rows, "ratio", "%"), *_ends(rows, "usd", "USD"))
        for year, rows in years.items()
    )
    columns = ("Year", "Share: least", "most", "Cost: least", "most")
    return Table("Post-training by year: the least and the most that is published", columns, rows)


def _ends(rows: Iterable[Mapping[str, str]], column: str, unit: str) -> tuple[Cell, ...]:
    numbers = [float(row[column]) for row in rows if row[column]]
    return tuple(Cell(end(numbers), unit) if numbers else Cell(None) for end in (min, max))


def _origin(row: Mapping[str, str], basis: str) -> tuple[Cell, ...]:
    """When and what a published figure is of, and whose it is where it is a guess."""
    judged = ", judged" if row["confidence"] == "judged" else ""
    texts = (row["date"], row["label"], f"{row[basis]} ({row['source']}{judged})")
    return tuple(map(Cell, texts))


def notes(e: Evaluation[PostTraining]) -> Iterable[str]:
    """Where the recipe is from, what was assumed, and whether people cost more than chips."""
    detail = e.detail
    recipe = detail.recipe
    origin = f"{recipe.source}, {recipe.as_of}".rstrip(", ")
    yield f"{recipe.words}: {origin}; {recipe.note}".rstrip("; ")
    assumed = dict.fromkeys(f"{p.name}: {text}" for p in detail.phases for text in p.assumed)
    if assumed:
        yield f"not given, so from priors: {', '.join(assumed)}"
    labels = sum(mean(line.cost) for line in e.bill.lines if line.id.startswith("labels-"))
    if labels > mean(e.bill.final_run):
        yield "labels cost more than the chips of the final phases"


ANSWER = Answer(
    headline=headline,
    tables=tables,
    explained=explained,
    notes=notes,
    points=points,
    entries=entries,
    views={"trend": trend_tables},
    view_entries={"trend": trend_entries},
)
