"""The results of an evaluation by the names that conditions use."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from frontiercost.checks.expressions import Amount
from frontiercost.core.errors import NotEvaluatedError, nearest
from frontiercost.core.facts import mean
from frontiercost.cost.affordability import Verdict
from frontiercost.reporting.json_document import document
from frontiercost.stages.evaluation import AnyEvaluation

ENDS = {"low": ("low", "p5"), "median": ("median", "p50"), "high": ("high", "p95")}
SHORT = ("p(affordable)", "probability")
"""The probability of the only one who could pay."""
UNITS = {
    "mfu": "%",
    "chips": "chip",
    "chip_hours": "chip-hour",
    "wall_days": "day",
    "tokens": "token",
    "unique_tokens": "token",
    "model_flop": "FLOP",
    "project_years": "year",
}
"""What a result measures, in the units of conditions; money is told by its name."""

SHARE, SIZE = (0.0, 1.0), (0.0, math.inf)
SPANS = {"change.total_usd": (-math.inf, math.inf), "change.total_pct": (-100.0, math.inf)}
SPANS |= dict.fromkeys(SHORT, SHARE)
"""What some names lie between, whatever the scenario."""

Known = Mapping[str, Amount | str]
"""Amounts by name; a text says why there is none."""


def results(e: AnyEvaluation) -> dict[str, Amount | str]:
    """Return every number that a condition may read, as the JSON document has it."""
    evaluation = document([e], e.stage.name, [])["evaluations"][0]
    amounts: dict[str, Amount | str] = dict(_named("total", evaluation["total_usd"], "USD"))
    amounts["total.mean"] = _amount(mean(e.bill.total), "USD")
    for key, value in {**evaluation["workload"], **evaluation["metrics"]}.items():
        amounts.update(_named(key, value, unit_of(key)))
    for line in evaluation["bill"]:
        amounts.update(_named(f"bill.{line['id'].replace('-', '_')}", line["cost_usd"], "USD"))
    return amounts | _probabilities(e.verdicts)


def look_up(amounts: Known, name: str) -> Amount:
    """Return the amount of a name; raise NotEvaluatedError with the reason or the nearest name."""
    amount = amounts.get(name)
    if isinstance(amount, str):
        raise NotEvaluatedError(f"{name}: {amount}")
    if amount is not None:
        return amount
    if f"{name}.median" in amounts:
        raise NotEvaluatedError(
            f"'{name}' is uncertain: write {name}.median, {name}.low or {name}.high"
        )
    raise NotEvaluatedError(f"unknown name '{name}'; {nearest(name, amounts)}")


def unit_of(key: str) -> str:
    """Return what a key of the document measures; one that says nothing is its own unit."""
    if key.startswith("usd_") or key.endswith("_usd"):
        return "USD"
    return "%" if key.endswith(("_share", "_ratio")) else UNITS.get(key, key)


def span_of(name: str) -> tuple[float, float]:
    """Return what a name lies between whatever the scenario: all but changes is at least 0."""
    key, _ = split(name)
    is_share = name.startswith("p(") or (unit_of(key) == "%" and not key.endswith("_ratio"))
    return SPANS.get(name, SHARE if is_share else SIZE)


def split(name: str) -> tuple[str, str]:
    """Return the key of a name and its end, `median` also for `p50`; the end may be empty."""
    key, _, last = name.rpartition(".")
    end = next((end for end, names in ENDS.items() if last in names), "")
    return (key, end) if end else (name, "")


def _named(key: str, value: Any, unit: str) -> Iterator[tuple[str, Amount | str]]:
    """Yield a number under its name, an interval under those of its ends."""
    if isinstance(value, dict):
        for end, names in ENDS.items():
            number = value[end]
            for name in names:
                yield f"{key}.{name}", _amount(number, unit)
    elif value is None:
        for names in ENDS.values():
            yield from ((f"{key}.{name}", _amount(None, unit)) for name in names)
    elif isinstance(value, (int, float)):
        yield key, _amount(value, unit)


def _amount(number: float | None, unit: str) -> Amount | str:
    if number is None or not math.isfinite(number):
        return "is not known here"
    return Amount(float(number), unit)


def _probabilities(verdicts: tuple[Verdict, ...]) -> dict[str, Amount | str]:
    """Return the probability of each of the funds, and of the only one under a short name too."""
    each: dict[str, Amount | str] = {
        _chance(v): "needs draws" if v.probability is None else Amount(v.probability, "%")
        for v in verdicts
    }
    if len(each) == 1:
        only = next(iter(each.values()))
    else:
        only = f"several could pay; write {min(each)}" if each else "no budget or actor is given"
    return each | dict.fromkeys(SHORT, only)


def _chance(v: Verdict) -> str:
    return f"p(affordable,{v.funds.actor.name if v.funds.actor else 'budget'})"


def judged(verdicts: tuple[Verdict, ...]) -> frozenset[str]:
    """Return the names of probabilities that rest on a judged share of a budget."""
    chances = [_chance(v) for v in verdicts if v.funds.judged]
    return frozenset([*chances, *(SHORT if chances and len(verdicts) == 1 else ())])
