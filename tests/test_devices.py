"""Computers that people own: bought whole, plugged into a wall, with nothing around them."""

import pytest

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Draws
from frontiercost.cost.energy_and_pay import power_kw
from frontiercost.cost.market_prices import server_overhead, server_price, sold_whole
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

CATALOGUE = shipped()
DESKTOPS = [name for name in CATALOGUE.names("chip") if CATALOGUE.chip(name).kind == "desktop"]
DEVICES = [name for name in DESKTOPS if sold_whole(CATALOGUE, CATALOGUE.chip(name))]
DATE = "2026-11"
# dense BF16 [FLOP/s], memory [B], its bandwidth [B/s] and power [W] as the makers print them
DATA_SHEETS = {
    "rtx3090": (71e12, 24e9, 936e9, 350),
    "rtx4090": (165.2e12, 24e9, 1008e9, 450),
    "rtx5090": (209.5e12, 32e9, 1792e9, 575),
    "rtx-pro-6000": (503.8e12, 96e9, 1792e9, 600),
    "strix-halo": (512 * 40 * 2.9e9, 128e9, 256e9, 120),
}
WALL_WATTS = {"mac-studio-m3-ultra": 270, "mac-studio-m4-max": 145, "dgx-spark": 240}
"""The most that the makers say: at the wall (Apple), of the power supply (NVIDIA)."""


def ask(chip, **flags):
    usual = {"stage": "inference", "model": "llama-3.1-8b", "draws": "256", "requests": "500/day"}
    return evaluate(build(usual | {"chip": chip, "basis": "buy"} | flags))


def lines(evaluation):
    return {line.id: line for line in evaluation.bill.lines}


@pytest.mark.parametrize("name", DATA_SHEETS)
def test_it_is_what_its_data_sheet_says(name):
    facts = CATALOGUE.chip(name).facts
    keys = ("peak_bf16", "memory", "memory_bandwidth", "tdp")
    assert [facts[key].value for key in keys] == pytest.approx(DATA_SHEETS[name], rel=0.01)


@pytest.mark.parametrize("name", WALL_WATTS)
def test_it_never_draws_more_than_its_maker_says(name):
    watts = 1000 * power_kw(CATALOGUE.chip(name), DrawnCatalogue(CATALOGUE, Draws(2048)))
    assert 0.2 * WALL_WATTS[name] < watts.mean() < WALL_WATTS[name]


@pytest.mark.parametrize("basis", ["buy", "own", "amortised"])
@pytest.mark.parametrize("name", DESKTOPS)
def test_it_serves_on_every_basis_of_owning(name, basis):
    priced = ask(name, basis=basis)
    assert priced.total.low > 0
    assert not {"network", "storage", "facility"} & lines(priced).keys()
    assert "building" not in " ".join(priced.included)


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_is_bought_whole_at_its_price(name):
    chip, bill = CATALOGUE.chip(name), lines(ask(name))
    quoted = [quote.usd for quote in CATALOGUE.quotes("purchase", name)]
    assert server_overhead(CATALOGUE, chip).exact
    price = server_price(CATALOGUE, chip, DATE).value
    assert min(quoted) <= round(price, 2) <= max(quoted)
    assert bill.keys() == {"chips", "energy"}


@pytest.mark.parametrize("name", sorted(set(DESKTOPS) - set(DEVICES)))
def test_a_card_needs_a_computer_around_it(name):
    bill = lines(ask(name))
    assert bill.keys() == {"chips", "servers", "energy"}
    assert bill["servers"].label == "Computers around the cards"


def test_its_energy_has_the_price_of_households():
    usual, dear = ask("dgx-spark"), ask("dgx-spark", electricity_price="0.40 USD/kWh")
    assert lines(usual)["energy"].sources == ("eia-steo-2026-09",)
    assert lines(dear)["energy"].cost.mean() > lines(usual)["energy"].cost.mean()
    with pytest.raises(InputError, match="electricity_price"):
        ask("dgx-spark", assumptions={"electricity_price": "0.40 USD/kWh"})


def test_servers_of_data_centres_are_priced_as_before():
    bill = lines(ask("h100-sxm"))
    assert {"servers", "network", "storage"} <= bill.keys()
    assert lines(ask("h100-sxm", basis="own")).keys() >= {"facility", "operations"}
    tpu = CATALOGUE.chip("tpu-v4")
    assert server_overhead(CATALOGUE, tpu).path == "assumptions/server_overhead_tpu"


@pytest.mark.parametrize(
    "training",
    [
        {"stage": "pretrain", "programme": "final-run"},
        {"stage": "posttrain", "recipe": "domain-sft"},
    ],
    ids=lambda training: training["stage"],
)
def test_training_where_nobody_has_trained_says_so(training):
    notes = ask("mac-studio-m3-ultra", requests=None, **training).notes
    assert any("no usable published run was on Apple M3 chips" in note for note in notes)
    known = ask("h100-sxm", requests=None, **training).notes
    assert not any("no usable published run" in note for note in known)


def test_a_price_that_nobody_quotes_is_said_to_be_judged():
    chips = map(CATALOGUE.chip, ("mac-studio-m3-ultra", "dgx-spark"))
    gone, sold = (server_price(CATALOGUE, chip, DATE) for chip in chips)
    assert gone.note.endswith("judged")
    assert not sold.note.endswith("judged")
    assert gone.high / gone.low > sold.high / sold.low


def test_what_nobody_rents_out_says_to_buy_it():
    with pytest.raises(NotEvaluatedError, match="or basis buy"):
        ask("mac-studio-m3-ultra", basis="rent")
