"""What has been done, and what nobody has, against what the ladder says of both."""

from collections import Counter
from dataclasses import replace

import pytest

from frontiercost.analysis.deeds import deeds_of
from frontiercost.analysis.ladder import UNKNOWN, Ladder
from frontiercost.catalogue.store import shipped
from frontiercost.scenario.scenario import build

CATALOGUE = shipped()
DEEDS = [deed for deed in deeds_of(CATALOGUE) if deed.done]
NEVER = [deed for deed in deeds_of(CATALOGUE) if not deed.done]
MONTH = len("2026-11")
TOLERATED = 0.1
"""Share of deeds that may be called out of reach: money that is not in the catalogue was used."""


def judged(deed):
    """The word and the chance of a deed's actor at its date, at the price of what it did."""
    ladder = Ladder(build({"draws": "512", "date": deed.date[:MONTH]}), CATALOGUE)
    rung = ladder.every_rung[deed.rung]
    rung = replace(rung, scenario={**rung.scenario, **deed.scenario})
    cell = ladder.row([CATALOGUE.actor(deed.actor)], [rung]).cells[0]
    return cell.word, cell.probability


def told(deed, word, chance):
    return f"{deed.date[:MONTH]} {deed.actor}, {deed.rung} ({deed.model}): {word}, {chance:.2f}"


def test_what_was_done_is_seldom_called_out_of_reach():
    computable = [deed for deed in DEEDS if deed.computable]
    verdicts = [(deed, *judged(deed)) for deed in computable]
    known = [verdict for verdict in verdicts if verdict[1] != UNKNOWN]
    faults = [verdict for verdict in known if verdict[1] in ("no", "unlikely")]
    print(Counter(word for _, word, _ in known))
    print("Called out of reach, and done:", *(told(*fault) for fault in faults), sep="\n")
    assert len(known) > 0.9 * len(computable)
    assert len(faults) <= TOLERATED * len(known)


@pytest.mark.parametrize("deed", NEVER, ids=lambda d: f"{d.actor}-{d.rung}")
def test_what_nobody_like_it_has_done_is_never_called_affordable(deed):
    word, _ = judged(deed)
    assert word not in ("yes", "likely")


def test_every_deed_has_an_actor_of_its_time_a_rung_and_a_source():
    rungs = CATALOGUE.ladder
    for deed in (*DEEDS, *NEVER):
        assert deed.rung in rungs
        assert CATALOGUE.actor(deed.actor).since[: len(deed.date)] <= deed.date
        assert deed.source in CATALOGUE.sources
        assert deed.confidence in ("stated", "estimated", "judged")
