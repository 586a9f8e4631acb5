"""Names of the choices behind a bill, light enough for help and completion."""

from frontiercost.core.frozen import frozen

BASIS_WORDS = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
BASES = tuple(BASIS_WORDS)
RENT_WORDS = {
    "on-demand": "rented on demand",
    "1y": "rented by the year",
    "3y": "rented for three years",
    "spot": "rented spot",
}
TIERS = ("specialist", "hyperscaler", "marketplace")
COMMITMENTS = ("on-demand", "1y", "3y", "spot")
TERM_YEARS = {"on-demand": 0, "1y": 1, "3y": 3}
"""How long a commitment is paid for; spot prices are for work that can be interrupted."""
REST_WORDS = {"1y": "the rest of the year used elsewhere", "3y": "the rest of them used elsewhere"}
"""What is taken of a commitment's hours that a run leaves, where they are no line of its bill."""
CHIPS_INCLUDE = {
    "rent": "rented chips with power and building",
    "amortised": "hardware value lost while in use, and energy",
    "own": "hardware, building, operations and energy at a realistic use",
    "own_desktop": "computers at a desk, their upkeep and energy at a realistic use",
    "buy": "the purchase of the whole cluster, and energy",
    "buy_desktop": "the purchase of whole computers, and energy",
}
"""What the lines of the chips hold, by basis, and by kind of machine where that differs."""
LONGEST_DAYS = 365


@frozen
class Programme:
    """How much stands around the work that was asked for."""

    name: str
    words: str
    whole: bool = False
    """Whether it holds everything around the final run."""
    purse: str = ""
    """The scope of a budget that pays for it, whole, where an actor has one of that kind."""


PROGRAMMES = {
    programme.name: programme
    for programme in (
        Programme("follower", "whole programme of a follower", whole=True),
        Programme("explorer", "whole programme of an explorer", True, "research-compute"),
        Programme("final-run", "final run only"),
    )
}
FOLLOWER, EXPLORER, FINAL_RUN = PROGRAMMES.values()
PAY_OF_OPERATORS = {"frontier": "startup"}
"""How those who run a service are paid, where that differs from researchers."""
