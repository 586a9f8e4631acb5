"""Currencies: which one an amount is in, and its dollars, read by the grammar of dollars."""

import re

from frontiercost.core.units import EXAMPLES, Exchange, Quantity, parse

SPELLINGS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("AED", "CHF", "DKK", "IDR", "MYR", "NOK", "SAR", "SEK", "ZAR"), ()),
    "AUD": ("A$", "AU$"),
    "BRL": ("R$",),
    "CAD": ("C$", "CA$"),
    "CNY": ("RMB", "yuan", "renminbi", "CN¥", "元"),
    "CZK": ("Kč",),
    "EUR": ("€", "euro", "euros"),
    "GBP": ("£",),
    "HKD": ("HK$",),
    "ILS": ("₪",),
    "INR": ("₹",),
    "JPY": ("yen", "JP¥", "円"),
    "KRW": ("₩",),
    "MXN": ("MX$",),
    "NZD": ("NZ$",),
    "PLN": ("zł",),
    "SGD": ("S$",),
    "THB": ("฿",),
    "TRY": ("₺",),
}
"""Codes of the currencies that the catalogue has rates of, and what else means no other."""
UNCLEAR = {
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK"),
    **dict.fromkeys(("pound", "pounds"), ("GBP",)),
    **dict.fromkeys(("rupee", "rupees"), ("INR",)),
    **dict.fromkeys(("franc", "francs"), ("CHF",)),
    **dict.fromkeys(("dirham", "dirhams"), ("AED",)),
    **dict.fromkeys(("riyal", "riyals"), ("SAR",)),
}
"""What several countries call their money, and what may be meant."""
UNRATED = (
    *"₽₫₱₿₴₦¢",
    *("RUB", "TWD", "VND", "PHP", "UAH", "NGN", "HUF", "RON", "NT$", "BTC", "ETH", "USDT"),
    *("cent", "cents", "ct", "cts"),
)


def _spelling(mark: str) -> str:
    """Return the pattern of a mark; of a word, where it stands alone or after a suffix: MEUR."""
    start = r"(?:(?<![^\W\d_])|(?<=[0-9 ][kMB]))" if mark[0].isalpha() else ""
    return f"{start}{re.escape(mark)}" + (r"(?![^\W\d_$])" if mark[-1].isalpha() else "")


_CODES = {mark: code for code, marks in SPELLINGS.items() for mark in (code, *marks)}
_KNOWN = {mark.casefold(): mark for mark in (*_CODES, *UNCLEAR, *UNRATED)}
_MARK = re.compile(
    "|".join(_spelling(mark) for mark in sorted(_KNOWN.values(), key=len, reverse=True)),
    re.IGNORECASE,
)
_OTHER_DOLLARS = re.compile(r"(?<![A-Za-z])(?!US\$)[A-Z]{1,3}\$")


def parse_foreign(text: str, unit: str, exchange: Exchange) -> Quantity:
    """Read an amount of another currency as one in dollars: its number × dollars for one of it.

    Raises ValueError, but never offers an amount: the nearest one may be in dollars.
    """
    currency = currency_of(text)
    if not currency:
        return parse(text, unit)
    try:
        amount = parse(in_dollars(text), unit)
    except ValueError:
        example = EXAMPLES.get(unit, unit)
        raise ValueError(f"is not read; write it as {example}, with {currency} for $") from None
    rate = exchange(currency)
    return Quantity(*(rate * end for end in amount))


def mark_of(text: str) -> str:
    """Return how an amount names a currency other than the US dollar; empty where it does not."""
    match = _MARK.search(text) or _OTHER_DOLLARS.search(text)
    return str(match[0]) if match else ""


def currency_of(text: str) -> str:
    """Return the code of the currency that an amount is in; empty for dollars and plain numbers.

    Raises ValueError for what may be two currencies, for two in one amount, and for one of which
    there is no rate.
    """
    codes = {_code(match[0]) for match in _MARK.finditer(text)}
    if not codes and (other := _OTHER_DOLLARS.search(text)):
        codes = {_code(other[0])}
    if codes and ("$" in _MARK.sub("", text) or re.search("usd|dollar", text, re.IGNORECASE)):
        codes |= {"USD"}
    if len(codes) > 1:
        raise ValueError(f"is in two currencies: {' and '.join(sorted(codes))}; write one")
    return codes.pop() if codes else ""


def in_dollars(text: str) -> str:
    """Return an amount with the mark of its currency replaced by that of the dollar."""
    return _MARK.sub(lambda mark: "$" if mark.start() < _first_digit(text) else "USD", text)


def _first_digit(text: str) -> int:
    match = re.search("[0-9]", text)
    return match.start() if match else len(text)


def _code(mark: str) -> str:
    """Return the code that a mark stands for; raise ValueError where it is none or several."""
    known = _KNOWN.get(mark.casefold(), mark)
    if known in UNCLEAR:
        raise ValueError(f"'{mark}' is not clear; write {' or '.join(UNCLEAR[known])}")
    if known not in _CODES:
        raise ValueError(f"'{mark}' is no currency with a rate here; convert it to dollars")
    return _CODES[known]
