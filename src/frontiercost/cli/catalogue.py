"""`frontiercost catalogue`: what is known, and where each fact comes from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def catalogue(values: "FlagValues") -> None:
    """Which chips, models, actors, prices and assumptions are known, each fact with its origin.

    \b
    frontiercost catalogue
    frontiercost catalogue actors
    frontiercost catalogue chips h100-sxm
    """
    from frontiercost.catalogue.store import shipped
    from frontiercost.cli.output import emit
    from frontiercost.reporting import catalogue as listing

    kind, name = values["kind"], values["name"]
    if kind is None:
        report = listing.overview(shipped())
    elif name is None:
        report = listing.listing(shipped(), kind)
    else:
        report = listing.entry(shipped(), kind, name)
    emit(report, values)
