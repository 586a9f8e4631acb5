"""Files of one's own rows: what cannot be read costs its own row, and is named with its line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.store import SHIPPED
from frontiercost.core.decimal_marks import decimal_mark, with_point
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.row_table import MOST_ROWS, read_table
from frontiercost.stages.published.cells import number

HEADER = "model_id,organization,params_total,tokens,hardware,chip_hours"
ROW = "llama-2-7b,Meta,6.74e9,2e12,A100-80GB,184320"
GOOD = f"{HEADER}\n{ROW}\n"


@pytest.fixture
def tested(catalogue, tmp_path):
    """Backtest the text or the bytes of a file."""

    def call(content, stage=None):
        file = tmp_path / "mine.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return backtests(stage, file, 64, catalogue)[0]

    return call


@pytest.fixture
def refused(tested):
    def call(content, stage=None, error=InputError):
        with pytest.raises(error) as found:
            tested(content, stage)
        return str(found.value)

    return call


def with_cell(column, cell, row=ROW):
    cells = row.split(",")
    cells[HEADER.split(",").index(column)] = cell
    return ",".join(cells)


# --- what a table may look like ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f"\ufeff{GOOD}",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", ";").replace("6.74e9", "6,74e9"),
        GOOD.replace(",", "\t"),
        "sep=;\n" + GOOD.replace(",", ";"),
        f"\n\n{GOOD}\n,,,,,\n\n",
        f"{HEADER},,\n{ROW},,\n",
        f"{HEADER}\n{ROW},,\n",
        HEADER.upper().replace("_", " ") + f"\n{ROW}\n",
        f'{HEADER},note\n{ROW},"two, on\ntwo ""lines"""\n',
        GOOD.replace(",Meta,", ', "Meta",'),
    ],
    ids=[
        *("plain", "with a byte-order mark", "lines of Windows", "lines of old Macs"),
        *("semicolons", "semicolons and a decimal comma", "tabs", "sep= above"),
        *("blank rows", "blank columns", "blank cells beyond", "words in capitals"),
        *("a delimiter and a line end in quotes", "a space before quotes"),
    ],
)
def test_a_table_is_read_however_it_was_saved(tested, content):
    found = tested(content)
    assert not found.skipped
    assert [p.predicted for p in found.predictions] == [
        p.predicted for p in tested(GOOD).predictions
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        (
            GOOD.replace("Meta", "M\u00e9ta").encode("latin-1"),
            "not UTF-8 at byte 74 (0xe9), line 2",
        ),
        (GOOD.encode("utf-16"), "not UTF-8 at byte 0 (0xff), line 1"),
        (b"\x89PNG\r\n\x1a\n\0", "not UTF-8 at byte 0"),
        (GOOD.replace("model_id", "\0"), "line 1: a zero byte"),
        (GOOD.replace("organization", "tokens"), "line 1: two columns are called tokens"),
        (GOOD.replace("model_id", '"model_id'), "line 1: its quotes do not match"),
        (f"{HEADER}\n" + f"{ROW}\n" * (MOST_ROWS + 1), "more than 10,000 rows"),
        (GOOD.replace("tokens", "tokenz"), "lacks the columns tokens (or is it 'tokenz'?)"),
        (GOOD.replace("chip_hours", "x"), "table of runs (pretrain), it lacks the columns chip_ho"),
        ("a,b\n1,2\n", "has neither the columns of runs (hardware, tokens, chip_hours, …)"),
    ],
)
def test_what_is_no_table_is_one_line_that_says_where(refused, content, says):
    found = refused(content)
    assert says in found
    assert "mine.csv" in found
    assert "\n" not in found


def test_a_table_of_another_stage_is_told_by_its_columns(refused):
    assert "it has those of runs (pretrain)" in refused(GOOD, "serving")


def test_unknown_columns_are_named_with_the_nearest_known_one(tested):
    assert tested(GOOD).note == ""
    note = tested(GOOD.replace("organization", "orgnization")).note
    assert note == (
        "Columns that are not known are not read: 'orgnization' (did you mean 'organization'?)."
    )


# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (with_cell("tokens", "nan"), "line 3, column tokens: 'nan' is no number"),
        (with_cell("tokens", "inf"), "line 3, column tokens: 'inf' is no number"),
        (with_cell("tokens", "-1"), "line 3, column tokens: '-1' must be above 0"),
        (with_cell("tokens", "0"), "line 3, column tokens: '0' must be above 0"),
        (with_cell("tokens", "1e30"), "line 3, column tokens: '1e30' must be at most 1e+18"),
        (with_cell("tokens", "1..2"), "line 3, column tokens: '1..2' is no number"),
        (with_cell("tokens", "2Q"), "line 3, column tokens: '2Q' has an unknown unit 'Q'"),
        (with_cell("tokens", ""), "line 3: tokens missing"),
        (with_cell("tokens", "9" * 400), "is no number"),
        (with_cell("params_total", "x"), "line 3, column params_total: 'x' does not start with"),
        (with_cell("hardware", "A10O-80GB"), "line 3, column hardware 'A10O-80GB': no such chip"),
        (with_cell("organization", '"Meta'), "line 3: its quotes do not match"),
        (with_cell("organization", "x" * 10_001), "line 3, column organization: 10,001 characters"),
        (with_cell("organization", "\0"), "line 3: a zero byte"),
        ("a,b", "line 3: 2 cells where the header has 6"),
        (f"{ROW},1", "line 3: 7 cells where the header has 6; quote a cell that holds ','"),
    ],
)
def test_a_bad_row_is_skipped_with_its_line_and_costs_no_other(tested, bad, reason):
    found = tested(f"{HEADER}\n{ROW}\n{bad}\n{ROW}\n")
    assert [p.id for p in found.predictions] == ["line 2", "line 4"]
    assert list(found.skipped) == ["line 3"]
    assert reason in found.skipped["line 3"]


def test_where_every_row_is_bad_the_first_reasons_are_told(refused):
    rows = "\n".join(with_cell("tokens", cell) for cell in ("nan", "", "x", "y"))
    found = refused(f"{HEADER}\n{rows}\n", error=NotEvaluatedError)
    assert "line 2, column tokens: 'nan' is no number; line 3: tokens missing; line 4" in found
    assert "line 5" not in found
    assert "there are none" in refused(f"{HEADER}\n", error=NotEvaluatedError)


def test_rows_that_share_an_id_are_all_answered(tested):
    bad = with_cell("tokens", "nan")
    found = tested(f"id,{HEADER}\na,{ROW}\na,{ROW}\na,{bad}\n")
    assert [p.id for p in found.predictions] == ["a", "a (line 3)"]
    assert list(found.skipped) == ["a (line 4)"]


def test_a_prediction_that_fails_in_any_way_costs_its_row_alone(tested, monkeypatch):
    from frontiercost.backtest import runs

    real = runs.predict_run

    def fails(case, *more):
        if case.id in errors:
            raise errors[case.id]
        return real(case, *more)

    errors = {"a": ZeroDivisionError("division by zero"), "b": KeyError("x"), "c": OverflowError()}
    monkeypatch.setattr(runs, "predict_run", fails)
    found = tested(f"id,{HEADER}\n" + "".join(f"{id},{ROW}\n" for id in "abcd"))
    assert [p.id for p in found.predictions] == ["d"]
    assert found.skipped["a"] == (
        "line 2: cannot be predicted: ZeroDivisionError: division by zero"
    )


def test_skipped_rows_are_told_in_the_table_and_all_of_them_if_asked(run, tmp_path):
    file = tmp_path / "mine.csv"
    bad = "".join(with_cell("tokens", f"x{n}") + "\n" for n in range(9))
    file.write_text(f"{HEADER}\n{ROW}\n{bad}", encoding="utf-8")
    brief = " ".join(run("backtest", "--runs", file).out.split())
    assert (
        "Skipped pretrain: chip_hours: 9 of 10 rows: line 3, column tokens: 'x0' does not start"
        in brief
    )
    assert "all of them with --explain" in brief
    assert "'x8'" not in brief
    assert "'x8'" in run("backtest", "--runs", file, "--explain").out


def test_a_group_of_which_no_row_is_answered_keeps_its_reasons(run, tmp_path):
    file = tmp_path / "costs.csv"
    text = "model,group,usd\nllama-2-7b,,3e6\nllama-2-7b,stated by the developer,nan\n"
    file.write_text(text, encoding="utf-8")
    document = json.loads(run("backtest", "--runs", file, "--format", "json").out)
    jsonschema.validate(document, json.loads((SHIPPED / "schema.json").read_text("utf-8")))
    stated, others = document["backtests"]
    assert stated["summary"] is None
    assert stated["skipped"] == [
        {"id": "line 3", "reason": "line 3, column usd: 'nan' is no number"}
    ]
    assert others["summary"]["n"] == 1
    assert "stated by the developer: 1 of 1 rows: line 3" in " ".join(
        run("backtest", "--runs", file).out.split()
    )


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("tokens", "15.6T", 15.6e12),
        ("params", "6.7B", 6.7e9),
        ("params", "6.7 billion", 6.7e9),
        ("n_gpus", "2k", 2000),
        ("wall_days", "30", 30),
        ("wall_days", "2 weeks", 14),
        ("step_seconds", "2 min", 120),
        ("silicon_tpot_ms", "12 ms", 12),
        ("tflops_per_gpu", "400 TFLOP/s", 400),
        ("mfu_reported", "35%", 0.35),
        ("usd", "$3M", 3e6),
        ("readings", "0", 0),
        ("tokens", " ", None),
    ],
)
def test_a_cell_is_read_as_a_flag_is_in_the_unit_of_its_column(column, text, value):
    found = number({column: text}, column)
    assert found == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "mark", "pointed"),
    [
        ("1,234.5", ".", "1234.5"),
        ("1.234,5", ",", "1234.5"),
        ("1 234 567", ".", "1234567"),
        ("184,320", ".", "184320"),
        ("184.320", ",", "184320"),
        ("184.320", ".", "184.320"),
        ("6.740e9", "", "6.740e9"),
        ("0,500", "", "0.500"),
        ("$3,5M", ",", "$3.5M"),
        ("none", "", "none"),
    ],
)
def test_marks_of_thousands_go_and_a_decimal_comma_becomes_a_point(text, mark, pointed):
    assert with_point(text, mark) == pointed


@pytest.mark.parametrize(
    ("texts", "delimiter", "mark"),
    [
        (["6,74e9", "184.320"], ";", ","),
        (["6.74e9", "184,320"], ";", "."),
        (["184.320"], ";", ""),
        (["184.320"], ",", "."),
        (["6,74e9", "184.320"], ",", ","),
        (["6,74e9", "6.74e9"], ",", "."),
    ],
)
def test_the_numbers_of_a_table_tell_its_decimal_mark(texts, delimiter, mark):
    assert decimal_mark(texts, delimiter) == mark


@pytest.mark.parametrize(
    ("text", "mark", "says"),
    [
        ("184.320", "", "may be 184.320 or 184320"),
        ("6,74e9", ".", "has a decimal comma"),
        ("1,2,3", ".", "is no number"),
    ],
)
def test_a_number_that_may_be_two_is_refused(text, mark, says):
    with pytest.raises(ValueError, match=says):
        with_point(text, mark)


# --- where rows come from, and how much of it ----------------------------------------------------


def process(*arguments, **streams):
    """Run the program by itself; whatever takes longer than 20 seconds fails."""
    program = [sys.executable, "-m", "frontiercost", "backtest", "-q", "--runs", *arguments]
    return subprocess.run(program, capture_output=True, timeout=20, check=False, **streams)


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_rows_come_through_standard_input(name):
    found = process(name, input=GOOD.encode())
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(b"pretrain: 1 row of your own, chip hours: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found = process(tmp_path / "pipe")
    assert (found.returncode, found.stderr.count(b"\n")) == (2, 1)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_devices_are_refused_after_a_bounded_read(device):
    if not Path(device).exists():
        pytest.skip("no such device here")
    assert process(device).returncode == 2


def test_a_folder_is_one_line(run, tmp_path):
    found = run("backtest", "--runs", tmp_path)
    assert (found.code, found.err.count("\n")) == (2, 1)


STEPS = "model,system,gpu,n_gpus,tokens_per_s_per_gpu\n"
LARGE = 200_000
HOSTILE = {
    "brackets": f"{HEADER}\n" + "".join(f"{'(' * 9_000}{ROW}\n" for _ in range(LARGE // 9_000)),
    "brackets of a stack": STEPS + f"Llama 2 7B,{'(' * 9_000},A100,8,3100\n" * (LARGE // 9_000),
    "one cell": f"{HEADER}\n{'(' * LARGE}{ROW}\n{ROW}\n",
    "spaces": f"{HEADER}\n{with_cell('organization', ' (' * 4_000)}\n" * 20,
    "digits": f"{HEADER}\n{with_cell('tokens', '9' * LARGE)}\n{ROW}\n",
    "open quotes": f"{HEADER}\n" + '"a","b\n' * (LARGE // 50),
    "brackets and nothing else": "[" * LARGE,
    "columns": ",".join(f"tokens{n}" for n in range(LARGE // 10)) + "\n",
    "delimiters": "," * LARGE + "\n" + ";" * LARGE,
    "chips": f"{HEADER}\n" + "".join(with_cell("hardware", f"c{n}\n") for n in range(1000)) + ROW,
    "stacks": STEPS + "".join(f"Llama 2 7B,stack {n},A100,8,3100\n" for n in range(100)),
    "hyphens": "model_path,system,isl,osl,concurrency,silicon_ttft_ms,silicon_tpot_ms\n"
    + f"{'-' * 9_000},h100,1024,1024,8,300,12\n" * (LARGE // 9_000),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_read_in_time_in_proportion_to_its_size(tmp_path, content):
    file = tmp_path / "hostile.csv"
    file.write_text(content, encoding="utf-8")
    found = process(file)
    assert found.returncode in (0, 2, 4), found.stderr
    assert b"internal error" not in found.stderr


def test_a_row_is_looked_for_in_a_few_lines_alone(tmp_path):
    file = tmp_path / "open.csv"
    file.write_text('a,b\n"1,2\n' + "3,4\n" * 100, encoding="utf-8")
    rows = read_table(file, "x", {"a", "b"}).rows
    assert [row.line for row in rows if row.fault] == [2]
    assert sum(not row.fault for row in rows) == 100
