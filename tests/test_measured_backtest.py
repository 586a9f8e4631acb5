"""Rows that are known beforehand: those of their stack on their chip follow them, no others do."""

import csv
from statistics import median

import pytest

from frontiercost.backtest.tables import backtests
from frontiercost.core.errors import InputError
from frontiercost.stages.published.run_cases import shipped_rows
from frontiercost.stages.published.step_cases import published_rows

STACK, CHIP = "NeMo (dgxc-benchmarking)", "H100-SXM"


def of_the_stack(row):
    return row["system"] == STACK and row["gpu"] == CHIP and row["precision"] == "bf16"


@pytest.fixture
def written(tmp_path):
    def call(name, rows):
        file = tmp_path / name
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return file

    return call


@pytest.fixture
def steps():
    return [r for r in published_rows() if of_the_stack(r) and not r["params_active"]]


def known(found):
    """The predictions at the level at which shape and plan are known, by row."""
    return {one.id: one for one in found[1].predictions}


def test_one_row_brings_the_others_nearer_and_narrows_them(written, steps, catalogue):
    file, measured = written("rows.csv", steps), written("measured.csv", steps[:1])
    without = known(backtests(None, file, 0, catalogue))
    told = known(backtests(None, file, 0, catalogue, str(measured)))
    others = [row["id"] for row in steps[1:]]
    assert median(told[id].error for id in others) < median(without[id].error for id in others)
    for id in others:
        assert width(told[id]) < width(without[id])


def width(prediction):
    low, _, high = prediction.predicted
    return high / low


def test_a_row_says_nothing_of_itself_nor_of_other_stacks_chips_and_kinds(
    written, steps, catalogue
):
    others = [r for r in published_rows() if r["gpu"] == CHIP and not of_the_stack(r)][:8]
    rows = written("rows.csv", [steps[0], *others])
    measured = written("measured.csv", steps[:1])
    told = known(backtests(None, rows, 0, catalogue, str(measured)))
    assert told == known(backtests(None, rows, 0, catalogue))


def test_runs_of_a_developer_learn_from_its_other_runs(written, catalogue):
    runs = [row for row in shipped_rows(catalogue) if row["organization"] == "EleutherAI"]
    runs = [row for row in runs if row["chip"] == "a100-40g" and row["chips"]]
    rows, measured = written("rows.csv", runs), written("measured.csv", runs[:1])
    without, told = (backtests(None, rows, 64, catalogue, *m)[0] for m in ((), (str(measured),)))
    pairs = [*zip(without.predictions, told.predictions, strict=True)]
    assert pairs[0][0] == pairs[0][1]
    assert all(width(after) < width(before) for before, after in pairs[1:])


def test_what_learns_nothing_from_measured_rows_says_so(written, steps, catalogue):
    measured = str(written("measured.csv", steps[:1]))
    with pytest.raises(InputError, match="only training-step, pretrain, posttrain learn"):
        backtests("cost", None, 64, catalogue, measured)
    with pytest.raises(InputError, match="its columns are those of training-step"):
        backtests("pretrain", None, 64, catalogue, measured)


def test_a_row_of_the_same_model_tells_more_than_one_of_another(written, steps, catalogue):
    model = steps[0]["model"]
    alike, others = ([r for r in steps if (r["model"] == model) == same] for same in (True, False))
    rows = written("rows.csv", alike[:1])
    told = {
        name: known(backtests(None, rows, 0, catalogue, str(written("told.csv", [row]))))
        for name, row in (("same", alike[1]), ("other", others[0]))
    }
    same, other = (told[name][alike[0]["id"]] for name in ("same", "other"))
    assert width(same) < width(other)
    assert same.error < 0.09
