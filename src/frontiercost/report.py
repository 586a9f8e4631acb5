"""Evaluations as tables of cells and sentences: what is said, without formatting a digit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from frontiercost import __version__
from frontiercost.affordability import Verdict
from frontiercost.catalogue import Catalogue
from frontiercost.comparison import Comparison
from frontiercost.costing import ALL_IN, Line
from frontiercost.errors import InputError
from frontiercost.evaluation import Evaluation
from frontiercost.facts import Fact, Interval

if TYPE_CHECKING:
    from frontiercost.facts import Number

SCHEMA_VERSION = "1"
ABLE = ("yes", "likely")


@dataclass(frozen=True)
class Cell:
    """A number with its unit, or a word; `tone` is a verdict word that a renderer may colour."""

    value: float | str | None
    unit: str = ""
    tone: str = ""


Sentence = Sequence[str | Cell]


@dataclass(frozen=True)
class Table:
    """Rows of cells under column titles; the first `texts` columns hold words, the rest numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1


@dataclass(frozen=True)
class Report:
    """What a command answers: one sentence, tables, notes, and the same as a document."""

    headline: Sentence
    tables: tuple[Table, ...]
    notes: tuple[Sentence, ...]
    document: Mapping[str, Any]
    gate: tuple[float | None, ...] = field(default=())
    """Probabilities that a gate may judge, one for each verdict."""


# --- one evaluation -----------------------------------------------------------------------------


def of_evaluation(evaluation: Evaluation, command: str, explain: bool = False) -> Report:
    """Report one evaluation of a stage."""
    tables = [bill_table(evaluation), workload_table(evaluation)]
    if evaluation.verdicts:
        tables.insert(0, verdict_table(evaluation))
    if explain:
        tables += [formula_table(evaluation), fact_table(evaluation)]
    return Report(
        headline=_headline(evaluation),
        tables=tuple(tables),
        notes=tuple(_notes(evaluation)),
        document=document([evaluation], command),
        gate=tuple(verdict.probability for verdict in evaluation.verdicts),
    )


def _headline(e: Evaluation) -> Sentence:
    """Answer in words: for the first purse, or for nobody in particular."""
    if not e.verdicts:
        return [f"{_what(e)} costs ", *_money(e, e.bill.total), f", {_how(e)}."]
    sentences: list[str | Cell] = []
    for verdict in e.verdicts:
        sentences += [*_verdict_sentence(e, verdict), " "]
    return sentences[:-1]


def _verdict_sentence(e: Evaluation, verdict: Verdict) -> Sentence:
    word = verdict.word.capitalize()
    who = verdict.purse.label
    if verdict.multiple is None:
        return [
            f"{word}: {who} has nothing to spend on it, which would take ",
            *_money(e, e.bill.total),
            ".",
        ]
    scope = "whole programme" if verdict.scope == "programme" else "final run"
    money = "it" if verdict.purse.actor is None else "what it could put into one model"
    times = e.draws.summary(verdict.multiple)
    return [
        f"{word}: the {scope} of {_what(e)} takes ",
        Cell(times.median, "x"),
        *_range(times, "x"),
        f" {who}" if verdict.purse.actor is None else f" what {who} could put into one model",
        f" ({_how(e)})." if money else ".",
    ]


def _what(e: Evaluation) -> str:
    return e.name if e.model is None or e.model.label != e.name else e.name


def _how(e: Evaluation) -> str:
    programme = {
        "follower": "whole programme of a follower",
        "explorer": "whole programme of an explorer",
        "final-run": "final run only",
    }[e.terms.programme]
    basis = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
    return f"{basis[e.terms.basis]}, {programme}, prices of {e.terms.date}"


def _money(e: Evaluation, number: "Number") -> Sentence:
    interval = e.draws.summary(number)
    return [Cell(interval.median, "USD"), *_range(interval, "USD")]


def _range(interval: Interval, unit: str) -> Sentence:
    if interval.low is None or interval.low == interval.high:
        return []
    return [" (90 %: ", Cell(interval.low, unit), " to ", Cell(interval.high, unit), ")"]


# --- its tables ---------------------------------------------------------------------------------


def verdict_table(e: Evaluation) -> Table:
    """Who could spend what, the share it would take, and the word."""
    rows = [verdict_row(e, verdict) for verdict in e.verdicts]
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Short by", "Binding")
    return Table("Can they afford it?", columns, tuple(rows), texts=2)


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
    return f"{verdict.word} ({100 * verdict.probability:.0f}%)"


def bill_table(e: Evaluation) -> Table:
    """The bill, line by line; medians do not add up, shares of the means do."""
    rows = [
        (Cell(line.label), *_interval_cells(e, line.cost, "USD"), Cell(share, "%"))
        for line, share in zip(e.bill.lines, shares(e), strict=True)
    ]
    rows.append((Cell("Total"), *_interval_cells(e, e.bill.total, "USD"), Cell(1.0, "%")))
    title = f"What it costs: {_how(e)}"
    return Table(title, ("", "Low", "Median", "High", "Share"), tuple(rows))


def workload_table(e: Evaluation) -> Table:
    """What it takes physically."""
    work = e.workload
    entries: list[tuple[str, Number, str]] = [
        ("Training compute", work.model_flop, "FLOP"),
        ("MFU over the whole run, of BF16 peak", work.mfu, "%"),
        (f"Chip-hours of {e.chip.label}", work.chip_hours, "chip-hour"),
        ("Chips at once", work.chips, "chip"),
        ("Wall time", work.wall_days, "day"),
        ("Electricity", work.energy_kwh, "kWh"),
        ("Emissions", work.carbon_t, "tCO2e"),
        ("Staff", work.person_years, "person-year"),
    ]
    rows = [(Cell(name), *_interval_cells(e, number, unit)) for name, number, unit in entries]
    return Table("What it takes: the final run", ("", "Low", "Median", "High"), tuple(rows))


def formula_table(e: Evaluation) -> Table:
    """How each line came about."""
    rows = [
        (Cell(line.label), Cell(line.formula), Cell(", ".join(line.sources) or "definition"))
        for line in e.bill.lines
    ]
    with_experiments = [
        (
            Cell(f"{line.label}, with its experiments"),
            Cell(e.draws.summary(e.bill.with_experiments(line)).median, "USD"),
            Cell(""),
        )
        for line in e.bill.lines
        if line.compute and e.terms.programme != "final-run"
    ]
    return Table(
        "How each line is computed", ("", "Formula", "Sources"), (*rows, *with_experiments), texts=3
    )


def fact_table(e: Evaluation) -> Table:
    """Every fact that was used, with its interval, source and date."""
    rows = [
        (
            Cell(fact.path),
            Cell(fact.source + (f", {fact.as_of}" if fact.as_of else "")),
            *(Cell(end, fact.unit) for end in (fact.low, fact.value, fact.high)),
        )
        for fact in (*_input_facts(e), *e.draws.used.values())
    ]
    columns = ("Fact", "Source", "Low", "Value", "High")
    return Table("Facts used", columns, tuple(dict.fromkeys(rows)), texts=2)


def _input_facts(e: Evaluation) -> Iterable[Fact]:
    return (entry.fact for entry in e.inputs.values())


def _interval_cells(e: Evaluation, number: "Number", unit: str) -> tuple[Cell, Cell, Cell]:
    low, median, high = e.draws.summary(number)
    return Cell(low, unit), Cell(median, unit), Cell(high, unit)


def shares(e: Evaluation) -> list[float]:
    """Each line's mean over the total's mean, so that shares add up to 1."""
    means = [_mean(line.cost) for line in e.bill.lines]
    whole = sum(means)
    return [mean / whole if whole else 0.0 for mean in means]


def _mean(number: "Number") -> float:
    return float(number) if isinstance(number, (int, float)) else float(number.mean())


# --- many actors ----------------------------------------------------------------------------------


def of_comparison(comparison: Comparison, catalogue: Catalogue) -> Report:
    """Report one scenario for many actors: a row each, by category."""
    judgements = comparison.judgements
    if not judgements:
        raise InputError("none of these actors has a budget in dollars in the catalogue")
    evaluation = judgements[0].evaluation
    rows = tuple(
        (
            Cell(catalogue.categories[j.actor.category]["label"]),
            *verdict_row(j.evaluation, j.verdict)[:-1],
        )
        for j in judgements
    )
    columns = ("Category", "Who", "Verdict", "Could spend", "Share needed", "Short by")
    notes = list(_notes(evaluation))
    if comparison.skipped:
        names = ", ".join(actor.name for actor in comparison.skipped)
        notes.insert(0, [f"No budget in dollars is known, so not judged: {names}."])
    distinct = {id(j.evaluation): j.evaluation for j in judgements}
    return Report(
        headline=_comparison_headline(comparison, evaluation),
        tables=(Table("Who can afford it?", columns, rows, texts=3), bill_table(evaluation)),
        notes=tuple(notes),
        document=document(list(distinct.values()), "compare"),
    )


def _comparison_headline(comparison: Comparison, e: Evaluation) -> Sentence:
    able = [j.verdict.purse.label for j in comparison.judgements if j.verdict.word in ABLE]
    who = "none" if not able else ", ".join(able)
    return [
        f"{len(able)} of {len(comparison.judgements)} could afford {e.name} ({_how(e)}), which "
        "costs about ",
        *_money(e, e.bill.total),
        f": {who}.",
    ]


# --- what must be said ----------------------------------------------------------------------------


def _notes(e: Evaluation) -> Iterable[Sentence]:
    yield [f"Included: {', '.join(includes(e))}. Not included: {', '.join(excludes(e))}."]
    if e.terms.programme != "final-run":
        yield [_final_share(e)]
    yield [
        "Lines are medians of their own and need not add up; low and high hold 90 %. "
        "The basis alone moves the answer 3 to 20 times: --basis rent, amortised, own or buy."
    ]
    for note in e.notes:
        yield [f"{note[0].upper()}{note[1:]}."]
    if e.precedents:
        done = "; ".join(f"{r.organization} ({r.model}, {r.date[:4]})" for r in e.precedents)
        yield [f"Done before at about this compute: {done}."]
    if e.drivers:
        named = " and ".join(f"{path} ({100 * share:.0f} %)" for path, share in e.drivers)
        yield [f"Most of the spread comes from {named} of the variance."]
    yield [
        f"frontiercost {__version__}, catalogue {e.edition['edition']}, "
        f"seed {e.draws.seed}, {e.draws.count} draws."
    ]


def _final_share(e: Evaluation) -> str:
    final = _mean(e.bill.final_run) / _mean(e.bill.total) if _mean(e.bill.total) else 0.0
    return f"The final run's compute, with post-training, is {100 * final:.0f} % of the total."


def includes(e: Evaluation) -> list[str]:
    """What the total holds."""
    held = [ALL_IN[e.terms.basis]]
    if e.terms.programme != "final-run":
        held += [
            "experiments and failed runs",
            "staff",
            "data preparation",
            "post-training",
        ]
    return held


def excludes(e: Evaluation) -> list[str]:
    """What the total leaves out."""
    left = ["serving the model", "data licences and settlements", "offices and overhead"]
    if e.terms.programme == "final-run":
        left[:0] = ["experiments", "staff", "data preparation", "post-training"]
    return left


# --- the document ----------------------------------------------------------------------------------


def document(evaluations: Sequence[Evaluation], command: str) -> dict[str, Any]:
    """Return evaluations as the versioned JSON document."""
    first = evaluations[0]
    return {
        "schema_version": SCHEMA_VERSION,
        "frontiercost": __version__,
        "catalogue": dict(first.edition),
        "seed": first.draws.seed,
        "draws": first.draws.count,
        "command": command,
        "evaluations": [_evaluation(e) for e in evaluations],
    }


def _evaluation(e: Evaluation) -> dict[str, Any]:
    return {
        "name": e.name,
        "stage": e.stage,
        "date": e.terms.date,
        "basis": e.terms.basis,
        "programme": e.terms.programme,
        "vendor": e.terms.vendor,
        "commitment": e.terms.commitment,
        "chip": e.chip.name,
        "precision": e.precision,
        "includes": includes(e),
        "inputs": {key: _input(entry.fact, entry.set_by) for key, entry in e.inputs.items()},
        "workload": _workload(e),
        "metrics": _metrics(e),
        "bill": [_line(e, *pair) for pair in zip(e.bill.lines, shares(e), strict=True)],
        "total_usd": _interval(e, e.bill.total),
        "verdicts": [_verdict(e, verdict) for verdict in e.verdicts],
        "notes": [" ".join(map(str, note)) for note in _notes(e)],
    }


def _input(fact: Fact, set_by: str) -> dict[str, Any]:
    return {
        "value": fact.value,
        "low": fact.low,
        "high": fact.high,
        "unit": fact.unit or "1",
        "source": fact.source,
        "as_of": fact.as_of or None,
        "confidence": fact.confidence,
        "set_by": set_by,
    }


def _workload(e: Evaluation) -> dict[str, Any]:
    work = e.workload
    return {
        "model_flop": _interval(e, work.model_flop),
        "mfu": _interval(e, work.mfu),
        "chips": work.chips,
        "chip_hours": _interval(e, work.chip_hours),
        "wall_days": _interval(e, work.wall_days),
        "energy_mwh": _interval(e, work.energy_kwh / 1e3),
        "emissions_tco2e": _interval(e, work.carbon_t),
        "tokens": _interval(e, work.tokens),
        "staff_person_years": _interval(e, work.person_years),
        "project_years": _interval(e, work.project_years),
    }


def _metrics(e: Evaluation) -> dict[str, Any]:
    compute = e.bill.final_run
    return {
        "usd_per_chip_hour": _interval(e, compute / e.workload.chip_hours),
        "final_run_share": _mean(compute) / _mean(e.bill.total) if _mean(e.bill.total) else None,
        "experiments_ratio": _interval(e, e.bill.experiments),
    }


def _line(e: Evaluation, line: Line, share: float) -> dict[str, Any]:
    return {
        "id": line.id,
        "label": line.label,
        "cost_usd": _interval(e, line.cost),
        "with_experiments_usd": _interval(e, e.bill.with_experiments(line)),
        "share": share,
        "formula": line.formula,
        "sources": list(line.sources),
    }


def _verdict(e: Evaluation, verdict: Verdict) -> dict[str, Any]:
    return {
        "actor": verdict.purse.actor.name if verdict.purse.actor else None,
        "scope": verdict.scope,
        "budget_usd": _interval(e, e.draws.of(verdict.purse.money)),
        "available_usd": _interval(e, verdict.available),
        "share_needed": _interval(e, verdict.share_needed),
        "share_confidence": verdict.purse.share.confidence if verdict.purse.share else None,
        "probability_affordable": verdict.probability,
        "multiple": _interval(e, verdict.multiple),
        "word": verdict.word,
        "binding": verdict.binding,
        "affordable_year": None,
    }


def _interval(e: Evaluation, number: "Number | None") -> dict[str, float | None] | None:
    if number is None:
        return None
    low, median, high = e.draws.summary(number)
    return {"low": low, "median": median, "high": high}
