"""What an export rule leaves of a chip: links or compute as of the chip that was made for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from frontiercost.core.frozen import frozen

if TYPE_CHECKING:
    from frontiercost.catalogue.types import Chip
    from frontiercost.core.facts import Fact

BITS = {"peak_bf16": 16, "peak_fp8": 8, "peak_fp4": 4}
"""Bits of the numbers of a peak: rules count operations times these."""


@frozen
class ExportRule:
    """A rule by the chip that its maker cut down to it, and which facts of a chip it caps."""

    made_for_it: str
    caps: tuple[str, ...]
    about: str
    """What it cuts, to follow `cuts`."""


# of 2022-10 (87 FR 62186) and of 2023-10 (88 FR 73458), by what makers sold under them
EXPORT_RULES: Mapping[str, ExportRule] = {
    "links": ExportRule(
        "h800-sxm",
        ("scaleup_bandwidth",),
        "links within a server to the H800's",
    ),
    "compute": ExportRule("h20", (*BITS,), "compute to the H20's"),
}


def cut_by(rule: str, chip_named: "Callable[[str], Chip]") -> "Callable[[Chip], Chip]":
    """Return what a rule makes of a chip, its own chip read by name."""
    return partial(_cut, EXPORT_RULES[rule], chip_named)


def _cut(rule: ExportRule, chip_named: "Callable[[str], Chip]", chip: "Chip") -> "Chip":
    """Return a chip with no fact above what the rule allows; one below it as it is.

    Peaks of fewer bits may be as much higher: bits x FLOP/s stay the same. Prices, memory and
    power stay those of the chip.
    """
    model = chip_named(rule.made_for_it)
    capped = {
        key: _capped(fact, _cap(model, key)) if key in rule.caps else fact
        for key, fact in chip.facts.items()
    }
    return replace(chip, facts=capped) if capped != dict(chip.facts) else chip


def _cap(model: "Chip", key: str) -> "Fact":
    if key not in BITS:
        return model.fact(key)
    widest = model.fact("peak_bf16")
    factor = BITS["peak_bf16"] / BITS[key]
    ends = {end: getattr(widest, end) * factor for end in ("low", "value", "high")}
    return replace(widest, **ends)


def _capped(fact: "Fact", cap: "Fact") -> "Fact":
    """Return the cap under the fact's own path, so that draws stay its own; or the fact."""
    return fact if fact.value <= cap.value else replace(cap, path=fact.path)
