"""Post-training: from a scenario to a recipe, with the sizes that were changed, on a base."""

from dataclasses import replace

from frontiercost.catalogue.fine_tuning import LORA, QLORA
from frontiercost.core.errors import DataError, InputError, nearest, refused
from frontiercost.core.facts import Fact, fact_from_text
from frontiercost.core.limits import OF_UNIT
from frontiercost.core.provenance import GIVEN, Provenance
from frontiercost.core.units import not_after
from frontiercost.cost.choices import EXPLORER, FOLLOWER
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.scenario import ScenarioValue
from frontiercost.scenario.user_facts import has_measured
from frontiercost.stages.posttrain.base import Base, retrained
from frontiercost.stages.posttrain.phase_work import Inputs
from frontiercost.stages.posttrain.recipe import (
    ADAPTER_RECIPE,
    LABELS,
    PHASE_CHOICES,
    PHASE_FACTS,
    PHASE_LIMITS,
    Phase,
    Recipe,
    phase_from,
    recipe_of,
)
from frontiercost.stages.stage import CHIPS_AND_DEADLINE

DEFAULT_RECIPE = "chat"
LEADERS_RECIPE = "frontier-lab"
"""Of an explorer, from the day that it was known."""
SHARE_RECIPE = "compute-share"
"""Of a base whose shape is not known, and of pre-training where no recipe is asked for."""
OWN = "scenario"
GUESSED = ("estimated", "judged")


def inputs_of(r: Resolver, base: Base | None = None) -> tuple[Recipe, Inputs]:
    """Return the recipe as it was changed, and the inputs of the stage.

    `base` is the pre-training of the base, where it is known already.
    """
    if r.scenario.text("stage") == "posttrain":
        r.refuse_unreleased()
    architecture = r.architecture()
    recipe = _recipe(r, shaped=architecture is not None)
    if architecture is None and recipe.needs_shape:
        raise InputError(
            f"the shape of {r.name()} is not published, so {recipe.words} cannot be modelled on "
            f"it; give `params` (and `active_params`), another `model`, or `recipe` {SHARE_RECIPE}"
        )
    _say_what_is_published(r)
    phases = _changed(_trained_alike(recipe, r), r)
    if recipe.takes_share and base is None:
        base = retrained(r, recipe)
    alone = r.scenario.text("stage") != "pretrain"
    if alone and r.scenario.has("chips") and r.scenario.has("deadline"):
        raise InputError(CHIPS_AND_DEADLINE)
    return recipe, Inputs(
        architecture=architecture,
        chip=r.chip(),
        phases=phases,
        precision=r.scenario.text("precision", "bf16"),
        chips=r.fact("chips", None) if alone else None,
        own_chips=r.own_of(r.chip()) if alone else 0,
        deadline=r.fact("deadline", None) if alone else None,
        errors=_measured_errors(r, bool(architecture and architecture.experts)),
        spot=r.scenario.text("stage") == "posttrain" and r.on_spot(),
        base=base,
    )


def _measured_errors(r: Resolver, moe: bool) -> dict[str, Fact]:
    """Return what phases are known to err by after one's own measured rows, if there are any."""
    if r.scenario.text("stage") == "pretrain" or not has_measured(r.scenario):
        return {}
    from frontiercost.stages.observed_utilisation import kind_of
    from frontiercost.stages.posttrain.measured import READERS, measured_errors, of_kind
    from frontiercost.stages.posttrain.published_errors import error_of
    from frontiercost.stages.prediction_error import narrowing
    from frontiercost.stages.published import measured

    chip, kind = r.chip(), kind_of(moe)
    tables = measured.measured_tables(r.scenario, r.catalogue)
    found = measured.measured_cases(tables, READERS, "a phase", r.catalogue).on(chip)
    found = of_kind(found, kind)
    r.notes.append(measured.said_of(found, chip, "the hours of phases"))
    errors = measured_errors(found, kind, r.catalogue)
    for speed_class, learnt in errors.items():
        usual = error_of(speed_class, r.catalogue)
        if learnt != usual:
            r.notes.append(f"class {speed_class}: {narrowing(usual, learnt)}")
    return errors


def _say_what_is_published(r: Resolver) -> None:
    """Say what the model's own post-training took, where its maker has published it."""
    facts = (r.model_fact(key) for key in ("posttraining_hours", "posttraining_cost"))
    known = [(fact, f"{fact.value:,.0f} {fact.unit}") for fact in facts if fact]
    if r.model and known:
        took = " and ".join(text for _, text in known)
        about = "; ".join(fact.note or fact.at for fact, _ in known)
        is_guess = any(fact.confidence in GUESSED for fact, _ in known)
        whose = "by the guess of others" if is_guess else "as published"
        r.notes.append(f"{r.model.label}'s own post-training took {took} {whose} ({about})")


def _recipe(r: Resolver, *, shaped: bool) -> Recipe:
    """Return the phases that the scenario lists, else a recipe of the catalogue."""
    own = r.scenario.own_phases
    r.scenario.read.add("phase")
    if not own:
        name = r.scenario.text("recipe") or usual_recipe(r, shaped=shaped)
        recipe = recipe_of(name, r.catalogue, r.scenario.origin("recipe"))
        if not not_after(recipe.as_of, r.date):
            r.notes.append(f"{recipe.words} is of {recipe.as_of}, after {r.date}")
        return recipe
    if r.scenario.has("recipe"):
        raise InputError(f"{r.scenario.origin('recipe')}: the file lists phases; give one of both")
    header = Provenance("file", r.date, GIVEN)._asdict()
    try:
        phases = tuple(phase_from(f"phase/{e.get('name', '')}", e, header, typed=True) for e in own)
    except (DataError, KeyError) as error:
        raise InputError(f"[[phase]] of the scenario: {error}") from None
    return Recipe(OWN, "phases of the scenario", "file", phases)


def usual_recipe(r: Resolver, *, shaped: bool) -> str:
    """Return the recipe that is taken where none is asked for.

    One pass for who asks for adapters; the model's own; that of leading labs for who explores as
    they do; a share of pre-training where nothing else can be modelled; else the usual one.
    """
    if shaped and r.scenario.text("method") in (LORA, QLORA):
        return ADAPTER_RECIPE
    if r.model and r.model.recipe:
        return r.model.recipe
    explores = r.scenario.text("programme", FOLLOWER.name) == EXPLORER.name
    if explores and not_after(recipe_of(LEADERS_RECIPE, r.catalogue).as_of, r.date):
        return LEADERS_RECIPE
    return DEFAULT_RECIPE if shaped else SHARE_RECIPE


def _trained_alike(recipe: Recipe, r: Resolver) -> Recipe:
    """Return the recipe with all that it trains trained by `method` and `optimizer`, if given."""
    if not any(phase.trains for phase in recipe.phases):
        r.because("nothing is trained", "method", "optimizer")
        return recipe
    asked = {key: r.scenario.text(key) for key in ("method", "optimizer")}
    return replace(recipe, phases=tuple(p.trained_by(**asked) for p in recipe.phases))


def _changed(recipe: Recipe, r: Resolver) -> tuple[Phase, ...]:
    """Return the phases with the quantities that were set: `sft.examples`, `ppo.steps`, …"""
    phases = {phase.name: phase for phase in recipe.phases}
    for key, value in r.scenario.phases.items():
        r.scenario.read.add(f"phases.{key}")
        name, _, quantity = key.partition(".")
        if name not in phases:
            raise InputError(
                f"{value.origin}: recipe {recipe.name} has no phase '{name}'; "
                f"{nearest(name, phases)}"
            )
        phases[name] = _with(phases[name], quantity, value, r)
    return tuple(phases.values())


def _with(phase: Phase, key: str, value: ScenarioValue, r: Resolver) -> Phase:
    """Return a phase with one quantity, or labels per example, replaced."""
    if key in PHASE_CHOICES:
        return _chosen(phase, key, value, r)
    kind = key.removeprefix("labels.")
    if kind != key:
        if kind not in LABELS:
            raise InputError(f"{value.origin}: no such label; {nearest(kind, LABELS)}")
        fact = _fact(phase, key, "x", value, r)
        return phase.with_labels(**{kind: fact})
    if key not in PHASE_FACTS:
        known = (*PHASE_FACTS, *PHASE_CHOICES)
        raise InputError(f"{value.origin}: no such quantity; {nearest(key, known)}")
    return phase.with_facts(**{key: _fact(phase, key, PHASE_FACTS[key], value, r)})


def _chosen(phase: Phase, key: str, value: ScenarioValue, r: Resolver) -> Phase:
    """Return a phase with another method, optimiser, targets of adapters, or mode."""
    text, choices = str(value.text), PHASE_CHOICES[key]
    if text not in choices:
        raise InputError(f"{value.origin} '{text}': {nearest(text, choices)}")
    if key in ("method", "optimizer", "lora_targets") and not phase.trains:
        raise InputError(f"{value.origin}: phase {phase.name} trains nothing")
    return phase.choosing(key, text)


def _fact(phase: Phase, key: str, unit: str, value: ScenarioValue, r: Resolver) -> Fact:
    path, text = f"phase/{phase.name}/{key}", str(value.text)
    try:
        source, limits = f"{value.set_by}:{value.origin}", PHASE_LIMITS.get(key, OF_UNIT)
        fact = fact_from_text(path, text, unit, source, limits, r.scenario.exchange)
    except ValueError as error:
        raise refused(value.origin, text, error) from None
    r.keep(f"phases.{phase.name}.{key}", fact, value.set_by)
    return fact
