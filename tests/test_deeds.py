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
TOLERATED_PLAIN = 0.2
"""The same for the model that the rung takes, which may be dearer than what was done."""


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
    assert len(known) > 0.9 * len(computable)
    print("Called out of reach, and done:", *(told(*fault) for fault in faults(known)), sep="\n")
    unseen = [verdict for verdict in known if verdict[0].tests_money]
    for tested in (known, unseen):
        print(len(tested), Counter(word for _, word, _ in tested))
        assert len(faults(tested)) <= TOLERATED * len(tested)


def faults(verdicts):
    return [verdict for verdict in verdicts if verdict[1] in ("no", "unlikely")]


def test_on_the_plain_rung_of_its_day_a_deed_is_seldom_called_impossible():
    """The rung takes the best recipe of the day; who has rebuilt often took a cheaper one."""
    plain = [deed for deed in DEEDS if deed.computable and deed.of_its_day]
    verdicts = [(deed, *judged(replace(deed, scenario={}))) for deed in plain]
    harsh = [verdict for verdict in verdicts if verdict[1] in ("no", "unlikely")]
    print("Done with less than the rung takes:", *(told(*each) for each in harsh), sep="\n")
    assert len(harsh) <= TOLERATED_PLAIN * len(plain)


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
