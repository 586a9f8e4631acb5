"""What people look at: charts say what their tables say, and a page opens in a real browser."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core.report import Cell, Chart, Report, Table, charted
from frontiercost.render import render
from frontiercost.render.bars import EIGHTHS, bar, bars_of
from frontiercost.render.chart import DRAWERS, svg_of
from frontiercost.render.scale import scale_of
from frontiercost.render.words import cell_text

SVG = "{http://www.w3.org/2000/svg}"
numbers = st.floats(min_value=1e-9, max_value=1e15)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
ASKED = {
    "bill": ["pretrain", "gpt-4", "--budget", "$100M"],
    "heat": ["compare"],
    "years": ["compare", "--actor", "ai2", "--years", "2026..2032"],
    "speed": ["inference", "llama-3.1-8b", "--by", "context", "--by", "demand"],
    "repaid": [
        *("inference", "llama-3.1-8b", "--break-even", "--development", "$10M"),
        *("--price", "$2/Mtok"),
    ],
    "tornado": ["pretrain", "gpt-3", "--sensitivity"],
    "side-by-side": ["compare", "llama-2-70b", "llama-3-70b"],
    "backtest": ["backtest", "pretrain", "--explain"],
}


def table_of(kind, values, **more):
    """Return a table of three columns of numbers, drawn."""
    rows = tuple(
        (Cell(str(place)), Cell(value / 2, "USD"), Cell(value, "USD"), Cell(value * 2, "USD"))
        for place, value in enumerate(values, start=2020)
    )
    chart = Chart(kind=kind, values=(2,), low=1, high=3, **more)
    return Table("Years", ("Year", "Low", "Median", "High"), rows, chart=chart)


def shapes(text, name):
    return [one.attrib for one in ET.fromstring(text).iter(f"{SVG}{name}")]


def words(text):
    return ["".join(one.itertext()) for one in ET.fromstring(text).iter(f"{SVG}text")]


# --- scales and bars ----------------------------------------------------------------------------


@given(st.lists(numbers, min_size=1), st.booleans(), st.booleans())
def test_a_scale_keeps_order_and_holds_its_marks(values, logarithmic, zero):
    scale = scale_of(values, logarithmic=logarithmic, zero=zero)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    marks = list(scale.marks())
    assert 1 <= len(marks) <= 8
    rounding = 1e-8 * (scale.most - scale.least)
    for mark in marks:
        assert scale.least - rounding <= mark <= scale.most + rounding


@given(st.floats(min_value=0, max_value=1))
def test_a_bar_is_as_long_as_its_share_to_an_eighth_of_a_column(share):
    drawn = bar(share, width=8)
    eighths = sum(EIGHTHS.index(mark) for mark in drawn)
    assert abs(eighths - 64 * share) <= max(0.5, 1 - 64 * share)
    assert (drawn == "") == (share == 0)


def test_a_total_has_no_bar_and_sets_no_scale():
    rows = ((Cell("a"), Cell(1.0)), (Cell("b"), Cell(2.0)), (Cell("Total"), Cell(3.0)))
    assert bars_of(Table("", ("", "Share"), rows, bar=1)) == ["███", "██████", ""]


# --- charts -------------------------------------------------------------------------------------


def test_bars_are_as_long_as_their_numbers_and_intervals_span_them():
    picture = svg_of(table_of("bars", [100.0, 200.0, 50.0]))
    widths = [float(one["width"]) for one in shapes(picture, "rect")]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
    assert widths[2] == pytest.approx(widths[0] / 2, rel=0.01)
    spans = [one for one in shapes(picture, "line") if one["class"] == "interval"]
    across = [one for one in spans if one["y1"] == one["y2"]]
    for one, width in zip(across, widths, strict=True):
        start, end = float(one["x1"]) - 8, float(one["x2"]) - 8
        assert (start, end) == pytest.approx((width / 2, width * 2), rel=0.01)


def test_a_waterfall_starts_each_part_where_the_last_ended():
    picture = svg_of(table_of("waterfall", [3.0, 2.0, 5.0]))
    first, second, total = (
        (float(one["x"]), float(one["width"])) for one in shapes(picture, "rect")
    )
    assert second[0] == pytest.approx(first[0] + first[1], abs=0.2)
    assert total[1] == pytest.approx(first[1] + second[1], abs=0.2)


def test_a_curve_rises_with_its_numbers_within_its_band():
    picture = svg_of(table_of("curve", [10.0, 20.0, 40.0]))
    (line,) = shapes(picture, "polyline")
    heights = [float(point.split(",")[1]) for point in line["points"].split()]
    assert heights == sorted(heights, reverse=True)
    (band,) = shapes(picture, "polygon")
    assert len(band["points"].split()) == 6


def test_in_powers_of_ten_equal_ratios_are_equal_steps():
    picture = svg_of(table_of("curve", [1e3, 1e6, 1e9], logarithmic=True))
    (line,) = shapes(picture, "polyline")
    low, middle, high = (float(point.split(",")[1]) for point in line["points"].split())
    assert low - middle == pytest.approx(middle - high, abs=0.2)


def test_what_is_compared_with_is_named_and_crosses_each_bar():
    picture = svg_of(table_of("bars", [1.0, 2.0], mark=Cell(1.5, "USD"), mark_label="purse"))
    assert any("purse" in said for said in words(picture))
    assert sum(one["class"] == "mark" for one in shapes(picture, "line")) == 2


@pytest.mark.parametrize("kind", DRAWERS)
def test_numbers_that_nobody_knows_are_left_out(kind):
    table = table_of(kind, [1.0, 2.0])
    unknown = (Cell("x"), Cell(None), Cell(None, "USD"), Cell("never"))
    rows = (table.rows[0], unknown, *table.rows[1:], unknown)
    text = svg_of(Table("", table.columns, rows, chart=table.chart))
    assert "nan" not in text
    svg_of(Table("", table.columns, (), chart=table.chart))


def test_charts_asked_for_come_first_and_each_once():
    bill, asked = table_of("bars", [1.0]), table_of("curve", [2.0])
    plain = Table("", ("",), ())
    report = Report([""], (bill, plain, asked), (), dict, asked=(asked,))
    assert charted(report) == [asked, bill]


@pytest.mark.parametrize("name", ASKED)
def test_a_picture_shows_words_of_the_answer(run, name):
    found = run(*ASKED[name], "--format", "svg")
    assert found.code == 0
    said = words(found.out)
    table = run(*ASKED[name]).out
    assert any(word in table for word in said if len(word) > 3)


def test_an_answer_without_a_chart_says_so(run):
    found = run("catalogue", "chips", "--format", "svg")
    assert found.code == 2
    assert "no chart" in found.err


@pytest.mark.parametrize(
    ("ending", "start"), [("html", "<!DOCTYPE"), ("svg", "<svg"), ("md", "**"), ("json", "{")]
)
def test_a_file_is_written_as_its_ending_says(run, tmp_path, ending, start):
    file = tmp_path / f"answer.{ending}"
    assert run("pretrain", "gpt-4", "-o", file).code == 0
    assert file.read_text(encoding="utf-8").startswith(start)
    assert run("pretrain", "gpt-4", "--format", "csv", "-o", file).code == 0
    assert file.read_text(encoding="utf-8").startswith("table,row")


# --- a real browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")

    def opened(page, width):
        """Return what a page says of itself in a window: measured by a page that holds it."""
        frame = page.with_suffix(".frame.html")
        frame.write_text(MEASURE.format(page=page.name, width=width), encoding="utf-8")
        command = [found, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command += ["--allow-file-access-from-files", "--virtual-time-budget=2000", frame.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return json.loads(re.search(r"<title>(.*?)</title>", shown.stdout)[1])

    return opened


MEASURE = """<!DOCTYPE html><title>{{}}</title>
<iframe src="{page}" style="width: {width}px; height: 3000px; border: 0"></iframe>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
  const sizes = [...page.querySelectorAll("svg text")].map(
    text => text.getBoundingClientRect().height);
  document.title = JSON.stringify({{
    overflow: root.scrollWidth - root.clientWidth, tables: page.querySelectorAll("table").length,
    charts: page.querySelectorAll("svg").length, smallest: Math.min(...sizes),
    said: page.body.innerText.includes("Total")}});
}};
</script>
"""


@pytest.mark.parametrize("width", [400, 1400])
def test_a_page_is_readable_in_a_narrow_and_a_wide_window(run, browser, tmp_path, width):
    page = tmp_path / "answer.html"
    run("pretrain", "gpt-4", "--budget", "$100M", "-o", page)
    seen = browser(page, width)
    assert seen["overflow"] <= 0
    assert seen["said"]
    assert seen["tables"] >= 4
    assert seen["charts"] >= 2
    assert seen["smallest"] >= 9


def test_every_number_beside_a_bar_is_a_cell_of_the_table():
    table = table_of("bars", [123.0, 4567.0])
    report = Report(["It costs."], (table,), (), dict)
    page = render(report, "html", width=None, colour=False)
    cells = {cell_text(row[2]) for row in table.rows}
    assert cells <= set(re.findall(r'text-anchor="end">([^<]*)</text>', page))
