"""Evaluations in words and tables: what is said, without formatting a digit."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from frontiercost import __version__
from frontiercost.affordability import Verdict
from frontiercost.catalogue import Catalogue
from frontiercost.comparison import Comparison
from frontiercost.document import document
from frontiercost.errors import InputError
from frontiercost.evaluation import Evaluation
from frontiercost.facts import Interval
from frontiercost.physics.closed_form import SECONDS_PER_DAY
from frontiercost.report import Cell, Report, Sentence, Table, fact_cells
from frontiercost.scenario import RECOMPUTE
from frontiercost.solve import BestModel
from frontiercost.stages.arrangement import (
    fewest_chips,
    most_useful_chips,
    shortest_days,
)
from frontiercost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.facts import Number
    from frontiercost.physics.search import Step

ABLE = ("yes", "likely")
ALMOST = 0.5
PLAN_NAMES = ("chosen", "second", "third", "fourth")
ASKS_FOR_CHIPS = {"chips", "deadline", "uplink"}
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
BASIS_WORDS = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
PROGRAMME_WORDS = {
    "follower": "whole programme of a follower",
    "explorer": "whole programme of an explorer",
    "final-run": "final run only",
}


def of_evaluation(evaluation: Evaluation, command: str, explain: bool = False) -> Report:
    """Report one evaluation of a stage."""
    tables = [bill_table(evaluation), terms_table(evaluation), workload_table(evaluation)]
    if evaluation.verdicts:
        tables.insert(0, verdict_table(evaluation))
    if explain:
        tables += [
            *plan_tables(evaluation),
            formula_table(evaluation),
            input_table(evaluation),
            fact_table(evaluation),
        ]
    notes = list(evaluation_notes(evaluation))
    return Report(
        headline=_headline(evaluation),
        tables=tuple(tables),
        notes=tuple(notes),
        document=document([evaluation], command, _plain(notes)),
    )


def of_best_model(best: BestModel, command: str, explain: bool = False) -> Report:
    """Report the best model that a sum can train, with the evaluation behind it."""
    report = of_evaluation(best.evaluation, command, explain)
    nearest = best.evaluation.precedents[:1]
    like = f", the compute of {nearest[0].organization}'s {nearest[0].model}" if nearest else ""
    headline: list[str | Cell] = [
        "The best model this can train: ",
        Cell(best.params, "parameter"),
        " on ",
        Cell(best.tokens, "token"),
        f" (compute-optimal), expected loss {best.loss:.2f}{like}, about "
        f"{best.months_behind:.0f} months behind the frontier by trend. ",
        *report.headline,
    ]
    solved = {
        "question": "best-model",
        "params": best.params,
        "tokens": best.tokens,
        "expected_loss": best.loss,
        "capability_index": best.capability,
        "months_behind_frontier": best.months_behind,
        "nearest_run": nearest[0].model if nearest else None,
    }
    note = (
        "Size and tokens follow the loss law of dense models on web text; loss is not capability, "
        "and the months are those of a trend through 80 models (residual of about 5 months)."
    )
    return replace(
        report,
        headline=headline,
        notes=([note], *report.notes),
        document={**report.document, "solve": solved},
    )


def of_comparison(comparison: Comparison, catalogue: Catalogue) -> Report:
    """Report one scenario for many actors: a row each, by category."""
    judgements = comparison.judgements
    if not judgements:
        raise InputError("none of these actors has a budget in dollars in the catalogue")
    evaluation = judgements[0].evaluation
    rows = tuple(
        (
            Cell(f"{catalogue.categories[j.actor.category]['label']}: {j.verdict.purse.label}"),
            *verdict_row(j.evaluation, j.verdict)[1:-1],
        )
        for j in judgements
    )
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Cost/purse")
    table = Table("Who can afford it?", columns, rows, texts=2)
    notes = list(evaluation_notes(evaluation))
    if comparison.skipped:
        names = ", ".join(actor.name for actor in comparison.skipped)
        notes.insert(0, [f"No budget in dollars is known, so not judged: {names}."])
    distinct = list({id(j.evaluation): j.evaluation for j in judgements}.values())
    return Report(
        headline=_comparison_headline(comparison, evaluation),
        tables=(table, bill_table(evaluation)),
        notes=tuple(notes),
        document=document(
            distinct, "compare", _plain(notes), comparison=_comparison_document(comparison)
        ),
    )


def _comparison_document(comparison: Comparison) -> dict[str, object]:
    """Return who was judged, in order, with word and probability, and who was not."""
    actors = [
        {
            "actor": j.actor.name,
            "category": j.actor.category,
            "word": j.verdict.word,
            "probability_affordable": j.verdict.probability,
        }
        for j in comparison.judgements
    ]
    return {"actors": actors, "not_judged": [actor.name for actor in comparison.skipped]}


# --- sentences ------------------------------------------------------------------------------------


def _headline(e: Evaluation) -> Sentence:
    """Answer in words: a sentence for each purse, then the cost."""
    said: list[str | Cell] = []
    for verdict in e.verdicts:
        said += [*_verdict_sentence(e, verdict), " "]
    cost = [f"{_capitalised(e.name)} costs ", *_money(e, e.bill.total), f", {_how(e)}."]
    return [*said, *cost, *_machine_sentence(e)]


def _machine_sentence(e: Evaluation) -> Sentence:
    """Answer how many chips, or how many days, where one of the two was asked."""
    if not ASKS_FOR_CHIPS & e.inputs.keys():
        return []
    days = e.draws.summary(e.workload.wall_days)
    chips = Cell(e.workload.chips, "count")
    how_long = [Cell(days.median, "day"), *_range(days, "day")]
    return [" It takes ", chips, f" {e.chip.name} for ", *how_long, "."]


def _verdict_sentence(e: Evaluation, verdict: Verdict) -> Sentence:
    """Say whether it is enough, by what multiple, and of what."""
    word, purse = verdict.word.capitalize(), verdict.purse
    if verdict.multiple is None:
        return [f"{word}: {purse.label} has no money for it."]
    times = e.draws.summary(verdict.multiple)
    need = "needs" if times.median <= 1 else "would need"
    multiple = [Cell(times.median, "x"), *_range(times, "x")]
    if purse.actor is None:
        return [f"{word}: {e.name} {need} ", *multiple, f" {purse.label}."]
    return [f"{word}: {purse.label} {need} ", *multiple, " what it could spend on one model."]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _comparison_headline(comparison: Comparison, e: Evaluation) -> Sentence:
    able = [j.verdict.purse.label for j in comparison.judgements if j.verdict.word in ABLE]
    who = "none" if not able else ", ".join(able)
    return [
        f"{len(able)} of {len(comparison.judgements)} could afford {e.name} ({_how(e)}), which "
        "costs about ",
        *_money(e, e.bill.total),
        f": {who}.",
    ]


def _how(e: Evaluation) -> str:
    basis, programme = BASIS_WORDS[e.terms.basis], PROGRAMME_WORDS[e.terms.programme]
    return f"{basis}, {programme}, prices of {e.terms.date}"


def _money(e: Evaluation, number: "Number") -> Sentence:
    interval = e.draws.summary(number)
    return [Cell(interval.median, "USD"), *_range(interval, "USD")]


def _range(interval: Interval, unit: str) -> Sentence:
    if interval.low is None or interval.low == interval.high:
        return []
    return [" (90 %: ", Cell(interval.low, unit), " to ", Cell(interval.high, unit), ")"]


# --- tables ---------------------------------------------------------------------------------------


def verdict_table(e: Evaluation) -> Table:
    """Who could spend what, the share it would take, and the word."""
    rows = tuple(verdict_row(e, verdict) for verdict in e.verdicts)
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Cost/purse", "Binding")
    return Table("Can they afford it?", columns, rows, texts=2)


def verdict_row(e: Evaluation, verdict: Verdict) -> tuple[Cell, ...]:
    """One verdict as cells; a probability is shown only where the share is not judged."""
    needed, multiple = (
        e.draws.summary(number).median if number is not None else None
        for number in (verdict.share_needed, verdict.multiple)
    )
    return (
        Cell(verdict.purse.label),
        Cell(_word_with_probability(verdict), tone=verdict.word),
        Cell(e.draws.summary(verdict.available).median, "USD"),
        Cell(needed, "%") if needed is not None else Cell("no money"),
        Cell(multiple, "x") if multiple is not None else Cell("no money"),
        Cell(verdict.binding or "none"),
    )


def _word_with_probability(verdict: Verdict) -> str:
    if verdict.purse.judged or verdict.probability is None:
        return verdict.word
    percent = 100 * verdict.probability
    certain = "<1" if percent < ALMOST else ">99" if percent > 100 - ALMOST else f"{percent:.0f}"
    return f"{verdict.word} ({certain}%)"


def bill_table(e: Evaluation) -> Table:
    """The bill, line by line; medians do not add up, shares of the means do."""
    rows = [
        (Cell(line.label), *_interval_cells(e, line.cost, "USD"), Cell(share, "%"))
        for line, share in zip(e.bill.lines, e.bill.shares, strict=True)
    ]
    rows.append((Cell("Total"), *_interval_cells(e, e.bill.total, "USD"), Cell(1.0, "%")))
    title = f"What it costs, {BASIS_WORDS[e.terms.basis]} at {e.terms.date} prices"
    return Table(title, ("", "Low", "Median", "High", "Share"), tuple(rows))


def terms_table(e: Evaluation) -> Table:
    """The same run and programme on every other basis: the basis is most of the answer."""
    rows = tuple((Cell(label), *_interval_cells(e, total, "USD")) for label, total in e.other_terms)
    return Table("The same on other terms", ("", "Low", "Median", "High"), rows)


def workload_table(e: Evaluation) -> Table:
    """What it takes physically."""
    work = e.workload
    entries: list[tuple[str, Number, str]] = [
        ("Training compute", work.model_flop, "FLOP"),
        ("MFU of the BF16 peak, whole run", work.mfu, "%"),
        (f"Chip-hours, {e.chip.name}", work.chip_hours, "count"),
        ("Chips at once", work.chips, "count"),
        ("Wall time", work.wall_days, "day"),
        ("Electricity", work.energy_kwh, "kWh"),
        ("Emissions, t CO2e", work.carbon_t, "count"),
        ("Staff, person-years", work.person_years, "count"),
    ]
    entries[2:2] = _speed_entries(work)
    rows = tuple((Cell(name), *_interval_cells(e, number, unit)) for name, number, unit in entries)
    return Table("What it takes: the final run", ("", "Low", "Median", "High"), rows)


def _speed_entries(work: Workload) -> list[tuple[str, "Number", str]]:
    """What the run's utilisation is the product of, where the machine model predicted it."""
    arrangement = work.arrangement
    if arrangement is None:
        return []
    slow_links = [
        ("  × time not waiting for slow links", arrangement.link_utilisation, "%"),
        ("  ÷ extra tokens for the same loss", arrangement.quality_penalty, "x"),
    ]
    return [
        ("  MFU of a step, by the model", arrangement.step.mfu, "%"),
        ("  × time not lost to failures", arrangement.goodput, "%"),
        *(slow_links if arrangement.sites > 1 else []),
        (
            "  × what whole runs realise",
            work.mfu / (arrangement.step.mfu * arrangement.share),
            "%",
        ),
    ]


def plan_tables(e: Evaluation) -> list[Table]:
    """The parallel plan that was chosen with its runners-up, and where a step's time goes."""
    arrangement = e.workload.arrangement
    if arrangement is None or e.setup is None:
        return []
    steps = [arrangement.step.best, *arrangement.step.runners_up]
    rows = [_plan_row(name, step) for name, step in zip(PLAN_NAMES, steps, strict=False)]
    columns = ("Plan", "TP", "PP", "VPP", "DP", "CP", "EP", "ZeRO", "MB", "Redo", "GB", "Step")
    terms = [(Cell(k), Cell(v, "day")) for k, v in _seconds(arrangement.step.best).items()]
    catalogue = e.costing.catalogue
    about = [
        (Cell("Tokens per step"), Cell(arrangement.step.tokens * arrangement.sites, "count")),
        (Cell("Fewest chips that hold it"), Cell(fewest_chips(e.setup, catalogue), "count")),
        (
            Cell("Chips that this batch can feed"),
            Cell(most_useful_chips(e.setup, arrangement), "count"),
        ),
        (
            Cell("Shortest run on any number of chips"),
            Cell(shortest_days(e.setup, arrangement, catalogue), "day"),
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
        Cell(float(step.memory.total) / 1e9, "count"),
        Cell(step.seconds / SECONDS_PER_DAY, "day"),
    )


def _seconds(step: "Step") -> dict[str, float]:
    """The terms of a step in days, largest first."""
    seconds = asdict(step.terms)
    terms = {TERM_WORDS[key]: value / SECONDS_PER_DAY for key, value in seconds.items() if value}
    return dict(sorted(terms.items(), key=lambda pair: -pair[1]))


def formula_table(e: Evaluation) -> Table:
    """How each line came about, and what it is with its part of the experiments."""
    rows = tuple(
        (
            Cell(line.label),
            Cell(f"{line.formula} ({', '.join(line.sources) or 'given'})"),
            Cell(e.draws.summary(e.bill.with_experiments(line)).median, "USD"),
        )
        for line in e.bill.lines
    )
    columns = ("", "Formula and sources", "With its experiments")
    return Table("How each line is computed", columns, rows, texts=2, wraps=(0, 1))


def input_table(e: Evaluation) -> Table:
    """Every input of the stage and who set it."""
    rows = tuple(
        fact_cells(entry.fact, f"  set by {entry.set_by}: {entry.fact.source}")
        for entry in e.inputs.values()
    )
    return Table("Inputs and who set them", ("", "Low", "Value", "High"), rows)


def fact_table(e: Evaluation) -> Table:
    """Every fact that was drawn, with its interval, source and date."""
    rows = tuple(
        fact_cells(fact, f"  {', '.join(filter(None, (fact.source, fact.as_of)))}")
        for fact in e.facts
    )
    return Table("Facts used, with source and date", ("", "Low", "Value", "High"), rows)


def _interval_cells(e: Evaluation, number: "Number", unit: str) -> tuple[Cell, Cell, Cell]:
    low, median, high = e.draws.summary(number)
    return Cell(low, unit), Cell(median, unit), Cell(high, unit)


# --- what must be said ----------------------------------------------------------------------------


def evaluation_notes(e: Evaluation) -> Iterable[Sentence]:
    """What is included, what not, how far to trust it, and how to reproduce it."""
    included, excluded = e.terms.coverage()
    yield [f"Included: {', '.join(included)}. Not included: {', '.join(excluded)}."]
    if e.terms.programme != "final-run":
        final = f"{100 * e.bill.final_share:.0f} %"
        yield [f"The compute of the final runs, post-training included, is {final} of the total."]
    else:
        yield ["This stage only: an actor's whole programme costs more (--programme follower)."]
    yield ["Lines are medians of their own and need not add up; low and high hold 90 %."]
    for note in e.notes:
        yield [f"{note[0].upper()}{note[1:]}."]
    if not e.precedents:
        yield ["No other run of about this compute is in the catalogue."]
    else:
        done = "; ".join(f"{r.organization} ({r.model}, {r.date[:4]})" for r in e.precedents)
        yield [f"Done before at about this compute: {done}."]
    if e.drivers:
        named = " and ".join(f"{path} ({100 * share:.0f} %)" for path, share in e.drivers)
        yield [f"Most of the spread comes from {named} of the variance."]
    yield [
        f"frontiercost {__version__}, catalogue {e.edition['edition']}, prices of {e.terms.date}, "
        f"seed {e.draws.seed}, {e.draws.count} draws."
    ]


def _plain(notes: Iterable[Sentence]) -> list[str]:
    return ["".join(str(part) for part in note) for note in notes]
