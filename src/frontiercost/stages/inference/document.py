"""A service in the document: deployment, unit costs, frontier, API prices, and what moves them."""

from collections.abc import Callable, Iterable
from typing import Any

from frontiercost.core.units import BYTES_PER_GB, HOURS_PER_YEAR, PER_MILLION
from frontiercost.core.wording import interval
from frontiercost.cost.energy_and_pay import GRAMS_PER_TONNE
from frontiercost.physics.serving_deployment import Served
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import economics
from frontiercost.stages.inference import workload as inference
from frontiercost.stages.inference.decision import MONTHS, Own, decision
from frontiercost.stages.inference.drawn_times import is_beyond_measured
from frontiercost.stages.inference.economics import Offer, Point, Scale
from frontiercost.stages.inference.request_flop import attention_share
from frontiercost.stages.inference.workload import Service


def entries(e: Evaluation[Service]) -> dict[str, Any]:
    """Return the plan and the metrics of a service."""
    return {
        "plan": _plan(e),
        "metrics": _metrics(e),
        "decision": _decision(e),
        "frontier": [_point(point) for point in economics.by_speed(e)],
        "api_offers": offer_entries(economics.offers(e)),
    }


def _plan(e: Evaluation[Service]) -> dict[str, Any]:
    s = e.detail
    return {
        **_deployment(s.chosen),
        "beyond_measured": is_beyond_measured(s.inputs, s.chosen, s.catalogue),
        "weight_format": s.inputs.precision,
        "cache_bytes_per_element": float(s.inputs.formats.cache_bytes),
        "serving_chips": s.chips,
        "busy_share": s.busy,
        "most_requests_per_second": s.most_requests,
        "most_users": s.most_users,
        "cache_tokens": s.cache_room,
        "cache_gb_per_request": s.cache_bytes / BYTES_PER_GB,
        "quadratic_flop_share": attention_share(s.inputs.architecture, s.inputs.request),
    }


def _decision(e: Evaluation[Service]) -> dict[str, Any]:
    """Return the ways to get the demand served."""
    found = decision(e)
    offer = found.offer
    return {
        "buys": found.buys,
        "cheapest_api": offer.price.id if offer else None,
        "api_same_model": offer.same_model if offer else None,
        "api_usd_per_year": offer.usd_per_year.median if offer else None,
        "api_usd_per_month": offer.usd_per_year.median / MONTHS if offer else None,
        "asked": _own(found.asked),
        "cheapest": _own(found.cheapest) if found.cheapest else None,
    }


def _own(own: Own) -> dict[str, Any]:
    return {
        "chip": own.chip.name,
        "chips": own.chips,
        "usd_per_year": own.usd_per_year,
        "usd_per_month": own.usd_per_year / MONTHS,
        "usd_per_million_output_tokens_all_in": PER_MILLION * own.usd_per_token,
        "tokens_per_second_per_user": own.tokens_per_second,
        "wins_above_requests_per_day": own.wins_above,
        "wins_above_requests_per_day_falling": own.wins_above_falling,
    }


def _deployment(best: Served) -> dict[str, Any]:
    ways = ("tensor", "data", "expert", "pipeline", "context")
    return {
        "ways": {name: int(getattr(best.deployment, name)) for name in ways},
        "requests_in_flight_per_group": float(best.in_flight),
        "unit_chips": int(best.chips),
        "prompt_unit_chips": int(best.prompt_chips),
        "tokens_per_second_per_user": 1 / float(best.time_per_token),
        "seconds_to_first_token": float(best.time_to_first_token),
        "chip_seconds_per_request": float(best.chip_seconds),
        "prompt_chip_seconds_per_request": float(best.prompt_seconds),
    }


def _metrics(e: Evaluation[Service]) -> dict[str, Any]:
    u, s = economics.unit_costs(e), e.detail
    grams = GRAMS_PER_TONNE * e.workload.carbon_t / s.requests_per_year
    return {
        "tokens_per_second_per_user": interval(e, 1 / s.token_seconds),
        "tokens_per_second_alone": interval(e, s.alone_tokens_per_second),
        "seconds_to_first_token": interval(e, s.first_seconds),
        "usd_per_million_input_tokens": interval(e, PER_MILLION * u.input_token),
        "usd_per_million_output_tokens": interval(e, PER_MILLION * u.output_token),
        "usd_per_million_output_tokens_all_in": interval(e, PER_MILLION * u.all_on_output),
        "usd_per_request": interval(e, u.request),
        "usd_per_user_year": interval(e, u.user_year),
        "usd_per_chip_hour": interval(e, u.chip_hour),
        "requests_per_year": interval(e, s.requests_per_year),
        "kwh_per_request": interval(e, s.kwh_per_request),
        "gco2e_per_request": interval(e, grams),
        "mean_power_kw": interval(e, e.workload.energy_kwh / HOURS_PER_YEAR),
    }


def _point(point: Point) -> dict[str, Any]:
    """Return one row of what was moved; null for what no deployment reaches."""
    best = point.chosen
    return {
        "value": point.value,
        "usd_per_request": point.cost,
        "prompt_tokens": point.request.prompt,
        "output_tokens": point.request.output,
        "deployment": _deployment(best) if best is not None else None,
    }


def offer_entries(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """Return what others sell the same demand for."""
    return [_offer(offer) for offer in offers]


def _offer(offer: Offer) -> dict[str, Any]:
    price = offer.price
    return {
        "id": price.id,
        "provider": price.provider,
        "same_model": offer.same_model,
        "usd_per_million_input_tokens": PER_MILLION * price.input,
        "usd_per_million_cached_tokens": PER_MILLION * price.cached,
        "usd_per_million_output_tokens": PER_MILLION * price.output,
        "kind": price.kind,
        "above_tokens": price.above,
        "peak_share": price.peak_share,
        "usd_per_year": offer.usd_per_year._asdict(),
        "multiple": offer.multiple,
        "as_of": price.checked or None,
        "listed": price.listed,
        "confidence": offer.confidence,
        "source": price.source,
    }


def _reasoning(e: Evaluation[Service]) -> list[dict[str, Any]]:
    return [_point(point) for point in economics.by_reasoning(e)]


def _context(e: Evaluation[Service]) -> list[dict[str, Any]]:
    plain = economics.by_context(e, plain=True)
    inputs = e.detail.inputs
    return [
        _point(point)
        | {
            "quadratic_flop_share": attention_share(inputs.architecture, point.request),
            "cache_gb": inference.cache_bytes(inputs, point.request) / BYTES_PER_GB,
            "usd_per_request_plain_attention": other.cost,
        }
        for point, other in zip(economics.by_context(e), plain, strict=True)
    ]


def _demand(e: Evaluation[Service]) -> list[dict[str, Any]]:
    return [_scale(scale) for scale in economics.by_demand(e)]


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "requests_per_day": scale.requests_per_day,
        "users": scale.users,
        "chips": scale.chips,
        "usd_per_year": scale.usd_per_year,
        "usd_per_request": scale.usd_per_request,
        "busy": scale.busy,
        "handicap": scale.handicap,
    }


def _break_even(e: Evaluation[Service]) -> dict[str, Any]:
    from frontiercost.stages.inference import break_even as repaid

    b = repaid.break_even(e)
    return {
        "development_usd": interval(e, b.development),
        "price_usd_per_million_tokens": interval(e, PER_MILLION * b.price),
        "marginal_usd_per_million_tokens": interval(e, PER_MILLION * b.marginal),
        "million_tokens": interval(e, b.volume / PER_MILLION),
        "years": interval(e, b.years),
        "price_decline": interval(e, b.price_decline),
        "cost_decline": interval(e, b.cost_decline),
        "years_falling": interval(e, b.years_falling),
        "probability_repaid_falling": b.probability_falling,
        "probability_repaid": b.probability_repaid,
        "average_cost": [
            {"million_tokens": q / PER_MILLION, "usd_per_million_tokens": PER_MILLION * cost}
            for q, cost in repaid.average_costs(b, e.draws)
        ],
        "when_serving_costs_more": [
            {"factor": factor, "years": years}
            for factor, years in repaid.when_inference_grows(b, e.draws)
        ],
    }


VIEW_ENTRIES: dict[str, Callable[[Evaluation[Service]], Any]] = {
    "reasoning": _reasoning,
    "context": _context,
    "demand": _demand,
    "break-even": _break_even,
}
