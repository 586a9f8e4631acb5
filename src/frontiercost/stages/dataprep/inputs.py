"""Data preparation: from a scenario to a mix of sources, licences and the work wanted."""

import re

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError, refused
from frontiercost.core.facts import Fact, fact_from_text
from frontiercost.scenario.readers import filled, money_unit
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.dataprep.mix import DEFAULT_MIX, Portion, default_mix, remainder
from frontiercost.stages.dataprep.workload import Inputs, Licence


def inputs_of(r: Resolver, chip: Chip, tokens: Fact | None, *, alone: bool) -> Inputs:
    """Return what is prepared; alone, ablations and curation are counted, else their programme's.

    `tokens` are those of a training run that asks for its data.
    """
    return Inputs(
        mix=_mix(r, tokens),
        chip=chip,
        licences=tuple(_licence(text, r) for text in r.scenario.texts("licence")),
        project_time=r.model_fact("project_time"),
        ablations=alone,
        curation=alone,
    )


def _mix(r: Resolver, tokens: Fact | None) -> tuple[Portion, ...]:
    """Return the sources that were given, and for the other tokens wanted a published mix."""
    sources = tuple(_part(text, r) for text in r.scenario.texts("source"))
    wanted = tokens or r.fact("tokens", r.model_fact("tokens"))
    if wanted is None and not sources:
        raise InputError(
            "`tokens` (or a `model` whose tokens are known, or `source` common-crawl:15T) is needed"
        )
    left = wanted and remainder(wanted, sources, r.scenario.origin("source"))
    if left is None:
        r.because("the sources that are given hold all tokens", "mix")
        return sources
    mix = default_mix(left, r.catalogue, r.scenario.text("mix", DEFAULT_MIX))
    return (*sources, *mix)


def _part(text: str, r: Resolver) -> Portion:
    """Read `common-crawl:15T`."""
    name, colon, tokens = text.partition(":")
    where = r.scenario.origin("source")
    if not colon:
        example = "write a source and its tokens, for example common-crawl:15T"
        raise InputError(f"{where} '{text}': {example}")
    source = r.catalogue.data_source(filled(name, f"{where} '{text}': its source"), where)
    try:
        fact = fact_from_text(f"input/source/{source.name}", tokens, "token", f"flag:{where}")
    except ValueError as error:
        raise refused(where, text, error) from None
    r.keep(f"source.{source.name}", fact, r.scenario.values["source"].set_by)
    return Portion(source, fact)


def _licence(text: str, r: Resolver) -> Licence:
    """Read `$60M/year` or `reddit=$60M/year`."""
    name, equals, money = text.rpartition("=")
    where = r.scenario.origin("licence")
    label = filled(name, f"{where} '{text}': its name") if equals else "licence"
    try:
        if re.search("[0-9]", money) and money_unit(money) != "USD/year":
            raise ValueError("write it as $60M/year or name=$60M/year")
        path, exchange = f"input/licence/{label}", r.scenario.exchange
        yearly = fact_from_text(path, money, "USD/year", "flag:--licence", exchange=exchange)
    except ValueError as error:
        raise refused(where, text, error) from None
    r.keep(f"licence.{label}", yearly, r.scenario.values["licence"].set_by)
    return Licence(label, yearly)
