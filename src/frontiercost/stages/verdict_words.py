"""What an evaluation costs beside what could be spent on it: one sentence for all stages."""

from collections.abc import Sequence
from typing import Any

from frontiercost.core.facts import Draws
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence
from frontiercost.core.wording import (
    ABLE,
    CARRIED,
    capitalised,
    drawn_cell,
    first_of,
    money,
    per_cent,
)
from frontiercost.cost.affordability import WORDS, Verdict, limit_near
from frontiercost.cost.choices import LONGEST_DAYS, RENT_WORDS
from frontiercost.stages.evaluation import Evaluation

FEW = 3
"""The most purses that are told one by one."""
MAY_BE_ENOUGH = (*ABLE, "toss-up")
NAMED = 72
"""Columns of the names of those who are told the same."""

LEAST_SHARE = 0.01
"""Of a purse, below which a cost is told in no digits."""
PLACES = {word: place for place, (_, word) in enumerate(WORDS)}


def verdict_word(e: Evaluation[Any], verdict: Verdict) -> str:
    """Return the word of a verdict, with the limit that its probability is too near to tell."""
    return word_or_near(verdict.word, verdict.probability, e.draws)


def word_or_near(word: str, probability: float | None, draws: Draws, sure: str = "") -> str:
    """Return a word with the limit that its probability is too near to tell; else what is sure."""
    limit = limit_near(probability, draws)
    return sure or word if limit is None else f"{word} (about {per_cent(limit)})"


def answered(
    e: Evaluation[Any],
    costs: Sentence,
    after: Sentence = (),
    unit: str = "USD",
    beside: Sentence = (),
    verdicts: Sequence[Verdict] | None = None,
) -> Sentence:
    """Return one sentence: what costs, the sum with its interval, what that is of each purse.

    One purse gives its word first; of several each gives it after the terms. `after` follows the
    sum, `beside` all of it. All verdicts are told, unless some are given.
    """
    verdicts = e.verdicts if verdicts is None else verdicts
    first, *others = costs
    if len(verdicts) != 1:  # else its verdict stands before it, and a colon
        first = capitalised(str(first))
    total = [first, *others, *money(e, e.bill.total, unit), *after]
    terms = f", {e.in_words}"
    if len(verdicts) != 1:
        return [*total, terms, *_of_several(e, verdicts), *beside, "."]
    (verdict,) = verdicts
    word, further = verdict_word(e, verdict), [*_contract(e, verdict), *beside]
    return [f"{capitalised(word)}: ", *total, *_of_purse(e, verdict), terms, *further, "."]


def _contract(e: Evaluation[Any], verdict: Verdict) -> Sentence:
    """Say of a purse that may be enough where a contract that was chosen takes more to its end."""
    term, is_short = e.costing.whole_term, verdict.word not in MAY_BE_ENOUGH
    if is_short or term is None or term[0] <= e.drawn.median(verdict.available):
        return []
    whole = Cell(term[0], "USD", figures=CARRIED)
    return [
        f"; the contract of {e.terms.commitment} for its chips takes ",
        whole,
        ", which is more",
    ]


def beyond_a_year(e: Evaluation[Any]) -> list[str]:
    """Say of a run longer than a year that none is made, and what would end it in one.

    As many times the chips; what more of them lose to each other is ignored, hence `about`.
    """
    work, days = e.workload, e.drawn.median(e.workload.wall_days)
    if work.held or days <= LONGEST_DAYS or not work.chips:
        return []
    chips = format_quantity(work.chips * days / LONGEST_DAYS, "count", CARRIED)
    return [f"no run takes so long: about {chips} chips end it in a year (--deadline '365 days')"]


def _of_purse(e: Evaluation[Any], verdict: Verdict) -> Sentence:
    """Say what the cost is of one purse."""
    funds = verdict.funds
    if verdict.multiple is None:
        planned = ", for its budget was proposed and not given" if funds.planned else ""
        return [f", and {funds.label} has no money for it{planned}"]
    if funds.budget is None:
        return [", ", *_times(e, verdict), funds.label, *_rented(e, verdict, " ")]
    whose = f"what {funds.label} could spend on one model, out of {funds.budget.in_words}"
    return [", ", *_times(e, verdict), whose]


def _of_several(e: Evaluation[Any], verdicts: Sequence[Verdict]) -> Sentence:
    """Say for each of a few purses whether it is enough, and what the cost is of it.

    Of many, who is told which word.
    """
    if len(verdicts) > FEW:
        by_word: dict[str, list[str]] = {}
        for verdict in sorted(verdicts, key=lambda each: PLACES[each.word]):
            by_word.setdefault(verdict.word, []).append(verdict.funds.label)
        groups = [f"{word} for {first_of(names, NAMED)}" for word, names in by_word.items()]
        return [f": {'; '.join(groups)}"]
    sentence: list[str | Cell] = []
    for place, verdict in enumerate(verdicts):
        sentence += [
            "; " if place else ": ",
            f"{verdict_word(e, verdict)} for {verdict.funds.label}",
        ]
        if verdict.multiple is not None:
            times = drawn_cell(e, verdict.multiple, "x")
            sentence += [" (", times, *_rented(e, verdict, ", "), ")"]
    return sentence


def _rented(e: Evaluation[Any], verdict: Verdict, before: str) -> Sentence:
    """Say what a purse rents by, where that is not what the answer does."""
    if e.terms.basis != "rent" or verdict.commitment == e.terms.commitment:
        return []
    return [f"{before}{RENT_WORDS[verdict.commitment]}"]


def _times(e: Evaluation[Any], verdict: Verdict) -> Sentence:
    """Return `4.8 times `, or `35% of ` where it is less than the purse."""
    assert verdict.multiple is not None
    times = e.drawn.median(verdict.multiple)
    if times < LEAST_SHARE:
        return [f"less than {per_cent(LEAST_SHARE)} of "]
    if times < 1:
        return [drawn_cell(e, verdict.multiple, "%"), " of "]
    return [drawn_cell(e, verdict.multiple, "x"), " "]
