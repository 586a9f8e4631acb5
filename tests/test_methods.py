"""Methods of fine-tuning as people ask for them: what fits where, what would, what it takes."""

import json

import pytest

ADAPTER = ("--recipe", "adapter", "--programme", "final-run", "--draws", "64")


def answered(run, *arguments):
    found = run("posttrain", *arguments, "--format", "json")
    assert found.code == 0, found.err
    return json.loads(found.out)["evaluations"][0]


@pytest.mark.parametrize(
    ("model", "chip", "chips", "method"),
    [
        ("llama-3.1-8b", "h100-sxm", 1, "lora"),
        ("llama-3.1-8b", "rtx4090", 1, "qlora"),
        ("llama-3.1-70b", "l40s", 1, "qlora"),
        ("llama-2-70b", "h100-sxm", 8, "lora"),
    ],
)
def test_adapters_fit_where_they_are_trained(run, model, chip, chips, method):
    answer = answered(run, model, *ADAPTER, "--method", method, "--chip", chip, "--chips", chips)
    assert answer["phases"][0]["method"] == method
    assert answer["phases"][0]["chips"] == chips


def test_one_card_is_enough_where_nobody_says_how_many(run):
    answer = answered(run, "llama-3.1-8b", *ADAPTER, "--method", "qlora", "--chip", "rtx4090")
    assert answer["phases"][0]["chips"] == 1


@pytest.mark.parametrize(
    ("model", "chip", "chips", "says"),
    [
        ("llama-3.1-70b", "h100-sxm", 8, ("16 chips", "--method lora", "--optimizer adamw-8bit")),
        ("llama-3.1-8b", "rtx4090", 1, ("--optimizer offloaded", "--method qlora", "on 1")),
    ],
)
def test_what_does_not_fit_says_what_would(run, model, chip, chips, says):
    asked = (model, "--recipe", "domain-sft", "--chip", chip, "--draws", "0")
    refused = run("posttrain", *asked, "--chips", chips)
    assert refused.code == 2
    assert refused.err.count("\n") == 1
    assert all(one in refused.err for one in says), refused.err
    more = int(refused.err.split("what does: ")[1].split(" chips")[0].replace(",", ""))
    assert run("posttrain", *asked, "--chips", more).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--phase", "sft.method=lora"),
        ("--phase", "sft.method=lora", "--phase", "sft.lora_rank=64"),
        ("--phase", "sft.method=lora", "--phase", "sft.lora_targets=attention"),
        ("--optimizer", "adamw-8bit"),
    ],
)
def test_a_phase_takes_a_method_by_name(run, arguments):
    asked = ("llama-3.1-8b", "--recipe", "domain-sft", "--chip", "h200", "--draws", "0")
    plain, other = answered(run, *asked), answered(run, *asked, *arguments)
    assert plain["phases"][0]["method"] is None
    assert other["phases"][0]["method"]
    assert other["phases"][0]["model_flop"] != plain["phases"][0]["model_flop"] or (
        "adamw-8bit" in other["phases"][0]["method"]
    )


def test_reinforcement_trains_adapters_too(run):
    asked = ("llama-3.1-70b", "--recipe", "reasoning-zero", "--chip", "h100-sxm", "--draws", "0")
    assert run("posttrain", *asked, "--chips", "8").code == 2
    answer = answered(run, *asked, "--chips", "8", "--method", "lora")
    assert answer["phases"][0]["method"] == "lora"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--method", "lorra"), "did you mean 'lora'"),
        (("--phase", "sft.method=lorra"), "did you mean 'lora'"),
        (("--phase", "examination.method=lora"), "trains nothing"),
        (("--phase", "sft.metod=lora"), "did you mean 'method'"),
    ],
)
def test_what_is_mistyped_gets_the_nearest_choice(run, arguments, says):
    refused = run("posttrain", "llama-3.1-8b", "--recipe", "domain-sft", *arguments)
    assert refused.code == 2
    assert says in refused.err


def test_a_phase_of_a_file_is_read_as_on_the_command_line(run, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        'stage = "posttrain"\nmodel = "llama-3.1-8b"\ndraws = "64"\n[[phase]]\nname = "sft"\n'
        'kind = "sft"\nlora = true\nexamples = "40k..60k"\ntokens_per_example = "500"\n',
        encoding="utf-8",
    )
    answer = answered(run, "--scenario", file)
    trained = answer["phases"][0]["tokens_trained"]
    assert trained["low"] < 0.95 * trained["median"] < 1.05 * trained["median"] < trained["high"]
    assert answer["phases"][0]["method"] == "lora"


@pytest.mark.parametrize("recipe", ["reasoning", "on-policy-distill"])
def test_the_default_number_of_chips_fits_every_draw(run, recipe):
    asked = ("qwen2.5-32b", "--recipe", recipe, "--draws", "256")
    assert answered(run, *asked)["phases"][0]["chips"] >= 8


def test_who_asks_for_adapters_gets_the_recipe_of_adapters(run):
    asked = ("llama-3.1-8b", "--chip", "rtx4090", "--chips", "1", "--draws", "0")
    assert [phase["chips"] for phase in answered(run, *asked, "--method", "lora")["phases"]] == [1]
    assert "--recipe adapter on 1" in run("posttrain", *asked).err


def test_what_would_fit_is_the_same_whatever_was_asked(run):
    asked = ("llama-3.1-70b", "--method", "qlora", "--chip", "rtx4090", "--draws", "0")
    says = [run("posttrain", *asked, "--chips", chips).err for chips in ("1", "2")]
    assert all("what does: 3 chips" in text for text in says), says


def test_experiments_run_on_the_chips_that_were_bought(run):
    asked = ("llama-3.1-8b", *ADAPTER, "--chip", "rtx4090", "--basis", "buy", "--draws", "0")
    asked = (*asked, "--programme", "follower")
    lines = {line["id"]: line["cost_usd"]["median"] for line in answered(run, *asked)["bill"]}
    assert lines["experiments"] < lines["phase-sft"] / 100
