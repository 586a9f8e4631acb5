"""Chips for a run: how many by a deadline, how many fit, what failures and slow links take."""

import itertools
import re
from dataclasses import replace

import pytest

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.physics import plan_search
from frontiercost.physics.whole_run import usual_mfu
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.observed_utilisation import RunLosses
from frontiercost.stages.prediction_error import ERRORS
from frontiercost.stages.pretrain.chip_count import chips_for
from frontiercost.stages.pretrain.cluster import arrange, fewest_chips, goodput

LLAMA = {"model": "llama-3.1-405b", "draws": "64"}
SITES = {"sites": "20", "site_chips": "8", "uplink": "110 Mbit/s"}


def ask(**flags):
    return evaluate(build(LLAMA | flags))


def setup(**flags):
    return ask(**flags).detail


def days(**flags):
    found = ask(**flags)
    return found.draws.summary(found.workload.wall_days).median


def chosen(**flags):
    return ask(**flags).workload.cluster_plan.step.best


# --- chips, days, deadline --------------------------------------------------------------------


@pytest.mark.parametrize("deadline", ["30 days", "90 days", "200 days"])
def test_the_chips_found_meet_the_deadline_and_a_tenth_fewer_do_not(deadline):
    found = ask(deadline=deadline)
    wanted = float(deadline.split()[0])
    assert found.draws.summary(found.workload.wall_days).median <= 1.03 * wanted
    fewer = int(0.88 * found.workload.chips) // 8 * 8
    assert days(chips=str(fewer)) > wanted


def test_a_shorter_deadline_takes_more_chips():
    chips = [ask(deadline=f"{n} days").workload.chips for n in (400, 200, 100, 50)]
    assert chips == sorted(chips)


def test_an_impossible_deadline_says_what_would_do():
    with pytest.raises(InputError, match=r"deadline: .* 1 days.* allow [\d.]+ days"):
        ask(deadline="1 day")


def test_more_chips_take_fewer_days_but_more_chip_hours():
    few, many = ask(chips="4096"), ask(chips="16384")
    for name, sign in (("wall_days", 1), ("chip_hours", -1)):
        medians = [e.draws.summary(getattr(e.workload, name)).median for e in (few, many)]
        assert sign * (medians[0] - medians[1]) > 0, name


def test_too_few_chips_say_why_and_how_many_are_enough(catalogue):
    with pytest.raises(InputError, match=r"8 chips: .* GB a chip, mostly states") as error:
        ask(chips="8")
    enough = int(re.search(r"; (\d+) are enough", str(error.value))[1])
    assert enough == fewest_chips(setup(), catalogue)
    assert days(chips=str(enough)) > 365


def test_chips_that_a_fixed_plan_does_not_divide_name_the_nearest_that_it_does():
    with pytest.raises(InputError, match="multiple of 32 chips, such as 96 or 128"):
        ask(chips="100", tp="8", pp="4")


# --- plans ------------------------------------------------------------------------------------


def test_fixed_dimensions_are_kept_and_never_faster_than_the_free_choice():
    fixed = chosen(chips="16384", tp="8", pp="16", cp="1", recompute="full")
    assert (fixed.plan.tensor, fixed.plan.pipeline, fixed.plan.context) == (8, 16, 1)
    assert fixed.plan.recompute == 2
    assert fixed.seconds >= chosen(chips="16384").seconds


def test_runners_up_are_slower_and_all_different():
    step = ask(chips="16384").workload.cluster_plan.step
    steps = [step.best, *step.runners_up]
    assert len(steps) == 4
    assert [s.seconds for s in steps] == sorted(s.seconds for s in steps)
    assert len({s.plan for s in steps}) == 4


def test_the_plan_is_searched_in_whole_arrays_whatever_the_number_of_plans(monkeypatch):
    """One array evaluation, whose rows the plans shown are taken from."""
    calls = []
    step_time = plan_search.step_time
    monkeypatch.setattr(plan_search, "step_time", lambda *a: calls.append(a) or step_time(*a))
    ask(chips="16384")
    assert len(calls) == 1
    assert len(calls[0][1].tensor) > 100


def test_cut_nvlink_slows_the_same_run_by_tensor_traffic_alone():
    """H800 is H100 with NVLink at 400 GB/s: fixed to one plan, only its links are slower."""
    ways = {"tp": "8", "pp": "16", "vpp": "8", "cp": "1", "zero": "1", "micro_batch": "1"}
    plan = {"chips": "16384", "recompute": "full", **ways}
    h100, h800 = (chosen(chip=chip, **plan).terms for chip in ("h100-sxm", "h800-sxm"))
    assert h800.tensor_traffic > 1.5 * h100.tensor_traffic
    for term in ("gemm", "attention", "elementwise", "head"):
        assert getattr(h800, term) == pytest.approx(getattr(h100, term), rel=1e-3), term
    free = [chosen(chip=chip, chips="16384") for chip in ("h100-sxm", "h800-sxm")]
    assert free[0].seconds < free[1].seconds
    assert free[1].plan.tensor <= free[0].plan.tensor


def test_more_memory_never_slows_a_run():
    assert chosen(chip="h200", chips="1024").seconds <= chosen(chips="1024").seconds


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"model": "gpt-4", "tp": "8"}, "tp has no effect here: the shape of GPT-4 is unknown"),
        ({"batch": "16M", "mfu": "40%"}, "mfu replaces the model of the machine"),
        ({"pp": "8", "as_built": True}, "as_built takes the published hours"),
        ({"chips": "16384", "deadline": "30 days"}, "chips and deadline: give one"),
    ],
)
def test_what_would_be_ignored_is_refused(flags, says):
    with pytest.raises(InputError, match=says):
        ask(**flags)


# --- failures ---------------------------------------------------------------------------------


def test_goodput_falls_with_chips_while_restarts_are_whole_and_is_always_a_share(catalogue):
    shares = [goodput(2**k, catalogue) for k in range(3, 15)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < goodput(2**k, catalogue) < 1 for k in range(3, 22))


def test_goodput_has_no_jump_where_the_rule_changes(catalogue):
    for edge in (16_384, 131_072):
        near = goodput(edge - 8, catalogue), goodput(edge + 8, catalogue)
        assert near[0] == pytest.approx(near[1], rel=1e-3)


def test_goodput_counts_in_the_hours_exactly_once():
    found = ask(chips="16384")
    work = found.workload
    plan, constants = work.cluster_plan, found.catalogue.constants(ERRORS)
    lasting = goodput(16_384, found.catalogue)
    kept = next(f for f in found.facts if f.path == "errors/run_goodput")
    achieved = found.inputs["realised"].fact.value / kept.value
    weight = constants["run_step_weight_dense"].value
    usual = usual_mfu(plan.step.mfu * lasting, achieved, weight, 1.0)
    steps = found.draws.sample(next(f for f in found.facts if f.path == "errors/run_steps_dense"))
    assert work.mfu == pytest.approx(usual / steps * found.draws.sample(kept), rel=1e-3)


# --- slow links -------------------------------------------------------------------------------


def test_a_faster_uplink_wastes_less_of_the_sites_time():
    small = {"model": "llama-3-8b", **SITES}
    shares = [
        found.draws.summary(found.workload.cluster_plan.link_utilisation).median
        for found in (ask(**small | {"uplink": f"{n} Mbit/s"}) for n in (10, 100, 1000, 10_000))
    ]
    assert shares == sorted(shares)
    assert shares[-1] > 0.95


def test_a_site_must_hold_a_whole_replica():
    with pytest.raises(InputError, match="site_chips: a site must hold a whole replica"):
        ask(**SITES)


def test_sites_need_their_chips_and_their_uplink():
    with pytest.raises(InputError, match="give all three"):
        ask(sites="20")


def test_sites_use_all_their_chips_and_cost_more_tokens_for_the_same_loss(catalogue):
    found = ask(model="llama-3-8b", **SITES)
    assert found.workload.chips == 160
    assert found.draws.summary(found.workload.cluster_plan.quality_penalty).low > 1
    one = arrange(replace(found.detail, sites=None), 160, DrawnCatalogue(catalogue, Draws(0)))
    assert found.draws.summary(found.workload.cluster_plan.share).median < float(one.share)


# --- on its own -------------------------------------------------------------------------------


def test_without_a_deadline_the_aim_is_ninety_days(catalogue):
    free = setup()
    flop = 3.9e25
    exactly = [Fact(name, 1, 1, 1, "x", "test", "given") for name in "awcsk"]
    losses = RunLosses(*exactly[:2], replace(exactly[2], value=4), *exactly[3:])
    chips = chips_for(free, flop, losses.mfu, catalogue)
    share = arrange(free, chips, DrawnCatalogue(catalogue, Draws(0)))
    mfu = share.step.mfu * share.share
    days = flop / (free.chip.peak("bf16").value * 86_400 * chips * mfu)
    assert 75 < days < 92


@pytest.mark.parametrize(
    ("model", "chip"), [("olmo-2-32b", "h20"), ("gemma-3-27b", "h100-sxm"), ("llama-3.1-8b", "h20")]
)
@pytest.mark.parametrize("fixed", [{"micro_batch": "2"}, {"tp": "1"}, {"pp": "1"}, {"vpp": "1"}])
def test_a_plan_that_is_fixed_costs_no_less_than_the_free_choice_of_plan_and_chips(
    model, chip, fixed
):
    flags = {"model": model, "chip": chip, "programme": "final-run", "draws": "0"}
    free, held = (ask(**flags, **each).workload.chip_hours for each in ({}, fixed))
    assert free <= held * 1.005


def test_a_run_that_ninety_days_would_crowd_takes_a_hundred_and_eighty():
    found = evaluate(build({"params": "2T", "tokens": "40T", "draws": "64"}))
    median = found.draws.summary(found.workload.wall_days).median
    assert 70 < median < 200


def test_the_best_model_costs_more_the_more_compute_it_takes():
    """Free chips, batches and depths are numbers that plans divide: no jumps between neighbours."""
    costs = []
    for tokens in (4, 4.4, 4.84, 5.32, 5.86, 6.44, 7.09, 7.79):
        counts = {"params": f"{tokens / 20:.4g}T", "tokens": f"{tokens}T", "draws": "0"}
        found = evaluate(build(counts))
        costs.append(float(found.draws.summary(found.bill.total).median))
    ratios = [later / sooner for sooner, later in itertools.pairwise(costs)]
    assert min(ratios) > 1.0
    assert max(ratios) < 1.5
