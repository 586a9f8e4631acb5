"""Recipes of post-training as the catalogue shows them."""

from collections.abc import Mapping, Sequence

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Table
from frontiercost.stages.posttrain.recipe import COST_CLASS_OF, recipe_of


def recipe_table(catalogue: Catalogue) -> Table:
    """Every recipe, with its source, date, size and class of cost."""
    rows = []
    for name in catalogue.names("recipe"):
        recipe = recipe_of(name, catalogue)
        about = f"{recipe.label} ({recipe.source})"
        rows.append(tuple(map(Cell, (name, about, recipe.as_of, recipe.size, recipe.cost_class))))
    columns = ("Name", "Recipe and source", "Date", "Size", "Cost")
    title = f"Recipes of post-training; cost {COST_CLASS_OF}"
    return Table(title, columns, tuple(rows), texts=5, wraps=(1, 3))


def phase_facts(
    catalogue: Catalogue, name: str
) -> tuple[dict[str, str], Mapping[str, Sequence[Fact]]]:
    """Return what one recipe is, and its quantities by title: of its team, and of each phase."""
    recipe = recipe_of(name, catalogue, "NAME")
    cost = f"{recipe.cost_class} {COST_CLASS_OF}" if recipe.cost_class else ""
    texts = {"name": recipe.name, "recipe": recipe.label, "source": recipe.source}
    texts |= {"date": recipe.as_of, "size": recipe.size, "cost": cost, "note": recipe.note}
    facts = {
        f"{phase.name}: {phase.kind}": [*phase.facts.values(), *phase.labels.values()]
        for phase in recipe.phases
    }
    team = {"team": list(recipe.team.values())} if recipe.team else {}
    return texts, team | facts
