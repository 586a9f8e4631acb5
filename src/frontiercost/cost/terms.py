"""The choices behind a bill: basis, programme, date, vendor; and what they include."""

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen

BASIS_WORDS = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
PROGRAMME_WORDS = {
    "follower": "whole programme of a follower",
    "explorer": "whole programme of an explorer",
    "final-run": "final run only",
    "serving": "a year of serving",
    "preparation": "without training",
}
BASES = ("rent", "amortised", "own", "buy")
WHOLE = ("follower", "explorer")
"""Programmes that hold everything around the final run."""
PROGRAMMES = (*WHOLE, "final-run")
STAGE_ONLY = {"dataprep": "preparation", "inference": "serving"}
"""Stages that no programme surrounds, and what their bill is called instead."""
LONGEST_DAYS = 365
ALL_IN = {
    "rent": "rented chips with power and building",
    "amortised": "hardware value lost while in use, and energy",
    "own": "hardware, building, operations and energy at a realistic use",
    "buy": "the purchase of the whole cluster, and energy",
}
AROUND = {
    "pretrain": (
        *("experiments and failed runs", "data preparation", "post-training"),
        *("staff", "overhead"),
    ),
    "posttrain": ("experiments and failed runs",),
}
"""What a whole programme of a stage holds besides its chips."""
ALWAYS = {
    "posttrain": ("human and AI labels",),
    "dataprep": ("crawling, storage, processors, licences and curation",),
}
NEVER = {
    "pretrain": ("serving the model", "data licences that are not named", "settlements"),
    "posttrain": ("pre-training of the base", "staff", "serving"),
    "dataprep": ("settlements", "experiments of training"),
    "inference": ("making the model", "staff", "idle spares", "margin and taxes"),
}


@frozen
class OwnChips:
    """Chips an actor owns already: used first, at their running cost."""

    chip: Chip
    count: float


@frozen
class Terms:
    """The choices, as opposed to the uncertainties, behind a bill."""

    date: str
    basis: str = "rent"
    programme: str = "follower"
    vendor: str = "specialist"
    commitment: str = "1y"
    price: Fact | None = None
    electricity_price: Fact | None = None
    pay: str = "frontier"
    own_chips: OwnChips | None = None
    stage: str = "pretrain"
    without: tuple[str, ...] = ()
    """Lines of the bill that are left out."""
    years: int = 0
    """Over which the total is paid; 0: not asked."""
    indirect: Fact | None = None
    """A grant's indirect costs over its direct ones."""

    @property
    def whole(self) -> bool:
        """Whether the bill holds what stands around the final run."""
        return self.programme in WHOLE

    def in_words(self) -> str:
        """Return basis, programme and date in words."""
        basis, programme = BASIS_WORDS[self.basis], PROGRAMME_WORDS[self.programme]
        return f"{basis}, {programme}, prices of {self.date}"

    def coverage(self) -> tuple[list[str], list[str]]:
        """Return what the total includes and what it leaves out."""
        programme_costs, always = AROUND.get(self.stage, ()), ALWAYS.get(self.stage, ())
        included = [ALL_IN[self.basis], *always, *(programme_costs if self.whole else ())]
        excluded = [*(() if self.whole else programme_costs), *NEVER[self.stage], *self.without]
        return included, excluded
