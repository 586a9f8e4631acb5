"""Prices of a file beside the catalogue's: which offers are new, which cost another sum, or ended.

A price list is dated and has a row for each length of prompt. A dated list stays for good; what
the file has from another date is added beside it, and what it says without a date holds from the
date of the file. A list of another publisher stays, as does one that was seen later.
"""

from collections.abc import Iterable, Iterator, Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.units import not_after
from frontiercost.upstream.reading import Publisher, Reading, Row
from frontiercost.upstream.renewal import Change, New, Renewal, same

COLUMNS = {
    "read": "usd_per_mtoken_read",
    "cached": "usd_per_mtoken_cached",
    "written": "usd_per_mtoken_written",
}
UNIT = "USD/Mtoken"
Offer = tuple[str, str, str]
"""A provider, what it calls a model, and the kind of the price."""
Dated = dict[str, list[Row]]
"""Price lists by the date since which they hold."""


def renew(catalogue: Catalogue, reading: Reading, publisher: Publisher) -> Renewal:
    """Set the prices of a file beside the catalogue's."""
    result = Renewal()
    mine, theirs = _offers(catalogue.rows("prices/api.csv")), _offers(reading.rows)
    others = _others(mine, publisher)
    for offer, dated in theirs.items():
        if offer[:2] in others:
            in_force, source = mine.get(offer, {}), others[offer[:2]]
            _renew_offer(in_force, dated, reading.as_of, source, result)
            continue
        rows = [row for of_date in dated.values() for row in of_date]
        result.rows.extend(_since(row, catalogue, reading.as_of) for row in rows)
        if offer[2] == "standard":
            label, date = rows[0]["label"], max(dated) or reading.as_of
            result.new.append(New("/".join(offer[:2]), label, date, _usd(rows[-1])))
    for offer in sorted(mine.keys() - theirs.keys()):
        result.absent.extend(_absent(mine[offer], reading.as_of, publisher))
    return result


def _offers(rows: Iterable[Row]) -> dict[Offer, Dated]:
    """Return the price lists of each offer, oldest first."""
    offers: dict[Offer, Dated] = {}
    for row in sorted(rows, key=lambda row: (row["date"], float(row["above_tokens"] or 0))):
        offer = (row["provider"], row["id"], row["kind"])
        offers.setdefault(offer, {}).setdefault(row["date"], []).append(row)
    return offers


def _others(mine: Mapping[Offer, Dated], publisher: Publisher) -> dict[tuple[str, ...], str]:
    """Return for each model of each provider another publisher that its newest prices are from."""
    newest = {offer: dated[max(dated)][0]["source"] for offer, dated in mine.items()}
    others: dict[tuple[str, ...], str] = {offer[:2]: "" for offer in mine}
    return others | {
        o[:2]: source for o, source in newest.items() if source not in publisher.sources
    }


def _renew_offer(mine: Dated, theirs: Dated, as_of: str, other: str, result: Renewal) -> None:
    """Add the lists that the file has from other dates; name those it has otherwise.

    Where the catalogue has them from another publisher, they are named alone.
    """
    for date, rows in theirs.items():
        if not date and _in_force(theirs, as_of) != date:
            continue  # what held before the dates that are known
        since = date or as_of
        in_force = mine.get(_in_force(mine, since), [])
        holds, why = _which_holds(mine, in_force, since, as_of, other)
        changes = list(_changes(in_force, rows, holds, why))
        result.changed.extend(changes)
        if changes and holds == "file":
            result.rows.extend({**row, "date": since} for row in rows)


def _in_force(dated: Dated, date: str) -> str:
    """Return since when the newest list holds that does at a date; empty where none does."""
    return max((since for since in dated if not_after(since, date)), default="")


def _which_holds(
    mine: Dated, in_force: list[Row], since: str, as_of: str, other: str
) -> tuple[str, str]:
    if since in mine:
        return "catalogue", "a dated price stays"
    if other:
        return "catalogue", f"from {other}"
    seen = max((row["listed"] for row in in_force), default="")
    if as_of[: len(seen)] < seen:
        return "catalogue", f"listed later, {seen}"
    return "file", f"from {since}"


def _changes(in_force: list[Row], rows: list[Row], holds: str, why: str) -> Iterator[Change]:
    """Yield the prices that differ, length of prompt by length of prompt."""
    before, now = ({row["above_tokens"]: row for row in tiers} for tiers in (in_force, rows))
    name, kind = f"{rows[0]['provider']}/{rows[0]['id']}", rows[0]["kind"]
    for above in {**before, **now}:
        tier = f", prompts above {above}" if above else ""
        for figure, column in COLUMNS.items():
            old, new = (_number(tiers.get(above), column) for tiers in (before, now))
            if not same(old, new):
                yield Change(name, f"{kind} {figure}/Mtok{tier}", UNIT, old, new, holds, why)


def _absent(dated: Dated, as_of: str, publisher: Publisher) -> Iterator[Change]:
    row = dated[_in_force(dated, as_of) if "" in dated else max(dated)][0]
    if row["source"] in publisher.sources:
        name, usd = f"{row['provider']}/{row['id']}", _number(row, COLUMNS["written"])
        yield Change(
            name, f"{row['kind']} written/Mtok", UNIT, usd, None, "catalogue", row["listed"]
        )


def _since(row: Row, catalogue: Catalogue, as_of: str) -> Row:
    """Return a row of a new offer with since when it could be had: its model's date, else now."""
    release = catalogue.model(row["model"]).release if row["model"] else ""
    return {**row, "released": row["date"] or release or as_of}


def _number(row: Mapping[str, str] | None, column: str) -> float | None:
    return float(row[column]) if row and row[column] else None


def _usd(row: Row) -> str:
    return f"${row[COLUMNS['read']]} in, ${row[COLUMNS['written']]} out"
