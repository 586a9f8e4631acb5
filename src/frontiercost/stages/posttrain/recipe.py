"""Phases of post-training as data: what each does, the people it needs, and ready recipes of them.

A phase says how much work there is and never how long it takes. What it leaves out is filled in
from the priors of posttraining.toml, and said.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from frontiercost.catalogue.fine_tuning import (
    ADAMW,
    FULL,
    LORA,
    METHODS,
    MODES,
    OPTIMIZERS,
    TARGETS,
)
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import DataError, InputError, nearest
from frontiercost.core.facts import Fact, chosen, fact_from_text, read_fact
from frontiercost.core.frozen import frozen
from frontiercost.core.limits import OF_UNIT, Limits
from frontiercost.core.number_format import format_quantity

SUPERVISED = ("sft", "reward-model", "preference")
SAMPLED = ("rl", "synthetic", "on-policy-distillation", "evaluation")
TRAINED = (*SUPERVISED, "rl", "on-policy-distillation")
SHARE = "share"
"""A phase that is sized by the pre-training of its base, not by its own steps."""
ADAPTER_RECIPE = "adapter"
"""The smallest: what one person does with a card."""
KINDS = (*SUPERVISED, *SAMPLED, SHARE, "labels")
PHASE_FACTS = {
    "share": "x",
    "examples": "x",
    "tokens_per_example": "token",
    "window": "token",
    "tokens": "token",
    "epochs": "x",
    "batch": "x",
    "micro_batch": "x",
    "steps": "x",
    "prompts_per_step": "x",
    "samples_per_prompt": "x",
    "updates_per_step": "x",
    "response_length": "token",
    "longest_response": "token",
    "prompt_length": "token",
    "readings": "x",
    "mixed_group_share": "%",
    "acceptance": "%",
    "params": "parameter",
    "critic_params": "parameter",
    "reward_params": "parameter",
    "teacher_params": "parameter",
    "pretraining_mix": "x",
    "sampling_chips": "chip",
    "lora_rank": "x",
}
NOTHING = Limits(least=0)
ONE = Limits(least=1)
PHASE_LIMITS = {
    **dict.fromkeys(("tokens", "sampling_chips"), NOTHING),
    **dict.fromkeys(("micro_batch", "samples_per_prompt", "updates_per_step", "lora_rank"), ONE),
    "acceptance": Limits(least=0.001),
}
"""Of quantities that can be nothing although their unit cannot, or the reverse."""
SIZES = {
    "examples": ("examples", (*SUPERVISED, "synthetic")),
    "steps of RL": ("steps", ("rl", "on-policy-distillation")),
    "labels": ("examples", ("labels",)),
}
"""What says how large a recipe is: a quantity of its phases of some kinds."""
COST_CLASS_OF = "on Llama 3.1 70B, whole programme of a follower, H100 rented at 2026-11"
"""What the class of cost in the file of a recipe is about."""
LABELS = {
    "comparison": "comparison_price",
    "ai_comparison": "ai_comparison_price",
    "demonstration": "demonstration_price",
    "expert_hour": "expert_hour_price",
    "rl_task": "rl_task_price",
    "environment": "environment_price",
}
PHASE_CHOICES = {
    "method": METHODS,
    "optimizer": OPTIMIZERS,
    "lora_targets": TARGETS,
    "mode": MODES,
    "answers": ("reasoning", "chat", "synthetic"),
}
"""What a phase chooses from, in words."""
TEXTS = ("kind", "label", "base", *PHASE_CHOICES)
HEADER = ("source", "as_of")
"""What a recipe says once for all quantities that name no source of their own."""
TEAM = {"contributors": "person", "project_time": "day"}
"""Who works on a recipe and for how long, with what is taken where it does not say."""
SWITCHES = ("reference",)
ADAPTERS = "lora"
"""The switch that says `method = "lora"` too."""
PRIORS = {
    "share": "posttraining_ratio",
    "prompt_length": "prompt_length",
    "acceptance": "acceptance",
    "batch": "fine_tuning_batch",
    "readings": "rl_readings",
    "lora_rank": "lora_rank",
}


@frozen
class Phase:
    """One phase: its kind, its quantities as facts, and labels per example (or RL prompt)."""

    name: str
    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    labels: Mapping[str, Fact] = field(default_factory=dict)
    label: str = ""
    method: str = FULL
    optimizer: str = ""
    """Empty: the one that is usual."""
    lora_targets: str = ""
    """Which matrices have adapters; empty: those of the prior."""
    reference: bool = True
    """Whether preference optimisation reads answers under a frozen reference (DPO does)."""
    mode: str = "colocated"
    answers: str = "reasoning"
    """Which prior an unknown length of answers has: reasoning, chat or synthetic."""
    base: str = ""
    """Another model of the catalogue that is trained or sampled instead of the policy."""

    def known(self, key: str) -> bool:
        """Whether a quantity is given."""
        return key in self.facts

    @property
    def trains(self) -> bool:
        """Whether it has a backward pass."""
        return self.kind in TRAINED

    def sized_by(self, quantity: str) -> bool:
        """Whether it trains as long as a quantity says: tokens and examples of passes, or steps."""
        if quantity == "steps":
            return self.trains and self.known("steps")
        return self.kind in SUPERVISED

    @property
    def method_in_words(self) -> str:
        """Its method and optimiser, without those that are usual; nothing where it trains none."""
        unusual = (self.method != FULL and self.method, self.optimizer != ADAMW and self.optimizer)
        return ", ".join(word for word in unusual if word) if self.trains else ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do: a size of the phase is exactly zero."""
        sizes = ("examples", "tokens", "steps", "prompts_per_step", "epochs")
        return any(key in self.facts and self.facts[key].high == 0 for key in sizes)

    def size(self, key: str) -> float:
        """Return the value of a quantity; 0 where it is not given."""
        return self.facts[key].value if key in self.facts else 0.0

    def with_facts(self, **facts: Fact) -> "Phase":
        """Return the phase with some quantities replaced."""
        return replace(self, facts={**self.facts, **facts})

    def choosing(self, key: str, name: str) -> "Phase":
        """Return the phase with another of `PHASE_CHOICES`."""
        return replace(self, **{key: name})  # type: ignore[arg-type]

    def trained_by(self, method: str = "", optimizer: str = "") -> "Phase":
        """Return the phase trained otherwise; the same where nothing is named or trained."""
        if not self.trains:
            return self
        return replace(self, method=method or self.method, optimizer=optimizer or self.optimizer)

    def with_labels(self, **labels: Fact) -> "Phase":
        """Return the phase with other labels per example."""
        return replace(self, labels={**self.labels, **labels})


@frozen
class Recipe:
    """A published way of post-training, as phases in order."""

    name: str
    label: str
    source: str
    phases: tuple[Phase, ...]
    note: str = ""
    as_of: str = ""
    cost_class: str = ""
    """What it costs on the usual base, to an order of magnitude."""
    team: Mapping[str, Fact] = field(default_factory=dict)
    """Its contributors and the time they take, where they are known."""

    @property
    def words(self) -> str:
        """What it is called in bills and sentences."""
        return f"recipe {self.name}"

    @property
    def facts(self) -> list[Fact]:
        """Its numbers: of each phase, of their labels, of its team."""
        phases = [f for p in self.phases for f in (*p.facts.values(), *p.labels.values())]
        return [*phases, *self.team.values()]

    @property
    def size(self) -> str:
        """How much it is, in words: its largest phase of each sort."""
        share = ["a share of pre-training"] if self.takes_share else []
        largest = {
            words: max((p.size(key) for p in self.phases if p.kind in kinds), default=0.0)
            for words, (key, kinds) in SIZES.items()
        }
        return ", ".join(
            [
                *share,
                *(f"{format_quantity(n, 'count')} {words}" for words, n in largest.items() if n),
            ]
        )

    @property
    def takes_share(self) -> bool:
        """Whether a part of it is sized by the pre-training of its base."""
        return any(phase.kind == SHARE for phase in self.phases)

    @property
    def needs_shape(self) -> bool:
        """Whether any of its work depends on the shape of the base."""
        return any(phase.kind not in (SHARE, "labels") for phase in self.phases)


def fact_of(phase: Phase, key: str, catalogue: Catalogue, assumed: list[str]) -> Fact:
    """Return a quantity of a phase: given, else its prior, which is then listed as assumed.

    Raises InputError when the phase neither gives it nor has a prior for it.
    """
    if key in phase.facts:
        return phase.facts[key]
    if key == "response_length":
        prior = f"response_length_{phase.answers}"
    elif key in PRIORS:
        prior = PRIORS[key]
    else:
        raise InputError(f"phase '{phase.name}': {key} missing")
    fact = catalogue.assumption(prior)
    assumed.append(f"{key} = {fact.value:g}")
    return fact


def one_of(phase: Phase, key: str) -> Fact:
    """Return a quantity that is 1 unless it is given."""
    return phase.facts.get(key) or chosen(f"phase/{phase.name}/{key}", "1 x", "x")


# --- recipes -------------------------------------------------------------------------------------


def recipe_of(name: str, catalogue: Catalogue, where: str = "`recipe`") -> Recipe:
    """Return a recipe by name; raise InputError with the nearest one."""
    name, entry = catalogue.recipe(name, where)
    path = f"recipes/{name}"
    for key in ("label", *HEADER, "phase"):
        if not entry.get(key):
            raise DataError(f"{path}: no {key}")
    if strange := set(entry) - {"label", *HEADER, "phase", "note", "cost_class", *TEAM}:
        raise DataError(f"{path}: unknown key '{min(strange)}'")
    header = {key: entry[key] for key in HEADER}
    return Recipe(
        name=name,
        label=entry["label"],
        source=entry["source"],
        phases=tuple(phase_from(f"{path}/{each['name']}", each, header) for each in entry["phase"]),
        note=entry.get("note", ""),
        as_of=entry["as_of"],
        cost_class=entry.get("cost_class", ""),
        team={
            key: read_fact(f"{path}/{key}", {**header, **entry[key]}, unit)
            for key, unit in TEAM.items()
            if key in entry
        },
    )


def phase_from(
    path: str, entry: Mapping[str, Any], header: Mapping[str, str], *, typed: bool = False
) -> Phase:
    """Read a phase; a quantity that names no source has that of the header, and its date.

    typed: a bare quantity is read as on the command line, with its unit or without.
    """
    _check_keys(path, entry)
    facts = {
        key: _fact(f"{path}/{key}", entry[key], unit, header, typed)
        for key, unit in PHASE_FACTS.items()
        if key in entry
    }
    labels = {
        key: _fact(f"{path}/labels/{key}", value, "x", header, typed)
        for key, value in entry.get("labels", {}).items()
    }
    texts = {key: str(entry[key]) for key in TEXTS if key in entry}
    if entry.get(ADAPTERS):
        texts.setdefault("method", LORA)
    switches = {key: bool(entry[key]) for key in SWITCHES if key in entry}
    return Phase(name=str(entry["name"]), facts=facts, labels=labels, **texts, **switches)  # type: ignore[arg-type]


def _check_keys(path: str, entry: Mapping[str, Any]) -> None:
    """Raise DataError for a key, a kind, a choice or a label that there is not."""
    valid_keys = {"name", "labels", ADAPTERS, *TEXTS, *SWITCHES, *PHASE_FACTS}
    for key in sorted(set(entry) - valid_keys):
        raise DataError(f"{path}: unknown key '{key}'; {nearest(key, valid_keys)}")
    for key, choices in {"kind": KINDS, **PHASE_CHOICES}.items():
        text = str(entry.get(key, "" if key == "kind" else choices[0]))
        if text not in choices:
            raise DataError(f"{path}: {key} '{text}'; {nearest(text, choices)}")
    for label in sorted(set(entry.get("labels", {})) - set(LABELS)):
        raise DataError(f"{path}: label '{label}'; {nearest(label, LABELS)}")


def _fact(path: str, value: object, unit: str, header: Mapping[str, str], typed: bool) -> Fact:
    """Return a quantity as a fact: a bare one is a choice of the recipe's, exact."""
    limits = PHASE_LIMITS.get(path.rsplit("/", 1)[-1], OF_UNIT)
    if isinstance(value, Mapping):
        return read_fact(path, value if "source" in value else {**header, **value}, unit, limits)
    if not typed:
        return read_fact(path, {"value": value, "confidence": "definition", **header}, unit, limits)
    try:
        return fact_from_text(path, str(value), unit, header["source"], limits)
    except ValueError as error:
        raise DataError(f"{path}: '{value}': {error}") from None
