"""Names that people type for an actor and that are none: a category, or a country."""

import re

from frontiercost.catalogue.public_record import grids_of
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError

SHOWN = 8
"""Choices that a hint names."""
OF_A_COUNTRY = re.compile(r"^(?:the )?(?:government of )?(?P<country>.+?)(?: government)?$")


def refuse_kinds(catalogue: Catalogue, name: str, where: str) -> None:
    """Raise InputError for a category, with its members, and a country without a budget here."""
    if catalogue.find("actor", name):
        return
    words = re.sub(r"[\s_-]+", " ", name.strip().lower())
    kind = words.replace(" ", "-")
    if kind in catalogue.categories:
        raise InputError(
            f"{where} '{name}': a category of actors; name one of its members: "
            f"{', '.join(_members(catalogue, kind)[:SHOWN])}"
        )
    match = OF_A_COUNTRY.match(words)
    if match and (grids := grids_of(catalogue, match["country"])):
        known = ", ".join(_members(catalogue, "government-programme")[:SHOWN])
        raise InputError(
            f"{where} '{name}': no budget known for {grids[0].at}; give `budget`, or a programme "
            f"that is known: {known}, … (list: frontiercost catalogue actors)"
        )


def _members(catalogue: Catalogue, kind: str) -> list[str]:
    return [a.name for a in catalogue.actors.values() if a.category == kind and a.counted]
