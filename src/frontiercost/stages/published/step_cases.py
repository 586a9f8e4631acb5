"""Published training steps: rows of throughput.csv as cases with a target to predict.

A case knows the hardware, the model, the lengths and what is known of the plan; its target is the
published chip-seconds per token. Blanks take defaults, each listed under `assumed`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.literature import hfu_over_mfu
from frontiercost.physics.model_shape import Architecture, active_params, total_params
from frontiercost.physics.parallel_plan import FULL, NONE, SELECTIVE
from frontiercost.physics.plan_search import Step, best_steps
from frontiercost.physics.shape_guess import derive
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.physics.training_machine import Machine, Software, precision_family
from frontiercost.stages.pretrain.software import SoftwareEra, era_of
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import GUESSED, architecture_of, without_brackets
from frontiercost.stages.published.cells import (
    Cells,
    check_below_peak,
    chip,
    date,
    needed,
    number,
    whole,
)

TRAITS = ("attention", "unfit", "peak_share", "bandwidth_share", "date", "framework", "family")
"""What the shipped rows say of a row or a system that tables from elsewhere have no column for."""
DEFAULT_SEQUENCES = 1024
PLAN_COLUMNS = {
    "tp": "tensor",
    "pp": "pipeline",
    "vpp": "virtual",
    "dp": "data",
    "cp": "context",
    "ep": "expert",
    "micro_batch": "micro_batch",
}
RECOMPUTE_WORDS = {
    "full": FULL,
    "selective": SELECTIVE,
    "qkv": SELECTIVE,
    "none/selective": SELECTIVE,
    "none at 8k": SELECTIVE,
    "none": NONE,
}
LEAST_COUNTED, MOST_COUNTED = 0.8, 1.45
"""Of 6 N without attention, and of full attention: beyond, no published row counts FLOP; the second
holds recomputation."""
RELAXATIONS: tuple[tuple[tuple[str, ...], dict[str, int]], ...] = (
    ((), {}),
    (("recompute",), {}),
    (("recompute", "micro_batch"), {}),
    (("recompute", "micro_batch", "virtual"), {}),
    ((), {"optimiser_bytes": 4}),
    (("recompute", "micro_batch"), {"optimiser_bytes": 4, "zero": 3}),
)
ZERO_WORDS = {"FULL_SHARD": 3, "FSDP": 3, "HSDP": 3, "SHARD_GRAD_OP": 2}


@frozen(kw_only=True)
class Case:
    """One published step: what is known before it runs, and the chip-seconds per token it took."""

    id: str
    system: str
    stack: str
    model: str
    chip: Chip
    precision: str
    arch: Architecture
    seq_len: int
    sequences: int
    chips: int
    fixed: Mapping[str, int]
    era: SoftwareEra
    attention: str
    """The kernel, where it is known."""
    framework: str
    family: str
    """Of the model."""
    date: str
    target: float
    assumed: tuple[str, ...]
    unfit: str = ""  # why it must not enter a fit, though it can be predicted

    @property
    def moe(self) -> bool:
        """Whether the model is a mixture of experts."""
        return bool(self.arch.experts)

    @property
    def kind(self) -> str:
        """What errors are kept by."""
        if self.moe:
            return "mixture"
        return "dense" if self.precision == "bf16" else "dense_fp8"

    def software(self, rates: Mapping[str, Fact]) -> Software:
        """Return the software of its date, with its own kernel where that is known."""
        return self.era.software(rates, self.attention)

    def seconds_per_token(self, step: Step) -> float:
        """Return the chip-seconds per token of a predicted step."""
        return step.seconds * self.chips / (self.sequences * self.seq_len)

    @property
    def shape_is_guessed(self) -> bool:
        """Whether neither the catalogue nor the row knows the shape."""
        return GUESSED in self.assumed

    @property
    def plan_is_known(self) -> bool:
        """Whether the row says how the model is split."""
        return "tensor" in self.fixed or "data" in self.fixed or "zero" in self.fixed

    @property
    def left_open(self) -> frozenset[str]:
        """What the row does not say, of what a question may leave open."""
        said = {"plan": self.plan_is_known, "shape": not self.shape_is_guessed}
        return frozenset(name for name, is_said in said.items() if not is_said)

    @property
    def as_asked(self) -> "Case":
        """What a user knows of it: counts, chip, precision, batch and length; no shape, no plan."""
        return self.with_kernel_unknown.with_plan_unknown.with_shape_unknown

    @property
    def with_kernel_unknown(self) -> "Case":
        """The case with the attention kernel of its date."""
        return replace(self, attention="")

    @property
    def with_plan_unknown(self) -> "Case":
        """The case without what was published of its plan."""
        return replace(self, fixed=self.era.fixed)

    @property
    def with_shape_unknown(self) -> "Case":
        """The case with a shape that is guessed from its counts, where one can be."""
        active = float(active_params(self.arch)) if self.moe else 0.0
        try:
            return replace(self, arch=derive(float(total_params(self.arch)), active))
        except ValueError:
            return self

    @cached_property
    def pool(self) -> tuple[str, str, bool]:
        """Chip generation, precision and kind: what a naive predictor would average over."""
        return self.chip.generation, self.precision, self.moe

    @property
    def group(self) -> str:
        """The group accuracy is reported for: moe, or dense by precision."""
        return "moe" if self.moe else f"dense {self.precision}"


def published_rows() -> list[dict[str, str]]:
    """Return the shipped rows of published steps."""
    return shipped().rows("throughput.csv")


def with_traits(row: Cells, shipped: Mapping[str, Cells]) -> Cells:
    """Fill in what a table from elsewhere has no column for: of its row, else of its system."""
    system = row.get("system", "")
    same = shipped.get(row.get("id", ""), {})
    like = same if same.get("system") == system else shipped.get(system, {})
    return {trait: like.get(trait, "") for trait in TRAITS if trait not in row} | dict(row)


def cases(rows: Sequence[Cells], catalogue: Catalogue) -> tuple[list[Case], dict[str, str]]:
    """Turn rows into cases; also return why each other row was left out, by its id."""
    published = published_rows()
    shipped_rows = {row["system"]: row for row in published} | {row["id"]: row for row in published}
    return read_cases(rows, lambda row: case_of(with_traits(row, shipped_rows), catalogue))


def case_of(row: Cells, catalogue: Catalogue) -> Case:
    """Turn one row into a case; raise an error that says why when that cannot be."""
    if row.get("excluded") or row.get("inconsistent"):
        raise ValueError("its own numbers do not fit together")
    machine, chips = _chip(row, catalogue), int(needed(row, "n_gpus"))
    assumed: list[str] = []
    model, system = row.get("model", ""), row.get("system", "")
    total, active = number(row, "params") or 0.0, number(row, "params_active") or 0.0
    arch = architecture_of(model, total, active, row, catalogue, assumed)
    fixed = era_of(date(row, "date"), catalogue).fixed | _fixed(row)
    seq_len = whole(row, "seq_len") or UNSTATED_SEQ_LEN
    stated = whole(row, "global_batch_seqs")
    sequences = stated or _usual_sequences(chips, fixed)
    if _is_local_batch(stated, chips, fixed):
        local = fixed.pop("micro_batch") * _replicas(chips, fixed)
        sequences = stated or local
    if not row.get("seq_len"):
        assumed.append(f"seq_len = {seq_len}")
    if not stated:
        assumed.append(f"global_batch_seqs = {sequences}")
    if not row.get("precision"):
        assumed.append("precision = bf16")
    if missing := [name for column, name in PLAN_COLUMNS.items() if not row.get(column)]:
        assumed.append(f"plan searched: {', '.join(missing)}")
    precision = precision_family(row.get("precision", ""))
    target = seconds_per_token(row, arch, seq_len, machine.peak("bf16").value)
    _check_speed(row, target, arch, seq_len, machine, precision)
    return Case(
        id=row["id"],
        system=system,
        stack=stack_of(system),
        model=model,
        chip=machine,
        precision=precision,
        arch=arch,
        seq_len=seq_len,
        sequences=sequences,
        chips=chips,
        fixed=fixed,
        era=era_of(date(row, "date"), catalogue),
        attention=row.get("attention", ""),
        framework=row.get("framework", ""),
        family=row.get("family", ""),
        date=date(row, "date"),
        target=target,
        assumed=tuple(assumed),
        unfit=row.get("unfit", ""),
    )


def stack_of(system: str) -> str:
    """The software stack without its version or user: all versions are held out at once."""
    name = without_brackets(system)
    words = [word for word in name.split() if not re.fullmatch(r"[vr]?\d[\w.]*", word)]
    return re.sub(r" selective recompute$", "", " ".join(words))


def seconds_per_token(row: Cells, arch: Architecture, seq_len: int, peak_bf16: float) -> float:
    """Chip-seconds per token: 1/rate, or FLOP per token by the row's convention over FLOP/s.

    Conventions: causal or full attention, 6 N without attention, executed FLOP with full
    recomputation.  Source: the row's flop_convention.
    """
    if rate := number(row, "tokens_per_s_per_gpu"):
        return 1 / rate
    convention = row.get("flop_convention", "")
    if teraflops := number(row, "tflops_per_gpu"):
        return _stated_flop(convention, arch, seq_len) / (teraflops * 1e12)
    if mfu := number(row, "mfu_reported"):
        model_flop = training_flop_per_token(arch, seq_len, causal=_is_causal(convention))
        return float(model_flop) / (mfu * peak_bf16)
    if share := number(row, "mfu_vs_bf16_peak"):
        return 6 * active_params(arch) / (share * peak_bf16)
    raise ValueError("no throughput given")


def _check_speed(
    row: Cells, target: float, arch: Architecture, seq_len: int, machine: Chip, precision: str
) -> None:
    """Raise ValueError where a speed is above the peak, or what a row says of it is far apart.

    A stated share of a peak may count what other conventions count, of the peak of its format.
    """
    peak, own_peak = machine.peak("bf16").value, machine.peak(precision).value
    causal, full = (
        float(training_flop_per_token(arch, seq_len, causal=causal)) for causal in (True, False)
    )
    check_below_peak(causal / (target * peak), machine, precision)
    least = LEAST_COUNTED * 6 * active_params(arch) / (target * max(peak, own_peak))
    most = MOST_COUNTED * full / (target * min(peak, own_peak))
    stated = {
        "mfu_reported": number(row, "mfu_reported"),
        "tflops_per_gpu": (number(row, "tflops_per_gpu") or 0.0) * 1e12 / peak,
    }
    for column, share in stated.items():
        if share and not least <= share <= most:
            ours = causal / (target * peak)
            raise ValueError(
                f"column {column}: {share:.0%} of the peak, where the speed of the row makes it "
                f"{ours:.0%}; leave one of them out"
            )


def _stated_flop(convention: str, arch: Architecture, seq_len: int) -> float:
    """FLOP per token that a stated FLOP/s counts."""
    flop = float(training_flop_per_token(arch, seq_len, causal=_is_causal(convention)))
    return flop * (float(hfu_over_mfu()) if "recomputation" in convention else 1.0)


def _is_causal(convention: str) -> bool:
    return "causal attention" in convention


def published_step(
    case: Case, machine: Machine, software: Software
) -> tuple[Step, tuple[str, ...]]:
    """Return the best completion of a published plan, and what had to be relaxed to make it fit.

    Relaxed in turn: recomputation, micro-batch, virtual stages, optimiser states in 16 bits, and
    at last memory itself (the run offloads what the table does not list).
    """
    load = layer_work_of(case.arch, case.seq_len)
    for freed, added in RELAXATIONS:
        fixed = {k: v for k, v in case.fixed.items() if k not in freed} | added
        try:
            steps = best_steps(load, case.chips, case.sequences, machine, software, fixed, 1)
        except InputError:
            continue
        named = {name: f"{name} freed" for name in freed if name in case.fixed}
        return steps[0], (*named.values(), *(f"{k} = {v}" for k, v in added.items()))
    roomy = replace(machine, memory=math.inf)
    steps = best_steps(load, case.chips, case.sequences, roomy, software, case.fixed, 1)
    return steps[0], ("memory not enforced",)


def _chip(row: Cells, catalogue: Catalogue) -> Chip:
    """The catalogue's chip, or the weaker variant of it that the row is known to have used."""
    named = chip(row, "gpu", catalogue)
    peak, bandwidth = (number(row, f"{part}_share") or 1.0 for part in ("peak", "bandwidth"))
    limits = {
        key: peak if key.startswith("peak") else bandwidth
        for key in named.facts
        if key.startswith("peak") or key == "memory_bandwidth"
    }
    limited = {
        key: replace(fact, value=fact.value * limit, low=fact.low * limit, high=fact.high * limit)
        for key, limit in limits.items()
        if (fact := named.facts[key])
    }
    return replace(named, facts={**named.facts, **limited})


def _usual_sequences(chips: int, fixed: Mapping[str, int]) -> int:
    """1,024 sequences: at least one micro-batch for every replica."""
    if "micro_batch" not in fixed:
        return DEFAULT_SEQUENCES
    step = _replicas(chips, fixed) * fixed["micro_batch"]
    return step * max(round(DEFAULT_SEQUENCES / step), 1)


def _replicas(chips: int, fixed: Mapping[str, int]) -> int:
    """Copies of the model: chips over the ways it is split, all of them known or 1."""
    ways = fixed.get("tensor", 1) * fixed.get("pipeline", 1) * fixed.get("context", 1)
    return fixed.get("data") or max(chips // ways, 1)


def _fixed(row: Cells) -> dict[str, int]:
    """The dimensions of the plan that the row states."""
    stated = {name: whole(row, column) for column, name in PLAN_COLUMNS.items()}
    fixed = {name: ways for name, ways in stated.items() if ways}
    if (words := row.get("recompute", "")) in RECOMPUTE_WORDS:
        fixed["recompute"] = RECOMPUTE_WORDS[words]
    if (sharded := row.get("fsdp", "")) in ZERO_WORDS:
        fixed["zero"] = ZERO_WORDS[sharded]
    elif sharded:
        fixed["zero"] = 3 if needed(row, "fsdp") > 1 else 1
    if fixed.get("pipeline") == 1:
        fixed["virtual"] = 1
    return fixed


def _is_local_batch(stated: int | None, chips: int, fixed: Mapping[str, int]) -> bool:
    """Whether a pipeline's stated micro-batch is all that a replica gets: no pipeline runs so."""
    pipeline, size = fixed.get("pipeline", 1), fixed.get("micro_batch", 1)
    if pipeline == 1 or size == 1:
        return False
    return size * _replicas(chips, fixed) >= stated if stated else size >= pipeline
