"""What one's own benchmark of a model on a chip says of every other load of theirs."""

import math
from collections.abc import Iterable, Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.realised_rates import number
from frontiercost.physics.serving_machine import ANY_ENGINE
from frontiercost.physics.serving_queue import request_rate
from frontiercost.stages.inference.serving_error import OwnTimes
from frontiercost.stages.published.local_cases import QUANTITIES, LocalCase, local_cases
from frontiercost.stages.published.measured import MeasuredCases, Reader, measured_cases
from frontiercost.stages.published.own_rows import OwnRows
from frontiercost.stages.published.serving_cases import ServingCase
from frontiercost.stages.published.serving_cases import measured_cases as serving_cases

SERVING, LOCAL = "serving", "local-serving"
READERS: Mapping[str, Reader] = {SERVING: serving_cases, LOCAL: local_cases}
"""Of the rows that speak of a service."""


def measured_on(
    chip: Chip,
    architecture: Architecture,
    formats: Formats,
    engine: str,
    tables: Iterable[OwnRows],
    catalogue: Catalogue,
) -> OwnTimes:
    """Return what the rows of these tables say of a model, a chip and an engine.

    Speeds of devices speak of files of llama.cpp, all others of what is served without it. Of an
    engine that is not asked for by name, it is that of the rows, which must be one. Raises
    InputError where no row of a table can be read or they name several engines.
    """
    found = measured_cases(tables, READERS, "a service", catalogue)
    same = found.on(chip).where(
        lambda case: (
            case.architecture == architecture
            and isinstance(case, LocalCase) == bool(formats.software)
        )
    )
    if formats.software:
        return _at_home(same, engine, catalogue)
    engines = {
        case.engine for case in same.by_stage[SERVING] if engine in (ANY_ENGINE, case.engine)
    }
    if len(engines) > 1:
        raise InputError(f"`measured`: rows of {' and '.join(sorted(engines))}; name the `engine`")
    spoken = same.where(lambda case: case.engine in engines)
    rates = catalogue.constants("serving_rates")
    logs = [_logs(case, rates) for case in spoken.by_stage[SERVING]]
    times = {quantity: tuple(row[quantity] for row in logs) for quantity in (logs or [{}])[0]}
    return OwnTimes(
        **times,
        engine=engines.pop() if engines else engine,
        passed_over=spoken.passed_over,
    )


def _at_home(same: MeasuredCases, engine: str, catalogue: Catalogue) -> OwnTimes:
    """Return what speeds of one user say of times, which are one over them."""
    rates = {name: number(fact) for name, fact in catalogue.constants("serving_rates").items()}
    logs = {
        quantity: tuple(
            math.log(case.predicted(quantity, rates) / speed)
            for case in same.by_stage[LOCAL]
            if (speed := case.rate(quantity))
        )
        for quantity in QUANTITIES
    }
    return OwnTimes(
        tpot=logs["decode_rate"],
        ttft=logs["prefill_rate"],
        engine=engine,
        passed_over=same.passed_over,
    )


def _logs(case: ServingCase, rates: Mapping[str, Fact]) -> dict[str, float]:
    """Return ln(measured / predicted) of a row's two times, and of its requests a second."""
    times = case.times(rates, case.engine)
    first, per_token = float(times.first), float(times.per_token)

    def requests(first: float, per_token: float) -> float:
        return float(request_rate(case.concurrency, first, per_token, case.output))

    return {
        "tpot": math.log(case.tpot / per_token),
        "ttft": math.log(case.ttft / first),
        "request_throughput": math.log(requests(case.ttft, case.tpot) / requests(first, per_token)),
    }
