"""One's own measured rows: read as any table of rows, they move and narrow the hours."""

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


@pytest.mark.parametrize("changed", [{"tokens": "15T"}, {"chip": "h100-sxm"}, {"chips": 4096}])
def test_what_its_makers_reached_holds_where_the_run_differs(changed):
    notes = fc.evaluate(fc.ask(model="deepseek-v3", programme="final-run", **changed)).notes
    assert any("its own run count" in note for note in notes)


def test_a_little_more_or_less_than_was_published_takes_a_little_more_or_less():
    hours = [own(tokens=tokens).median for tokens in ("14T", "14.8T", "16T")]
    assert hours == sorted(hours)
    assert hours[-1] < 1.3 * hours[0]


def test_another_size_is_another_run():
    notes = fc.evaluate(fc.ask(model="deepseek-v3", params="600B", active_params="37B")).notes
    assert not any("its own run count" in note for note in notes)


def test_rows_of_the_other_kind_say_nothing(hours):
    mixture = step(900).replace("llama-3.1-8b", "mixtral-8x7b")
    assert hours(mixture) == hours()


PHASE = (
    "stage,organization,base_model_id,base_params_total,hardware,chips,chip_hours,"
    "tokens_trained,tokens_per_example,packed"
)


@pytest.fixture
def phases(tmp_path):
    """The hours of a recipe of post-training with rows measured."""

    def call(header="", *rows):
        more = {}
        if rows:
            file = tmp_path / "own.csv"
            file.write_text("\n".join([header, *rows]))
            more["measured"] = str(file)
        found = fc.evaluate(
            fc.ask(stage="posttrain", model="llama-3.1-8b", chip="h100-sxm", **more)
        )
        return found.draws.summary(found.workload.chip_hours)

    return call


def fine_tuning(hours, chip="h100-sxm"):
    return f"sft,mine,llama-3.1-8b,8.03e9,{chip},8,{hours},3e8,2048,1"


def test_measured_phases_and_training_steps_move_a_recipe(phases):
    usual = phases()
    assert phases(PHASE, fine_tuning(200)).median > usual.median
    assert phases(PHASE, fine_tuning(20)).median < usual.median
    assert phases(HEADER, step(3000)).median > usual.median


def test_a_phase_that_is_told_per_step_is_still_in_chip_hours(phases):
    """Only a table of steps is in seconds; a step of a run's table pays no set-up, and no more."""
    header = f"{PHASE},method_detail"
    whole, step_of_it = (
        phases(header, f"{fine_tuning(200)},{detail}") for detail in ("one pass", "per step")
    )
    assert whole.median / 3 < step_of_it.median < 3 * whole.median


def test_phases_on_other_chips_change_nothing(phases):
    assert phases(PHASE, fine_tuning(200, chip="a100-80g")) == phases()
