"""All formats say the same, and what a stranger wrote has no effect in any of them."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from io import StringIO

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from frontiercost.catalogue.store import SHIPPED
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Report, Table
from frontiercost.core.safe_text import inert
from frontiercost.render import FORMATS, render
from frontiercost.render.csv import FORMULA, HEADER, UNITS
from frontiercost.render.words import cell_text

TEXTS = [name for name in FORMATS if name != "json"]
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "style", "rect", "text", "line"}
PLACED = {"class", "xmlns", "role", "viewBox", "x", "y", "x1", "x2", "y1", "y2", "width", "height"}
PLACED |= {"text-anchor"}
UNIT_OF = {word: unit for unit, word in UNITS.items()}
HOSTILE = [
    "[red]marked[/red] [link=http://x.example]up[/link] :smile:",
    "\x1b[31mred\x1b[0m \x1b]8;;http://x.example\x07link \x9b31m \x7f",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "＝1+1",
    '"=1+1,"',
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</code></pre><a href='javascript:alert(1)'>x</a>&lt;b&gt;",
    "a|b \\| `c` [x](http://x.example) ![i](j) **bold** _em_ ~~gone~~ <!-- -->",
    "# heading",
    "1. first",
    "- [ ] item",
    "::error file=x,line=1::boom",
    "x\n::warning::boom\r::set-output name=x::y",
    "##[error]boom ##vso[task.setvariable variable=x]y ###[group]z",
    "\u202edetalucric\u202c \u2028::error::x \ufeff \U000e0041",
    "@octocat #1 {braces} %s",
    "\udcff lone",
]
CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)


def report_of(text):
    rows = ((Cell(text), Cell(text), Cell(1.5, "USD")), (Cell("b"), Cell("c"), Cell(None)))
    bars = Chart(kind="bars", values=(2,), mark=Cell(1.0, "USD"), mark_label=text)
    table = Table(text, ("Name", text, "Cost"), rows, texts=2, wraps=(0, 1), bar=2, chart=bars)
    return Report((text, " costs ", Cell(2.0, "USD")), (table,), (("a note: ", text), text), dict)


def html_parts(text):
    """Return the tags and attributes of a page, and its tables as rows of cells."""
    tags, attributes, tables = set(), set(), []

    class Reader(HTMLParser):
        in_cell = False

        def handle_starttag(self, tag, attrs):
            tags.add(tag)
            attributes.update(name for name, _ in attrs)
            if tag == "table":
                tables.append([])
            elif tag == "tr":
                tables[-1].append([])
            elif tag in ("td", "th"):
                tables[-1][-1].append("")
                self.in_cell = True

        def handle_endtag(self, tag):
            self.in_cell = self.in_cell and tag not in ("td", "th")

        def handle_data(self, data):
            if self.in_cell:
                tables[-1][-1][-1] += data

    Reader(convert_charrefs=True).feed(text)
    return tags, attributes, tables


def svg_words(text):
    """Return the texts of a picture."""
    return ["".join(one.itertext()) for one in ET.fromstring(text).iter(f"{SVG}text")]


def csv_rows(text):
    rows = list(csv.reader(StringIO(text, newline=""), strict=True))
    assert tuple(rows[0]) == HEADER
    assert all(len(row) == len(HEADER) for row in rows)
    return [dict(zip(HEADER, row, strict=True)) for row in rows[1:]]


def markdown_tokens(text):
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def markdown_tables(text):
    """Return the rows of cells of each table, as a reader of Markdown sees them."""
    tables, cell = [], False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in ("th_open", "td_open"):
            cell = True
        elif token.type == "inline" and cell:
            words = "".join(child.content for child in token.children)
            tables[-1][-1].append(words.replace("\u200b", ""))
            cell = False
    return tables


# --- hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_commands_a_terminal_or_a_runner(hostile, format):
    text = render(report_of(hostile), format, width=40, colour=False)
    if format == "csv":
        text = text.replace("\r\n", "\n")
    assert not CONTROL.search(text)
    assert not COMMAND.search(text)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_page_and_a_picture_hold_only_what_we_drew(hostile):
    page = render(report_of(hostile), "html", width=None, colour=False)
    tags, attributes, _ = html_parts(page)
    of_page = {"html", "head", "meta", "title", "style", "body", "p", "div", "ul", "li", "br"}
    of_table = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert tags <= of_page | of_table | DRAWN
    of_page = {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert attributes <= of_page | {name.lower() for name in PLACED}
    picture = render(report_of(hostile), "svg", width=None, colour=False)
    tree = list(ET.fromstring(picture).iter())
    assert {one.tag.removeprefix(SVG) for one in tree} <= DRAWN
    assert {name for one in tree for name in one.attrib} <= PLACED
    for text in (page, picture):
        styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        assert styles
        assert not any(word in style for style in styles for word in ("url(", "@import", "@font"))


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_spreadsheet_computes_nothing_and_loses_nothing(hostile):
    rows = csv_rows(render(report_of(hostile), "csv", width=None, colour=False))
    for row in rows:
        for key in ("table", "label", "column", "value"):
            assert not row[key].startswith((*FORMULA, "\t", "\r"))
    words = " ".join(inert(hostile).split())
    assert rows[1]["value"].removeprefix("'") == words
    assert rows[2] == rows[1] | {"column": "Cost", "value": "1.5", "unit": "USD"}


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_shows_the_text_as_it_is(hostile):
    text = render(report_of(hostile), "markdown", width=None, colour=False)
    kinds = {token.type for token in markdown_tokens(text.replace("<br>", " "))}
    assert not kinds & {"link_open", "image", "code_inline", "html_inline", "html_block"}
    assert not kinds & {"em_open", "s_open", "fence", "code_block", "ordered_list_open"}
    seen = markdown_tables(text.replace("<br>", " "))
    words = inert(hostile).replace("\n", " ").strip()
    assert [len(row) for row in seen[0]] == [3, 3, 3]
    assert seen[0][1] == [words, words, "$1.5"]


def test_rich_markup_and_emoji_stay_words():
    text = render(report_of(HOSTILE[0]), "table", width=None, colour=True)
    assert text.count("[red]marked[/red] [link=http://x.example]up[/link] :smile:") == 7


@given(st.text())
def test_any_text_keeps_the_shape_of_every_format(text):
    report = report_of(text)
    assert len(csv_rows(render(report, "csv", width=None, colour=False))) == 7
    ET.fromstring(render(report, "svg", width=None, colour=False))
    shown = markdown_tables(render(report, "markdown", width=None, colour=False))
    assert [len(row) for row in shown[0]] == [3, 3, 3]


@pytest.mark.parametrize("hostile", HOSTILE[:-1], ids=range(len(HOSTILE) - 1))
def test_json_is_exact_and_its_bytes_are_inert(run, tmp_path, hostile):
    file = tmp_path / "hostile.toml"
    escaped = "".join(f"\\U{ord(letter):08X}" for letter in hostile)
    file.write_text(f'name = "{escaped}"\nmodel = "gpt-4"\ndraws = 0\n', encoding="utf-8")
    found = run("pretrain", "--scenario", file, "--format", "json")
    assert found.code == 0, found.err
    document = json.loads(found.out)
    assert document["evaluations"][0]["name"] == hostile
    assert not CONTROL.search(found.out)
    assert not COMMAND.search(found.out)
    for format in TEXTS:
        shown = run("pretrain", "--scenario", file, "--format", format).out
        assert not CONTROL.search(shown.replace("\r\n", "\n"))
        assert not COMMAND.search(shown)


OWN_CHIP = """
[own.chips."{name}"]
label = "{name}"
peak_bf16 = "1 PFLOP/s"
memory = "80 GB"
memory_bandwidth = "3 TB/s"
chips_per_server = "8"

[[own.prices.rental]]
date = "2020-01"
chip = "{name}"
usd_per_chip_hour = 2
"""


@pytest.mark.parametrize("name", ["::error::x", "##[error]x", "##vso[task.x]y"])
def test_a_chip_named_like_a_command_reaches_no_stream_raw(run, tmp_path, name):
    scenario, check = tmp_path / f"{name.replace('/', '')}.toml", tmp_path / "check.toml"
    own = OWN_CHIP.format(name=name)
    scenario.write_text(f'model = "llama-2-7b"\nchip = "{name}"\ndraws = 16\n{own}')
    condition = 'id = "a"\ncondition = "total.median < $1"'
    check.write_text(
        f'max_price_age = "30 days"\n[[assumption]]\n{condition}\nscenario = "{scenario.name}"\n'
    )
    for words in (
        ["pretrain", "--scenario", scenario, "--explain"],
        ["pretrain", "--scenario", scenario, "--save", "-"],
        ["pretrain", "--scenario", scenario, "--chip", name * 2],
        ["compare", scenario, scenario],
        ["check", check],
        ["check", check, "--format", "github"],
        ["check", check, "--record"],
    ):
        found = run(*words)
        lines = (found.out + found.err).splitlines()
        assert lines
        ours = [line for line in lines if not line.startswith("::error file=")]
        assert not COMMAND.search("\n".join(ours))
        assert not any("##" in line and COMMAND.search(line[2:]) for line in lines)


@pytest.mark.parametrize("format", ["table", "json"])
def test_an_error_about_a_hostile_path_is_one_inert_line(run, format):
    path = "\x1b[31mno\n::error::boom ##[error]x.toml"
    found = run("pretrain", "gpt-4", "--scenario", path, "--format", format)
    assert found.code == 2
    assert found.err.count("\n") == 1
    assert not CONTROL.search(found.err)
    assert not COMMAND.search(found.err)


# --- agreement ----------------------------------------------------------------------------------

ASKED = {
    "pretrain": ["pretrain", "llama-2-70b", "--budget", "$5M", "--actor", "ai2", "--draws", "256"],
    "explain": ["pretrain", "gpt-4", "--explain", "--draws", "0"],
    "inference": [
        *("inference", "llama-4-scout", "--context", "128k", "--by", "reasoning", "--by"),
        *("demand", "--draws", "256", "--tokens-per-second", "10"),
    ],
    "versus": ["compare", "llama-2-70b", "llama-3-70b", "--draws", "256"],
    "catalogue": ["catalogue", "chip", "b300"],
}


def bare(tables):
    """Return the cells of tables without spaces, which formats keep in ways of their own.

    Columns without a title have no row of titles, but in Markdown, which must have one.
    """
    rows = [[["".join(cell.split()) for cell in row] for row in table] for table in tables]
    return [[row for row in table if any(row)] for table in rows]


@pytest.mark.parametrize("name", ASKED)
def test_every_format_shows_the_same_numbers(run, name):
    more = [] if name == "catalogue" else ["--more"]
    shown = {f: run(*ASKED[name], *more, "--format", f) for f in TEXTS if f != "svg"}
    assert {found.code for found in shown.values()} == {0}
    rows = [row for row in csv_rows(shown["csv"].out) if row["table"] != "Answer"]
    numbers = [row for row in rows if row["unit"]]
    assert len(numbers) >= 10
    tables = markdown_tables(shown["markdown"].out.replace("<br>", " "))
    assert bare(html_parts(shown["html"].out)[2]) == bare(tables)
    told = iter(cell for table in tables for row in table[1:] for cell in row)
    drawn, at = shown["table"].out, 0
    for row in numbers:
        words = next(cell for cell in told if cell in as_printed(row))
        if row["table"] not in drawn:  # what only a page and a file have
            continue
        at = drawn.index(words, at) + len(words)


def as_printed(row):
    """Return how a line of CSV is printed; a count with a fraction is not whole."""
    if not row["value"]:
        return {"–"}
    value, unit = float(row["value"]), UNIT_OF.get(row["unit"], row["unit"])
    whole = (value, value * (1 + 1e-9))
    return {format_quantity(number, unit, figures) for number in whole for figures in (0, 1, 2)}


def test_csv_and_json_have_the_same_digits(run):
    document = json.loads(run(*ASKED["pretrain"], "--format", "json").out)
    total = document["evaluations"][0]["total_usd"]
    rows = csv_rows(run(*ASKED["pretrain"], "--format", "csv").out)
    told = {row["column"]: row["value"] for row in rows if row["label"] == "Total"}
    for column, key in (("Low", "low"), ("Median", "median"), ("High", "high")):
        assert float(told[column]) == total[key]


def test_wide_tables_are_not_cut(run):
    rows = run("catalogue", "sources", "--format", "csv").out
    _, _, (table,) = html_parts(run("catalogue", "sources", "--format", "html").out)
    assert len(csv_rows(rows)) > 400
    assert not any("…" in cell for row in table for cell in row)


@pytest.mark.parametrize("format", ["csv", "html", "markdown"])
def test_quiet_leaves_the_headline_in_the_format(run, format):
    full, short = (run("pretrain", "gpt-4", *q, "--format", format).out for q in ((), ("-q",)))
    assert "GPT-4" in short
    assert len(short) < len(full) / 2


# --- the contract -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["pretrain", "lama"], 2),
        (["pretrain", "gpt-4", "--no-such-flag"], 2),
        (["pretrain", "llama-3.1-8b", "--chip", "tpu-v7"], 4),
        (["pretrain", "gpt-4", "--scenario", "no\x1b\u202e.toml"], 2),
    ],
)
@pytest.mark.parametrize("flag", [["--format", "json"], ["--format=json"]], ids=" ".join)
def test_an_error_is_one_json_object_where_json_is_asked_for(run, arguments, code, flag):
    found = run(*arguments, *flag)
    assert (found.code, found.out) == (code, "")
    document = json.loads(found.err)
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert document["error"]["exit_code"] == code
    assert document["error"]["message"] in json.loads(found.err)["error"]["message"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"command": "pretrain"}, schema)
    plain = run(*arguments, *flag, "--format", "table").err
    assert plain.startswith("error: ")


def test_the_schema_is_printed_as_shipped(run, tmp_path):
    shipped = (SHIPPED / "schema.json").read_text(encoding="utf-8")
    assert run("schema").out == shipped
    file = tmp_path / "schema.json"
    assert run("schema", "-o", file).out == ""
    assert file.read_text(encoding="utf-8") == shipped
    jsonschema.Draft202012Validator.check_schema(json.loads(shipped))


LISTED = ("chips", "models", "actors", "prices", "trends", "runs", "data")
SHOWN = (["chip", "b300"], ["prices", "h100-sxm"], ["actor", "ai2"])


@pytest.mark.parametrize("asked", [[], *([kind] for kind in LISTED), *SHOWN], ids=" ".join)
def test_the_catalogue_keeps_the_contract(run, asked):
    document = json.loads(run("catalogue", *asked, "--format", "json").out)
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    about = [table for table in document["tables"] if table["title"] == "About"]
    assert all({"name": "name", "value": asked[1]} in table["rows"] for table in about)


def test_words_for_cells_are_inert_too():
    assert cell_text(Cell("a\x1b[2J::b")) == "a␛[2J: :b"
