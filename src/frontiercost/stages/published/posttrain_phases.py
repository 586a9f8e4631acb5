"""Phases of published post-training rows: sizes, lengths, who waits for whom, what is trained.

What a row leaves blank takes the prior of the phase; what is concluded is listed under `assumed`.
"""

import re
from collections.abc import Mapping

from frontiercost.catalogue.fine_tuning import (
    ATTENTION,
    COLOCATED,
    FULL,
    LORA,
    OFFLOADED,
    QLORA,
    SPLIT,
    SPLIT_SYNCHRONOUS,
    STREAM,
)
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.physics.model_shape import Architecture, total_params
from frontiercost.stages.posttrain.recipe import Phase
from frontiercost.stages.published.cells import Cells, needed, number

KINDS = {
    "sft": "sft",
    "rm": "reward-model",
    "dpo": "preference",
    "grpo": "rl",
    "ppo": "rl",
    "synthetic": "synthetic",
}
ONE_STEP = re.compile(r"\bper (iteration|step)\b", re.IGNORECASE)
ROLLOUT_BATCH = re.compile(r"(?<!\d)(\d+) rollouts split in (\d+) mini-batches")
SPLIT_CHIPS = re.compile(r"(?<!\d)(\d+) train \+ (\d+) vLLM")
LIMIT = re.compile(r"(?:response cap|max(?:imum)? response) (\d+) ?(k?)", re.IGNORECASE)
MODES = (  # words in the order they are looked for
    ("split-synchronous", SPLIT_SYNCHRONOUS),
    ("disaggregated sync", SPLIT_SYNCHRONOUS),
    ("1-step", SPLIT),
    ("one-step", SPLIT),
    ("split", SPLIT),
    ("step off", STREAM),
    ("stream", STREAM),
    ("async", STREAM),
)
CRITIC_APART = re.compile(r"\bactor\b.*\bcritic\b.*\bsplit\b", re.IGNORECASE)
RANK = re.compile(r"\brank (\d+)")
FEW_TARGETS = re.compile(r"queries and values alone|q_?proj|attention alone")
RESAMPLES = re.compile(r"dynamic sampling", re.IGNORECASE)
UNITS = {"examples": "x", "epochs": "x", "steps": "x", "acceptance": "%"}


def described(row: Cells) -> str:
    """Return all that a row of a run says in words."""
    return " ".join(row.get(column, "") for column in ("model", "method_detail", "note"))


def phase_of_run(row: Cells, arch: Architecture, catalogue: Catalogue, assumed: list[str]) -> Phase:
    """The phase a run is: its size, and how it trains. ValueError where sizes are missing."""
    kind = KINDS[row["stage"]]
    if kind == "rl":
        return _rl_phase(row, arch, catalogue, assumed)
    facts = _supervised_facts(row) if kind != "synthetic" else _synthetic_facts(row)
    phase = Phase(
        name=row["id"],
        kind=kind,
        facts=facts,
        reference="orpo" not in described(row).lower(),
        answers="synthetic",
    )
    return _trained_as(phase, row)


def _trained_as(phase: Phase, row: Cells) -> Phase:
    """The phase with what a row says it trained, its optimiser and the targets of adapters."""
    lowered = described(row).lower()
    offloads = OFFLOADED if "offload" in lowered else ""
    method = next((name for name in (QLORA, LORA) if name in lowered), FULL)
    targets = ATTENTION if FEW_TARGETS.search(lowered) else ""
    chosen = phase.trained_by(method, row.get("optimizer") or offloads)
    return chosen.choosing("lora_targets", targets)


def _supervised_facts(row: Cells) -> dict[str, Fact]:
    """Tokens after epochs, as given or from examples; and the length of a training sequence."""
    tokens, each = number(row, "tokens_trained"), number(row, "tokens_per_example")
    examples, epochs = number(row, "examples_or_prompts"), number(row, "epochs") or 1.0
    if tokens is None and (examples is None or each is None):
        raise ValueError("tokens missing")
    if tokens is None and examples is not None and each is not None:
        tokens = examples * each * epochs
    if each is None and examples and tokens:
        each = tokens / (examples * epochs)
    facts = {"tokens": _fact("tokens", tokens or 0.0, "token")}
    if each:
        key = "window" if row.get("packed") == "1" else "tokens_per_example"
        facts[key] = _fact(key, each, "token")
    if rank := RANK.search(row.get("method_detail", "")):
        facts["lora_rank"] = _fact("lora_rank", float(rank[1]))
    return facts | _facts(row, {"batch": "batch_examples", "micro_batch": "micro_batch"})


def _synthetic_facts(row: Cells) -> dict[str, Fact]:
    if not row.get("examples_or_prompts"):
        raise ValueError("examples missing")
    columns = {
        "examples": "examples_or_prompts",
        "response_length": "avg_response_tokens",
        "prompt_length": "prompt_tokens",
        "longest_response": "max_tokens",
        "acceptance": "acceptance",
    }
    return _facts(row, columns)


def _facts(row: Cells, columns: Mapping[str, str]) -> dict[str, Fact]:
    numbers = {key: number(row, column) for key, column in columns.items()}
    return {
        key: _fact(key, value, UNITS.get(key, "token" if "length" in key else "x"))
        for key, value in numbers.items()
        if value is not None
    }


def _rl_phase(row: Cells, arch: Architecture, catalogue: Catalogue, assumed: list[str]) -> Phase:
    """Steps, batch and lengths; rollouts gathered for several updates count as one step."""
    stage, description = row["stage"], described(row)
    columns = {
        "steps": "rl_steps",
        "prompts_per_step": "prompts_per_step",
        "samples_per_prompt": "samples_per_prompt",
        "updates_per_step": "updates_per_step",
        "response_length": "avg_response_tokens",
        "prompt_length": "prompt_tokens",
        "longest_response": "max_tokens",
        "critic_params": "critic_params",
        "sampling_chips": "sampling_chips",
        "readings": "readings",
        "epochs": "epochs",
    }
    facts = _facts(row, columns)
    if stage == "grpo":
        facts.pop("epochs", None)  # of the prompts, not over a batch
    if "steps" not in facts and ONE_STEP.search(description):
        facts["steps"] = _fact("steps", 1.0)
    if stage == "ppo" and "samples_per_prompt" not in facts:
        facts["samples_per_prompt"] = _fact("samples_per_prompt", 1.0)
    for key in ("prompts_per_step", "samples_per_prompt"):
        if key not in facts:
            raise ValueError(f"tokens missing: {key} is not given")
    _steps_of_prompts(row, facts, assumed)
    _steps_of_tokens(row, facts, assumed)
    _gather(description, facts, assumed)
    if "steps" not in facts:
        raise ValueError("tokens missing: rl_steps is not given")
    mode = _mode(row.get("mode") or description)
    if "sampling_chips" not in facts and (split := SPLIT_CHIPS.search(description)):
        facts["sampling_chips"] = _fact("sampling_chips", float(split[2]), "chip")
        mode = SPLIT if mode == COLOCATED else mode
    if "longest_response" not in facts and (limit := LIMIT.search(description)):
        facts["longest_response"] = _fact(
            "longest_response", float(limit[1]) * (1024 if limit[2] else 1), "token"
        )
    if stage == "ppo":
        _critic(arch, facts, assumed)
    _resampled(description, facts, catalogue, assumed)
    answers = "chat" if stage == "ppo" else "reasoning"
    phase = Phase(name=row["id"], kind="rl", facts=facts, mode=mode, answers=answers)
    return _trained_as(phase, row)


def _resampled(
    description: str, facts: dict[str, Fact], catalogue: Catalogue, assumed: list[str]
) -> None:
    """DAPO samples until enough groups have mixed rewards; the share that has is the prior's."""
    if RESAMPLES.search(description) and "mixed_group_share" not in facts:
        facts["mixed_group_share"] = catalogue.assumption("mixed_group_share")
        assumed.append(f"mixed_group_share = {facts['mixed_group_share'].value:g}")


def _critic(arch: Architecture, facts: dict[str, Fact], assumed: list[str]) -> None:
    """PPO has a critic; where its size is not given, that of the policy."""
    if "critic_params" not in facts:
        size = float(total_params(arch))
        facts["critic_params"] = _fact("critic_params", size, "parameter")
        assumed.append("critic of the policy's size")


def _steps_of_prompts(row: Cells, facts: dict[str, Fact], assumed: list[str]) -> None:
    """Where no steps are given, they follow from prompts, epochs and prompts of a step."""
    prompts, epochs = number(row, "examples_or_prompts"), number(row, "epochs")
    if "steps" not in facts and prompts and epochs and "prompts_per_step" in facts:
        facts["steps"] = _fact("steps", prompts * epochs / facts["prompts_per_step"].value)
        assumed.append("rl_steps from prompts and epochs")


def _steps_of_tokens(row: Cells, facts: dict[str, Fact], assumed: list[str]) -> None:
    """Where tokens and tokens per answer are given, steps follow from them."""
    tokens, each = number(row, "tokens_trained"), number(row, "tokens_per_example")
    if tokens and each:
        batch = facts["prompts_per_step"].value * facts["samples_per_prompt"].value
        facts["steps"] = _fact("steps", tokens / (each * batch))
        if "response_length" in facts and "prompt_length" not in facts:
            prompt_tokens = max(each - facts["response_length"].value, 1.0)
            facts["prompt_length"] = _fact("prompt_length", prompt_tokens, "token")
        assumed.append("rl_steps from tokens_trained")


def _gather(description: str, facts: dict[str, Fact], assumed: list[str]) -> None:
    """Rollouts sampled at once for several updates: fewer, larger steps."""
    rollouts = ROLLOUT_BATCH.search(description)
    if not rollouts or "steps" not in facts:
        return
    batch = facts["prompts_per_step"].value * facts["samples_per_prompt"].value
    times = float(rollouts[1]) / batch
    if times > 1:
        facts["steps"] = _fact("steps", facts["steps"].value / times)
        larger = facts["prompts_per_step"].value * times
        facts["prompts_per_step"] = _fact("prompts_per_step", larger)
        facts["updates_per_step"] = _fact("updates_per_step", float(rollouts[2]))
        assumed.append(f"steps of {rollouts[1]} rollouts")


def phase_of_step(
    row: Cells, arch: Architecture, catalogue: Catalogue, assumed: list[str]
) -> Phase:
    """One RL step; the sequence is taken as answer. Raises ValueError where its size is missing."""
    columns = ("updates_per_step", "critic_params", "readings")
    facts = _facts(row, {column: column for column in columns})
    facts["steps"] = _fact("steps", 1.0)
    facts["prompts_per_step"] = _fact("prompts_per_step", needed(row, "prompts_x_samples"))
    facts["response_length"] = _fact("response_length", needed(row, "avg_seq_tokens"), "token")
    facts["prompt_length"] = _fact("prompt_length", 1.0, "token")
    assumed.append("the sequence taken as answer")
    if longest := number(row, "max_tokens"):
        facts["longest_response"] = _fact("longest_response", longest, "token")
    if samplers := number(row, "chips_generation"):
        facts["sampling_chips"] = _fact("sampling_chips", samplers, "chip")
    if "ppo" in row.get("algorithm", "").lower():
        _critic(arch, facts, assumed)
    resamples = "dynamic sampling" if row.get("algorithm", "").upper() == "DAPO" else ""
    _resampled(resamples, facts, catalogue, assumed)
    return Phase(name=row["id"], kind="rl", facts=facts, mode=_mode(row.get("mode", "")))


def _mode(description: str) -> str:
    """Who waits for whom; an actor beside a critic on other chips samples where it trains."""
    lowered = description.lower()
    if CRITIC_APART.search(lowered):
        return COLOCATED
    return next((mode for word, mode in MODES if word in lowered), COLOCATED)


def _fact(key: str, value: float, unit: str = "x") -> Fact:
    return Fact(f"case/{key}", value, value, value, unit, "case", "definition")
