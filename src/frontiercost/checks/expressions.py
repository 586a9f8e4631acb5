"""Conditions over numbers, as people write them: `total.p95 <= $2M and p(affordable) >= 80%`.

A language of its own, not Python's: comparisons, `and`, `or`, `not`, parentheses, `+ - * /`,
numbers with suffixes and units, and names that somebody else looks up. Nothing is ever run.
Both sides of `and` and `or` are always looked up, so that an unknown name cannot hide.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, NoReturn

from frontiercost.core import units
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.frozen import frozen

MOST_TOKENS = 200
"""Longer conditions are refused: they would nest deeper than they could be walked."""
DIMENSIONS = ("day", "token", "parameter", "chip", "chip-hour", "person", "USD")
"""What a number's unit may measure, in the order in which spellings that are shared are read."""
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
BINDING = {
    "or": 1,
    "and": 2,
    "not": 3,
    **dict.fromkeys(COMPARISONS, 4),
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}
"""How tightly an operator holds what is beside it."""
SIGN = 7
WORDS = {"=": "==", "&": "and", "|": "or", "!": "not", "^": "*"}
"""What other languages write, and how it is written here."""

_UNIT = r"(?:\s*%|\s*(?!(?:and|or|not)\b)[A-Za-z]+(?:-hours?)?(?![\w.(]))?"
_TOKEN = re.compile(
    rf"(?P<number>\$?\s*{units.NUMBER}{_UNIT})"
    r"|(?P<call>[A-Za-z_]\w*\(\s*[A-Za-z_]\w*\s*(?:,\s*[\w.-]+\s*)?\))"
    r"|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)"
    r"|(?P<mark><=|>=|==|!=|[-+*/()<>])",
    re.ASCII,
)


class Amount(NamedTuple):
    """A number and what it measures; an empty unit goes with every other."""

    value: float
    unit: str = ""


@frozen
class Node:
    """A literal (`amount`), a name, or an operator (`what`) over its parts, with its position."""

    what: str
    at: int
    parts: tuple["Node", ...] = ()
    amount: Amount | None = None
    is_truth: bool = False


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """Read a condition; raise InputError with the position and what was expected there."""
    reader = _Reader(text)
    condition = reader.expression(0)
    if reader.next.kind != "end":
        reader.fail("'and', 'or' or the end")
    if not condition.is_truth:
        reader.fail("a comparison: total.median <= $2M", condition.at)
    return condition


class _Reader:
    """Reads tokens by how tightly operators bind (Pratt's method)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(islice(self._tokens(), MOST_TOKENS + 1))
        self.place = 0
        if len(self.tokens) > MOST_TOKENS:
            raise InputError(f"a condition has at most {MOST_TOKENS} words and signs")

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            if self.text[at].isspace():
                at += 1
            elif match := _TOKEN.match(self.text, at):
                kind, text = str(match.lastgroup), match[0]
                yield _Token("mark" if text in BINDING else kind, text, at)
                at = match.end()
            else:
                self.fail(_wanted(self.text[at:]), at)
        yield _Token("end", "", at)

    @property
    def next(self) -> _Token:
        """The token that is read next."""
        return self.tokens[self.place]

    def take(self) -> _Token:
        """Return the next token and go on; the end is never passed."""
        token = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def fail(self, expected: str, at: int | None = None) -> NoReturn:
        """Raise InputError that shows where reading stopped."""
        at = self.next.at if at is None else at
        remainder = self.text[at : at + 20]
        actual = f"'{remainder}'" if remainder else "the end"
        raise InputError(f"condition, character {at + 1}: expected {expected}, found {actual}")

    def expression(self, least: int) -> Node:
        """Read operands while operators bind more tightly than `least`."""
        left = self.operand()
        while self.next.kind == "mark" and least < BINDING.get(self.next.text, 0):
            token = self.take()
            if token.text == "not":
                self.fail("'and', 'or' or a comparison", token.at)
            right = self.expression(BINDING[token.text])
            left = self.joined(token, left, right)
        return left

    def operand(self) -> Node:
        """Read a number, a name, a sign, `not`, or an expression in parentheses."""
        token = self.take()
        if token.kind == "number":
            return Node(token.text, token.at, amount=self.amount(token))
        if token.kind in ("name", "call"):
            return Node(re.sub(r"\s*([(,)])\s*", r"\1", token.text), token.at)
        if token.text == "(":
            inner = self.expression(0)
            if self.next.text != ")":
                self.fail("')'")
            self.take()
            return inner
        if token.text in ("-", "+"):
            zero = Node("0", token.at, amount=Amount(0.0))
            return self.joined(token, zero, self.expression(SIGN))
        if token.text == "not":
            inner = self.expression(BINDING["not"])
            return self.joined(token, inner, inner)
        return self.fail("a number, a name, 'not' or '('", token.at)

    def joined(self, token: _Token, left: Node, right: Node) -> Node:
        """Return an operator over its parts; refuse numbers for truths and the reverse."""
        logical = token.text in ("and", "or", "not")
        if left.what in COMPARISONS and token.text in COMPARISONS:
            self.fail("'and' between two comparisons", token.at)
        for part in (left, right):
            if part.is_truth != logical:
                expected = "a comparison" if logical else "a number"
                self.fail(f"{expected} beside '{token.text}'", part.at)
        parts = (left,) if token.text == "not" else (left, right)
        return Node(token.text, token.at, parts, is_truth=logical or token.text in COMPARISONS)

    def amount(self, token: _Token) -> Amount:
        """Read a number: `2e6`, `$2M`, `80%`, `30 days`; the suffix comes before the unit."""
        text = token.text
        unit = re.sub(rf"^\$?\s*{units.NUMBER}\s*", "", text, flags=re.ASCII)
        if text.startswith("$"):
            kinds = [("USD", "USD")]
        elif unit == "m":
            return self.fail("'min', 'months' or 'M' for millions instead of 'm'", token.at)
        elif unit in units.SUFFIXES:
            kinds = [("count", "")]
        else:
            kinds = [("%", "%")] if unit == "%" else [(name, name) for name in DIMENSIONS]
        for dimension, measured in kinds:
            try:
                return Amount(units.parse(text, dimension).value, measured)
            except ValueError:
                continue
        return self.fail("a number such as 2e6, $2M, 80% or '30 days'", token.at)


def _wanted(rest: str) -> str:
    """Say what could stand where a text cannot be read."""
    if rest[0] in WORDS:
        return f"'{WORDS[rest[0]]}'"
    from frontiercost.core.currencies import mark_of

    if mark_of(rest.split(maxsplit=1)[0]):
        return "an amount in dollars, as all in conditions are: $2M"
    if re.match(r"\$?\s*[0-9]", rest):
        return "a number such as 1,234,567.5, with commas before three digits or none"
    return "a number, a name or an operator"


def evaluate(node: Node, lookup: Callable[[str], Amount]) -> bool:
    """Return whether a condition holds; `lookup` gives the amount of a name.

    Raises NotEvaluatedError where a name is not known, units do not agree or nothing is finite.
    """
    if node.what == "not":
        return not evaluate(node.parts[0], lookup)
    left, right = node.parts
    if node.what in ("and", "or"):
        sides = [evaluate(left, lookup), evaluate(right, lookup)]
        return all(sides) if node.what == "and" else any(sides)
    left_amount, right_amount = _amount(left, lookup), _amount(right, lookup)
    _same(left_amount, right_amount, node)
    return COMPARISONS[node.what](left_amount.value, right_amount.value)


def _amount(node: Node, lookup: Callable[[str], Amount]) -> Amount:
    """Return the amount of an arithmetic expression."""
    if node.amount:
        return node.amount
    if not node.parts:
        try:
            return lookup(node.what)
        except NotEvaluatedError as error:
            raise NotEvaluatedError(f"condition, character {node.at + 1}: {error}") from None
    left, right = (_amount(part, lookup) for part in node.parts)
    if node.what == "/" and right.value == 0:
        raise NotEvaluatedError(f"condition, character {node.at + 1}: divides by zero")
    value = ARITHMETIC[node.what](left.value, right.value)
    if not math.isfinite(value):
        raise NotEvaluatedError(f"condition, character {node.at + 1}: the result is not finite")
    return Amount(value, _unit(left, right, node))


def _unit(left: Amount, right: Amount, node: Node) -> str:
    """Return the unit of a result: that of both in a sum; a plain factor leaves it as it is."""
    if node.what in "+-":
        _same(left, right, node)
        return left.unit or right.unit
    first, second = (part.unit.replace("%", "") for part in (left, right))
    if node.what == "/":
        return "" if second else first
    return "" if first and second else first or second


def _same(left: Amount, right: Amount, node: Node) -> None:
    if left.unit and right.unit and left.unit != right.unit:
        units = (left.unit, right.unit)
        hint = "; write 10 for 10 per cent" if {*units} == {"per cent", "%"} else ""
        raise NotEvaluatedError(
            f"condition, character {node.at + 1}: '{node.what}' between {' and '.join(units)}{hint}"
        )


def names(node: Node) -> list[str]:
    """Return the names that a condition reads, each once, in order."""
    if not node.parts:
        return [] if node.amount else [node.what]
    return list(dict.fromkeys(name for part in node.parts for name in names(part)))


def comparisons(node: Node) -> Iterator[Node]:
    """Yield the comparisons of a condition, in order."""
    if node.what in COMPARISONS:
        yield node
    elif node.is_truth:
        for part in node.parts:
            yield from comparisons(part)


def text_of(node: Node) -> str:
    """Return a part of a condition as text, sums inside it in parentheses."""
    if not node.parts:
        return node.what
    *left, right = (_inner(part, node) for part in node.parts)
    if not left:
        return f"{node.what} {right}"
    signed = node.parts[0].at == node.at  # a sign is written as a difference from a 0 of its own
    return f"{node.what}{right}" if signed else f"{left[0]} {node.what} {right}"


def _inner(part: Node, node: Node) -> str:
    nested = BINDING.get(part.what, SIGN) <= BINDING[node.what] and part.parts
    return f"({text_of(part)})" if nested else text_of(part)
