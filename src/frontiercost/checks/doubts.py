"""Conditions that decide nothing, whatever the scenario, and bounds that were hardly meant.

A comparison is read as a sum of names with factors against a number. It is refused where the span
of that sum leaves it one answer, and a condition where it has one answer at every point of them.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise, product
from typing import NamedTuple

from frontiercost.checks.expressions import COMPARISONS, Amount, Node, comparisons, names, text_of
from frontiercost.checks.names import SHARE, SHORT, SIZE, span_of, split
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.cost.affordability import is_near

MOST_POINTS = 1_000
"""How many points of a condition on many names are tried; what none of them decides is allowed."""
SMALL, LARGE = 1e3, 1e6
"""A bare number below the one, beside dollars above the other, was probably meant in millions."""
VERDICTS = {True: "can never fail", False: "can never hold"}
WHY = {True: "its parts leave nothing out", False: "its parts exclude each other"}

Span = tuple[float, float]


class _Term(NamedTuple):
    """A name, or a product of names, and what it lies between."""

    text: str
    span: Span


class _Sum(NamedTuple):
    """A constant, and terms with their factors."""

    factors: Mapping[_Term, float]
    constant: float = 0.0

    def plus(self, other: "_Sum", factor: float) -> "_Sum":
        """Add another sum times a factor; terms that cancel are gone."""
        factors = dict(self.factors)
        for term, value in other.factors.items():
            factors[term] = factors.get(term, 0.0) + factor * value
        left = {term: value for term, value in factors.items() if value}
        return _Sum(left, self.constant + factor * other.constant)

    @property
    def span(self) -> Span:
        """What it lies between."""
        low = high = self.constant
        for term, factor in self.factors.items():
            ends = sorted(factor * end for end in term.span)
            low, high = low + ends[0], high + ends[1]
        return low, high


Terms = tuple[tuple[_Term, float], ...]


class _Comparison(NamedTuple):
    """Terms against a number: `lead * (terms - bound)` compared with zero."""

    sign: str
    lead: float
    terms: Terms
    bound: float

    def holds(self, value: float) -> bool:
        """Whether it holds where the terms come to a value."""
        return COMPARISONS[self.sign](self.lead * (value - self.bound), 0.0)

    @property
    def allows_all(self) -> bool:
        """Whether it plainly says so: `p(affordable) <= 100%`."""
        return _Sum(dict(self.terms)).span == SHARE and self.bound == SHARE[1] and self.holds(0.0)


def refuse_constant(condition: Node) -> None:
    """Raise InputError for a condition, or a comparison in it, that has one answer always."""
    read = {each.at: _comparison(each) for each in comparisons(condition)}
    for each in comparisons(condition):
        answers = _answers(each, read)
        if len(answers) == 1 and not (True in answers and read[each.at].allows_all):
            verdict = VERDICTS[answers.pop()]
            raise InputError(
                f"condition, character {each.at + 1}: '{text_of(each)}' {verdict}: {_reason(each)}"
            )
    answers = _answers(condition, read)
    if condition.what not in COMPARISONS and len(answers) == 1:
        answer = answers.pop()
        raise InputError(f"the condition {VERDICTS[answer]}, whatever the scenario: {WHY[answer]}")


def questions(condition: Node, read: Mapping[str, Amount]) -> Iterator[str]:
    """Ask about bare numbers beside dollars that are a thousand times as large and more."""
    for each, _, amount, bound, number in _bounds(condition, read):
        bare = amount.unit == "USD" and not number.unit
        if bare and 0 < number.value < SMALL and amount.value >= LARGE:
            meant = f"${number.value:g}M"
            yield f"'{text_of(each)}' takes {bound} as dollars; did you mean {meant}?"


def too_near(condition: Node, read: Mapping[str, Amount], draws: Draws) -> Iterator[str]:
    """Say of probabilities that so many draws cannot tell from their bounds."""
    for _, name, chance, bound, limit in _bounds(condition, read):
        if name.startswith("p(") and is_near(chance.value, limit.value, draws):
            yield f"{name} is about {bound}: another seed may decide otherwise"


def _bounds(
    condition: Node, read: Mapping[str, Amount]
) -> Iterator[tuple[Node, str, Amount, str, Amount]]:
    """Yield comparisons of a name that was read with a number: name, amount, number as written."""
    for each in comparisons(condition):
        for result, bound in (each.parts, each.parts[::-1]):
            amount, number = read.get(result.what), bound.amount
            if amount is not None and number is not None:
                yield each, result.what, amount, bound.what, number


def _reason(comparison: Node) -> str:
    """Say why a comparison decides nothing, and what to write."""
    read, parts = names(comparison), comparison.parts
    if not read:
        return "it reads no result; write total.median <= $2M"
    if any(part.parts and names(part) for part in parts) or len(read) > 1:
        return "the results that it reads leave it no choice; compare one with a number"
    if (span := span_of(read[0])) == SHARE:
        bare = next((n.amount.value for n in parts if n.amount and not n.amount.unit), 0.0)
        instead = f"{bare:g}%" if 1 < bare <= 100 else "a share between them, such as 80%"
        return f"{read[0]} lies between 0% and 100%; write {instead}"
    return f"{read[0]} is never below {span[0]:g}; write a number that it may pass"


# --- what a comparison says -----------------------------------------------------------------


def _comparison(node: Node) -> _Comparison:
    left, right = (_sum(part) for part in node.parts)
    difference = left.plus(right, -1.0)
    lead = next(iter(difference.factors.values()), 1.0)
    terms = tuple(sorted((term, value / lead) for term, value in difference.factors.items()))
    return _Comparison(node.what, lead, terms, -difference.constant / lead)


def _sum(node: Node) -> _Sum:
    """Read arithmetic as a sum; a product or quotient of names is a term of its own."""
    if node.amount:
        return _Sum({}, node.amount.value)
    if not node.parts:
        return _Sum(dict.fromkeys(_terms(node.what), 1.0))
    left, right = (_sum(part) for part in node.parts)
    if node.what in "+-":
        return left.plus(right, 1.0 if node.what == "+" else -1.0)
    if node.what == "*" and not left.factors:
        return _Sum({}).plus(right, left.constant)
    if not right.factors and (node.what == "*" or right.constant):
        return _Sum({}).plus(left, right.constant if node.what == "*" else 1 / right.constant)
    positive = min(left.span[0], right.span[0]) >= 0
    return _Sum({_Term(text_of(node), SIZE if positive else (-math.inf, math.inf)): 1.0})


def _terms(name: str) -> list[_Term]:
    """Return a name in its one spelling; an end of a size as the low end and what lies above it."""
    key, end = split(name)
    plain = f"{key}.{end}" if end else SHORT[0] if name in SHORT else name
    if not end or span_of(plain) != SIZE:
        return [_Term(plain, span_of(plain))]
    steps = ("low", "median above low", "high above median")
    count = {"low": 1, "median": 2, "high": 3}[end]
    return [_Term(f"{key}, {step}", SIZE) for step in steps[:count]]


# --- which answers it has -------------------------------------------------------------------


def _answers(node: Node, read: Mapping[int, _Comparison]) -> set[bool]:
    """Return the answers that a condition has at the points where one of its parts may turn."""
    bounds: dict[Terms, set[float]] = {}
    for each in comparisons(node):
        bounds.setdefault(read[each.at].terms, set()).add(read[each.at].bound)
    points = product(*(_points(_Sum(dict(terms)).span, b) for terms, b in bounds.items()))
    answers = set[bool]()
    for tried, point in enumerate(islice(points, MOST_POINTS + 1)):
        answers.add(_holds(node, read, dict(zip(bounds, point, strict=True))))
        if len(answers) == len(VERDICTS) or tried == MOST_POINTS:
            return set(VERDICTS)
    return answers


def _points(span: Span, bounds: Iterable[float]) -> list[float]:
    """Return every bound inside a span, a point between each two, and one on either side."""
    low, high = span
    ends = {end for end in span if math.isfinite(end)}
    inside = sorted(ends | {bound for bound in bounds if low <= bound <= high}) or [0.0]
    between = [first / 2 + second / 2 for first, second in pairwise(inside)]
    beyond = (inside[0] - 1 - abs(inside[0]), inside[-1] + 1 + abs(inside[-1]))
    return [*inside, *between, *(point for point in beyond if low <= point <= high)]


def _holds(node: Node, read: Mapping[int, _Comparison], point: Mapping[Terms, float]) -> bool:
    if node.what in COMPARISONS:
        return read[node.at].holds(point[read[node.at].terms])
    answers = [_holds(part, read, point) for part in node.parts]
    if node.what == "not":
        return not answers[0]
    return all(answers) if node.what == "and" else any(answers)
