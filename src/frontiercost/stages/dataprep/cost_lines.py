"""Lines of what data preparation costs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.cost.bill import Line
from frontiercost.cost.energy_and_pay import pay, pay_facts
from frontiercost.physics.data_work import TERA
from frontiercost.stages.dataprep.workload import Inputs, Preparation, chip_work, is_something

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


def costs(
    preparation: Preparation,
    inputs: Inputs,
    chip_price: Fact,
    pay_level: str,
    drawn: DrawnCatalogue,
) -> tuple[Line, ...]:
    """Return the lines of cost, those that are nought left out; they sum to the whole.

    C = C_get + C_licence + C_store + C_move + C_cpu + C_classify + C_ocr + C_synthetic
    + C_ablate + C_human.
    """
    line = _lines(drawn)
    hourly = (chip_price,)
    people = preparation.person_years * pay(pay_level, drawn)
    lines = (
        *_acquisitions(preparation),
        Line(
            "licences",
            "Licences by name",
            preparation.licence_usd,
            "USD a year × years",
            tuple(licence.yearly for licence in inputs.licences),
        ),
        line(
            "storage",
            "Storage",
            preparation.byte_months / TERA,
            "TB × months × price",
            "storage_price",
        ),
        line(
            "egress",
            "Moving the text",
            preparation.moved_bytes / TERA,
            "TB × price",
            "egress_price",
        ),
        line(
            "cpu",
            "Extraction and deduplication",
            preparation.cpu_hours,
            "CPU-hours × price",
            "cpu_price",
        ),
        *(
            Line(id, label, work_hours * drawn.sample(chip_price), "chip-hours × price", hourly)
            for id, label, work_hours in chip_work(preparation)
        ),
        Line(
            "curation",
            "People who curate",
            people,
            "person-years × pay",
            _pay_facts(pay_level, drawn.catalogue),
        ),
    )
    return tuple(cost for cost in lines if is_something(cost.cost))


def _acquisitions(preparation: Preparation) -> tuple[Line, ...]:
    """Return a line for each source that is paid for."""
    return tuple(
        Line(
            f"acquisition-{source_work.source.name}",
            source_work.source.label,
            source_work.acquisition,
            f"amount × price ({source_work.source.price.unit})",
            (source_work.source.unique_tokens, source_work.source.price),
        )
        for source_work in preparation.sources
        if source_work.source.price is not None
    )


def _lines(drawn: DrawnCatalogue) -> Callable[[str, str, "Number", str, str], Line]:
    """Return how to make a line from an amount and the name of its price."""

    def line(id: str, label: str, amount: "Number", formula: str, price: str) -> Line:
        fact = drawn.fact(price)
        return Line(id, label, amount * drawn.sample(fact), formula, (fact,))

    return line


def _pay_facts(level: str, catalogue: Catalogue) -> tuple[Fact, ...]:
    names = ("curation_per_source", "curation_per_ready_source")
    return (*(catalogue.assumption(name) for name in names), *pay_facts(level, catalogue))
