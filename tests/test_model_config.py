"""Configuration files as a user gives them: read, or refused in a line that says why."""

import csv
import json
import random
import subprocess
import sys
import tomllib
from copy import deepcopy
from pathlib import Path

import pytest

from frontiercost.core.errors import InputError
from frontiercost.physics.model_shape import architecture_from
from frontiercost.physics.shape_figures import figures_of
from frontiercost.scenario.model_config.model import model_of
from test_fuzz import EXAMPLES

VECTORS = Path(__file__).parent / "vectors"
CONFIGS = json.loads((VECTORS / "model_configs.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((VECTORS / "model_configs.csv").read_text("utf-8").splitlines()))
REFUSED = sorted(name for name in CONFIGS if name.startswith(("refuse-", "t5", "flan", "ul2")))
MALFORMED = {
    "empty": "",
    "truncated": '{"model_type": "llama", "hidden_size": 40',
    "twice": '{"model_type": "llama", "hidden_size": 4096, "hidden_size": 8192}',
    "nan": '{"model_type": "llama", "hidden_size": NaN}',
    "list": "[1, 2]",
    "deep": '{"a":' * 2000 + "1" + "}" * 2000,
    "digits": '{"model_type": "llama", "hidden_size": ' + "9" * 5000 + "}",
    "not text": b"\xff\xfe",
    "adapter": '{"peft_type": "LORA", "r": 16, "base_model_name_or_path": "x/y"}',
}
LLAMA = CONFIGS["llama-3.1-8b"]


def entry_of(config, content):
    return model_of(config(content)).entry


def shape_of(config, content):
    return architecture_from(entry_of(config, content)["shape"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_language_model_or_not_understood_is_refused_in_a_line(run, config, name):
    found = run("catalogue", "models", "--config", config(CONFIGS[name]))
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(("method", "said"), [("other", True), ("fp8", False)])
def test_a_quantisation_that_names_no_known_format_is_said(config, method, said):
    entry = entry_of(config, LLAMA | {"quantization_config": {"quant_method": method}})
    assert ("no number format" in entry["shape"].get("note", "")) == said


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_in_a_line(run, config, name):
    found = run("inference", "--config", config(MALFORMED[name]))
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model_type": "lama"}, "did you mean 'llama'"),
        ({"num_hidden_layers": 32.5}, "num_hidden_layers '32.5': must be a whole number"),
        ({"hidden_size": "4096"}, "hidden_size '4096': must be a whole number"),
        ({"hidden_size": True}, "hidden_size 'true'"),
        ({"num_attention_heads": 33, "head_dim": None}, "33 heads"),
        ({"layer_types": ["full_attention"] * 3}, "layer_types has 3 entries for 32 layers"),
        ({"layer_types": ["warp_attention"] * 32}, "unknown kind of layer 'warp_attention'"),
        ({"num_local_experts": 8, "num_experts_per_tok": 9}, "9 experts per token"),
        ({"model_type": "zz", "warp_blocks": 3}, "not understood: warp_blocks"),
        ({"is_encoder_decoder": True}, "an encoder with a decoder"),
        ({"total_ut_steps": 4}, "total_ut_steps = 4: layers that run several times"),
        (
            {"layer_types": ["full_attention"] * 32, "attn_layer_indices": [3]},
            "layer_types and attn_layer_indices differ",
        ),
        ({"model_type": "bamba"}, "does not say which of its 32 layers attend"),
    ],
)
def test_an_error_names_the_key_and_what_would_do(config, changes, says):
    with pytest.raises(InputError) as refused:
        model_of(config(LLAMA | changes))
    assert says in str(refused.value)


# --- asked by a user ------------------------------------------------------------------------------


def test_the_catalogue_shows_what_follows_from_a_configuration(run, config):
    file = config(CONFIGS["llava-1.5-7b"])
    found = run("catalogue", "models", "--config", file, "--format", "json")
    (model,) = json.loads(found.out)["models"]
    assert model["total_params"] == 6738939904
    assert model["kv_bytes_per_token"] == 524288
    assert model["state_bytes"] == model["window_bytes_per_token"] == 0
    assert model["not_counted"] == ["vision tower"]
    assert "num_hidden_layers = 32" in model["assumed"]


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("pretrain", ("--tokens", "1T")),
        ("posttrain", ("--recipe", "domain-sft")),
        ("inference", ()),
        ("compare", ("--set", "tokens=1T")),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        *("nemotron-3-nano-30b-a3b", "nemotron-3-super-120b-a12b", "nemotron-3-ultra-550b-a55b"),
        *("kimi-linear-48b-a3b", "qwen3-next-80b-a3b", "qwen3.5-27b", "minimax-text-01"),
        *("jamba-v0.1", "zamba2-2.7b", "falcon-h1-34b", "granite-4.0-h-small", "lfm2-8b-a1b"),
        *("gemma-3n-e4b", "deepseek-v4-flash"),
    ],
)
def test_a_hybrid_is_priced_at_every_stage(run, config, command, more, name):
    file = config(CONFIGS[name], f"{name}.json")
    given = ("--config", file, "--draws", "16") + (("-q",) if command != "compare" else ())
    found = run(command, *given, *more)
    assert found.code == 0, found.err
    assert "$" in found.out


def test_an_answer_says_what_it_read_and_what_it_left_out(run, config):
    found = run("inference", "--config", config(CONFIGS["llava-1.5-7b"], "my-llava.json"), "--more")
    said = " ".join(found.out.split())
    assert "my-llava costs" in said
    assert "6.74B parameters, 6.74B active, 524 kB kept of each token" in said
    assert "Taken from the model's class: hidden_size = 4096" in said
    assert "Not counted: vision tower." in said


def test_a_saved_scenario_holds_the_model_and_gives_the_same_answer(run, config, tmp_path):
    saved = tmp_path / "saved.toml"
    asked = ("inference", "--config", config(LLAMA, "ours.json"), "--format", "json")
    first = run(*asked, "--save", saved)
    (tmp_path / "ours.json").unlink()
    assert run("inference", "--scenario", saved, "--format", "json").out == first.out
    assert tomllib.loads(saved.read_text())["own"]["models"]["ours"]["shape"]["hidden"] == 4096


def test_a_folder_gives_its_name_and_a_file_names_it_beside_itself(run, tmp_path):
    folder = tmp_path / "Our Model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(LLAMA))
    (tmp_path / "ask.toml").write_text('stage = "inference"\nconfig = "Our Model"\n')
    found = run("inference", "--scenario", tmp_path / "ask.toml", "-q", "--draws", "16")
    assert "Our Model costs" in found.out


def test_side_by_side_with_a_model_of_the_catalogue(run, config):
    file = config(LLAMA, "same.json")
    found = run("compare", "llama-3.1-8b", "--config", file, "--set", "tokens=15T", "--draws", "16")
    assert found.code == 0, found.err
    assert "same" in found.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("llama-3.1-8b",), "give one of them"),
        (("--params", "9B"), "8.03B parameters, --params says 9B parameters"),
    ],
)
def test_a_configuration_is_not_mixed_with_another_model(run, config, arguments, says):
    found = run("inference", "--config", config(LLAMA), *arguments)
    assert found.code == 2
    assert says in found.err


def test_layers_listed_by_their_places_are_as_those_listed_by_kind(config):
    zamba = CONFIGS["zamba2-2.7b"]
    kinds = zamba["layers_block_type"]
    places = [i for i, kind in enumerate(kinds) if kind == "hybrid"]
    by_place = {key: value for key, value in zamba.items() if key != "layers_block_type"}
    assert shape_of(config, by_place | {"hybrid_layer_ids": places}) == shape_of(config, zamba)


def test_layers_that_share_a_cache_neither_write_nor_keep_it(config):
    """Hunyuan-Large: every second layer reads keys and values of the one before."""
    alone, shared = (
        figures_of(shape_of(config, LLAMA | {"use_cla": use, "cla_share_factor": 2}))
        for use in (False, True)
    )
    assert shared["kv_bytes_per_token"] == alone["kv_bytes_per_token"] / 2


def test_keys_that_nothing_needed_are_named(config):
    assert "note" not in entry_of(config, LLAMA)["shape"]
    note = entry_of(config, LLAMA | {"warp_gate_heads": 2})["shape"]["note"]
    assert "not needed or not known: warp_gate_heads" in note


def test_an_unknown_class_is_read_where_a_count_agrees(run, config):
    unknown = LLAMA | {"model_type": "our_llama"}
    file = config(unknown)
    assert run("inference", "--config", file, "-q").code == 2
    assert run("inference", "--config", file, "--params", "9B", "-q").code == 2
    assert run("inference", "--config", file, "--params", "8B", "-q", "--draws", "16").code == 0
    with_index(file, 2 * 8030261248)
    assert run("inference", "--config", file, "-q", "--draws", "16").code == 0


def with_index(file, size, **more):
    index = {"metadata": {"total_size": size, **more}, "weight_map": {}}
    (file.parent / "model.safetensors.index.json").write_text(json.dumps(index))


def test_the_index_beside_it_checks_the_count(config):
    file = config(LLAMA)
    with_index(file, 2 * 16e9)
    with pytest.raises(InputError, match=r"has 8\.03B parameters, the index beside it says 16B"):
        model_of(file)
    with_index(file, 1e9, total_parameters=8030261248)
    assert "note" not in model_of(file).entry["shape"]
    file = config(LLAMA | {"quantization_config": {"quant_method": "other"}})
    with_index(file, 4.5e9)
    assert model_of(file).entry["weights"] == "fp4"


@pytest.mark.parametrize(
    ("changes", "stored", "said"),
    [
        ({}, 2 * 8.03e9, ""),
        ({"torch_dtype": "float32"}, 4 * 8.03e9, ""),
        ({"tie_word_embeddings": True}, 2 * 8.03e9, ""),  # the head is stored a second time
        ({}, 2 * 9.2e9, "the index beside it says 9.2B parameters, more than 2% apart"),
        ({"quantization_config": {"quant_method": "fp8"}}, 8.1e9, ""),
    ],
)
def test_files_of_a_known_class_may_hold_more_than_the_model(config, changes, stored, said):
    file = config(LLAMA | changes)
    with_index(file, stored)
    assert model_of(file).entry["shape"].get("note", "") == said


@pytest.mark.parametrize(
    ("block", "weights"),
    [
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "fp4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "fp4"),
        ({"quant_method": "gptq", "bits": 4}, "int4_wo"),
        ({"quant_method": "awq", "bits": 4}, "int4_wo"),
        (
            {"config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "float"}}}},
            "fp4",
        ),
    ],
)
def test_quantised_weights_are_served_as_they_are(run, config, block, weights):
    file = config(LLAMA | {"quantization_config": block})
    assert model_of(file).entry["weights"] == weights
    assert run("inference", "--config", file, "--draws", "16", "-q").code == 0


def test_a_shape_of_ones_own_is_checked_against_its_counts(run, tmp_path):
    shape = (
        "{hidden = 4096, vocab = 128256, mixers = [{kind = 'attention', count = 32, heads = 32, "
        "kv_heads = 8, head_dim = 128}], feed_forwards = [{kind = 'dense', count = 32, "
        "width = 14336}]}"
    )
    file = tmp_path / "own.toml"
    text = f"model = 'm'\nstage = 'inference'\n[own.models.m]\nshape = {shape}\n"
    file.write_text(text + "total_params = '8B'\n")
    assert run("inference", "--scenario", file, "-q", "--draws", "16").code == 0
    file.write_text(text + "total_params = '9B'\n")
    found = run("inference", "--scenario", file)
    assert "its shape has 8.03B parameters, its total_params says 9B parameters" in found.err


def test_a_shape_derived_from_counts_says_so_and_is_as_much_less_sure(run):
    chips = ("--without", "people", "--format", "json")
    guessed = json.loads(run("inference", "--params", "8.03B", *chips).out)
    known = json.loads(run("inference", "llama-3.1-8b", *chips).out)
    widths = [
        e["total_usd"]["high"] / e["total_usd"]["low"]
        for e in (guessed["evaluations"][0], known["evaluations"][0])
    ]
    assert widths[0] > 1.2 * widths[1]
    for command in ("inference", "pretrain"):
        more = ("--tokens", "1T") if command == "pretrain" else ()
        short = run(command, "--params", "8B", "--draws", "16", *more).out
        assert "Shape derived from its counts" in " ".join(short.split())


# --- within limits --------------------------------------------------------------------------------


def test_nothing_is_opened_but_the_folder_named_and_no_library_of_models_is_loaded(config):
    file = config(LLAMA)
    (file.parent / "secret.txt").write_text("x")
    code = (
        "import sys\n"
        "opened = []\n"
        "def hook(event, arguments):\n"
        "    if event == 'open' and isinstance(arguments[0], str): opened.append(arguments[0])\n"
        "    if event.startswith('socket'): opened.append(event)\n"
        f"sys.argv = ['frontiercost', 'catalogue', 'models', '--config', {str(file)!r}]\n"
        "from frontiercost.cli import main\n"
        "sys.addaudithook(hook)\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(opened + sorted(sys.modules)), file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = run.stderr.splitlines()
    assert {line for line in said if str(file.parent) in line} <= {str(file)}
    assert not {"transformers", "torch", "safetensors", "socket", "socket.connect"} & {*said}


JUNK = [
    *(None, -1, 0, 1, 7, 64, 4097, 10**7, 10**18, 10**400, 0.5, float("nan"), float("inf")),
    *("", "x", "4096", "M" * 5000, True, False, [], {}, [[[]]], {"a": {"b": 1}}),
    *([1] * 5, ["full_attention"] * 7, ["x"] * 5000),
]


def places(value):
    """Return every place in nested tables and lists."""
    found = []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(inner)[:60]:
        found.append((value, key))
        if isinstance(part, (dict, list)):
            found += places(part)
    return found


def mutated(chance):
    """Return the text of a published configuration with a few things changed."""
    content = deepcopy(CONFIGS[chance.choice(ROWS)["model"]])
    for _ in range(chance.choice([1, 1, 2, 5])):
        if not (open_places := places(content)):
            break
        table, key = chance.choice(open_places)
        how = chance.random()
        if how < 0.3:
            del table[key]
        elif how < 0.8 or not isinstance(table, dict):
            table[key] = deepcopy(chance.choice(JUNK))
        else:
            other = CONFIGS[chance.choice(ROWS)["model"]]
            table |= deepcopy(dict([chance.choice(list(other.items()))]))
    text = json.dumps(content)
    return text[: chance.randrange(len(text))] if chance.random() < 0.03 else text


def test_whatever_a_configuration_holds_it_is_read_or_refused_in_a_line(config):
    """FUZZ_CASES=10000 for a long run."""
    chance = random.Random(EXAMPLES)
    for _ in range(5 * EXAMPLES if EXAMPLES < 1000 else EXAMPLES):
        text = mutated(chance)
        try:
            figures = figures_of(shape_of(config, text))
        except InputError as refused:
            said = str(refused)
            figures = {}
        else:
            said = ""
        assert "\n" not in said
        assert all(0 <= figure < 1e25 for figure in figures.values()), text
