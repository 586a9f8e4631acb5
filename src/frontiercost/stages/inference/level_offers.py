"""Which other model is sold that is at least as capable as one, by the catalogue's index."""

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.units import not_after
from frontiercost.cost.api_prices import in_force
from frontiercost.physics.serving_memory import Request


def as_capable(
    catalogue: Catalogue, model: str, date: str, request: Request, *, reasons: bool
) -> str:
    """Return the model that is sold for least of those as capable as one; empty for none.

    By what a request costs at the prices in force. One that reasons before it
    answers is another thing, unless reasoning is counted in the request.
    """
    levels = {
        row["model"]: float(row["index"])
        for row in catalogue.rows("levels.csv")
        if row["model"] and not_after(row["date"], date)
    }
    if model not in levels:
        return ""
    costs: dict[str, float] = {}
    for price in in_force(catalogue.api_prices(), date, request.prompt):
        other = price.model
        is_alike = other != model and levels.get(other, 0.0) >= levels[model]
        if is_alike and price.kind == "standard":
            cost = float(price.of(request.prompt, request.cached, request.output))
            costs[other] = min(cost, costs.get(other, cost))
    ranked = sorted(costs, key=lambda name: (costs[name], name))
    alike = (name for name in ranked if reasons or not catalogue.model(name).reasoning)
    return next(alike, "")
