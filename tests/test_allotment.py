"""So many chips for so long: what can be trained in that time, with money or without."""

import json

import pytest

PRETRAIN = ("pretrain", "--chip", "h100-sxm", "--chips", "32", "--deadline", "30 days")
POSTTRAIN = ("posttrain", "llama-3.1-8b", "--chip", "h100-sxm", "--chips", "8")


def solved(run, *arguments):
    found = run(*arguments, "--format", "json", "--draws", "256")
    assert found.code == 0, found.err
    document = json.loads(found.out)
    return document["solved"], document["evaluations"][0]


@pytest.mark.parametrize(
    ("arguments", "unit"),
    [
        ((*PRETRAIN, "--params", "7B", "--solve", "tokens"), "token"),
        ((*PRETRAIN, "--tokens", "1T", "--solve", "params"), "parameter"),
    ],
)
def test_four_nodes_for_a_month_train_for_a_month(run, arguments, unit):
    answer, evaluation = solved(run, *arguments)
    assert (answer["binding"], answer["unit"]) == ("time", unit)
    assert evaluation["workload"]["wall_days"]["median"] == pytest.approx(30, rel=0.02)


@pytest.mark.parametrize(
    ("recipe", "question"),
    [("domain-sft", "tokens"), ("domain-sft", "examples"), ("reasoning-zero", "steps")],
)
def test_a_phase_is_as_large_as_the_time_allows(run, recipe, question):
    asked = (*POSTTRAIN, "--recipe", recipe)
    answer, evaluation = solved(run, *asked, "--deadline", "20 days", "--solve", question)
    assert answer["binding"] == "time"
    assert evaluation["workload"]["wall_days"]["median"] == pytest.approx(20, rel=0.02)
    twice, _ = solved(run, *asked, "--deadline", "40 days", "--solve", question)
    assert twice["values"]["most"] == pytest.approx(2 * answer["values"]["most"], rel=0.05)


def test_to_be_surer_trains_less_and_money_can_stop_it_first(run):
    asked = (*PRETRAIN, "--params", "7B", "--solve", "tokens")
    even, sure, poor = (
        solved(run, *asked, *more)[0]
        for more in ((), ("--confidence", "80%"), ("--budget", "$10k"))
    )
    assert sure["values"]["most"] < even["values"]["most"]
    assert poor["values"]["most"] < even["values"]["most"]
    assert (even["binding"], poor["binding"]) == ("time", "money")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*PRETRAIN, "--params", "7B", "--tokens", "1T"), "ask with --solve"),
        ((*PRETRAIN, "--params", "7B", "--solve", "steps"), "of a phase of post-training"),
        (
            (*PRETRAIN[:5], "--params", "7B", "--solve", "tokens"),
            "or --chips (or --own-chips) and --deadline",
        ),
        (
            (*POSTTRAIN, "--recipe", "chat", "--deadline", "1 day", "--solve", "examples"),
            "phases sft and dpo each have examples",
        ),
        (
            (*POSTTRAIN, "--recipe", "domain-sft", "--deadline", "1 day", "--solve", "price"),
            "needs --budget or --actor",
        ),
    ],
)
def test_what_cannot_be_solved_says_what_is_missing(run, arguments, says):
    refused = run(*arguments)
    assert refused.code == 2
    assert says in refused.err


def test_a_deadline_alone_finds_chips_for_every_phase(run):
    asked = ("posttrain", "llama-3.1-8b", "--recipe", "reasoning-zero", "--chip", "h100-sxm")

    def phase(*more):
        found = run(*asked, *more, "--format", "json", "--draws", "0")
        return json.loads(found.out)["evaluations"][0]

    late, soon = phase(), phase("--deadline", "3 days")
    assert soon["phases"][0]["chips"] > late["phases"][0]["chips"]
    refused = run(*asked, "--deadline", "0.01 days")
    assert refused.code == 2
    assert "--deadline: up to 4,096 h100-sxm no number of chips ends" in refused.err
