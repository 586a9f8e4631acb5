"""Cells of published tables, which are read here alone: numbers, dates and chips by their column.

What cannot be read is refused with the name of its column; blank is unknown, never zero.
"""

import math
from collections.abc import Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_DAY, check_date, parse
from frontiercost.physics.training_machine import precision_family

LONGEST_NUMBER = 60
"""Characters."""
Cells = Mapping[str, str]


@frozen
class Column:
    """What numbers of a column are: their unit, how many of them are one of it, their limits."""

    unit: str = "count"
    per_unit: float = 1.0
    least: float = 1e-9
    most: float = 1e15
    whole: bool = False

    def number(self, text: str) -> float:
        """Read a bare number, or one with a suffix or unit; raise ValueError with the reason."""
        if len(text) > LONGEST_NUMBER:
            raise ValueError(f"'{text[:LONGEST_NUMBER]}…' is no number")
        try:
            value = float(text)
        except ValueError:
            value = self._with_unit(text)
        if not math.isfinite(value):
            raise ValueError(f"'{text}' is no number")
        if value < self.least:
            limit = f"at least {self.least:g}" if value > 0 or not self.least else "above 0"
            raise ValueError(f"'{text}' must be {limit}")
        if value > self.most:
            such = ", such as 35%" if self.unit == "%" else ""
            raise ValueError(f"'{text}' must be at most {self.most:g}{such}")
        if self.whole and value != int(value):
            raise ValueError(f"'{text}' must be a whole number")
        return value

    def _with_unit(self, text: str) -> float:
        if self.unit == "count" and not text[:1].isdigit():
            raise ValueError(f"'{text}' is no number")
        quantity = parse(text, self.unit)
        if not quantity.exact:
            raise ValueError(f"'{text}' is an interval; a cell holds one number")
        return quantity.value * self.per_unit


_WAYS = Column(most=1e7, whole=True)
_LENGTH = Column("token", most=1e9)
_SHARE = Column("%", most=1.0)
_MS = Column("day", per_unit=SECONDS_PER_DAY * 1e3, most=1e9)
COLUMNS = {
    name: column
    for names, column in (
        ("tokens tokens_trained", Column("token", most=1e18)),
        ("isl osl tokens_per_example max_tokens prompt_tokens", _LENGTH),
        ("output_tokens", _LENGTH),
        ("context_depth", Column("token", least=0.0, most=1e9)),
        ("devices", _WAYS),
        ("decode_tok_s prefill_tok_s", Column("token/s", most=1e9)),
        ("avg_response_tokens avg_seq_tokens", _LENGTH),
        ("seq_len", Column("token", most=1e9, whole=True)),
        ("params params_active params_total critic_params", Column("parameter")),
        ("base_params_total base_params_active", Column("parameter")),
        ("layers hidden ffn heads kv_heads", _WAYS),
        ("vocab global_batch_seqs", Column(most=1e9, whole=True)),
        ("n_gpus", Column("chip", most=1e7, whole=True)),
        ("chips chips_generation sampling_chips", Column("chip", least=1, most=1e7)),
        ("chip_hours", Column("chip-hour")),
        ("wall_days", Column("day", most=1e5)),
        ("tp pp vpp dp cp ep micro_batch", _WAYS),
        ("tp_size attention_dp_size moe_tp_size moe_ep_size", _WAYS),
        ("fsdp", Column(most=1e7, whole=True, least=0.0)),
        ("concurrency batch_examples updates_per_step epochs", Column(most=1e7)),
        ("examples_or_prompts rl_steps prompts_per_step", Column(most=1e12)),
        ("samples_per_prompt prompts_x_samples", Column(most=1e9)),
        ("readings", Column(most=1e3, least=0.0)),
        ("acceptance mfu_reported peak_share bandwidth_share", _SHARE),
        ("mfu_vs_bf16_peak", Column("%", most=8.0)),
        ("tokens_per_s_per_gpu", Column("token/s", most=1e9)),
        ("tflops_per_gpu", Column("FLOP/s", per_unit=1e-12, most=1e6)),
        ("silicon_ttft_ms silicon_tpot_ms aic_ttft_ms aic_tpot_ms", _MS),
        ("step_seconds", Column("day", per_unit=SECONDS_PER_DAY, most=1e9)),
        ("usd", Column("USD")),
    )
    for name in names.split()
}
"""Every column of numbers that a prediction or what it is compared with is read from."""


def number(row: Cells, column: str) -> float | None:
    """Return a number, None where it is unknown; raise InputError that names the column."""
    text = row.get(column, "").strip()
    if not text:
        return None
    try:
        return COLUMNS[column].number(text)
    except ValueError as error:
        raise InputError(f"column {column}: {error}") from None


def needed(row: Cells, column: str) -> float:
    """Return a number without which a row says nothing; raise ValueError where it is missing."""
    value = number(row, column)
    if value is None:
        raise ValueError(f"{column} missing")
    return value


def whole(row: Cells, column: str) -> int | None:
    """Return a whole number, None where it is unknown."""
    value = number(row, column)
    return None if value is None else int(value)


def date(row: Cells, column: str) -> str:
    """Return a date, empty where it is unknown; raise InputError that names the column."""
    text = row.get(column, "").strip()
    try:
        return check_date(text) if text else ""
    except ValueError as error:
        raise InputError(f"column {column}: {error}") from None


def check_below_peak(mfu: float, machine: Chip, precision: str) -> None:
    """Raise ValueError where a utilisation of the BF16 peak is above the peak of a format."""
    family = precision_family(precision)
    share = mfu * machine.peak("bf16").value / machine.peak(family).value
    if share > 1:
        raise ValueError(
            f"its speed is {share:.0%} of the {family.upper()} peak of {machine.name}: the model, "
            "the chip or a unit is another one"
        )


def chip(row: Cells, column: str, catalogue: Catalogue) -> Chip:
    """Return the chip that a row names, as it ran, under no rule.

    Raises InputError with the nearest one, or ValueError.
    """
    if not row.get(column):
        raise ValueError(f"{column} missing")
    return catalogue.as_sold.chip(row[column], f"column {column}")
