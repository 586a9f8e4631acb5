"""To buy or to run: the bill of held chips, the ways side by side, and where they turn."""

import pytest

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.core.report import Cell
from frontiercost.core.wording import CARRIED, plain
from frontiercost.cost.api_prices import api_prices
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.inference.decision import decision, mean_of_falling
from frontiercost.stages.inference.economics import by_demand, offers, unit_costs
from frontiercost.stages.inference.level_offers import as_capable
from frontiercost.stages.inference.upkeep import AT_WORK, IDLE, PEOPLE, SPARE

# A month in which the models that are asked for were still sold.
FAST = {"stage": "inference", "draws": "256", "date": "2026-09"}
BASE = {"model": "llama-3.3-70b", "chip": "h100-sxm"}
HOURS = 8766


def ask(**flags):
    return evaluate(build(FAST | flags))


def lines(evaluation):
    return {line.id: line.cost for line in evaluation.bill.lines}


def sentence(evaluation):
    return plain([evaluation.stage.answer().headline(evaluation)])[0]


# --- the bill -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["llama-3.1-8b", "llama-3.3-70b", "deepseek-v3"])
def test_held_chips_times_price_times_hours_are_the_year(model):
    found = ask(model=model, chip="h100-sxm", price="$2/h", draws="0")
    bill, s = lines(found), found.detail
    held = s.chips * (1 + s.upkeep.spare_share)
    assert found.workload.chips == pytest.approx(held)
    chips = bill[AT_WORK] + bill[IDLE] + bill[SPARE]
    assert chips == pytest.approx(held * 2 * HOURS)
    assert bill[AT_WORK] == pytest.approx(s.busy * s.chips * 2 * HOURS)
    assert found.bill.total == pytest.approx(chips + bill["extras"] + bill[PEOPLE])


def test_people_and_spares_are_named_and_can_be_left_out():
    whole, bare = ask(**BASE), ask(**BASE, without=["people", "spare"])
    assert set(lines(whole)) - set(lines(bare)) == {PEOPLE, SPARE}
    left_out = sum(lines(whole)[id].mean() for id in (PEOPLE, SPARE))
    assert whole.bill.total.mean() - bare.bill.total.mean() == pytest.approx(left_out)
    assert {"people who run it", "spare chips"} <= set(bare.excluded)
    assert decision(bare).asked.wins_above < decision(whole).asked.wins_above
    with pytest.raises(InputError, match=r"without 'spares': no such line .* 'spare'"):
        ask(**BASE, without=["spares"])


def test_a_line_is_left_out_by_the_word_that_any_bill_has_for_it():
    bare = ask(**BASE, without=["staff", "spare chips"])
    assert not {PEOPLE, SPARE} & set(lines(bare))


def test_a_fall_of_prices_that_is_given_moves_from_where_own_chips_win():
    usual, slow = decision(ask(**BASE)), decision(ask(**BASE, price_decline="1.5x"))
    assert mean_of_falling(ask(**BASE, price_decline="1.5x")) > mean_of_falling(ask(**BASE))
    assert slow.asked.wins_above == usual.asked.wins_above


def test_chips_that_are_given_are_all_there_are():
    found = ask(model="llama-3.1-8b", chips="8", draws="0")
    assert SPARE not in lines(found)
    assert found.workload.chips == 8


def test_spot_servers_are_cheaper_and_take_more_spares():
    spot, usual = (ask(**BASE, commitment=c) for c in ("spot", "on-demand"))
    assert spot.bill.total.mean() < usual.bill.total.mean()
    assert spot.detail.upkeep.spare_share.mean() > usual.detail.upkeep.spare_share.mean()


def test_a_computer_at_a_desk_has_neither_spares_nor_staff():
    home = {"model": "llama-3.1-8b", "chip": "rtx4090", "requests": "100/day", "basis": "own"}
    bill = lines(ask(**home, draws="0"))
    assert {AT_WORK, IDLE} <= set(bill)
    assert not {SPARE, PEOPLE} & set(bill)
    with pytest.raises(
        InputError, match=r"pay has no effect here: nobody is paid to run a few cards at a desk"
    ):
        ask(**home, pay="academic")


def test_many_cards_are_no_computer_at_a_desk():
    """Two thousand RTX 4090 had nobody to run them, and cost a third of as many H100."""
    home = {"model": "llama-3.1-8b", "chip": "rtx4090", "draws": "0"}
    few, many = (ask(**home, requests=f"{n}/day") for n in ("100", "2M"))
    assert PEOPLE not in lines(few)
    assert "people who run it" in few.excluded
    assert PEOPLE in lines(many)
    assert "people who run it" not in many.excluded


def test_who_runs_it_is_paid_as_its_employer_pays():
    frontier, academic = (lines(ask(**BASE, pay=p))[PEOPLE] for p in ("frontier", "academic"))
    assert frontier.mean() > 2 * academic.mean()
    assert lines(ask(**BASE))[PEOPLE].mean() == frontier.mean()
    assert lines(ask(**BASE, pay="startup"))[PEOPLE].mean() == frontier.mean()


# --- one request has one price --------------------------------------------------------------------


@pytest.mark.parametrize("draws", ["0", "256"])
def test_a_request_costs_the_same_wherever_it_is_named(draws):
    found = ask(**BASE, draws=draws)
    median, entries = found.drawn.median, found.stage.answer().entries(found)
    request = entries["metrics"]["usd_per_request"]["median"]
    assert request == pytest.approx(median(unit_costs(found).request))
    written = entries["metrics"]["usd_per_million_output_tokens_all_in"]["median"]
    asked = entries["decision"]["asked"]
    tokens = median(found.detail.requests_per_year * found.detail.output_tokens)
    million = asked["usd_per_million_output_tokens_all_in"]
    assert million == pytest.approx(1e6 * asked["usd_per_year"] / tokens)
    assert million == pytest.approx(written, rel=1e-6 if draws == "0" else 0.15)
    assert asked["usd_per_year"] == pytest.approx(found.total.median)
    assert 12 * asked["usd_per_month"] == pytest.approx(found.total.median)
    here = next(s for s in by_demand(found) if s.requests_per_day == found.detail.requests_per_day)
    if draws == "0":
        assert here.usd_per_year == pytest.approx(found.total.median)
        assert here.usd_per_request == pytest.approx(request)


# --- the ways -------------------------------------------------------------------------------------


def test_the_first_sentence_says_what_to_do():
    assert sentence(ask(**BASE, requests="10k/day")).startswith("Buy it: an API (Llama 3.3 70B")
    run = sentence(ask(**BASE, requests="100M/day"))
    assert run.startswith("Run it: Llama 3.3 70B costs ")
    assert "a month" in run
    assert "an API of one at least as capable (" in sentence(ask(model="deepseek-v3"))
    assert "an API of another model (" in sentence(ask(params="30B"))


def test_where_nobody_sells_a_model_one_as_capable_stands_for_it():
    found = ask(model="deepseek-v3", draws="0")
    index = {level.model: level.index.value for level in found.catalogue.levels}
    other = found.catalogue.model(decision(found).offer.price.model)
    assert index[other.name] >= index["deepseek-v3"]
    assert not other.reasoning
    thinking = decision(ask(model="deepseek-v3", reasoning_tokens="2k", draws="0")).offer
    assert found.catalogue.model(thinking.price.model).reasoning


@pytest.mark.parametrize("date", ["2025-06", "2026-11"])
def test_who_stands_for_a_model_is_still_sold(date):
    """gpt-4.1-nano was named for Llama 4 Scout after its sale had ended."""
    catalogue, request = shipped(), ask(**BASE).detail.inputs.request
    for level in catalogue.levels:
        other = (
            as_capable(catalogue, level.model, date, request, reasons=True) if level.model else ""
        )
        listed = api_prices(catalogue, other, date, request.prompt)
        assert other == "" or any(price.model == other for price in listed)


def test_the_cheapest_chip_costs_what_its_own_command_says():
    found = decision(ask(**BASE))
    assert found.cheapest.chip.name != "h100-sxm"
    assert found.cheapest.usd_per_year < found.asked.usd_per_year
    there = ask(model=BASE["model"], chip=found.cheapest.chip.name)
    assert found.cheapest.usd_per_year == pytest.approx(there.total.median)
    assert decision(there).cheapest == decision(there).asked


def test_a_cheaper_chip_can_turn_the_verdict():
    found = ask(**BASE | {"chip": "a100-80g"}, requests="1M/day", draws="0")
    ways = decision(found)
    assert ways.cheapest.usd_per_year < ways.offer.usd_per_year.median < ways.asked.usd_per_year
    assert not ways.buys
    assert ways.better_chip == ways.cheapest
    assert f" {ways.cheapest.chip.name}: Llama 3.3 70B costs " in sentence(found)


@pytest.mark.parametrize("flags", [{"model": "kimi-k2"}, {"requests": "100k/day"}])
def test_no_usual_chip_is_cheaper_than_the_cheapest(flags):
    """One look at quotes and peaks was not enough: of these the first looks cheaper than it is."""
    asked = {"model": "deepseek-v3", **flags}
    least = decision(ask(**asked)).cheapest.usd_per_year
    for chip in ("a100-pcie-80g", "h200", "b200", "b300"):
        assert ask(**asked, chip=chip).total.median >= least * (1 - 1e-9)


def test_what_given_chips_serve_is_asked_of_the_cheapest_chip():
    found = ask(model="llama-3.3-70b", chip="a100-80g", chips="16", draws="0")
    other, _ = found.detail.on_chip("b200")
    assert other.requests_per_day == pytest.approx(found.detail.requests_per_day)
    assert other.inputs.chips is None


@pytest.mark.parametrize("flags", [{"price": "$2/h"}, {"own_chips": "8 h100"}])
def test_prices_and_chips_of_ones_own_are_of_no_other_chip(flags):
    assert decision(ask(**BASE, **flags, draws="0")).cheapest is None


# --- where it turns -------------------------------------------------------------------------------


@pytest.mark.parametrize("without", [[], ["people", "spare"]])
@pytest.mark.parametrize("model", ["llama-3.3-70b", "deepseek-v3"])
def test_own_chips_win_above_the_demand_that_the_answer_says(model, without):
    """Also just after a unit is full; one unit for few requests costs more than the API."""
    flags = {"model": model, "chip": "h200", "draws": "0"} | (
        {"without": without} if without else {}
    )
    least = decision(ask(**flags)).asked.wins_above
    assert least

    def ratio(requests):
        again = ask(**flags, requests=f"{requests}/day")
        return again.bill.total / decision(again).offer.usd_per_year.median

    assert all(ratio(share * least) < 1 for share in (1.01, 1.3, 2, 2.7, 10))
    assert ratio(least / 50) > 1


@pytest.mark.parametrize("model", ["llama-3.3-70b", "kimi-k3"])
@pytest.mark.parametrize("requests", ["100k", "250k", "1.1M", "5M"])
def test_verdict_and_turn_agree_as_drawn(model, requests):
    """Both count the drawn load: it costs more than the central one, bought or run."""
    asked = ask(model=model, chip="h100-sxm", requests=f"{requests}/day")
    ways = decision(asked)
    assert not ways.buys or asked.detail.requests_per_day < ways.wins_first.wins_above
    assert plain([[Cell(ways.wins_first.wins_above, "request/day", figures=CARRIED)]])[0] in (
        sentence(asked)
    )


@pytest.mark.parametrize("draws", ["0", "256"])
def test_a_load_that_is_bought_costs_the_same_beside_own_chips_and_alone(draws):
    load = {"model": "llama-3.3-70b", "requests": "250k/day", "draws": draws}
    alone = ask(**load, bought="true")
    beside = ask(**load, chip="h100-sxm")
    listed = {offer.price.id: offer.usd_per_year for offer in offers(beside)}
    assert listed[alone.detail.price.id].median == pytest.approx(alone.total.median, rel=0.1)


def test_chips_that_are_too_dear_never_win():
    dear = ask(model="llama-3.1-8b", chip="h100-sxm", price="$100/h", draws="0")
    assert decision(dear).asked.wins_above is None
    assert "on these never less" in sentence(dear)


@pytest.mark.parametrize("requests", ["3M", "4.4M", "6M"])
def test_the_cheaper_way_by_the_year_is_the_cheaper_by_the_token(requests):
    """Just where it turned, running cost less a year and more a token than the API."""
    found = decision(ask(model="deepseek-v3", chip="b200", requests=f"{requests}/day"))
    own, offer = found.asked, found.offer
    assert own.usd_per_year / offer.usd_per_year.median == pytest.approx(
        own.usd_per_token / offer.usd_per_token
    )


def test_a_batch_is_told_to_answer_late_and_chips_that_are_rented_are_not_called_ones_own(run):
    asked = ("inference", "deepseek-v3", "--requests", "4.4M/day", "--chip", "b200")
    told = " ".join(run(*asked).out.split())
    assert "a month) to answer at once, and running it always costs less from" in told
    assert "own chips" not in told
    assert "one's own" not in told


def test_prices_that_fall_move_the_turn_by_the_time_chips_are_paid_for():
    year, owned = (ask(**BASE, draws="0", **t) for t in ({"commitment": "1y"}, {"basis": "own"}))
    assert 0.3 < mean_of_falling(year) < 0.5
    assert mean_of_falling(owned) < 0.2
    assert mean_of_falling(ask(**BASE, draws="0", commitment="on-demand")) == 1
    asked = decision(ask(model="llama-3.3-70b", chip="h200", draws="0")).asked
    assert asked.wins_above_falling is None or asked.wins_above_falling > asked.wins_above


@pytest.mark.parametrize("chip", ["h100-sxm", "b200"])
def test_where_own_chips_win_is_the_same_whatever_demand_is_asked(chip):
    """Each demand takes its own deployment, drawn as its own answer is."""
    flags = {"model": "kimi-k3", "chip": chip, "draws": "512"}
    asked = [ask(**flags, requests=f"{requests}/day") for requests in ("3k", "200k", "5M")]
    least = [decision(e).asked.wins_above for e in asked]
    assert least == pytest.approx([least[0]] * 3, rel=0.01)
    for e in asked:
        (year,) = decision(asked[0]).asked.by_demand.median([e.detail.requests_per_day])
        assert year == pytest.approx(e.total.median, rel=1e-6)
    for share, wins in ((0.9, False), (1.1, True)):
        again = ask(**flags, requests=f"{share * least[0]}/day")
        assert (again.total.median < decision(again).offer.usd_per_year.median) == wins
