"""Recipes of post-training as the catalogue shows them."""

from collections.abc import Mapping, Sequence

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Table
from frontiercost.stages.posttrain.recipe import recipe_names, recipe_of


def recipe_table(catalogue: Catalogue) -> Table:
    """Every recipe, with its phases in order and its source."""
    rows = tuple(
        (
            Cell(recipe.name),
            Cell(recipe.label),
            Cell(", ".join(phase.name for phase in recipe.phases)),
            Cell(recipe.source),
        )
        for recipe in (recipe_of(name, catalogue) for name in recipe_names(catalogue))
    )
    columns = ("Name", "Recipe", "Phases", "Source")
    return Table("Recipes of post-training", columns, rows, texts=4, wraps=(1, 2))


def phase_facts(
    catalogue: Catalogue, name: str
) -> tuple[dict[str, str], Mapping[str, Sequence[Fact]]]:
    """Return what one recipe is, and the quantities of each of its phases by title."""
    recipe = recipe_of(name, catalogue, "NAME")
    texts = {"name": recipe.name, "recipe": recipe.label, "note": recipe.note}
    facts = {
        f"{phase.name}: {phase.kind}": [*phase.facts.values(), *phase.labels.values()]
        for phase in recipe.phases
    }
    return texts | {"source": recipe.source}, facts
