"""Inference: serve a model for a year."""

from dataclasses import replace
from typing import Any

from frontiercost.core.errors import InputError
from frontiercost.core.facts import mean
from frontiercost.cost.bill import Bill
from frontiercost.cost.choices import Programme
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.scenario import value_of
from frontiercost.stages.inference.inputs import inputs_of
from frontiercost.stages.inference.upkeep import PARTS, PEOPLE, people_line
from frontiercost.stages.inference.workload import Service, service
from frontiercost.stages.stage import Answer, Stage, StageResult


def result(r: Resolver) -> StageResult[Service]:
    """Serve a model for a year."""
    inputs = inputs_of(r)
    served = service(inputs, r.drawn, lambda chip: _on_chip(r, chip, served))
    work = served.workload

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        if not mean(work.person_years):
            return ProgrammeCosts(parts=PARTS)
        line = people_line(work.person_years, served.upkeep, terms, r.drawn)
        return ProgrammeCosts((line,), parts=PARTS)

    r.because("nobody is paid to run a few cards at a desk", "pay")
    return StageResult(inputs.chip, inputs.precision, work, served, programme_costs)


def _on_chip(r: Resolver, chip: str, served: Service) -> tuple[Service, Bill]:
    """Return the same demand on another chip, as its own command answers it.

    Chips that were given are those of the chip asked for, and what they serve is the demand.
    """
    from frontiercost.stages.bills import Bills

    own = "chip and demand compared"
    values = {**r.scenario.values, "chip": value_of("chip", chip, "default", own)}
    if values.pop("chips", None) and "requests" not in values:
        demand = f"{served.requests_per_day!r}/day"
        values["requests"] = value_of("requests", demand, "default", own)
    there = Resolver(replace(r.scenario, values=values, read=set()), r.catalogue, r.draws)
    made = result(there)
    priced = Bills(there, STAGE, made).at(there.pay_of(there.whose_pay()))
    return made.detail, priced.bill


def _other(r: Resolver) -> Stage[Any] | None:
    """Return the purchase from an API, asked for or of a model whose shape is not published."""
    asked, resized = r.scenario.switch("bought"), r.scenario.has("params", "active_params")
    on_chips = r.model is None or r.model.open_shape or resized
    if on_chips and not asked:
        return None
    if r.model is None or resized:
        raise InputError("`bought`: an API sells models by name; give `model` without `params`")
    from frontiercost.stages.inference.bought import STAGE as BOUGHT

    return BOUGHT


def _answer() -> Answer[Service]:
    from frontiercost.stages.inference.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="inference",
    result=result,
    answer=_answer,
    other=_other,
    programme=Programme("serving", "a year of serving"),
    programme_lines={PEOPLE: "people who run it"},
    leaves_out=("making the model", "margin and taxes"),
)
