"""Published post-training runs and RL steps as cases: what was known before, and what it took.

A case never holds the row's own hours, days or cost. Blanks take the priors of the phase, each
listed under `assumed`. Rows that hold other rows are left out, so that nothing counts twice.
"""

import re
from collections.abc import Sequence

from frontiercost.catalogue.fine_tuning import FULL
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.frozen import frozen
from frontiercost.physics import posttraining_step as physics
from frontiercost.physics.model_shape import Architecture
from frontiercost.stages.posttrain.recipe import Phase
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import architecture_of, without_brackets
from frontiercost.stages.published.cells import Cells, chip, date, needed, number
from frontiercost.stages.published.posttrain_phases import (
    KINDS,
    ONE_STEP,
    described,
    phase_of_run,
    phase_of_step,
)
from frontiercost.stages.published.run_cases import published_hours

CONTINUED = re.compile(r"continued pre-?training", re.IGNORECASE)
AGENTS = re.compile(r"\bSWE\b")
HOLDS_OTHERS = re.compile(r"\bSUM of\b|program(me)? total|whole study|study total")
SIZES = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)B-A(\d+(?:\.\d+)?)B")
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
    "optimizer",
    "precision",
)
BILLION = 1e9


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
    precision: str = "bf16"
    whole_run: bool = True
    """Whether it also loads, compiles and saves; a step alone does not."""
    in_seconds: bool = False
    """Whether it took so many seconds, as tables of steps say, or chip-hours."""
    date: str = ""
    actual: float
    """Chip-hours, or seconds."""
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
    description = described(row)
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
    phase = phase_of_run(row, architecture, catalogue, assumed)
    return PosttrainCase(
        id=row["id"],
        organization=developer(row.get("organization", "")),
        family=family_of(row.get("base_model_id") or row.get("model", "")),
        group=_group(phase, description),
        architecture=architecture,
        chip=machine,
        chips=number(row, "chips"),
        phase=phase,
        precision=row.get("precision") or "bf16",
        whole_run=not ONE_STEP.search(description),
        date=date(row, "date"),
        actual=actual,
        assumed=tuple(assumed),
    )


def step_case(row: Cells, catalogue: Catalogue) -> PosttrainCase:
    """Turn one RL step into a case; raise an error with the reason when it cannot be."""
    machine = chip(row, "hardware", catalogue)
    actual, chips = needed(row, "step_seconds"), needed(row, "chips")
    if row.get("note", "").startswith("derived:"):
        raise ValueError("derived from the hours of a whole run")
    if AGENTS.search(row.get("model", "")):
        raise ValueError("how much of an agent's sequences was sampled is not given")
    assumed: list[str] = []
    architecture = _architecture(row, catalogue, assumed)
    phase = phase_of_step(row, architecture, catalogue, assumed)
    return PosttrainCase(
        id=row["id"],
        organization=developer(row.get("organization") or row.get("system", "")),
        family=family_of(row.get("base_model_id") or row.get("model", "")),
        group=f"{physics.rl_class(phase.mode)}, {'MoE' if architecture.experts else 'dense'}",
        architecture=architecture,
        chip=machine,
        chips=chips,
        phase=phase,
        whole_run=False,
        in_seconds=True,
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


def _group(phase: Phase, description: str) -> str:
    if phase.kind == "rl":
        length = "known" if phase.known("response_length") else "assumed"
        return f"rl, length {length}"
    if phase.kind == "sft" and phase.method != FULL:
        return "adapters"
    if phase.kind == "sft" and CONTINUED.search(description):
        return "continued pre-training"
    return "preference" if phase.kind == "reward-model" else phase.kind
