"""One's own benchmark of a service: it moves and narrows every other answer of model and chip."""

import pytest

import frontiercost as fc
from frontiercost.core.errors import InputError

STEPS = "id,system,model,gpu,n_gpus,global_batch_seqs,seq_len,precision,tokens_per_s_per_gpu"
COLUMNS = (
    "backend,model_path,system,isl,osl,gemm_quant_mode,concurrency,tp_size,"
    "silicon_ttft_ms,silicon_tpot_ms"
)
SERVED = {"stage": "inference", "model": "llama-3.3-70b", "chip": "h100-sxm"}


def served(per_token, engine="vllm", model="Llama-3.3-70B", system="h100_sxm", first=150):
    return f"{engine},{model},{system},1000,500,fp8,8,2,{first},{per_token}"


@pytest.fixture
def service(tmp_path):
    """A service with rows measured."""

    def call(*rows, **more):
        if rows:
            file = tmp_path / "own.csv"
            file.write_text("\n".join([COLUMNS, *rows]))
            more["measured"] = str(file)
        return fc.evaluate(fc.ask(**SERVED | more))

    return call


def times(evaluation):
    return evaluation.draws.summary(evaluation.detail.token_seconds)


def test_a_slow_benchmark_slows_every_load_of_the_model_and_narrows_it(service):
    usual, slow, fast = service(), service(served(40), served(42)), service(served(8))
    costs = [e.draws.summary(e.bill.total).median for e in (fast, usual, slow)]
    assert costs == sorted(costs)
    width, narrowed = (times(e).high / times(e).low for e in (usual, slow))
    assert narrowed < width


def test_rows_say_which_engine_runs_unless_they_name_several(service):
    rows = (served(16), served(16, "sglang"))
    assert service(rows[1]).detail.inputs.engine == "sglang"
    with pytest.raises(InputError, match="measured: rows of sglang and vllm; name the engine"):
        service(*rows)
    assert service(*rows, engine="vllm").detail.inputs.own.rows == 1


@pytest.mark.parametrize(
    "row", [served(40, system="h200_sxm"), served(40, model="Qwen3-32B")], ids=["chip", "model"]
)
def test_rows_of_other_models_and_chips_change_nothing_and_are_counted(service, row):
    found = service(row)
    assert times(found) == times(service())
    assert any(note.endswith("answer: 0; not used: 1") for note in found.notes)


def test_a_chip_without_rates_is_known_by_its_benchmark(service):
    """What its kind of chip may add is a part of what the rows tell."""
    rows = [served(20, system="mi300x", first=200)] * 3
    widths = []
    for e in (service(chip="mi300x"), service(*rows, chip="mi300x")):
        widths.append(times(e).high / times(e).low)
    assert widths[1] < 0.7 * widths[0]


def test_what_is_no_benchmark_of_a_service_is_refused(service, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(f"{STEPS}\n3000,mine,llama-3.1-8b,h100-sxm,256,512,8192,bf16,3000")
    with pytest.raises(InputError, match="columns are those of training-step, not of a service"):
        service(measured=str(file))
    with pytest.raises(InputError, match="no row can be read: line 2: model 'Nobody-7B' not in"):
        service(served(20, model="Nobody-7B"))


def test_speeds_of_a_device_move_and_narrow_what_files_of_llama_cpp_take(tmp_path):
    file = tmp_path / "home.csv"
    file.write_text("model,quantization,device,decode_tok_s\nllama-3.1-8b,q4_k_m,rtx4090,60\n")
    home = {"stage": "inference", "model": "llama-3.1-8b", "chip": "rtx4090", "chips": "1"}
    files, wide = home | {"precision": "q4_k_m"}, home | {"precision": "bf16"}
    usual, own = (fc.evaluate(fc.ask(**files, **more)) for more in ({}, {"measured": str(file)}))
    assert times(own).median > times(usual).median
    assert times(own).high / times(own).low < times(usual).high / times(usual).low
    others = fc.evaluate(fc.ask(**wide, measured=str(file)))
    assert any(note.endswith("answer: 0; not used: 1") for note in others.notes)
