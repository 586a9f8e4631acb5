"""A training run in tables: what it takes, and the parallel plan behind it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import BYTES_PER_GB, SECONDS_PER_DAY
from frontiercost.core.wording import CARRIED, figures_of, interval_cells, range_of
from frontiercost.cost.choices import FINAL_RUN
from frontiercost.cost.workload import Workload
from frontiercost.scenario.flags import RECOMPUTE
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.pretrain.cluster import (
    fewest_chips,
    most_useful_chips,
    shortest_days,
)
from frontiercost.stages.pretrain.inputs import pretrained
from frontiercost.stages.pretrain.stage import Detail
from frontiercost.stages.stage import Answer
from frontiercost.stages.verdict_words import answered, beyond_a_year

if TYPE_CHECKING:
    from frontiercost.catalogue.types import Model
    from frontiercost.core.facts import Fact, Number
    from frontiercost.physics.plan_search import Step

PLAN_NAMES = ("chosen", "second", "third", "fourth")
ASKS_FOR_CHIPS = {"chips", "deadline", "uplink"}
GUESSED = ("estimated", "judged")
"""Confidence of what no developer has said itself."""
TERM_WORDS = {
    "gemm": "Matrix products of dense layers",
    "experts": "Matrix products of experts",
    "head": "Output head",
    "attention": "Attention",
    "elementwise": "Element-wise, bound by memory",
    "overhead": "Launching kernels",
    "recompute": "Computing activations again",
    "tensor_traffic": "Tensor-parallel traffic",
    "context_traffic": "Context-parallel traffic",
    "expert_traffic": "Expert-parallel traffic",
    "pipeline_traffic": "Pipeline traffic",
    "bubble": "Pipeline bubble",
    "imbalance": "Uneven pipeline stages",
    "data_traffic": "Data-parallel traffic not hidden",
    "optimiser": "Optimiser step",
    "stragglers": "Waiting for stragglers",
}


def headline(e: Evaluation[Detail]) -> Sentence:
    """What it costs, and how many chips or days where one of the two was asked."""
    hours = e.draws.summary(e.workload.chip_hours).median
    taken: Sentence = [" for ", Cell(hours, "count", figures=CARRIED), f" hours of {e.chip.name}"]
    alone = taken if e.terms.programme == FINAL_RUN else ()
    return answered(e, [f"{called(e)} costs "], [*alone, *_machine_words(e)])


def called(e: Evaluation[Detail]) -> str:
    """Return what is trained: of a model that was made from another, that one."""
    name, model = e.name, e.model
    if model is None or e.name != model.label or "recipe" in dict(e.question):
        return name
    base = pretrained(model, e.catalogue)
    return name if base is model else f"{base.label}, from which {name} was made,"


def tables(e: Evaluation[Detail]) -> list[Table]:
    """The tables of a training run after its bill."""
    return [workload_table(e)]


def explained(e: Evaluation[Detail]) -> list[Table]:
    """What --explain adds."""
    from frontiercost.stages.optimal_tokens import optimum_table
    from frontiercost.stages.pretrain.error_table import error_tables

    work = e.workload
    optimum = [optimum_table(e, work.tokens, work.model_flop)] if "tokens" in e.inputs else []
    return [*error_tables(work), *optimum, *plan_tables(e)]


def notes(e: Evaluation[Detail]) -> Iterable[str]:
    """What its own run took, what of the machine is judged, who has done as much before."""
    yield from filter(None, (_own_run(e), _measured(e), _links(e)))
    after = e.programme_costs.posttraining
    if after is not None and not after.lines:
        yield (
            f"post-training by the recipe {after.recipe} is compute alone, without labels; "
            "`recipe` takes another: frontier-lab is what leading labs are thought to spend"
        )
    elif after is not None:
        yield (
            f"post-training by the recipe {after.recipe} is its final runs, on the contract for "
            "these chips: asked alone, `posttrain` pays for a contract and people of its own"
        )
    if not e.precedents:
        yield "no other run of about this compute is in the catalogue"
    else:
        done = "; ".join(f"{r.organization} ({r.model}, {r.date[:4]})" for r in e.precedents)
        yield f"done before at about this compute: {done}"


def points(e: Evaluation[Detail]) -> list[tuple[str, str]]:
    """What the final run takes, and who has done it."""
    work = e.workload
    days, chips = e.drawn.median(work.wall_days), format_quantity(work.chips, "count")
    takes = [
        f"{chips} {e.chip.name} for {format_quantity(days, 'day', CARRIED)}",
        format_quantity(e.drawn.median(work.energy_kwh), "kWh", CARRIED),
    ]
    if e.bill.has("staff"):
        people = e.drawn.median(work.person_years)
        takes.append(format_quantity(people, "person-year", CARRIED))
    takes += beyond_a_year(e)
    measured = [("Measured", said)] if (said := _measured(e)) else []
    return [("It takes", "; ".join(takes)), *measured, *_done_before(e), *own_recipe(e)]


def own_recipe(e: Evaluation[Detail]) -> Iterable[tuple[str, str]]:
    """How to count what made a model of the one it was made from, where its recipe is known."""
    model = e.model
    if model and model.recipe and called(e) != e.name and e.terms.programme.whole:
        yield "Not in it", f"what made it {model.label}: --recipe {model.recipe} counts that"


def _done_before(e: Evaluation[Detail]) -> Iterable[tuple[str, str]]:
    """The run behind the model that is asked about beside ours, else runs like it."""
    if done := _known_run(e):
        model, hours = done
        chip_hours = e.drawn.median(e.workload.chip_hours)
        same = model.built_chip == e.chip.name
        chip = f" on {model.built_chip}" if model.built_chip and not same else ""
        ours = "" if "chip_hours" in e.inputs else f" (here {_count(chip_hours)})"
        guess = f", {_said_by(hours)}" if hours.confidence in GUESSED else ""
        words = f"by {model.organization} in {model.release[:4]}: {_count(hours.value)}"
        yield "Done before", f"{words} chip-hours{chip}{_on_tokens(e)}{guess}{ours}"
    elif e.precedents:
        run = e.precedents[0]
        yield "Done before", f"as much compute by {run.organization} ({run.model}, {run.date[:4]})"


def _on_tokens(e: Evaluation[Detail]) -> str:
    """On how many tokens a model was trained, where another number is asked about."""
    tokens = e.model.facts.get("tokens") if e.model else None
    if tokens is None or "tokens" not in dict(e.question):
        return ""
    return f" on {format_quantity(tokens.value, 'token', CARRIED)}"


def _known_run(e: Evaluation[Detail]) -> "tuple[Model, Fact] | None":
    """The model whose hours are known: the one that is asked about or was made from; its hours."""
    hours = e.model.built.get("chip_hours") if e.model else None
    return (e.catalogue.model(hours.path.split("/")[1]), hours) if hours else None


def _count(number: float) -> str:
    return format_quantity(number, "count", CARRIED)


def _said_by(hours: "Fact") -> str:
    """Who told of hours: the developer, or others who guessed."""
    return "estimated by others" if hours.confidence in GUESSED else "as published"


def _own_run(e: Evaluation[Detail]) -> str:
    """The known hours behind the model that is asked about, beside those predicted."""
    done = _known_run(e)
    if done is None or e.model is None or "chip_hours" in e.inputs:
        return ""
    model, hours = done
    whose = "its own run" if model.name == e.model.name else f"the run of {model.label}"
    return (
        f"{whose} took {format_quantity(hours.value, 'count')} chip-hours on "
        f"{model.built_chip or 'chips not named'}, {_said_by(hours)}; `as_built` takes them"
    )


def _measured(e: Evaluation[Detail]) -> str:
    """What measured steps said, what was predicted of them, and what the answer takes."""
    cluster_plan = e.workload.cluster_plan
    if cluster_plan is None or cluster_plan.speed is None or not cluster_plan.speed.rows:
        return ""
    from frontiercost.stages.pretrain.measured import said_of_steps

    speed = cluster_plan.speed
    return said_of_steps(speed.rows, e.drawn.median(speed.step_mfu))


def _links(e: Evaluation[Detail]) -> str:
    """Whether the network between servers is judged."""
    if e.workload.cluster_plan is None:
        return ""
    from frontiercost.physics.training_machine import judged_links

    rates = e.catalogue.constants("training_rates")
    return judged_links(e.chip, e.workload.chips, rates)


def _machine_words(e: Evaluation[Detail]) -> Sentence:
    """Answer how many chips, or how many days, where one of the two was asked."""
    asked = {key for key, entry in e.inputs.items() if entry.set_by != "catalogue"}
    if not ASKS_FOR_CHIPS & asked:
        return []
    days = e.draws.summary(e.workload.wall_days)
    chips = Cell(e.workload.chips, "count")
    how_long = [Cell(days.median, "day", figures=figures_of(days)), *range_of(days, "day")]
    return [" on ", chips, f" {e.chip.name} for ", *how_long]


def workload_table(e: Evaluation[Detail]) -> Table:
    """What it takes physically."""
    work = e.workload
    entries: list[tuple[str, Number, str]] = [
        ("Training compute", work.model_flop, "FLOP"),
        ("MFU of the BF16 peak, whole run", work.mfu, "%"),
        (f"Chip-hours, {e.chip.name}", work.chip_hours, "count"),
        ("Chips at once", work.chips, "count"),
        ("Wall time", work.wall_days, "day"),
        ("Electricity", work.energy_kwh, "kWh"),
        ("Emissions of electricity, t CO2e", work.carbon_t, "count"),
        ("Staff, person-years", work.person_years, "count"),
    ]
    entries[2:2] = _speed_entries(work)
    rows = tuple((Cell(name), *interval_cells(e, number, unit)) for name, number, unit in entries)
    return Table("What it takes: the final run", ("", "Low", "Median", "High"), rows)


def _speed_entries(work: Workload) -> list[tuple[str, "Number", str]]:
    """What the run's utilisation is the product of, where the machine model predicted it."""
    cluster_plan = work.cluster_plan
    if cluster_plan is None or cluster_plan.speed is None:
        return []
    slow_links = [
        ("  × time not waiting for slow links", cluster_plan.link_utilisation, "%"),
        ("  ÷ extra tokens for the same loss", cluster_plan.quality_penalty, "x"),
    ]
    return [
        ("  MFU of a step, as such runs have it", cluster_plan.speed.step_mfu, "%"),
        ("    by the model of the machine", cluster_plan.step.mfu, "%"),
        ("  × time not lost to failures", cluster_plan.goodput, "%"),
        *(slow_links if cluster_plan.sites > 1 else []),
        ("  × what else is kept over a run", cluster_plan.speed.kept, "%"),
    ]


def plan_tables(e: Evaluation[Detail]) -> list[Table]:
    """The parallel plan that was chosen with its runners-up, and where a step's time goes."""
    cluster_plan = e.workload.cluster_plan
    if cluster_plan is None or e.detail is None:
        return []
    steps = [cluster_plan.step.best, *cluster_plan.step.runners_up]
    rows = [_plan_row(name, step) for name, step in zip(PLAN_NAMES, steps, strict=False)]
    columns = ("Plan", "TP", "PP", "VPP", "DP", "CP", "EP", "ZeRO", "MB", "Redo", "GB", "Step")
    terms = [(Cell(k), Cell(v, "day")) for k, v in _seconds(cluster_plan.step.best).items()]
    catalogue = e.catalogue
    about = [
        (Cell("Tokens per step"), Cell(cluster_plan.step.tokens * cluster_plan.sites, "count")),
        (Cell("Fewest chips that hold it"), Cell(fewest_chips(e.detail, catalogue), "count")),
        (
            Cell("Chips that this batch can feed"),
            Cell(most_useful_chips(e.detail, cluster_plan), "count"),
        ),
        (
            Cell("Shortest run on any number of chips"),
            Cell(shortest_days(e.detail, cluster_plan, catalogue), "day"),
        ),
    ]
    return [
        Table("The parallel plan and its runners-up", columns, tuple(rows)),
        Table("Where a step's time goes", ("", "Time"), tuple(terms)),
        Table("How far more chips help", ("", ""), tuple(about)),
    ]


def _plan_row(name: str, step: "Step") -> tuple[Cell, ...]:
    plan = step.plan
    ways = (plan.tensor, plan.pipeline, plan.virtual, plan.data, plan.context, plan.expert)
    return (
        Cell(name),
        *(Cell(float(way), "count") for way in (*ways, plan.zero, plan.micro_batch)),
        Cell(RECOMPUTE[int(plan.recompute)]),
        Cell(float(step.memory.total) / BYTES_PER_GB, "count"),
        Cell(step.seconds / SECONDS_PER_DAY, "day"),
    )


def _seconds(step: "Step") -> dict[str, float]:
    """The terms of a step in days, largest first."""
    seconds = asdict(step.terms)
    terms = {TERM_WORDS[key]: value / SECONDS_PER_DAY for key, value in seconds.items() if value}
    return dict(sorted(terms.items(), key=lambda pair: -pair[1]))


def entries(e: Evaluation[Detail]) -> dict[str, Any]:
    """What only a training run has in the document."""
    from frontiercost.stages.pretrain.document import entries

    return entries(e)


ANSWER = Answer(
    headline=headline,
    tables=tables,
    explained=explained,
    notes=notes,
    points=points,
    entries=entries,
)
