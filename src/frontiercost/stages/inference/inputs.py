"""Inference: from a scenario to the inputs of the stage, every gap filled."""

from dataclasses import fields

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, chosen, fact_from_text
from frontiercost.core.number_format import format_quantity
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import FORMATS, Formats, formats_on
from frontiercost.physics.serving_machine import ANY_ENGINE
from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.resolver import DEFAULT_CHIP, Resolver
from frontiercost.scenario.user_facts import has_measured
from frontiercost.stages.inference.serving_error import NONE_MEASURED, OwnTimes
from frontiercost.stages.inference.workload import Demand, Inputs

DEFAULTS = {
    "requests": "1M/day",
    "tokens_per_second": "20",
    "reasoning_tokens": "0",
    "cache_hit": "0%",
}
REPAID = ("development", "token_price", "demand_growth")
ASSUMED = {
    "input_tokens": "request_input_tokens",
    "output_tokens": "request_output_tokens",
    "utilisation": "serving_utilisation",
}


def demand_of(r: Resolver) -> Demand:
    """Return the requests: as asked for, else those of the catalogue."""
    answer, reasoning = _assumed(r, "output_tokens"), _reasoning(r)
    asked = _asked(r)
    at_once = asked is not None and asked.unit == "user"
    return Demand(
        prompt=_prompt(r, answer.value + reasoning.value),
        answer=answer,
        reasoning=reasoning,
        cache_hit=_default(r, "cache_hit"),
        requests=None if at_once else asked,
        users=asked if at_once else None,
        sessions=r.catalogue.assumption("sessions_per_request"),
    )


def inputs_of(r: Resolver) -> Inputs:
    """Return the inputs of the stage."""
    r.refuse_unreleased()
    architecture = r.architecture()
    if architecture is None:
        raise InputError(
            f"the shape of {r.name()} is not published, so its serving cannot be modelled; "
            "give `params` (and `active_params`), or another `model`"
        )
    _break_even(r)
    chip = r.chip(DEFAULT_CHIP)
    precision = _precision(r, chip)
    demand = demand_of(r)
    formats = _formats(r, chip, precision, architecture)
    own = _measured(r, chip, architecture, formats)
    return Inputs(
        **{f.name: getattr(demand, f.name) for f in fields(demand)},
        architecture=architecture,
        chip=chip,
        precision=precision,
        formats=formats,
        utilisation=_assumed(r, "utilisation"),
        speed=_default(r, "tokens_per_second"),
        first_token=r.fact("ttft", None),
        chips=r.fact("chips", None),
        speculative=r.scenario.switch("speculative"),
        prompts=r.scenario.text("prompts"),
        engine=own.engine if own.rows else _engine(r),
        own=own,
        pue=r.pue,
        spot=r.rents_spot,
        derived_shape=r.derived_shape,
    )


def _engine(r: Resolver) -> str:
    return r.scenario.text("engine", ANY_ENGINE).replace("-", "")


def _measured(r: Resolver, chip: Chip, architecture: Architecture, formats: Formats) -> OwnTimes:
    """Return what one's own benchmark of the model on the chip says, if there is one."""
    if not has_measured(r.scenario):
        return NONE_MEASURED
    from frontiercost.stages.inference.measured import measured_on
    from frontiercost.stages.published.measured import measured_tables

    tables = measured_tables(r.scenario, r.catalogue)
    own = measured_on(chip, architecture, formats, _engine(r), tables, r.catalogue)
    others = f"; not used: {own.passed_over}" if own.passed_over else ""
    r.notes.append(
        f"measured rows of {r.name()} on {chip.name} that move and narrow the answer: {own.rows}"
        f"{others}"
    )
    return own


def _asked(r: Resolver) -> Fact | None:
    """Return what was asked for, by day or at once; what given chips serve is not asked for."""
    if r.scenario.has("chips") and not r.scenario.has("requests"):
        return None
    return _default(r, "requests")


def _break_even(r: Resolver) -> None:
    """Read what repays a development, where both its cost and a price of tokens are given."""
    if r.scenario.has("break_even") or (
        r.scenario.has("development") and r.scenario.has("token_price")
    ):
        for key in REPAID:
            r.fact(key, None)
    r.fact("price_decline", None)
    r.because("a break-even needs `development` '$100M' and `price` of tokens, '$10/Mtok'", *REPAID)


def _default(r: Resolver, key: str) -> Fact:
    """Return what was asked for, else the default, which the output shows as such."""
    reader = KEYS[key].reader
    text, unit, limits = DEFAULTS[key], reader.unit, reader.limits
    return r.fact(key, None) or r.default(chosen(f"input/{key}", text, unit, limits))


def _reasoning(r: Resolver) -> Fact:
    """Return the tokens written before an answer: given, else typical of the model, else none."""
    typical = r.model_fact("reasoning_tokens")
    reasoning = r.fact("reasoning_tokens", typical) or _default(r, "reasoning_tokens")
    if r.model and r.model.reasoning and not r.scenario.has("reasoning_tokens"):
        counted, why = "none", "for no typical number is published"
        if typical is not None:
            counted, why = format_quantity(typical.value, "token"), f"typical by {typical.source}"
        r.notes.append(
            f"{r.model.label} reasons before it answers: of its reasoning tokens {counted} are "
            f"counted an answer, {why} (--reasoning-tokens)"
        )
    return reasoning


def _assumed(r: Resolver, key: str) -> Fact:
    """Return what was asked for, else the assumption of the catalogue, with its interval."""
    assumption = r.catalogue.assumption(ASSUMED[key])
    stated = r.fact(key, assumption)
    return stated or assumption


def _precision(r: Resolver, chip: Chip) -> str:
    """Return the format of the weights: as asked for, as published, else FP8 where there is FP8."""
    published = r.model.weights if r.model else ""
    eight = "fp8" if "peak_fp8" in chip.facts else "bf16"
    precision = r.scenario.text("precision") or published or eight
    family = FORMATS[precision][0]
    if f"peak_{family}" not in chip.facts:
        r.notes.append(
            f"without {family.upper()} units {chip.name} holds weights in {precision} and "
            "computes in BF16"
        )
    return precision


def _formats(r: Resolver, chip: Chip, precision: str, architecture: Architecture) -> Formats:
    """Return the formats of layers, experts and cache.

    Mixtures in FP4 keep wider layers. The cache is in BF16, the models' own format, unless FP4
    weights were made for serving, whose files hold scales for a cache in FP8.
    """
    dense = "bf16" if architecture.experts and precision in ("fp4", "mxfp4") else precision
    scaled = precision == "fp4" and not (r.model and r.model.weights)
    cache = r.scenario.text("kv_precision", "fp8" if scaled else "bf16")
    return formats_on(chip, dense, precision, cache)


def _prompt(r: Resolver, output: float) -> Fact:
    """Return the tokens read: given, or what the context leaves beside the output.

    Raises InputError where the request is longer than the model's context.
    """
    context = r.fact("context", None)
    if context is None:
        prompt = _assumed(r, "input_tokens")
        _check_context(r, prompt.value + output, "`input_tokens` with `output_tokens`")
        return prompt
    if r.scenario.has("input_tokens"):
        raise InputError("`context` and `input_tokens`: give one; the other follows")
    _check_context(r, context.value, r.scenario.origin("context"))
    left = context.value - output
    if left < 1:
        raise InputError(
            f"{r.scenario.origin('context')} '{r.scenario.text('context')}': the output alone is "
            f"{output:,.0f} tokens; take a longer context"
        )
    input_tokens = fact_from_text("input/input_tokens", str(left), "token", context.source)
    r.keep("input_tokens", input_tokens, r.inputs["context"].set_by)
    return input_tokens


def _check_context(r: Resolver, tokens: float, where: str) -> None:
    """Refuse more tokens than the model reads; name the models that read as many."""
    most = r.model_fact("max_context")
    if most is None or tokens <= most.value:
        return
    raise InputError(
        f"{where}: {format_quantity(tokens, 'token')} are more than the "
        f"{format_quantity(most.value, 'token')} that {r.name()} reads; {_longer(r, tokens)}"
    )


def _longer(r: Resolver, tokens: float) -> str:
    """Name the models of the catalogue that read so many tokens, shortest first."""
    max_contexts = {
        name: fact.value
        for name in r.catalogue.names("model")
        if (fact := r.catalogue.model(name).facts.get("max_context"))
    }
    able = sorted((most, name) for name, most in max_contexts.items() if most >= tokens)
    if not able:
        longest = max(max_contexts, key=max_contexts.__getitem__)
        most = format_quantity(max_contexts[longest], "token")
        return f"the longest of the catalogue is {longest} ({most}); or give `params`"
    return f"models that do: {', '.join(name for _, name in able[:3])}; or give `params`"
