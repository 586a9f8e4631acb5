"""The best model that a sum can train, in words."""

from dataclasses import replace

from frontiercost.analysis.best_model import BestModel
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Later, Report, Sentence
from frontiercost.core.wording import CARRIED, listed, money
from frontiercost.reporting.evaluation import of_evaluation
from frontiercost.reporting.solve import binding_words
from frontiercost.stages.evaluation import AnyEvaluation


def of_best_model(best: BestModel, command: str, explain: bool = False) -> Report:
    """Report the best model that a sum can train, with the evaluation behind it."""
    report = of_evaluation(best.evaluation, command, explain)
    nearest = best.evaluation.precedents[:1]
    side = "behind" if best.months_behind >= 0 else "ahead of"
    months = round(abs(best.months_behind))
    place = f"{months} month{'s' * (months != 1)} {side}" if months else "level with"
    e = best.evaluation
    limit = "" if best.binding == "money" else f"; {binding_words(best.binding)}"
    if best.next_larger is not None:
        limit = f"; {_jump(e, best.next_larger)}"
    if best.other_chip:
        limit += f"; {best.other_chip} may train a larger one (--chip {best.other_chip})"
    purses = listed([v.funds.label for v in e.verdicts])
    headline: Sentence = [
        f"The best model that {purses} can train on {e.chip.name}: ",
        Cell(best.params, "parameter", figures=CARRIED),
        " on ",
        Cell(best.tokens, "token", figures=CARRIED),
        f" (compute-optimal; expected loss {best.loss:.2f}), about "
        f"{place} the frontier by trend, for ",
        *money(e, e.bill.total),
        f", {e.in_words}{limit}.",
    ]
    solved = {
        "question": "best-model",
        "params": best.params,
        "tokens": best.tokens,
        "expected_loss": best.loss,
        "capability_index": best.capability,
        "months_behind_frontier": best.months_behind,
        "binding": best.binding,
        "other_chip": best.other_chip or None,
        "nearest_run": nearest[0].model if nearest else None,
    }
    note = (
        "Size and tokens follow the loss law of dense models on web text; loss is not capability, "
        "and the months are those of a trend through 80 models (residual of about 5 months)."
    )
    return replace(
        report,
        headline=headline,
        notes=Later(lambda: ([note], *report.notes)),
        document=lambda: {**report.document(), "solve": solved},
    )


def _jump(e: AnyEvaluation, larger: AnyEvaluation) -> str:
    """Say what the next larger costs, and what makes it so much dearer."""
    cost = format_quantity(larger.total.median, "USD", CARRIED)
    days = format_quantity(larger.drawn.median(larger.workload.wall_days), "day", CARRIED)
    if larger.workload.chips != e.workload.chips:
        chips = format_quantity(larger.workload.chips, "count")
        own = "over a year on these, so " if e.costing.owns_all else ""
        return f"the next larger takes {own}{chips} chips for {days}, and {cost}"
    here, there = (
        format_quantity(each.drawn.median(each.workload.mfu), "%", CARRIED) for each in (e, larger)
    )
    return f"the next larger takes {days} and {cost}, for its chips reach {there} MFU, here {here}"
