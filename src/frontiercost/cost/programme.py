"""The bill of a stage: its chips, and what its programme holds around them.

Experiments multiply the compute of pre-training and post-training once: they hold failed runs,
ablations, sweeps and evaluation, which are shown as parts of them and never added.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

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


OPTIONAL = {"experiments": "Experiments and failed runs", "posttraining": "Post-training"}
"""Lines that a programme may have, by id, with what their labels start with."""


@frozen
class PostTrainingCosts:
    """What the post-training of a programme takes, by a recipe that the bill names."""

    recipe: str
    share: "Number"
    """Its chip-hours over those of pre-training."""
    lines: tuple[Line, ...] = ()
    """Its labels, tasks and environments."""
    facts: tuple[Fact, ...] = ()


@frozen
class ProgrammeCosts:
    """What stands around the chips of a stage."""

    lines: tuple[Line, ...] = ()
    """Of the stage itself, on any terms: labels, data, licences, a year of serving."""
    experiments: Fact | None = None
    """Compute of experiments over that of the final runs."""
    posttraining: PostTrainingCosts | None = None
    """None: this stage has no such line."""
    staff: tuple[Fact, ...] = ()
    """What the person-years of the work rest on; nothing: this stage has no staff."""
    evaluation: str = research_and_staff.EVALUATION
    """The fact that says how much of the compute of final runs evaluation takes."""
    parts: tuple[str, ...] = ()
    """Names of parts of the work that can be left out, also where they take no chips."""


def bill(costing: Costing, programme_costs: ProgrammeCosts) -> Bill:
    """Return the bill: chips, post-training, experiments, the stage's own lines, staff, overhead.

    Raises InputError for a line to leave out that is not there.
    """
    without, indirect = costing.terms.without, costing.terms.take("indirect")
    lines, ratio = _every_line(costing, programme_costs)
    _refuse_unknown(costing, lines, programme_costs)
    out = _left_out(lines, without)
    kept = [line for line in lines if line.id not in out]
    if indirect is not None:
        kept.append(_indirect(costing, kept, indirect))
    return Bill(tuple(kept), tuple(line for line in lines if line.id in out), experiments=ratio)


def _every_line(costing: Costing, programme_costs: ProgrammeCosts) -> tuple[list[Line], "Number"]:
    """Return the lines before any is left out, and the ratio of experiments.

    Post-training and experiments are not worked out where they are left out, nor the experiments of
    a part of the work that is.
    """
    without = costing.terms.without
    compute = costing.compute()
    ratio: Number = 0.0
    multiple: Number = 1.0
    if (after := _wanted(programme_costs, "posttraining", without)) is not None:
        compute = [*compute, _posttraining(compute, after)]
        multiple = multiple + after.share
    lines = [*compute]
    if (experiments := _wanted(programme_costs, "experiments", without)) is not None:
        ratio = costing.drawn.sample(experiments)
        parts_out = _left_out(compute, without) & {part.id for part in costing.work.parts}
        done = [line for line in compute if line.id not in parts_out]
        lines.append(_experiments(done, ratio, experiments))
    lines += costing.bought_again(multiple * (1 + ratio))
    people = _people(costing, programme_costs.staff) if programme_costs.staff else []
    return [*lines, *programme_costs.lines, *people], ratio


def _left_out(lines: Iterable[Line], without: Iterable[str]) -> set[str]:
    """Return the ids of the lines that are left out: with staff the overhead, a share of it."""
    out = {line.id for line in lines if line.is_called(without)}
    return out | {"overhead"} if "staff" in out else out


def compute_multiple(programme_costs: ProgrammeCosts, terms: Terms, drawn: DrawnCatalogue) -> float:
    """Return the compute of final runs and experiments over that of the final run, at medians."""
    after = _wanted(programme_costs, "posttraining", terms.without)
    experiments = _wanted(programme_costs, "experiments", terms.without)
    multiple: Number = 1.0
    if after is not None:
        multiple = multiple + after.share
    if experiments is not None:
        multiple = multiple * (1 + drawn.sample(experiments))
    return drawn.median(multiple)


def _wanted(programme_costs: ProgrammeCosts, id: str, without: Iterable[str]) -> Any:
    """Return what makes an optional line; None where it is not there or is left out."""
    is_out = Line(id, OPTIONAL[id], 0.0, "").is_called(without)
    return None if is_out else getattr(programme_costs, id)


def _posttraining(compute: list[Line], after: PostTrainingCosts) -> Line:
    """Return post-training in one line: what its own command answers for its final runs."""
    beside = total(after.lines)
    of_labels = tuple(fact for line in after.lines for fact in line.facts)
    return Line(
        "posttraining",
        f"{OPTIONAL['posttraining']}, recipe {after.recipe}",
        _multiplied(compute) * after.share + beside,
        "compute of pre-training × post-training's share of it"
        + (" + labels and tasks" if after.lines else ""),
        (*after.facts, *of_labels),
        True,
        beside=beside,
    )


def _multiplied(lines: Iterable[Line]) -> "Number":
    zero: Number = 0.0
    return sum((line.multiplied for line in lines), zero)


def _experiments(compute: list[Line], ratio: "Number", fact: Fact) -> Line:
    return Line(
        "experiments",
        OPTIONAL["experiments"],
        _multiplied(compute) * ratio,
        "compute of the final runs × (R&D compute / final run − 1)",
        (fact,),
    )


def _people(costing: Costing, team: tuple[Fact, ...]) -> list[Line]:
    """Return staff, and the overhead on it: offices, legal advice, outside evaluation."""
    kind, drawn = costing.terms.take("pay"), costing.drawn
    facts = [*team, drawn.fact("fte_per_contributor"), *pay_facts(kind, drawn.catalogue)]
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


def _refuse_unknown(costing: Costing, lines: list[Line], programme_costs: ProgrammeCosts) -> None:
    """Raise InputError for a line to leave out that the bill could not have."""
    there = [id for id in OPTIONAL if getattr(programme_costs, id) is not None]
    known = {line.name for line in lines} | {*there, *programme_costs.parts}
    parts = {part.id: part.label for part in costing.work.parts}
    others = {id: OPTIONAL[id] for id in there} | parts
    every = [*lines, *(Line(id, label, 0.0, "") for id, label in others.items())]
    labels = {line.label for line in every}
    for name in costing.terms.without:
        if name not in known and not any(line.is_called((name,)) for line in every):
            meant = nearest(name, known, aliases=labels)
            raise InputError(f"`without` '{name}': no such line of the bill; {meant}")


def _indirect(costing: Costing, lines: list[Line], rate: Fact) -> Line:
    base = total(line for line in lines if not line.equipment)
    return Line(
        "indirect",
        "Indirect costs of a grant",
        research_and_staff.indirect(base, costing.drawn.sample(rate)),
        "direct costs but equipment × indirect rate",
        (rate,),
    )


def experiment_parts(
    costing: Costing, programme_costs: ProgrammeCosts, found: Bill
) -> Mapping[str, "Number"]:
    """Return what experiments hold: failed runs, evaluation, ablations and sweeps; none without."""
    spent = total(line for line in found.lines if line.id == "experiments")
    if isinstance(spent, float) and not spent:
        return {}
    return research_and_staff.experiment_parts(
        found.final_run, spent, programme_costs.evaluation, costing.drawn
    )
