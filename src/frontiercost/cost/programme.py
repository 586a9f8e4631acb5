"""The bill of a stage: its chips, and what its programme holds around them.

Experiments multiply the compute of pre-training and post-training once: they hold failed runs,
ablations, sweeps and evaluation, which are shown as parts of them and never added.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.cost import research_and_staff
from frontiercost.cost.bill import Bill, Line, total
from frontiercost.cost.compute_cost import Costing
from frontiercost.cost.energy_and_pay import pay, pay_facts
from frontiercost.cost.terms import Terms

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


OPTIONAL = ("experiments", "posttraining")


@frozen
class ProgrammeCosts:
    """What stands around the chips of a stage."""

    lines: tuple[Line, ...] = ()
    """Of the stage itself, on any terms: labels, data, licences, a year of serving."""
    experiments: Fact | None = None
    """Compute of experiments over that of the final runs."""
    posttraining: "Number | None" = None
    """Compute of post-training over that of pre-training; None: this stage has no such line."""
    posttraining_facts: tuple[Fact, ...] = ()
    staff: bool = False
    parts: tuple[str, ...] = ()
    """Names of parts of the work that can be left out, also where they take no chips."""


def bill(costing: Costing, programme_costs: ProgrammeCosts) -> Bill:
    """Return the bill: chips, post-training, experiments, the stage's own lines, staff, overhead.

    Raises InputError for a line to leave out that is not there.
    """
    without, indirect = costing.terms.without, costing.terms.take("indirect")
    compute = costing.compute()
    if programme_costs.posttraining is not None and "posttraining" not in without:
        share = programme_costs.posttraining
        compute = [*compute, _posttraining(compute, share, programme_costs.posttraining_facts)]
    lines = [*compute, *programme_costs.lines]
    ratio: Number = 0.0
    if programme_costs.experiments is not None and "experiments" not in without:
        ratio = costing.drawn.sample(programme_costs.experiments)
        lines[len(compute) : len(compute)] = [
            _experiments(compute, ratio, programme_costs.experiments)
        ]
    if programme_costs.staff:
        lines += _people(costing)
    optional = {name for name in OPTIONAL if getattr(programme_costs, name) is not None}
    known = {line.id for line in lines}.union(optional, programme_costs.parts)
    kept = _without(lines, without, known)
    if indirect is not None:
        kept.append(_indirect(costing, kept, indirect))
    left_out = tuple(line for line in lines if line.id in without)
    return Bill(tuple(kept), left_out, experiments=ratio)


def compute_multiple(programme_costs: ProgrammeCosts, terms: Terms, drawn: DrawnCatalogue) -> float:
    """Return the compute of final runs and experiments over that of the final run, at medians."""
    after, experiments = programme_costs.posttraining, programme_costs.experiments
    multiple: Number = 1.0
    if after is not None and "posttraining" not in terms.without:
        multiple = multiple + after
    if experiments is not None and "experiments" not in terms.without:
        multiple = multiple * (1 + drawn.sample(experiments))
    return drawn.median(multiple)


def _posttraining(compute: list[Line], share: "Number", facts: tuple[Fact, ...]) -> Line:
    return Line(
        "posttraining",
        "Post-training",
        total(line for line in compute if line.compute) * share,
        "compute of pre-training × post-training's share of it",
        facts,
        True,
    )


def _experiments(compute: list[Line], ratio: "Number", fact: Fact) -> Line:
    return Line(
        "experiments",
        "Experiments and failed runs",
        total(line for line in compute if line.compute) * ratio,
        "compute of the final runs × (R&D compute / final run − 1)",
        (fact,),
    )


def _people(costing: Costing) -> list[Line]:
    """Return staff, and the overhead on it: offices, legal advice, outside evaluation."""
    names = ("fte_per_contributor", "contributors_reference", "contributors_exponent")
    kind, drawn = costing.terms.take("pay"), costing.drawn
    facts = [*(costing.drawn.fact(name) for name in names), *pay_facts(kind, drawn.catalogue)]
    cost = costing.work.person_years * pay(kind, drawn)
    return [
        Line("staff", "Staff", cost, "contributors × FTE × years × pay", tuple(facts)),
        Line(
            "overhead",
            "Offices, legal advice, outside evaluation",
            research_and_staff.overhead(cost, drawn),
            "staff × overhead rate",
            (costing.drawn.fact("overhead_rate"),),
        ),
    ]


def _without(lines: list[Line], without: Iterable[str], known: set[str]) -> list[Line]:
    for id in without:
        if id not in known:
            raise InputError(f"`without` '{id}': no such line of the bill; {nearest(id, known)}")
    return [line for line in lines if line.id not in without]


def _indirect(costing: Costing, lines: list[Line], rate: Fact) -> Line:
    return Line(
        "indirect",
        "Indirect costs of a grant",
        research_and_staff.indirect(total(lines), costing.drawn.sample(rate)),
        "direct costs × indirect rate",
        (rate,),
    )


def experiment_parts(costing: Costing, found: Bill) -> Mapping[str, "Number"]:
    """Return what experiments hold: failed runs, evaluation, ablations and sweeps; none without."""
    spent = total(line for line in found.lines if line.id == "experiments")
    if isinstance(spent, float) and not spent:
        return {}
    return research_and_staff.experiment_parts(found.final_run, spent, costing.drawn)
