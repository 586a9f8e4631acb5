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


ONE_SERVER = {"params": "8B", "tokens": "2.5B", "chip": "h100-sxm", "chips": 8}
OWN_STEP = "gpu,model,params,precision,n_gpus,tokens_per_s_per_gpu"


@pytest.fixture
def run_on_a_server(tmp_path):
    """A run of 8B parameters on one server, with a measured rate of a chip [token/s]."""

    def call(rate, **changed):
        file = tmp_path / "own.csv"
        file.write_text(f"{OWN_STEP}\nh100-sxm,ours,8e9,bf16,8,{rate}\n")
        asked = ONE_SERVER | {"programme": "final-run", "measured": str(file)} | changed
        return fc.evaluate(fc.ask(stage="pretrain", **asked))

    return call


@pytest.mark.parametrize("rate", [1200, 2500, 9000])
def test_what_was_measured_of_the_very_run_is_what_it_takes(run_on_a_server, rate):
    found = run_on_a_server(rate)
    measured = 2.5e9 / rate / 3600
    low, median, high = found.draws.summary(found.workload.chip_hours)
    assert median == pytest.approx(measured / 0.98, rel=0.05)
    assert low < measured < high
    assert high / low < 1.5


def test_the_answer_says_what_the_row_said_and_what_it_made_of_it(run_on_a_server):
    note = next(n for n in explained(run_on_a_server(2500)) if n.startswith("your row"))
    assert "your row of this model says an MFU of 12%" in note
    assert "the answer takes 12%" in note


def explained(found):
    return [*found.stage.answer().notes(found)]


def widened(**asked):
    """The factor by which each unknown widens the hours, by its name, in order."""
    found = fc.evaluate(fc.ask(stage="pretrain", programme="final-run", **asked))
    table = next(t for t in found.stage.answer().explained(found) if "widens" in t.title)
    return {row[0].value: row[2].value for row in table.rows}


def test_each_unknown_says_by_how_much_it_widens_the_hours_and_what_tells_it():
    guessed = widened(params="70B", tokens="15T", chip="h100-sxm")
    known = widened(model="llama-2-70b", without_developer="Meta", tokens="15T", chip="h100-sxm")
    shape, whole = "The shape, guessed from the counts", "All of them: high over low"
    assert guessed[shape] > 1
    assert shape not in known
    assert guessed[whole] == pytest.approx(known[whole] * guessed[shape], rel=0.02)
    *parts, _ = guessed.values()
    assert parts == sorted(parts, reverse=True)
    assert "A chip without a published run" in widened(params="70B", tokens="15T", chip="mi300x")


def test_a_plan_that_is_given_is_no_unknown_on_one_server():
    searched, given = (widened(**ONE_SERVER, **plan) for plan in ({}, {"tp": 1}))
    assert "The plan, which the program chose" in {*searched} - {*given}


def test_a_row_of_another_model_tells_of_the_stack_alone(run_on_a_server):
    other, same = run_on_a_server(2500, params="30B", chips=32), run_on_a_server(2500)
    widths = [
        high / low for low, _, high in (e.draws.summary(e.workload.mfu) for e in (other, same))
    ]
    assert widths[0] > widths[1]
    assert any("another model" in note for note in explained(other))


def test_a_measured_run_of_the_model_outweighs_its_makers(tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(
        "hardware,model,params_total,tokens,chips,chip_hours,seq_len\n"
        "h100-sxm,llama-3.1-8b,8.03e9,1e12,256,60000,8192\n"
    )
    asked = {"model": "llama-3.1-8b", "chip": "h100-sxm", "chips": 256, "tokens": "1T"}
    found = fc.evaluate(fc.ask(programme="final-run", measured=str(file), **asked))
    low, median, high = found.draws.summary(found.workload.chip_hours)
    assert median == pytest.approx(60_000, rel=0.05)
    assert high / low < 2
    assert not any("its own published run on" in note for note in found.notes)


def test_measured_rows_move_what_a_model_without_a_shape_takes(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("\n".join([HEADER, step(3000)]))
    asked = {"model": "gpt-4", "chip": "h100-sxm", "programme": "final-run"}
    usual, slow = (fc.evaluate(fc.ask(**asked, **m)) for m in ({}, {"measured": str(file)}))
    hours = [e.draws.summary(e.workload.chip_hours).median for e in (usual, slow)]
    assert hours[1] > hours[0]


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
    assert any("its own published run on" in note for note in notes)


def test_a_little_more_or_less_than_was_published_takes_a_little_more_or_less():
    hours = [own(tokens=tokens).median for tokens in ("14T", "14.8T", "16T")]
    assert hours == sorted(hours)
    assert hours[-1] < 1.3 * hours[0]


def test_another_size_is_another_run():
    notes = fc.evaluate(fc.ask(model="deepseek-v3", params="600B", active_params="37B")).notes
    assert not any("its own published run on" in note for note in notes)


@pytest.mark.parametrize("model", ["falcon-180b", "llama-3.2-1b", "gpt-oss-120b", "a.x-k1"])
def test_hours_that_only_the_entry_of_a_model_holds_weigh_in_too(model):
    """Makers published them: 7M, 370k, 2.1M and 2.36M chip-hours."""
    found = fc.evaluate(fc.ask(model=model, programme="final-run"))
    published = found.model.built["chip_hours"].value
    assert found.draws.summary(found.workload.chip_hours).median == pytest.approx(
        published, rel=0.05
    )


@pytest.mark.parametrize("model", ["gpt-4", "grok-4", "gpt-4.5"])
def test_hours_that_others_estimate_are_no_run_of_its_own(model):
    found = fc.evaluate(fc.ask(model=model, programme="final-run"))
    assert not any(
        "its makers published" in note or "own published run on" in note for note in found.notes
    )
    assert any("estimated by others" in note for note in explained(found))


def test_what_was_made_from_a_model_has_its_run():
    found = fc.evaluate(fc.ask(model="deepseek-v3.1", programme="final-run"))
    median = found.draws.summary(found.workload.chip_hours).median
    assert median == pytest.approx(own().median * 15.64 / 14.8, rel=0.03)


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


def test_a_run_on_a_cluster_says_nothing_of_one_server():
    asked = {"model": "llama-3.1-8b", "tokens": "2.5B", "programme": "final-run"}
    of_makers, of_others = (
        fc.evaluate(fc.ask(**asked, chips=8, **without))
        for without in ({}, {"without_developer": "Meta"})
    )
    assert "chips says nothing of 8 chips" in " ".join(of_makers.notes)
    assert of_makers.workload.chip_hours == pytest.approx(of_others.workload.chip_hours)


def measured_as(tmp_path, header, *rows, **asked):
    file = tmp_path / "own.csv"
    file.write_text("\n".join([header, *rows]))
    return fc.evaluate(fc.ask(stage="pretrain", measured=str(file), **asked))


RUN_COLUMNS = "model_id,hardware,tokens,chip_hours,chips"
DEEPSEEK = {"model": "deepseek-v3", "chip": "h800-sxm", "programme": "final-run"}


def test_a_row_without_a_format_has_that_of_the_model_which_is_asked_about(tmp_path):
    row = "deepseek-v3,h800-sxm,14.8T,2664000,2048"
    found = measured_as(tmp_path, RUN_COLUMNS, row, **DEEPSEEK)
    low, median, high = found.draws.summary(found.workload.chip_hours)
    assert median == pytest.approx(2.66e6, rel=0.05)
    assert low < 2.664e6 < high
    in_its_format = measured_as(tmp_path, RUN_COLUMNS + ",precision", row + ",fp8", **DEEPSEEK)
    assert in_its_format.draws.summary(in_its_format.workload.chip_hours).median == median


STEP_COLUMNS = "model,gpu,n_gpus,tokens_per_s_per_gpu,mfu_reported,tflops_per_gpu"
LLAMA = {"model": "llama-3.1-8b", "chip": "h100-sxm", "programme": "final-run"}


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        (STEP_COLUMNS, "llama-3.1-8b,h100-sxm,8,30000,,", "of the BF16 peak of h100-sxm"),
        (STEP_COLUMNS, "llama-3.1-8b,h100-sxm,8,,1.1,", "column mfu_reported: '1.1'"),
        (STEP_COLUMNS, "llama-3.1-8b,h100-sxm,8,,,1200", "of the BF16 peak of h100-sxm"),
        (STEP_COLUMNS, "llama-3.1-8b,h100-sxm,8,12000,0.3,", "column mfu_reported: 30%"),
        (STEP_COLUMNS, "llama-3.1-8b,h100-sxm,0,12000,,", "column n_gpus: '0' must be above 0"),
        (RUN_COLUMNS, "llama-3.1-8b,h100-sxm,15T,100000,512", "of the BF16 peak of h100-sxm"),
    ],
)
def test_a_row_that_cannot_be_so_is_refused_with_file_and_line(tmp_path, header, row, why):
    with pytest.raises(InputError) as refused:
        measured_as(tmp_path, header, row, **LLAMA)
    assert "own.csv': no row can be read: line 2: " in str(refused.value)
    assert why in str(refused.value)


def test_of_rows_that_are_not_used_the_first_fault_is_said(tmp_path):
    rows = ("llama-3.1-8b,h100-sxm,8,,0.4,", "llama-3.1-8b,h100-sxm,8,,1.1,")
    notes = " ".join(measured_as(tmp_path, STEP_COLUMNS, *rows, **LLAMA).notes)
    assert "1 others are not used (line 3: column mfu_reported: '1.1'" in notes


def taken(found):
    return found.draws.summary(found.workload.chip_hours).median


def usual(**asked):
    return fc.evaluate(fc.ask(stage="pretrain", **asked))


def test_a_run_on_a_cluster_moves_nothing_on_one_server_and_says_so(tmp_path):
    asked = LLAMA | {"chips": 8, "tokens": "100B"}
    found = measured_as(tmp_path, RUN_COLUMNS, "llama-3.1-8b,h100-sxm,15T,2000000,64", **asked)
    assert taken(found) == pytest.approx(taken(usual(**asked)))
    assert "the measured run line 2 says nothing of 8 chips" in found.notes


def test_a_run_on_one_server_leaves_the_published_one_of_a_cluster(tmp_path):
    found = measured_as(tmp_path, RUN_COLUMNS, "llama-3.1-8b,h100-sxm,1T,60000,8", **LLAMA)
    assert taken(found) == pytest.approx(taken(usual(**LLAMA)))
    assert any("its own published run on" in note for note in found.notes)


def test_a_run_of_another_model_weighs_less_than_the_published_one(tmp_path):
    row = "olmo-2-7b,h100-sxm,4T,190000,1024"
    own, beside = taken(usual(**LLAMA)), taken(measured_as(tmp_path, RUN_COLUMNS, row, **LLAMA))
    held_out = LLAMA | {"without_developer": "Meta"}
    alone = taken(measured_as(tmp_path, RUN_COLUMNS, row, **held_out))
    assert alone < beside < own
    assert own / beside < (own / alone) ** 0.5


@pytest.mark.parametrize("times", [0.5, 3])
def test_runs_of_the_very_model_outweigh_hours_of_a_pool(tmp_path, times):
    asked = {"model": "gpt-oss-120b", "chip": "h100-sxm", "programme": "final-run"}
    rows = [f"gpt-oss-120b,h100-sxm,20T,{times * hours},2048" for hours in (2e6, 1e6)]
    slow, fast = (taken(measured_as(tmp_path, RUN_COLUMNS, row, **asked)) for row in rows)
    assert slow / fast == pytest.approx(2, rel=0.15)


def test_a_row_of_the_model_in_another_format_is_called_that(tmp_path):
    row = "llama-3.1-8b,h100-sxm,8,fp8,14000"
    header = "model,gpu,n_gpus,precision,tokens_per_s_per_gpu"
    found = measured_as(tmp_path, header, row, **LLAMA)
    assert any("your row of this model in FP8 says" in note for note in explained(found))


def test_the_published_run_is_not_said_to_count_where_the_program_chooses_one_server():
    found = usual(model="llama-3.2-1b", tokens="2T", chip="h100-sxm", programme="final-run")
    assert found.workload.chips == 8
    [said] = [note for note in found.notes if "its own published run" in note]
    assert said.endswith("says nothing of 8 chips")
