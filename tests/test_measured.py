"""One's own measured rows: read as any table of rows, they move and narrow what is predicted."""

import pytest

import frontiercost as fc
from frontiercost.core.errors import InputError

HEADER = "id,system,model,gpu,n_gpus,global_batch_seqs,seq_len,precision,tokens_per_s_per_gpu"
ASKED = {"model": "llama-2-7b", "chip": "h100-sxm", "chips": 256, "programme": "final-run"}


def step(rate, gpu="h100-sxm"):
    return f"{rate},mine,llama-3.1-8b,{gpu},256,512,8192,bf16,{rate}"


@pytest.fixture
def hours(tmp_path):
    """The interval of the hours with rows measured, as a file."""

    def call(*rows, **more):
        if rows:
            file = tmp_path / "own.csv"
            file.write_text("\n".join([HEADER, *rows]))
            more["measured"] = str(file)
        found = fc.evaluate(fc.ask(**ASKED, **more))
        return found.draws.summary(found.workload.chip_hours)

    return call


def test_slow_rows_lengthen_the_hours_and_narrow_them(hours):
    usual, slow = hours(), hours(step(3000), step(3100))
    assert slow.median > usual.median
    assert slow.high / slow.low < usual.high / usual.low


def test_faster_rows_shorten_them(hours):
    assert hours(step(12000)).median < hours(step(6000)).median


def test_rows_on_other_chips_change_nothing_and_are_counted(hours):
    assert hours(step(3000, gpu="a100-80g")) == hours()


def test_rows_in_a_scenario_file_say_the_same(hours, tmp_path):
    names = HEADER.split(",")
    inline = {"own": {"measured": [dict(zip(names, step(3000).split(","), strict=True))]}}
    assert hours(**inline) == hours(step(3000))


def test_a_table_of_another_stage_is_refused(hours, tmp_path):
    file = tmp_path / "costs.csv"
    file.write_text("usd,model\n5,gpt-3\n")
    with pytest.raises(InputError, match="measured: its columns are those of cost"):
        hours(measured=str(file))


def own(**more):
    found = fc.evaluate(fc.ask(model="deepseek-v3", programme="final-run", **more))
    return found.draws.summary(found.workload.chip_hours)


PUBLISHED = 2_664_000  # chip-hours of pre-training: DeepSeek-V3 report, table 1


def test_the_published_run_that_is_asked_about_weighs_in():
    found, held_out = own(), own(without_developer="DeepSeek")
    assert abs(found.median - PUBLISHED) < abs(held_out.median - PUBLISHED)
    assert found.low < PUBLISHED < found.high
    assert found.high / found.low < held_out.high / held_out.low


@pytest.mark.parametrize("changed", [{"tokens": "15T"}, {"chips": 4096}, {"precision": "fp8"}])
def test_what_is_changed_is_another_run(changed):
    notes = fc.evaluate(fc.ask(model="deepseek-v3", programme="final-run", **changed)).notes
    assert not any("this run weigh in" in note for note in notes)


def test_rows_of_the_other_kind_say_nothing(hours):
    mixture = step(900).replace("llama-3.1-8b", "mixtral-8x7b")
    assert hours(mixture) == hours()


# --- a service ------------------------------------------------------------------------------------

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
    assert times(fast).median < times(usual).median < times(slow).median
    width, narrowed = (times(e).high / times(e).low for e in (usual, slow))
    assert narrowed < width
    assert slow.bill.total.mean() > fast.bill.total.mean()


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
    file.write_text("\n".join([HEADER, step(3000)]))
    with pytest.raises(InputError, match="columns are those of training-step, not of a service"):
        service(measured=str(file))
    with pytest.raises(InputError, match="no row can be read: model 'Nobody-7B' not in"):
        service(served(20, model="Nobody-7B"))
