"""TOML, of which the catalogue's files are mostly plain texts: read in a seventh of the time."""

import re
import tomllib
from typing import Any

_CHARACTER = r"[^\x00-\x08\x0a-\x1f\x7f]"
_TEXT = r'"([^"\\\x00-\x08\x0a-\x1f\x7f]*)"'
_PAIR = re.compile(rf"(\w+) = {_TEXT}", re.ASCII)
_PAIRS = _PAIR.pattern.replace("(", "(?:")
_LINE = re.compile(
    rf"(?:#{_CHARACTER}*|\[(\w+)\]"
    rf"|(\w+) = (?:{_TEXT}|\{{ ({_PAIRS}(?:, {_PAIRS})*) \}}|(true|false)))?\n",
    re.ASCII,
)


def loads(text: str) -> dict[str, Any]:
    """Return what a text says: lines that name a text, a switch or a table of texts.

    What holds anything else is left to `tomllib`, as is what is wrong; raises its TOMLDecodeError.
    """
    document: dict[str, Any] = {}
    table, place = document, 0
    while line := _LINE.match(text, place):
        place = line.end()
        title, name, said, pairs, switch = line.groups()
        texts = _PAIR.findall(pairs or "")
        by_name = dict(texts)
        if title in document or name in table or len(by_name) < len(texts):
            return tomllib.loads(text)  # twice the same name
        if title:
            document[title] = table = {}
        elif name:
            table[name] = by_name if pairs else switch == "true" if switch else said
    return document if place == len(text) else tomllib.loads(text)
