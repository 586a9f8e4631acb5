"""Whatever a flag adds to an answer, it stands on one screen: every flag of the table is tried."""

from itertools import combinations

import pytest

from frontiercost.catalogue.store import shipped
from frontiercost.cli.app import STAGES
from frontiercost.cli.choices import closed_list
from frontiercost.scenario.flags import flags_of

HEIGHT, WIDTH = 22, 80
FEW = ("--draws", "16")
ASKED = {
    "dataprep": "--tokens 15T",
    "pretrain": "llama-3.1-405b",
    "posttrain": "llama-3.1-70b",
    "inference": "deepseek-v3",
    "compare": "",
    "compare MODEL": "deepseek-v3",
    "compare MODELS": "deepseek-v3 llama-3.1-405b gpt-3",
}
MAKE_TABLES = {"Views", "Verdict", "Ladder", "Levers", "Whom"}
"""Panels whose flags add to what is shown; two of them are tried at once."""
HANDED_OVER = {"Scenario", "Output"}
SAMPLES = {
    "active_params": "20B",
    "actor": "ai2",
    "batch": "16M",
    "budget": "$100M",
    "cache_hit": "50%",
    "category": "nonprofit",
    "chip": "h100-sxm",
    "config": None,
    "chips": "2048",
    "cost": "$30M",
    "deadline": "90 days",
    "development": "$100M",
    "demand_growth": "2x",
    "electricity_price": "0.09 USD/kWh",
    "fail_over_budget": None,
    "free_chips": "500 h100",
    "frontier": "2028",
    "grant": "$10M",
    "grid": "FR",
    "indirect": "55%",
    "licence": "news=60M/year",
    "measured": None,
    "mfu": "35%",
    "mix": "olmo-3",
    "own_chips": "300 h100",
    "params": "70B",
    "pay": "academic",
    "people": "40",
    "phase": "sft.examples=50k",
    "pool": "ai2,princeton",
    "price": "$2.50/h",
    "price_decline": "3x",
    "recipe": "chat",
    "seq_len": "8192",
    "requests": "10k/day",
    "confidence": "80%",
    "site_chips": "8",
    "source": "web:15T",
    "subsidy": "30%",
    "tokens": "2T",
    "ttft": "1 s",
    "uplink": "110 Mbit/s",
    "utilisation": "40%",
    "without": "staff",
    "years": "2026..2034",
}
ANSWERED = {"alone": 15, "pairs": 2, "many": 0}
"""How many at least of such questions are no refusals."""
MANY = [word for name in [*shipped().actors][:40] for word in ("--actor", name)]
WITH = {
    "break_even": ("--development", "$100M", "--price", "$10/Mtok"),
    "development": ("--price", "$10/Mtok"),
    "demand_growth": ("--break-even", "--development", "$100M", "--price", "$10/Mtok"),
    "price_decline": ("--break-even", "--development", "$100M", "--price", "$10/Mtok"),
    "sites": ("--site-chips", "8", "--uplink", "110 Mbit/s"),
    "solve": ("--budget", "$20M"),
}
"""What a flag needs beside it."""


def of(command):
    return flags_of(command, stage=command in STAGES)


def ways(flag, command):
    """Return the ways to give a flag."""
    if flag.argument or (flag.name in SAMPLES and SAMPLES[flag.name] is None):
        return []
    beside = WITH.get(flag.name, ())
    if flag.reader.kind == "switch":
        return [(flag.spelling, *beside)]
    sample = SAMPLES.get(flag.name)
    if flag.name == "years" and command in STAGES:
        sample = "3"
    values = [sample] if sample else closed_list(flag) or ["2"]
    return [(flag.spelling, value, *beside) for value in values]


def alone(command):
    """Return every way to give every flag that is no mere handing over, with its flag."""
    flags = [flag for flag in of(command) if flag.panel not in HANDED_OVER]
    return [(flag, way) for flag in flags for way in ways(flag, command)]


def pairs(command):
    """Return two flags that add to what is shown, by one of their values; of views by each."""
    making = [(flag, way) for flag, way in alone(command) if flag.panel in MAKE_TABLES]
    first = dict(reversed(making))
    shown = [(flag, way) for flag, way in making if flag.repeats or first[flag] is way]
    for (one, given), (other, beside) in combinations(shown, 2):
        both_levers = one.panel == other.panel == "Levers"  # which change one table
        if (one is not other or one.repeats) and not both_levers:
            yield (*given, *beside)


def answers(run, name, ways_given):
    """Yield what was asked, and the lines of its answer, where it is not refused."""
    command, words = name.partition(" ")[0], ASKED[name].split()
    for given in ways_given:
        found = run(command, *words, *given, *FEW)
        assert found.code in (0, 2, 4), found.err
        if found.code == 0:
            yield " ".join([name, *given]), found.out.splitlines()


@pytest.mark.parametrize("kind", ["alone", "pairs", "many"])
@pytest.mark.parametrize("name", ASKED)
def test_whatever_is_asked_fits(run, name, kind):
    command = name.partition(" ")[0]
    given = {
        "alone": [way for _, way in alone(command)],
        "pairs": [*pairs(command)],
        "many": [MANY, [*MANY, "--budget", "$5M"]],
    }
    shown = list(answers(run, name, given[kind]))
    long = {asked: len(lines) for asked, lines in shown if len(lines) > HEIGHT}
    wide = {asked: max(lines, key=len) for asked, lines in shown if max(map(len, lines)) > WIDTH}
    assert not long
    assert not wide
    assert len(shown) >= ANSWERED[kind]


def test_every_flag_is_tried():
    for command in {name.partition(" ")[0] for name in ASKED}:
        tried = {flag.name for flag, _ in alone(command)}
        for flag in of(command):
            skipped = flag.argument or SAMPLES.get(flag.name, "") is None
            assert flag.name in tried or skipped or flag.panel in HANDED_OVER, flag.name
