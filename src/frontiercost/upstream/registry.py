"""The publishers whose files can be imported, by the name one types."""

from importlib import import_module

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, nearest
from frontiercost.upstream import model_renewal, price_renewal
from frontiercost.upstream.reading import Publisher, Reading
from frontiercost.upstream.renewal import Renewal

MODULES = {"epoch": "epoch", "genai-prices": "genai_prices"}


def publisher(name: str) -> Publisher:
    """Return a publisher; its module is read when it is asked for."""
    if name not in MODULES:
        raise InputError(f"PUBLISHER '{name}': no such publisher; {nearest(name, MODULES)}")
    module = import_module(f"frontiercost.upstream.{MODULES[name]}")
    publisher: Publisher = module.PUBLISHER
    return publisher


def renewal(
    catalogue: Catalogue, reading: Reading, publisher: Publisher, *, revise: bool = False
) -> Renewal:
    """Set what was read beside the catalogue, by the rule of its table.

    `revise` lets newer figures hold for models that are known.
    """
    if publisher.table == "models":
        return model_renewal.renew(catalogue, reading, publisher, revise=revise)
    return price_renewal.renew(catalogue, reading, publisher)
