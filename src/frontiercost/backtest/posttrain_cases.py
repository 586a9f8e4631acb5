"""Published post-training runs and RL steps as cases: what was known before, and what it took.

A case never holds the row's own hours, days or cost. Blanks take the priors of the phase, each
listed under `assumed`. Rows that hold other rows are left out, so that nothing counts twice.
"""

import re
from collections.abc import Mapping, Sequence

from frontiercost.catalogue.fine_tuning import FULL, LORA, OFFLOADED, QLORA
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics import posttraining_step as physics
from frontiercost.physics.model_shape import Architecture
from frontiercost.stages.posttrain.recipe import Phase
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import architecture_of, without_brackets
from frontiercost.stages.published.cells import Cells, chip, needed, number
from frontiercost.stages.published.run_cases import published_hours

KINDS = {
    "sft": "sft",
    "rm": "reward-model",
    "dpo": "preference",
    "grpo": "rl",
    "ppo": "rl",
    "synthetic": "synthetic",
}
HOLDS_OTHERS = re.compile(r"\bSUM of\b|program(me)? total|whole study|study total")
ONE_STEP = re.compile(r"\bper (iteration|step)\b", re.IGNORECASE)
ROLLOUT_BATCH = re.compile(r"(?<!\d)(\d+) rollouts split in (\d+) mini-batches")
SPLIT_CHIPS = re.compile(r"(?<!\d)(\d+) train \+ (\d+) vLLM")
LIMIT = re.compile(r"(?:response cap|max(?:imum)? response) (\d+) ?(k?)", re.IGNORECASE)
SIZES = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)B-A(\d+(?:\.\d+)?)B")
MODES = (  # words in the order they are looked for
    ("split-synchronous", physics.SPLIT_SYNCHRONOUS),
    ("disaggregated sync", physics.SPLIT_SYNCHRONOUS),
    ("1-step", physics.SPLIT),
    ("one-step", physics.SPLIT),
    ("split", physics.SPLIT),
    ("step off", physics.STREAM),
    ("stream", physics.STREAM),
    ("async", physics.STREAM),
)
KNOWN_BEFORE = (
    "tokens_per_example",
    "tokens_trained",
    "packed",
    "batch_examples",
    "micro_batch",
    "rl_steps",
    "prompts_per_step",
    "samples_per_prompt",
    "avg_response_tokens",
    "prompt_tokens",
    "max_tokens",
    "updates_per_step",
    "sampling_chips",
    "mode",
    "acceptance",
    "critic_params",
    "readings",
)
BILLION = 1e9
UNITS = {"examples": "x", "epochs": "x", "steps": "x", "acceptance": "%"}


@frozen(kw_only=True)
class PosttrainCase:
    """One published run or step: model, chips and phase, and what it took."""

    id: str
    organization: str
    family: str
    group: str
    architecture: Architecture
    chip: Chip
    chips: float | None
    phase: Phase
    actual: float
    """Chip-hours of a run, seconds of a step."""
    assumed: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Kind of phase, dense or a mixture: the pool of the naive predictor."""
        return f"{self.phase.kind} {'MoE' if self.architecture.experts else 'dense'}"


def run_cases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[PosttrainCase], dict[str, str]]:
    """Turn rows of runs into cases; also return why each other row was left out, by its id."""
    return read_cases(completed(rows, catalogue), lambda row: run_case(row, catalogue))


def completed(rows: Sequence[Cells], catalogue: Catalogue) -> list[Cells]:
    """Fill blanks of runs that the catalogue knows by id with what it read elsewhere of them.

    Only what was known before the run: tokens from the cards of data sets, batch, chips that
    sampled. Never hours, days or cost.
    """
    shipped = {row["id"]: row for row in shipped_run_rows(catalogue)}
    return [_completed(row, shipped.get(row.get("id", ""), {})) for row in rows]


def _completed(row: Cells, shipped: Cells) -> Cells:
    blanks = {
        column: shipped[column]
        for column in KNOWN_BEFORE
        if shipped.get(column) and not row.get(column)
    }
    return {**row, **blanks} | ({"completed": ", ".join(blanks)} if blanks else {})


def step_cases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[PosttrainCase], dict[str, str]]:
    """Turn rows of RL steps into cases; also return why each other row was left out."""
    return read_cases(rows, lambda row: step_case(row, catalogue))


def shipped_run_rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """Return the catalogue's post-training runs."""
    return catalogue.rows("posttraining_runs.csv")


def shipped_step_rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """Return the catalogue's RL steps."""
    return catalogue.rows("rl_breakdown.csv")


def run_case(row: Cells, catalogue: Catalogue) -> PosttrainCase:
    """Turn one run into a case; raise an error with the reason when it cannot be predicted."""
    stage = row.get("stage", "")
    description = " ".join(row.get(column, "") for column in ("model", "method_detail", "note"))
    if stage == "full" or HOLDS_OTHERS.search(description):
        raise ValueError("holds several phases or other rows")
    if stage not in KINDS:
        raise ValueError(f"stage '{stage}' has no machine work of its own")
    machine, actual = chip(row, "hardware", catalogue), published_hours(row)
    assumed: list[str] = []
    if row.get("completed"):
        assumed.append(f"from the catalogue: {row['completed']}")
    if row.get("estimated"):
        assumed.append("estimated: " + row["estimated"].split(":")[0])
    architecture = _architecture(row, catalogue, assumed)
    phase = _phase(row, stage, description, assumed)
    return PosttrainCase(
        id=row["id"],
        organization=developer(row.get("organization", "")),
        family=family_of(row.get("base_model_id") or row.get("model", "")),
        group=_group(phase),
        architecture=architecture,
        chip=machine,
        chips=number(row, "chips"),
        phase=phase,
        actual=actual,
        assumed=tuple(assumed),
    )


def step_case(row: Cells, catalogue: Catalogue) -> PosttrainCase:
    """Turn one RL step into a case; raise an error with the reason when it cannot be."""
    machine = chip(row, "hardware", catalogue)
    actual, chips = needed(row, "step_seconds"), needed(row, "chips")
    if row.get("note", "").startswith("derived:"):
        raise ValueError("derived from the hours of a whole run")
    assumed: list[str] = []
    architecture = _architecture(row, catalogue, assumed)
    return PosttrainCase(
        id=row["id"],
        organization=developer(row.get("organization") or row.get("system", "")),
        family=family_of(row.get("base_model_id") or row.get("model", "")),
        group=f"{'MoE' if architecture.experts else 'dense'} step",
        architecture=architecture,
        chip=machine,
        chips=chips,
        phase=_step_phase(row, assumed),
        actual=actual,
        assumed=tuple(assumed),
    )


def developer(name: str) -> str:
    """Return who is held out together: `AI2 (open-instruct)` is AI2, every NeMo RL is NVIDIA."""
    bare = without_brackets(name)
    return "NVIDIA" if bare.startswith("NeMo") else bare


def family_of(model: str) -> str:
    """Return the model family: the first word of a name, without its number."""
    return re.split(r"[-\s\d.]", model.strip().lower())[0]


# --- reading -----------------------------------------------------------------------------------


def _fact(key: str, value: float, unit: str = "x") -> Fact:
    return Fact(f"case/{key}", value, value, value, unit, "case", "definition")


def _architecture(row: Cells, catalogue: Catalogue, assumed: list[str]) -> Architecture:
    """The shape of the base model, else of the model itself, else one of its parameter counts."""
    total = number(row, "base_params_total")
    active = number(row, "base_params_active") or number(row, "params_active")
    name = row.get("base_model_id") or row.get("model", "")
    if not total and (sizes := SIZES.search(row.get("model", ""))):
        total, active = (float(size) * BILLION for size in sizes.groups())
    sparse = active if total and active and active < total else 0.0
    if not total and active and not catalogue.find("model", name):
        total = active
    return architecture_of(name, total or 0.0, sparse, {}, catalogue, assumed)


def _phase(row: Cells, stage: str, description: str, assumed: list[str]) -> Phase:
    kind = KINDS[stage]
    if kind == "rl":
        return _rl_phase(row, stage, description, assumed)
    facts = _supervised_facts(row) if kind != "synthetic" else _synthetic_facts(row)
    return Phase(
        name=row["id"],
        kind=kind,
        facts=facts,
        method=_method(description),
        optimizer=OFFLOADED if "offload" in description.lower() else "",
        reference="orpo" not in description.lower(),
        answers="synthetic",
    )


def _method(description: str) -> str:
    """Return what the row says it trained."""
    return next((name for name in (QLORA, LORA) if name in description.lower()), FULL)


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


def _rl_phase(row: Cells, stage: str, description: str, assumed: list[str]) -> Phase:
    """Steps, batch and lengths; rollouts gathered for several updates count as one step."""
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
        mode = physics.SPLIT if mode == physics.COLOCATED else mode
    if "longest_response" not in facts and (limit := LIMIT.search(description)):
        facts["longest_response"] = _fact(
            "longest_response", float(limit[1]) * (1024 if limit[2] else 1), "token"
        )
    answers = "chat" if stage == "ppo" else "reasoning"
    return Phase(name=row["id"], kind="rl", facts=facts, mode=mode, answers=answers)


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


def _step_phase(row: Cells, assumed: list[str]) -> Phase:
    """One step; the sequence holds the prompt, whose length is the prior's."""
    facts = _facts(row, {"updates_per_step": "updates_per_step"})
    facts["steps"] = _fact("steps", 1.0)
    facts["prompts_per_step"] = _fact("prompts_per_step", needed(row, "prompts_x_samples"))
    facts["response_length"] = _fact("response_length", needed(row, "avg_seq_tokens"), "token")
    facts["prompt_length"] = _fact("prompt_length", 1.0, "token")
    assumed.append("the sequence taken as answer")
    if longest := number(row, "max_tokens"):
        facts["longest_response"] = _fact("longest_response", longest, "token")
    if samplers := number(row, "chips_generation"):
        facts["sampling_chips"] = _fact("sampling_chips", samplers, "chip")
    return Phase(name=row["id"], kind="rl", facts=facts, mode=_mode(row.get("mode", "")))


def _mode(description: str) -> str:
    lowered = description.lower()
    return next((mode for word, mode in MODES if word in lowered), physics.COLOCATED)


def _group(phase: Phase) -> str:
    if phase.kind == "rl":
        length = "known" if phase.known("response_length") else "assumed"
        return f"rl, length {length}"
    return "preference" if phase.kind == "reward-model" else phase.kind
