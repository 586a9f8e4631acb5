"""Nothing has a price before it could be had; commitments carry their term, spot its breaks."""

import pytest

from frontiercost.core.errors import InputError
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

RUN = {"model": "llama-2-7b", "chips": "1024", "programme": "final-run", "draws": "256"}
BY_MACHINE = {"chip": "h100-sxm", **RUN}


def ask(**flags):
    return evaluate(build({"stage": "pretrain", **flags}))


# --- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [{"chip": "h100-sxm"}, {"own_chips": "8 h100-sxm"}])
@pytest.mark.parametrize("basis", ["rent", "buy", "amortised"])
def test_a_chip_has_no_price_before_it_was_on_sale(key, basis):
    with pytest.raises(InputError, match=r"h100-sxm: on sale from 2022-09-20, .* of then: v100"):
        ask(params="7B", tokens="2T", date="2019-06", basis=basis, **key)
    assert ask(params="7B", tokens="2T", date="2022-09", basis=basis, draws="0", **key)


@pytest.mark.parametrize(
    ("date", "chip"), [("2019-06", "v100"), ("2021-06", "a100-80g"), ("2023-06", "h100-sxm")]
)
def test_a_chip_that_nobody_chose_is_one_of_its_time(date, chip):
    found = ask(params="7B", tokens="300B", date=date, draws="0")
    assert found.chip.name == chip
    said = any("was on sale from" in note for note in found.notes)
    assert said == (chip != "h100-sxm")


def test_before_the_usual_chips_there_is_no_answer():
    with pytest.raises(InputError, match=r"before the usual chips; the earliest, v100"):
        ask(params="7B", tokens="2T", date="2016-06")


def test_a_model_trained_on_other_chips_than_published_takes_as_many_as_it_needs():
    built, early = ask(model="gpt-4", draws="0"), ask(model="gpt-4", date="2019-06", draws="0")
    assert built.workload.chips == 25_000
    assert early.chip.name == "v100"
    assert early.workload.chips != 25_000


@pytest.mark.parametrize("stage", ["inference", "posttrain"])
def test_weights_are_not_used_before_they_were_out(stage):
    with pytest.raises(InputError, match=r"DeepSeek-V3 .* was released on 2024-12-26"):
        ask(stage=stage, model="deepseek-v3", date="2024-06")
    assert ask(stage=stage, model="deepseek-v3", date="2024-12", draws="0")


def test_quotes_from_after_the_date_are_said_in_the_sentence():
    early, later = (ask(date=date, **BY_MACHINE) for date in ("2022-10", "2024-06"))
    assert early.in_words.endswith(" taken back to 2022-10")
    assert later.in_words.endswith("prices of 2024-06")
    low, median, high = early.total
    assert high / low > later.total.high / later.total.low
    assert low < median < high


# --- terms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("commitment", "years"), [("1y", 1), ("3y", 3)])
def test_a_commitment_names_what_its_whole_term_costs(commitment, years):
    found = ask(commitment=commitment, **BY_MACHINE)
    usd, share = found.costing.whole_term
    hours = 1024 * years * 8766
    assert share == pytest.approx(found.drawn.median(found.workload.chip_hours) / hours)
    assert "used elsewhere" in found.in_words
    assert any("must be paid to its end" in note for note in found.notes)
    assert usd > 50 * found.total.median


def test_a_term_that_is_filled_or_billed_or_not_committed_to_has_no_rest():
    held = ask(stage="inference", model="llama-3.1-8b", chips="8", commitment="1y", draws="0")
    assert held.costing.whole_term is None
    assert ask(commitment="on-demand", **BY_MACHINE).costing.whole_term is None


@pytest.mark.parametrize(("model", "owned"), [("llama-2-7b", 256), ("gpt-5", 20_000)])
def test_nobody_commits_to_chips_that_are_owned(model, owned):
    """A contract for 33,168 chips was asked of the owner of 20,000 of them."""
    asked = {"model": model, "chip": "h100-sxm", "chips": str(2 * owned), "commitment": "1y"}
    own, none = (ask(**asked, **more) for more in ({"own_chips": f"{owned} h100"}, {}))
    whole, all_rented = own.costing.whole_term, none.costing.whole_term
    assert whole[0] == pytest.approx(all_rented[0] / 2)
    assert whole[1] == pytest.approx(all_rented[1])
    assert any(f"commitment of 1y to {owned:,} chips" in note for note in own.notes)


def test_a_year_of_serving_beside_owned_chips_fills_its_contract():
    served = {"stage": "inference", "model": "deepseek-v3", "requests": "10k/day"}
    beside = ask(**served, chip="h100-sxm", own_chips="16 h100", commitment="1y")
    assert beside.costing.whole_term is None


def test_owned_chips_that_do_all_leave_no_rent_of_rounding(run):
    own = {"params": "7B", "tokens": "1T", "chip": "h100-sxm", "chips": "48"}
    alone = ask(**own, own_chips="48 h100", programme="final-run")
    rent = next(line for line in alone.bill.lines if line.id == "compute")
    assert (rent.cost == 0).all()
    args = [f"--{key.replace('_', '-')}={value}" for key, value in own.items()]
    screen = run("pretrain", *args, "--own-chips", "48 h100", "--programme", "final-run").out
    assert "smaller lines" not in screen
    assert "$0" not in screen


def test_chips_that_wear_out_before_the_work_ends_are_bought_again():
    asked = {"params": "70B", "tokens": "15T", "basis": "buy", "draws": "0"}
    alone = {**asked, "programme": "final-run"}
    short, long = (ask(**alone, chips=chips) for chips in ("4096", "100"))
    assert not short.bill.has("renewal")
    again = next(line for line in long.bill.lines if line.id == "renewal")
    cluster = sum(x.cost for x in long.bill.lines if x.equipment and x is not again)
    lives = long.workload.wall_days / long.catalogue.assumption("chip_life").value
    assert lives > 1
    assert again.cost == pytest.approx(cluster * (lives - 1))
    whole = ask(**asked, chips="100")
    again = next(line for line in whole.bill.lines if line.id == "renewal")
    assert again.cost > cluster * (lives - 1)


def test_a_contract_that_a_purse_cannot_pay_is_said_beside_its_yes(run):
    asked = ("pretrain", "deepseek-v3", "--commitment", "3y")
    said = " ".join(run(*asked, "--budget", "90M", "-q").out.split())
    assert said.startswith("Yes")
    assert "the contract of 3y for its chips takes $110M, which is more" in said
    for budget in ("1B", "10M"):  # enough for both, and for neither
        assert "contract of" not in run(*asked, "--budget", budget, "-q").out


def of_a_sum(budget, **more):
    asked = {"model": "deepseek-v3", "date": "2026-11", "draws": "512", **more}
    return ask(**asked, budget=budget)


def test_a_sum_rents_on_what_it_can_pay_to_the_end():
    """With $50M it was a toss-up at $35M, while the contract behind that price takes $53M."""
    poor, rich = of_a_sum("50M"), of_a_sum("60M")
    assert (poor.terms.commitment, rich.terms.commitment) == ("on-demand", "1y")
    commitment, takes = poor.unsigned
    assert commitment == "1y"
    assert 50e6 < takes < 60e6
    assert takes == pytest.approx(rich.costing.whole_term[0])
    assert "rented on demand (a contract of 1y takes $53M)" in poor.in_words
    assert rich.unsigned is None
    assert of_a_sum("50M", programme="final-run").terms.commitment == "on-demand"


def test_a_sum_beside_an_actor_rents_on_its_own_terms(run):
    beside = of_a_sum("50M", actor="ai2")
    assert beside.terms.commitment == "1y"
    alone = of_a_sum("50M").verdicts[0].probability
    assert [v.commitment for v in beside.verdicts] == ["on-demand", "1y"]
    assert beside.verdicts[0].probability == alone
    asked = ("pretrain", "deepseek-v3", "--budget", "50M", "--actor", "ai2", "-q")
    assert "×, rented on demand)" in " ".join(run(*asked).out.split())


def test_a_commitment_that_was_chosen_stays_and_says_that_it_takes_more(run):
    assert of_a_sum("50M", commitment="1y").terms.commitment == "1y"
    asked = ("pretrain", "deepseek-v3", "--budget", "50M", "--commitment", "1y", "-q")
    said = " ".join(run(*asked).out.split())
    assert "the contract of 1y for its chips takes $53M, which is more" in said


def test_more_money_is_never_less_likely_to_be_enough():
    chances = [of_a_sum(f"{millions}M").verdicts[0].probability for millions in range(20, 90, 5)]
    assert chances == sorted(chances)
    assert chances[0] < 0.2
    assert chances[-1] > 0.9


def test_spot_servers_are_taken_back_and_the_hours_say_so():
    spot, steady = (
        ask(**BY_MACHINE | {"commitment": c, "draws": "0"}) for c in ("spot", "on-demand")
    )
    lost = 1 + 128 * 13 / 8766 * 12 / 60  # servers x interruptions an hour x the time of a restart
    assert spot.workload.chip_hours / steady.workload.chip_hours == pytest.approx(lost, rel=1e-3)
    goodput = [each.workload.cluster_plan.goodput for each in (spot, steady)]
    assert goodput[1] / goodput[0] == pytest.approx(lost, rel=1e-3)
    assert any("taken back about every 674 hours" in note for note in spot.notes)
    drawn = ask(commitment="spot", **BY_MACHINE).total
    held = ask(commitment="on-demand", **BY_MACHINE).total
    assert drawn.high / drawn.low > held.high / held.low


@pytest.mark.parametrize(
    "flags",
    [
        {"stage": "posttrain", "model": "llama-3.1-8b", "chips": "64"},
        {"model": "grok-4"},
        {"price": "$1.2/h", **BY_MACHINE},
    ],
)
def test_spot_is_counted_in_every_kind_of_training(flags):
    spot, steady = (ask(**flags | given | {"draws": "0"}) for given in ({"commitment": "spot"}, {}))
    assert spot.workload.chip_hours > steady.workload.chip_hours


def test_hours_that_are_given_hold_their_interruptions():
    given = BY_MACHINE | {"mfu": "40%"}
    spot, steady = (ask(commitment=c, **given) for c in ("spot", "on-demand"))
    assert spot.workload.chip_hours == pytest.approx(steady.workload.chip_hours)
    assert any("not counted on top" in note for note in spot.notes)
