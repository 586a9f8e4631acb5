"""The price lists of genai-prices become dated rows: none is overwritten, none is run."""

import zipfile

from upstream_files import OFFER, price_file, read


def test_the_module_of_the_package_is_read_and_never_run(tmp_path):
    ran = tmp_path / "ran"
    module = tmp_path / "data.py"
    module.write_text(
        f"open({str(ran)!r}, 'w')\n"
        "providers: list = [Provider(id='example', models=[ModelInfo(id='m', context_window=9,\n"
        "  prices=[ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('1'),\n"
        "    output_mtok=TieredPrices(base=Decimal('4'), tiers=[Tier(start=200000,\n"
        "      price=Decimal('6'))]))),\n"
        "   ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2026,3,1)),\n"
        "    prices=ModelPrice(input_mtok=Decimal('2'), output_mtok=Decimal('8'))),\n"
        "   ConditionalPrice(constraint=TimeOfDateConstraint(start_time=datetime.time(22, 30),\n"
        "    end_time=datetime.time(0, 0)), prices=ModelPrice(input_mtok=Decimal('3'),\n"
        "    output_mtok=Decimal('9')))],\n"
        "  price_variants=[PriceVariant(when={'processing': 'batch'},\n"
        "    prices=ModelPrice(input_mtok=Decimal('0.5'), output_mtok=Decimal('2')))])])]\n",
        encoding="utf-8",
    )
    packed = tmp_path / "genai_prices-9-py3-none-any.whl"
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.write(module, "genai_prices/data.py")
    keys = ("kind", "date", "peak_hours_per_week", "above_tokens", "usd_per_mtoken_read")
    for path in (module, packed):
        rows = read("genai-prices", path).rows
        found = [(*(row[key] for key in keys), row["usd_per_mtoken_written"]) for row in rows]
        assert found == [
            ("standard", "", "", "", "1", "4"),
            ("standard", "", "", "200000", "1", "6"),
            ("standard", "2026-03-01", "", "", "2", "8"),
            ("peak", "", "10.5", "", "3", "9"),
            ("batch", "", "", "", "0.5", "2"),
        ]
    assert not ran.exists()


def test_a_dated_price_is_never_overwritten(imported, run, tmp_path):
    path = tmp_path / "f.json"
    _, first = imported("genai-prices", price_file(path, {}), "--date", "2026-09-01")
    again, same = imported("genai-prices", path, "--date", "2026-10-01")
    assert same == first
    assert "needs no new rows" in " ".join(again.out.split())
    dearer = {"prices": {"input_mtok": 2, "output_mtok": 8}}
    said, both = imported("genai-prices", price_file(path, dearer), "--date", "2026-11-01")
    assert both[: len(first)] == first
    assert [row["date"] for row in both] == ["", "2026-11-01"]
    assert "$4.0" in said.out
    assert "$8.0" in said.out
    older, kept = imported("genai-prices", price_file(path, {}), "--date", "2026-10-15")
    assert kept == both
    assert older.code == 0
    cheaper = {"prices": {"input_mtok": 1, "output_mtok": 3}}
    _, kept = imported("genai-prices", price_file(path, cheaper), "--date", "2026-11-01")
    assert kept == both


def test_what_is_charged_by_other_things_than_tokens_is_named(tmp_path):
    pages = {"id": "ocr", "prices": {"input_document_kpages": 1}}
    fast = {"price_variants": [{"when": {"speed": "fast"}, "prices": OFFER["prices"]}]}
    reading = read("genai-prices", price_file(tmp_path / "f.json", pages, fast))
    assert (reading.count, len(reading.rows)) == (2, 1)
    assert [cell.why.partition(":")[0] for cell in reading.unread] == [
        "no price of tokens in and out",
        "a way of processing that the catalogue has no price for",
    ]
