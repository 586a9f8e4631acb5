"""What a stage is: how it works out a scenario, and how it puts its answer in words.

A stage is a folder with a module `stage` that holds its `STAGE`; nothing else names it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from frontiercost.catalogue.types import Chip, Run
from frontiercost.core.frozen import frozen
from frontiercost.core.report import Sentence, Table
from frontiercost.cost.choices import Programme
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import Resolver

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.stages.evaluation import Evaluation

CHIPS_AND_DEADLINE = (
    "`chips` and `deadline`: give one, the other is the answer; or ask with `solve` what both allow"
)
Detail = TypeVar("Detail")
"""What only one stage knows of its work: a training machine, a service, phases, sources."""


def nothing(terms: Terms) -> ProgrammeCosts:
    """Return nothing beside the chips."""
    return ProgrammeCosts()


def no_points(evaluation: "Evaluation[Any]") -> list[tuple[str, str]]:
    """Return nothing more to say."""
    return []


def nothing_else(evaluation: "Evaluation[Any]", usd: float) -> Iterable[str]:
    """Return no other way."""
    return ()


def no_tables(evaluation: "Evaluation[Any]") -> list[Table]:
    """Return no table of its own."""
    return []


def no_other(resolver: Resolver) -> None:
    """Return no other way to answer."""


@frozen
class StageResult(Generic[Detail]):
    """What a stage makes of a scenario."""

    chip: Chip
    precision: str
    workload: Workload
    detail: Detail
    programme_costs: Callable[[Terms], ProgrammeCosts] = nothing
    precedents: tuple[Run, ...] = ()
    base_flop: "Number | None" = None
    """Training FLOP of what it starts from, none of a new model; None where it trains no model, or
    its base's are not known."""


@frozen(kw_only=True)
class Answer(Generic[Detail]):
    """How a stage's evaluation is put: in a sentence, tables and notes, and in JSON."""

    headline: "Callable[[Evaluation[Detail]], Sentence]"
    tables: "Callable[[Evaluation[Detail]], list[Table]]"
    explained: "Callable[[Evaluation[Detail]], list[Table]]"
    """What --explain adds."""
    notes: "Callable[[Evaluation[Detail]], Iterable[str]]"
    entries: "Callable[[Evaluation[Detail]], dict[str, Any]]"
    """What only this stage has in the document."""
    fits: "Callable[[Evaluation[Detail], float], Iterable[str]]" = nothing_else
    """What only this stage can have for a sum that is too small [USD]."""
    points: "Callable[[Evaluation[Detail]], list[tuple[str, str]]]" = no_points
    """What else fits a screen: a name and words."""
    screen: "Callable[[Evaluation[Detail]], list[Table]]" = no_tables
    """What a screen shows in place of the bill."""
    views: "Mapping[str, Callable[[Evaluation[Detail]], list[Table]]]" = field(default_factory=dict)
    """Further tables, by the name that asks for them."""
    view_entries: "Mapping[str, Callable[[Evaluation[Detail]], Any]]" = field(default_factory=dict)
    """The same in the document."""


@frozen(kw_only=True)
class Stage(Generic[Detail]):
    """One stage of making or running a model."""

    name: str
    result: Callable[[Resolver], StageResult[Detail]]
    answer: Callable[[], Answer[Detail]]
    """Imports the words only when they are wanted."""
    other: "Callable[[Resolver], Stage[Any] | None]" = no_other
    """Another way to answer what this one cannot; None where it can."""
    programme: Programme | None = None
    """What its bill is called where no programme can surround it."""
    whole_programme: bool = False
    """Whether a whole programme of it is all that making a model takes."""
    paid: str = ""
    """How it is paid where that is no choice, for no chips are used."""
    programme_lines: Mapping[str, str] = field(default_factory=dict)
    """Lines of the bill that only a whole programme holds, in words."""
    leaves_out: tuple[str, ...] = ()
    """What its bill never holds."""
    needs_model: bool = True
    subject: str = ""
    """What is evaluated of a model, where it is not the model itself."""
