"""Deployments of a service to choose from: as held-out models ran, and as was asked."""

import numpy as np

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.facts import kept
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_deployment import Served, served
from frontiercost.physics.serving_memory import Request
from frontiercost.stages.inference.serving_error import OwnTimes, centre_of, errors_of

SPECULATED_IN_FLIGHT = 16
"""Requests in flight for which the ratio of speculation is stated."""


@kept(maxsize=64)
def deployments_on(
    catalogue: Catalogue,
    architecture: Architecture,
    request: Request,
    chip: str,
    formats: Formats,
    engine: str,
    own: OwnTimes,
    speculative: bool,
    prompts: str,
    largest: int,
    slowest_first: float,
) -> Served:
    """Worked out once for all actors: they differ in how many requests they have, not in one.

    Times are those that held-out models took at the median, not bare physics.
    """
    rates = catalogue.constants("serving_rates")
    machine = catalogue.chip(chip)
    first, per_token = (
        centre_of(errors_of(rates, quantity, architecture, machine, engine, formats, own))
        for quantity in ("ttft", "tpot")
    )
    found = served(
        architecture,
        request,
        machine,
        formats,
        rates,
        engine,
        largest=largest,
        slowest_first=slowest_first / first,
    )
    if prompts:
        read_so = np.flatnonzero((found.prompt_chips > 0) == (prompts == "apart"))
        if not len(read_so):
            raise InputError(
                f"`prompts` {prompts}: no deployment on {largest} {chip} reads them so"
            )
        found = found[read_so]
    found = found.slowed(first, per_token, request.output)
    return _speculating(found, request, catalogue) if speculative else found


def _speculating(found: Served, request: Request, catalogue: Catalogue) -> Served:
    """Return deployments that make several tokens a step: times r (n/16)^b per token, at most 1.

    Source: measured pairs with multi-token prediction and without. Ignores memory of the
    prediction layers or the draft model.
    """
    ratio, growth, first = (
        catalogue.assumption(f"speculative_{name}").value
        for name in ("token_time", "growth", "first_token")
    )
    crowd = (found.in_flight / SPECULATED_IN_FLIGHT) ** growth
    return found.slowed(first, np.minimum(ratio * crowd, 1.0), request.output)
