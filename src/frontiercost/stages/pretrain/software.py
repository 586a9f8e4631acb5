"""What training software could do at a date: kernels, recomputation, overlapped traffic."""

from collections.abc import Mapping
from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import Software, software_of, with_kernel
from frontiercost.scenario.flags import RECOMPUTE


@frozen
class SoftwareEra:
    """The habits of training software before some date."""

    kernel: str
    """Attention kernel: unfused, first fused ones, current."""
    recompute: str
    """What every run recomputed; empty where runs chose."""
    hides_traffic: bool

    @property
    def fixed(self) -> dict[str, int]:
        """What it fixes of a parallel plan."""
        return {"recompute": RECOMPUTE.index(self.recompute)} if self.recompute else {}

    def software(self, rates: Mapping[str, Fact], kernel: str = "") -> Software:
        """Return its rates, with another attention kernel where that is known."""
        era = with_kernel(software_of(rates), kernel or self.kernel, rates)
        return era if self.hides_traffic else replace(era, hides_traffic=0.0)


def era_of(date: str, catalogue: Catalogue) -> SoftwareEra:
    """Return the era of a date; of the catalogue's edition where none is given."""
    date = date or catalogue.edition["edition"]
    row = next(row for row in catalogue.software_eras if date < row["before"])
    return SoftwareEra(row["kernel"], row["recompute"], row["hides_traffic"] == "1")
